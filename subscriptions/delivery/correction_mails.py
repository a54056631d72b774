"""Corrections by a mail of their own, where an editor asked for that: through the gate, each at most once.

Each reader's row says how far its mail is. ``sending`` is committed before a byte leaves; what a dead sender
left there may have arrived and is not sent again. The rate, the signature and the tag are those of all mail.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from lib.backoff import Backoff
from newsletter.rendering.corrections import correction_mail
from newsletter.set_aside import ItemKind, isolating
from subscriptions import stages
from subscriptions.corrections import owing
from subscriptions.delivery import holds
from subscriptions.delivery.dispatch import (
    DeferredError,
    DoubtfulError,
    NotPermittedError,
    RejectedError,
    dispatch,
    kept_connection,
)
from subscriptions.delivery.envelopes import Transport
from subscriptions.delivery.gate import MailKind
from subscriptions.messages import MimeMessage
from subscriptions.messages.corrections import line_of
from subscriptions.messages.rows import spoken
from subscriptions.messages.single import SingleMail, build_single
from subscriptions.models import OwedCorrection
from subscriptions.models.states import CorrectionMailState as State
from subscriptions.readers.links import reader_links

AT_ONCE = 100  # rows read together
MOST_ATTEMPTS = 8
# Replies that may be about one mailbox alone (RFC 5321, section 4.2.3); any other puts all mail off.
_ABOUT_READER = frozenset({450, 451, 452, 455})
_SOON = timedelta(minutes=1)
_BACKOFF = Backoff(first=5 * 60, longest=8 * 3600)  # seconds between two attempts
_MAILS = ItemKind(owner=lambda owed: stages.reader(owed.subscriber_id))
log = logging.getLogger(__name__)


def send_corrections(*, seconds: float, transport: Transport | None = None) -> Counter[str]:
    """Send what is owed for about ``seconds``; counts by what became of it, ``put_off`` and ``stopped`` too.

    Only for the holder of the lock "corrections". Stops when the mail server or the rate lets nothing
    through: that is no reader's fault, and the next run goes on. A mail that cannot be made is set aside.
    """
    counts: Counter[str] = Counter()
    if abandoned := owing.doubt_abandoned(now=timezone.now()):
        counts[str(State.UNCERTAIN)] += abandoned
    until = time.monotonic() + seconds
    try:
        with (
            kept_connection(transport) as connection,
            isolating(stages.CORRECTION_MAILS, now=timezone.now(), items=_MAILS) as run,
        ):
            for outcome in run.each(_due(until), partial(_send, transport=connection)):
                counts[outcome] += 1
    except DeferredError as error:
        counts["stopped"] += 1
        log.warning("Corrections wait for the next run: %s", error)
    return counts


def _due(until: float) -> Iterator[OwedCorrection]:
    """The rows whose mails are due, in the order of their ids, until ``until`` (monotonic seconds)."""
    after = 0
    while time.monotonic() < until:
        if held := holds.current_holds():
            raise DeferredError(holds.problem(held), transient=True)
        due = OwedCorrection.objects.mails_due(timezone.now()).filter(pk__gt=after)
        rows = list(due.select_related("subscriber", "correction__paper").order_by("pk")[:AT_ONCE])
        if not rows:
            return
        for row in rows:
            if time.monotonic() >= until:
                return
            yield row
        after = rows[-1].pk


def _send(owed: OwedCorrection, *, transport: Transport) -> str | None:
    """One mail. Raises DeferredError, with the row given back, where no mail would leave."""
    message = _message(owed, now=timezone.now())  # before it is taken: what cannot be made is not in doubt
    if not owing.take_mail(owed, now=timezone.now()):
        return None
    state, retry_at = State.SENT, None
    stopped_by: DeferredError | None = None
    now = timezone.now()
    try:
        dispatch(MailKind.CORRECTION, message, reader=owed.subscriber, now=now, transport=transport)
    except NotPermittedError as error:
        state = State.REFUSED
        log.info("Correction %s is not sent to reader %s: %s", owed.correction_id, owed.subscriber_id, error)
    except RejectedError as error:
        state = State.REFUSED
        log.warning(
            "Correction %s for reader %s was refused for good: %s",
            owed.correction_id,
            owed.subscriber_id,
            error,
        )
    except DoubtfulError:
        state = State.UNCERTAIN
    except DeferredError as error:
        is_last = owed.mail_attempts + 1 >= MOST_ATTEMPTS
        is_about_reader = error.code in _ABOUT_READER
        state = State.REFUSED if is_last and is_about_reader else State.OWED
        retry_at = now + (_BACKOFF.delay(owed.mail_attempts + 1) if is_about_reader else _SOON)
        stopped_by = None if is_about_reader else error
    owing.settle_mail(owed, state, now=timezone.now(), retry_at=retry_at, counts=stopped_by is None)
    if stopped_by is not None:
        raise stopped_by
    return "put_off" if state is State.OWED else str(state)


def _message(owed: OwedCorrection, *, now: datetime) -> MimeMessage:
    reader = owed.subscriber
    links = reader_links(reader.public_id, reader.links_epoch)
    mail = correction_mail(
        line_of(owing.told_of(owed.correction)), language=spoken(reader.language), links=links
    )
    return build_single(
        SingleMail(
            recipient=reader.email,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            auto_submitted="auto-generated",
            links=links,
        ),
        now=now,
    )
