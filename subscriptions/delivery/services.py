"""Handing messages over to a mail service, through Anymail, or to another of Django's mail backends."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailUnsupportedFeature
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from typing_extensions import override
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from subscriptions.delivery.envelopes import (
    BatchTransport,
    Envelope,
    UnreachableError,
    clean,
    no_next_envelope,
)
from subscriptions.delivery.replies import Reply

_BUSY = (429, 503)  # statuses that say that nothing was done
AT_ONCE = 25  # messages in a call: what is in doubt when a sender dies in the middle of one


@dataclass(frozen=True, slots=True)
class BatchCall:
    """A service's call for several finished messages: its path, and the answers in the answer."""

    path: str
    answers: Callable[[Any], list[Any]]


# Only these take messages with bodies of their own in one call; the batch calls of the others repeat one body
# for many readers, and no two digests are alike.
BATCH_CALLS = {
    "Postmark": BatchCall("email/batch", lambda answer: answer),
    "Resend": BatchCall("emails/batch", lambda answer: answer["data"]),
}


class AnymailTransport(BatchTransport):
    """A mail service behind Anymail, over one kept session of its HTTP client.

    One call for each message, or for :data:`AT_ONCE` where the service has a call for that. A message's
    metadata carries ``tag``, which the service's webhooks give back.
    """

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend: Any = backend
        self.is_open = False
        self.takes_envelope = True
        self.batch_call = BATCH_CALLS.get(getattr(backend, "esp_name", ""))
        self.at_once = AT_ONCE if self.batch_call else 1

    @override
    def send(
        self,
        envelope: Envelope,
        *,
        before_body: Callable[[], None],
        next_envelope: Callable[[], Envelope | None] = no_next_envelope,
    ) -> Reply:
        self._open()
        message = self._as_django(envelope)
        before_body()
        return self._send(message)

    @override
    def send_all(self, envelopes: Sequence[Envelope], *, before_body: Callable[[], None]) -> list[Reply]:
        self._open()
        messages = [self._as_django(envelope) for envelope in envelopes]
        before_body()
        if self.batch_call is None or len(messages) == 1:
            return self._one_by_one(messages)
        try:
            payloads = [
                self.backend.build_message_payload(message, self.backend.send_defaults)
                for message in messages
            ]
            answer = self.backend.post_to_esp(_Together(payloads, self.batch_call), messages[0])
            if answer.status_code == 422:
                return self._one_by_one(messages)
            answers = self.batch_call.answers(answer.json())
        except AnymailAPIError as error:
            reply = _service_reply(error)
            if reply.code != 554:
                return [reply] * len(messages)
            # One bad message made the service refuse the whole call.
            return self._one_by_one(messages)
        except AnymailError:
            return self._one_by_one(messages)
        except (LookupError, TypeError, ValueError):
            return [Reply(0, "the service's answer cannot be read", in_doubt=True)] * len(messages)
        if len(answers) != len(messages):
            return [Reply(0, "the service's answer leaves some out", in_doubt=True)] * len(messages)
        return [
            self._read(answer, payload, message)
            for answer, payload, message in zip(answers, payloads, messages, strict=True)
        ]

    def _one_by_one(self, messages: Sequence[EmailMultiAlternatives]) -> list[Reply]:
        replies: list[Reply] = []
        for message in messages:
            try:
                replies.append(self._send(message))
            except UnreachableError as error:
                if not replies:
                    raise
                replies.append(Reply(451, str(error)))  # the answers that came before it count
        return replies

    @override
    def close(self) -> None:
        self.backend.close()
        self.is_open = False

    def _open(self) -> None:
        if not self.is_open:
            self.backend.open()
            self.is_open = True
            self.takes_envelope = _takes_envelope(self.backend)

    def _as_django(self, envelope: Envelope) -> EmailMultiAlternatives:
        message = _as_django(envelope)
        if self.takes_envelope and parseaddr(envelope.sender)[1]:
            message.envelope_sender = envelope.sender  # type: ignore[attr-defined]
        return message

    def _send(self, message: EmailMultiAlternatives) -> Reply:
        try:
            number = self.backend.send_messages([message])
        except AnymailAPIError as error:
            return _service_reply(error)
        except AnymailError as error:
            return Reply(554, clean(str(error)))
        status = getattr(message, "anymail_status", None)
        if status is None:  # no service of Anymail's
            return Reply(250, "taken") if number else Reply(451, "not taken")
        return _reply_of(status.status, status.message_id)

    def _read(self, answer: Any, payload: Any, message: EmailMultiAlternatives) -> Reply:
        """One message's part of the answer, as Anymail reads the answer to a message sent alone."""
        try:
            status_by_recipient = self.backend.parse_recipient_status(_Part(answer), payload, message)
        except AnymailAPIError as error:
            return _service_reply(error)
        (status,) = status_by_recipient.values()
        return _reply_of({status.status}, status.message_id)


