"""One mail at once: notices, tests and forwards, sent as digests are sent.

The gate, the rate, the signature, the envelope with its tag, the transport and the meaning of its answer are
those of the digests. What differs: there is no row in a ledger, so a mail that was put off is its caller's to
send again.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from newsletter.errors import DeliveryError
from subscriptions.delivery.checkpoints import CoordinationError
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import Envelope, Transport, UnreachableError
from subscriptions.delivery.gate import MailKind, refusal
from subscriptions.delivery.rates import SendLimits, SendRateLimiter
from subscriptions.delivery.replies import Reply
from subscriptions.delivery.slowdown import current_slowdown
from subscriptions.delivery.transport import default_transport
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.return_paths import (
    NoticeTag,
    envelope_sender,
    named_by_tag,
    notice_tag,
    tag_field,
)
from subscriptions.feedback.verdicts import judge_reply
from subscriptions.messages import MimeMessage
from subscriptions.models import Subscriber

LONGEST_WAIT = 5.0  # seconds for our turn; beyond that the mail is put off


class NotPermittedError(DeliveryError):
    """The gate refuses: this address must not be written to."""


class DeferredError(DeliveryError):
    """Not now: nobody has the mail, as far as we know, and it may be sent again later."""


class DoubtfulError(DeferredError):
    """The connection ended before the reply: the mail may have been taken."""


class RejectedError(DeliveryError):
    """The mail server said no for good."""


@contextmanager
def kept_connection(transport: Transport | None = None) -> Iterator[Transport]:
    """``transport``, or that of the settings until the end: for several mails by :func:`dispatch`."""
    own = transport or default_transport()
    try:
        yield own
    finally:
        if transport is None:
            own.close()


def dispatch(
    kind: MailKind,
    message: MimeMessage,
    *,
    reader: Subscriber | None,
    now: datetime,
    transport: Transport | None = None,
) -> Reply:
    """Send ``message`` now; returns the mail server's acceptance.

    1. Ask the gate. 2. Wait for our turn, a few seconds at most. 3. Sign, and name the reader in the
    envelope. 4. Hand over, by ``transport`` where the caller has one for several mails. Raises
    :class:`NotPermittedError`, :class:`DeferredError` (where the server may have the mail
    :class:`DoubtfulError`: a second copy of a notice does less harm than none) or :class:`RejectedError`.
    """
    if why := refusal(kind, recipient=message.recipient, reader=reader):
        raise NotPermittedError(f"This address is not written to: {why}.")
    _wait_for_turn(now)
    envelope = _envelope(message, reader=reader, now=now)
    reply = _hand_over(envelope, transport)
    if reply.accepted:
        return reply
    if reply.in_doubt:
        raise DoubtfulError(f"The connection ended before the reply: {reply}", transient=True)
    if 500 <= reply.code < 600:
        _count(reply, envelope, now=now)
        raise RejectedError(f"The mail server did not take the mail: {reply}", code=reply.code)
    raise DeferredError(f"The mail server put the mail off: {reply}", transient=True, code=reply.code)


def _wait_for_turn(now: datetime) -> None:
    rate_limiter = SendRateLimiter(SendLimits.from_settings())
    rate_limiter.adopt(current_slowdown(now).rate)
    try:
        grant = rate_limiter.admit_now()
        if not grant.count and grant.wait <= LONGEST_WAIT:
            time.sleep(grant.wait)  # the rate itself, not an event, is what we wait for
            grant = rate_limiter.admit_now()
    except CoordinationError as error:
        raise DeferredError(str(error), transient=True) from error
    if not grant.count:
        raise DeferredError(f"The rate has no room for {grant.wait:.0f} seconds.", transient=True)


def _envelope(message: MimeMessage, *, reader: Subscriber | None, now: datetime) -> Envelope:
    named = notice_tag(reader.pk, to=message.recipient, at=now) if reader is not None else ""
    return Envelope(
        sender=envelope_sender(named, default=message.sender) if named else message.sender,
        recipient=message.recipient,
        data=default_signer()((tag_field(named) if named else b"") + message.data),
        tag=named,
        is_canonical=message.is_canonical,
    )


def _count(reply: Reply, envelope: Envelope, *, now: datetime) -> None:
    """A refusal for good is feedback as a bounce that comes later would be."""
    notice = named_by_tag(envelope.tag)
    if reply.is_own or not isinstance(notice, NoticeTag):
        return
    verdict = judge_reply(reply.code, reply.text, after_body=reply.after_body, recipient=envelope.recipient)
    event = Feedback(
        kind=verdict.kind,
        reason=verdict.reason,
        source="smtp",
        event_id=f"{envelope.tag} {now:%Y%m%d%H%M%S}",
        at=now,
        notice=notice,
        detail=str(reply),
        doubtful=verdict.doubtful,
    )
    record([event])


def _hand_over(envelope: Envelope, transport: Transport | None) -> Reply:
    with kept_connection(transport) as connection:
        try:
            return connection.send(envelope, before_body=lambda: None)
        except UnreachableError as error:
            raise DeferredError(str(error), transient=True, code=error.code) from error
