"""One mail at once: notices, tests and forwards, on the road that digests take.

The gate, the rate, the signature, the envelope with its tag, the transport and the meaning of its answer are
those of the digests. What differs: there is no row in a ledger, so a mail that was put off is its caller's to
send again.
"""

import time
from datetime import datetime

from newsletter.errors import DeliveryError
from subscriptions.delivery.checkpoints import MarksError
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import Letter, UnreachableError
from subscriptions.delivery.gate import MailKind, refusal
from subscriptions.delivery.rates import Limits, Pace
from subscriptions.delivery.replies import Reply
from subscriptions.delivery.slowdown import lesson
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


class KeptBackError(DeliveryError):
    """The gate refuses: this address must not be written to."""


class PutOffError(DeliveryError):
    """Not now: nobody has the mail, as far as we know, and it may be sent again later."""


class RejectedError(DeliveryError):
    """The mail server said no for good."""


def dispatch(kind: MailKind, message: MimeMessage, *, reader: Subscriber | None, now: datetime) -> Reply:
    """Send ``message`` now; returns the mail server's acceptance.

    1. Ask the gate. 2. Wait for our turn, a few seconds at most. 3. Sign, and name the reader in the
    envelope. 4. Hand over. Raises :class:`KeptBackError`, :class:`PutOffError` (also where the server may
    have the mail: a second copy of a notice does less harm than none) or :class:`RejectedError`.
    """
    if why := refusal(kind, recipient=message.recipient, reader=reader):
        raise KeptBackError(f"This address is not written to: {why}.")
    _wait_for_turn(now)
    letter = _letter(message, reader=reader, now=now)
    reply = _hand_over(letter)
    if reply.accepted:
        return reply
    if 500 <= reply.code < 600:
        _count(reply, letter, now=now)
        raise RejectedError(f"The mail server did not take the mail: {reply}", code=reply.code)
    raise PutOffError(f"The mail server put the mail off: {reply}", transient=True, code=reply.code)


def _wait_for_turn(now: datetime) -> None:
    pace = Pace(Limits.from_settings())
    pace.heed(lesson(now).rate)
    try:
        grant = pace.admit_now()
        if not grant.count and grant.wait <= LONGEST_WAIT:
            time.sleep(grant.wait)  # the rate itself, not an event, is what we wait for
            grant = pace.admit_now()
    except MarksError as error:
        raise PutOffError(str(error), transient=True) from error
    if not grant.count:
        raise PutOffError(f"The rate has no room for {grant.wait:.0f} seconds.", transient=True)


def _letter(message: MimeMessage, *, reader: Subscriber | None, now: datetime) -> Letter:
    named = notice_tag(reader.pk, to=message.recipient, at=now) if reader is not None else ""
    return Letter(
        sender=envelope_sender(named, default=message.sender) if named else message.sender,
        recipient=message.recipient,
        data=default_signer()((tag_field(named) if named else b"") + message.data),
        tag=named,
        is_canonical=message.is_canonical,
    )


def _count(reply: Reply, letter: Letter, *, now: datetime) -> None:
    """A refusal for good is feedback as a bounce that comes later would be."""
    notice = named_by_tag(letter.tag)
    if reply.is_own or not isinstance(notice, NoticeTag):
        return
    verdict = judge_reply(reply.code, reply.text, after_body=reply.after_body, recipient=letter.recipient)
    event = Feedback(
        kind=verdict.kind,
        reason=verdict.reason,
        source="smtp",
        event_id=f"{letter.tag} {now:%Y%m%d%H%M%S}",
        at=now,
        notice=notice,
        detail=str(reply),
        doubtful=verdict.doubtful,
    )
    record([event])


def _hand_over(letter: Letter) -> Reply:
    transport = default_transport()
    try:
        return transport.send(letter, before_body=lambda: None)
    except UnreachableError as error:
        raise PutOffError(str(error), transient=True, code=error.code) from error
    finally:
        transport.close()