class _Together:
    """Payloads of single messages as the payload of one call."""

    def __init__(self, payloads: Sequence[Any], call: BatchCall) -> None:
        self.payloads = payloads
        self.call = call

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        all_params = [payload.get_request_params(api_url) for payload in self.payloads]
        data = ",".join(params["data"] for params in all_params)
        return {**all_params[0], "url": urljoin(api_url, self.call.path), "data": f"[{data}]"}


class _Part(requests.Response):
    """One element of a service's answer in the place of an answer of its own."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.status_code = 422  # seen only where Anymail takes the element for a refusal
        self.reason = "refused"
        self._content = json.dumps(answer).encode()


def _takes_envelope(backend: Any) -> bool:
    """Whether the service lets us choose the envelope's sender: most have one of their own, and refuse ours.

    Their bounces name a delivery by the tag alone, and come as webhooks.
    """
    if not hasattr(backend, "build_message_payload"):
        return False
    probe = EmailMultiAlternatives("x", "x", "a@example.org", ["b@example.org"])
    probe.envelope_sender = "a@example.org"  # type: ignore[attr-defined]
    try:
        backend.build_message_payload(probe, backend.send_defaults)
    except AnymailUnsupportedFeature:
        return False
    return True


def _reply_of(status: set[str] | None, message_id: object) -> Reply:
    if status and status <= {"invalid", "rejected", "failed"}:
        return Reply(550, f"the service says: {', '.join(sorted(status))}")
    return Reply(250, f"id {message_id}")


def _service_reply(error: AnymailAPIError) -> Reply:
    """A service's refusal as an SMTP-like reply: 429 and 503 are put off, 400 and 422 the message's fault.

    Raises :class:`UnreachableError` where no message at all can pass: no connection, a wrong key, an unknown
    address of the service. A request that broke off without an answer leaves its message in doubt, and so do
    the other 5xx: a gateway may lose its patience, or a step may fail, after the service took the message.
    """
    status = _status(error)
    text = clean(str(error).partition("\n")[0])
    if status is None:
        if _never_connected(error):
            raise UnreachableError(f"The mail service does not answer: {text}.") from error
        return Reply(0, text, in_doubt=True)
    if status in (401, 402, 403, 404, 405):
        raise UnreachableError(f"The mail service does not let us in: {text}.", transient=False, code=status)
    if status in _BUSY:
        return Reply(451, text, wait=_retry_after(error))
    if status >= 500:
        return Reply(0, text, in_doubt=True)
    return Reply(554, text)


def _retry_after(error: AnymailAPIError) -> float:
    """The seconds that the service asks us to wait (RFC 9110, section 10.2.3); 0 if it does not."""
    headers = getattr(error.response, "headers", None) or {}
    value = str(headers.get("Retry-After", "")).strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max((at - datetime.now(at.tzinfo)).total_seconds(), 0.0)


def _status(error: AnymailAPIError) -> int | None:
    """The HTTP status of the service's answer; Amazon's library keeps it in a place of its own."""
    if error.status_code is not None:
        return int(error.status_code)
    answer = getattr(error.__cause__, "response", None)
    if isinstance(answer, dict):
        code = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return int(code) if code else None
    return None


def _never_connected(error: BaseException) -> bool:
    """Whether the request failed before its first byte, by the error's chain of causes."""
    link: BaseException | None = error
    for _ in range(10):
        if link is None:
            return False
        inner = getattr(link, "reason", None) or next(iter(link.args), None)
        while isinstance(inner, BaseException):
            if isinstance(inner, NewConnectionError | ConnectTimeoutError):
                return True
            inner = getattr(inner, "reason", None)
        link = link.__cause__ or link.__context__
    return False


def _as_django(envelope: Envelope) -> EmailMultiAlternatives:
    """The finished message taken apart again: services want its parts, not its bytes."""
    parsed = message_from_bytes(envelope.data, policy=policy.default)
    text = parsed.get_body(("plain",))
    html = parsed.get_body(("html",))
    own = {"from", "to", "subject", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}
    own.add("dkim-signature")  # the service writes the message anew, and signs that
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=text.get_content() if text else "",
        from_email=str(parsed["From"] or ""),
        to=[envelope.recipient],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in own},
    )
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    for part in parsed.iter_attachments():
        if part.is_attachment():
            message.attach(part.get_filename("message.eml"), part.get_content(), part.get_content_type())
    if envelope.tag:
        message.metadata = {"delivery": envelope.tag}  # type: ignore[attr-defined]
    return message
