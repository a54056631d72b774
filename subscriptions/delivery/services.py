"""Handing messages over to a mail service, through Anymail."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.utils import parseaddr

from anymail.exceptions import AnymailAPIError, AnymailError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from subscriptions.delivery.letters import Letter, UnreachableError, clean, nothing
from subscriptions.delivery.replies import Reply


class AnymailTransport:
    """A mail service behind Anymail, over one kept session of its HTTP client.

    Every digest has a body of its own, and the services' batch calls repeat one body for many readers, so a
    message is one call. The call's metadata carries ``tag``, which the service's webhooks give back.
    """

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.is_open = False

    def send(
        self,
        letter: Letter,
        *,
        before_body: Callable[[], None],
        following: Callable[[], Letter | None] = nothing,  # noqa: ARG002 - a call carries one message
    ) -> Reply:
        if not self.is_open:
            self.backend.open()
            self.is_open = True
        message = _as_django(letter)
        before_body()
        try:
            self.backend.send_messages([message])
        except AnymailAPIError as error:
            return _service_reply(error)
        except AnymailError as error:
            return Reply(554, clean(str(error)))
        status = message.anymail_status  # type: ignore[attr-defined]
        if status.status and status.status <= {"invalid", "rejected", "failed"}:
            return Reply(550, f"the service says: {', '.join(sorted(status.status))}")
        return Reply(250, f"id {status.message_id}")

    def close(self) -> None:
        self.backend.close()
        self.is_open = False


def _service_reply(error: AnymailAPIError) -> Reply:
    """A service's refusal as an SMTP-like reply: 429 and 5xx are its trouble, 400 and 422 the message's.

    Raises :class:`UnreachableError` where no message at all can pass: no connection, a wrong key, an unknown
    address of the service. A request that broke off without an answer leaves its message in doubt.
    """
    status = _status(error)
    text = clean(str(error).partition("\n")[0])
    if status is None:
        if _never_connected(error):
            raise UnreachableError(f"The mail service does not answer: {text}.") from error
        return Reply(0, text, in_doubt=True)
    if status in (401, 402, 403, 404, 405):
        raise UnreachableError(f"The mail service does not let us in: {text}.", transient=False, code=status)
    if status == 429 or status >= 500:
        return Reply(451, text)
    return Reply(554, text)


def _status(error: AnymailAPIError) -> int | None:
    """The HTTP status of the service's answer; Amazon's library keeps it in a place of its own."""
    if error.status_code is not None:
        return int(error.status_code)
    answer = getattr(error.__cause__, "response", None)
    if isinstance(answer, dict):
        found = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return int(found) if found else None
    return None


def _never_connected(error: BaseException) -> bool:
    """Whether the request failed before its first byte: found by the errors' own chain of causes."""
    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            return False
        inner = getattr(found, "reason", None) or next(iter(found.args), None)
        while isinstance(inner, BaseException):
            if isinstance(inner, NewConnectionError | ConnectTimeoutError):
                return True
            inner = getattr(inner, "reason", None)
        found = found.__cause__ or found.__context__
    return False


def _as_django(letter: Letter) -> EmailMultiAlternatives:
    """The finished message taken apart again: services want its parts, not its bytes."""
    parsed = message_from_bytes(letter.data, policy=policy.default)
    text = parsed.get_body(("plain",))
    html = parsed.get_body(("html",))
    own = {"from", "to", "subject", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=text.get_content() if text else "",
        from_email=str(parsed["From"] or ""),
        to=[letter.recipient],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in own},
    )
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    if letter.tag:
        message.metadata = {"delivery": letter.tag}  # type: ignore[attr-defined]
    if parseaddr(letter.sender)[1]:
        message.envelope_sender = letter.sender  # type: ignore[attr-defined]
    return message
