"""What came back becomes event rows, and event rows become states: once an event, however often it comes.

A stranger can write any bounce and any webhook. So feedback changes a reader only if it is proved that it is
about a mail of ours: by mail as :mod:`~subscriptions.feedback.attribution` says, by webhook by the service's
signature, at sending by our own connection. What is not proved is kept, to be looked at at the desk.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min

from newsletter.errors import StateError
from newsletter.set_aside import ItemKind, isolating
from newsletter.text.border import clean_text
from subscriptions import journal, stages
from subscriptions.addresses import address_hash, without_addresses
from subscriptions.feedback import doubts
from subscriptions.feedback.return_paths import NoticeTag
from subscriptions.feedback.verdicts import Kind
from subscriptions.journal import WishKind
from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Suppression
from subscriptions.models.states import (
    DeliveryEventKind,
    DeliveryReason,
    DeliveryState,
    EventStanding,
    SuppressionReason,
)
from subscriptions.readers import consent

HALF_LIFE = timedelta(days=14)
ENOUGH = 2.2  # three days in a row make 2.9, three strikes a fortnight apart 1.75
STRIKES = 3
REST = timedelta(days=14)  # how long a mailbox that takes nothing is left alone
LONGEST_DETAIL = 1000
UNKNOWN = "unknown"
UNPROVEN = "unproven"
DOUBTFUL = "doubtful"
# Anybody can send us such: so many rows a day are kept of what is not proved, more are only counted.
MOST_UNPROVEN_A_DAY = 200
# A digest that came back for a reason of ours is sent again, as one that is refused at once is.
PUT_OFF = timedelta(hours=4)
MOST_ATTEMPTS = 8
STILL_NEWS = timedelta(days=2)  # an older digest is sent again by hand only, at the desk
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing that came back. ``source`` and ``event_id`` together name it for ever.

    It is about a delivery or, with its tag, about a notice. ``final``: the message did not and will not
    arrive; a notice of delay is not final. ``opt_out``: the reader asked for no more mail, which is no
    complaint. ``doubtful``: a hard bounce with one indication only. ``unproven``: why nothing may follow.
    """

    kind: Kind
    reason: str
    source: str
    event_id: str
    at: datetime
    delivery_id: int | None = None
    notice: NoticeTag | None = None
    detail: str = ""
    final: bool = True
    opt_out: bool = False
    doubtful: bool = False
    unproven: str = ""

    @property
    def standing(self) -> EventStanding:
        """How much the event counts for."""
        if self.unproven:
            return EventStanding.UNPROVEN
        return EventStanding.DOUBTFUL if self.doubtful else EventStanding.CERTAIN


@dataclass(frozen=True, slots=True)
class _Mail:
    """What an event is about. ``elsewhere``: the hash of where it went, if the digest goes somewhere else.

    That is the one that the reader has left, or the one that the reader has not moved to yet.
    """

    reader: Subscriber
    delivery: Delivery | None
    elsewhere: str


def record(feedback: Iterable[Feedback]) -> Counter[str]:
    """Keep each event once and draw its consequence. Counts of new events by kind.

    What names none of our mails counts as ``unknown``, what is not proved as ``unproven``, a hard bounce that
    waits for a second one as ``doubtful``; nothing follows from these.

    hard: the address is suppressed, the one that was written to. complaint: the reader's, at once. soft: a
    strike; enough of them let the reader rest for a while (:func:`strikes`), nobody is suppressed for them.
    blocked: counted against us, the sender, and the digest is sent again. An automatic reply changes nothing.
    """
    with journal.gathered():
        return _log_unknown(sum(map(_record, feedback), Counter[str]()))


def record_each(feedback: Iterable[Feedback], *, now: datetime) -> Counter[str]:
    """As :func:`record`; an event that cannot be recorded is set aside, and the next one is."""
    items = ItemKind(key=_name, owner=owner_of, content=content_of)
    with journal.gathered(), isolating(stages.EVENTS, now=now, items=items) as run:
        return _log_unknown(sum(run.each(feedback, _record), Counter[str]()))


def record_again(contents: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Record what was set aside; ``contents`` are those of its rows."""
    again = [content for content in contents if content]
    record_each(
        [
            Feedback(
                **{**content, "kind": Kind(content["kind"]), "at": datetime.fromisoformat(content["at"])}
            )
            for content in again
        ],
        now=now,
    )


def _record(event: Feedback) -> Counter[str]:
    counts: Counter[str] = Counter()
    if event.kind is Kind.NONE:
        return counts
    mail = _mail(event)
    if mail is None:
        counts[UNKNOWN] += 1
        if event.kind in (Kind.HARD, Kind.COMPLAINT):
            _keep_unproven(event, None)
    elif event.unproven:
        counts[UNPROVEN] += _keep_unproven(event, mail)
    elif _record_one(event, mail):
        counts[DOUBTFUL if event.doubtful else str(event.kind)] += 1
    return counts


def _log_unknown(counts: Counter[str]) -> Counter[str]:
    if counts[UNKNOWN]:
        logger.info("%d events name none of our mails; they change nothing.", counts[UNKNOWN])
    return +counts


def _name(event: Feedback) -> str:
    """What names an event at the desk: what a stranger calls it may hold anything."""
    return hashlib.sha256(f"{event.source} {event.event_id}".encode(errors="replace")).hexdigest()[:16]


def owner_of(event: Feedback) -> str:
    """Whose event it is, as the desk names readers; empty if it is nobody's."""
    if event.notice is not None:
        return stages.reader(event.notice.subscriber_id)
    readers = Delivery.objects.filter(pk=event.delivery_id or 0).values_list("subscriber_id", flat=True)
    return stages.reader(readers[0]) if readers else ""


def content_of(event: Feedback) -> dict[str, Any]:
    """What it takes to record it again, without addresses. Of a notice there is nothing: its tag has one."""
    if event.notice is not None:
        return {}
    identity = {"kind": event.kind.value, "at": event.at.isoformat()}
    texts = {
        name: clean_text(without_addresses(getattr(event, name)), longest=LONGEST_DETAIL)
        for name in ("reason", "source", "event_id", "detail", "unproven")
    }
    rest = {name: getattr(event, name) for name in ("delivery_id", "final", "opt_out", "doubtful")}
    return {**identity, **texts, **rest}


def _mail(event: Feedback) -> _Mail | None:
    if event.notice is not None:
        return _notice(event.notice)
    if event.delivery_id is None:
        return None
    delivery = Delivery.objects.select_related("subscriber").filter(pk=event.delivery_id).first()
    return _Mail(delivery.subscriber, delivery, _left_since(delivery)) if delivery else None


def _notice(tag: NoticeTag) -> _Mail | None:
    """A notice goes to the reader's address or to the one that is wished for; both may be others since."""
    reader = Subscriber.objects.filter(pk=tag.subscriber_id).first()
    if reader is None:
        return None
    if tag.went_to(reader.email):
        return _Mail(reader, None, "")
    others = [address_hash(reader.new_email)] if reader.new_email else []
    others += [was for _, was in consent.moves(reader)]
    hashes = [other for other in others if tag.is_of(other)]
    return _Mail(reader, None, hashes[0]) if hashes else None


def _keep_unproven(event: Feedback, mail: _Mail | None) -> bool:
    since = event.at - timedelta(days=1)
    recent = DeliveryEvent.objects.filter(standing=EventStanding.UNPROVEN, at__gt=since).count()
    return recent < MOST_UNPROVEN_A_DAY and _keep(event, mail)


def _keep(event: Feedback, mail: _Mail | None) -> bool:
    """Write the row of ``event``; False if there is one."""
    detail = without_addresses(event.detail, reader=mail.reader.email if mail else "")
    if event.unproven:
        detail = f"{event.unproven}; {detail}"
    _, is_new = DeliveryEvent.objects.get_or_create(
        source=event.source[:40],
        event_id=event.event_id[:200],
        defaults={
            "delivery": mail.delivery if mail else None,
            "subscriber": mail.reader if mail else None,
            "kind": DeliveryEventKind(event.kind.value),
            "standing": event.standing if mail else EventStanding.UNPROVEN,
            "final": event.final,
            "detail": f"{event.reason}: {detail}"[:LONGEST_DETAIL],
            "at": event.at,
        },
    )
    return is_new


@transaction.atomic
def _record_one(event: Feedback, mail: _Mail) -> bool:
    if not _keep(event, mail):
        return False
    if mail.delivery and event.final and event.kind in (Kind.HARD, Kind.SOFT, Kind.BLOCKED):
        _did_not_arrive(event, mail.delivery)
    if not event.doubtful or (
        event.kind is Kind.HARD and doubts.comes_again(mail.reader, mail.delivery, at=event.at)
    ):
        _draw_consequence(event, mail)
    return True


def _did_not_arrive(event: Feedback, delivery: Delivery) -> None:
    """The row says so. What is our fault is sent again while it is news, and afterwards from the desk."""
    fields: dict[str, object] = {"state": DeliveryState.FAILED, "reason": f"came back: {event.reason}"}
    fields["reason_code"] = DeliveryReason.CAME_BACK
    if event.kind is Kind.BLOCKED:
        fields |= {"reason": f"refused for a reason of ours: {event.reason}", "reason_code": ""}
        if delivery.attempts < MOST_ATTEMPTS and event.at - delivery.created_at < STILL_NEWS:
            fields |= {"state": DeliveryState.DEFERRED, "retry_at": event.at + PUT_OFF, "settled_at": None}
            fields["waits_from"] = event.at
    arrived = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
    Delivery.objects.filter(pk=delivery.pk, state__in=arrived).update(**fields)


def _draw_consequence(event: Feedback, mail: _Mail) -> None:
    if event.kind is Kind.COMPLAINT:
        _complained(event, mail)
    elif event.kind is Kind.HARD and mail.elsewhere:
        # People move because their old mailbox dies; the new one has done nothing.
        _suppress_hash(mail.elsewhere, reason=SuppressionReason.BOUNCED, at=event.at)
    elif event.kind is Kind.HARD:
        suppress(mail.reader, reason=SuppressionReason.BOUNCED, now=event.at, why=event.reason)
    elif event.kind is Kind.SOFT and event.final and not mail.elsewhere:
        _strike(mail.reader, now=event.at)


def _complained(event: Feedback, mail: _Mail) -> None:
    is_strangers = bool(mail.elsewhere) and mail.delivery is None
    if is_strangers:
        # Somebody typed an address that is another's, who never agreed: only that one is left alone.
        _suppress_hash(mail.elsewhere, reason=SuppressionReason.COMPLAINED, at=event.at)
    elif event.opt_out:
        consent.unsubscribe(mail.reader, now=event.at, how="mail")
    else:
        suppress(mail.reader, reason=SuppressionReason.COMPLAINED, now=event.at, why=event.reason)


def _suppress_hash(elsewhere: str, *, reason: SuppressionReason, at: datetime) -> None:
    Suppression.objects.get_or_create(address_hash=elsewhere, defaults={"reason": reason, "at": at})
    journal.note(WishKind(reason), elsewhere)


def _left_since(delivery: Delivery) -> str:
    """The hash of the address that ``delivery`` went to, if the digest has moved since; else nothing.

    What was queued before the move and sent after it counts as sent before: whichever address it was, the
    reader's present one is given another chance, and bounces the next day if it is dead.
    """
    return next((was for at, was in consent.moves(delivery.subscriber) if at >= delivery.created_at), "")


@transaction.atomic
def suppress(subscriber: Subscriber, *, reason: SuppressionReason, now: datetime, why: str) -> None:
    """Never write to this address again, even if its rows are erased. Doing it twice is fine."""
    Suppression.objects.keep_out(subscriber.email, reason=reason, at=now)
    journal.note(WishKind(reason), address_hash(subscriber.email))
    changed = (
        Subscriber.objects.filter(pk=subscriber.pk)
        .exclude(state=Subscriber.State.SUPPRESSED)
        .update(state=Subscriber.State.SUPPRESSED, next_due_at=None, paused_until=None)
    )
    if changed:
        ConsentEvent.objects.create(
            subscriber=subscriber,
            kind=ConsentEvent.Kind.SUPPRESSED,
            at=now,
            language=subscriber.language,
            detail={"why": why},
        )


def _strike(subscriber: Subscriber, *, now: datetime) -> None:
    """A soft bounce: after enough of them over days the reader is left alone for a while."""
    struck = DeliveryEvent.objects.filter(
        subscriber=subscriber,
        kind=DeliveryEventKind.SOFT_BOUNCE,
        standing=EventStanding.CERTAIN,
        final=True,
        at__gte=now - 4 * HALF_LIFE,
    )
    if moved := consent.moves(subscriber):
        struck = struck.filter(delivery__created_at__gt=moved[-1][0])
    # However many reports there are of one delivery, it is one strike; a notice has no delivery.
    firsts = struck.exclude(delivery=None).values("delivery").annotate(first=Min("at"))
    moments = [row["first"] for row in firsts]
    moments += struck.filter(delivery=None).values_list("at", flat=True)
    if not strikes([moment.date() for moment in moments], today=now.date()):
        return
    until = (now + REST).date()
    fresh = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    if fresh.paused_until is not None and fresh.paused_until >= until:
        return  # the reader asked for a longer rest
    try:
        consent.pause(fresh, until=until, now=now)
    except StateError as error:
        logger.info("reader %s is not paused after soft bounces: %s", subscriber.pk, error)


def strikes(days: Sequence[date], *, today: date) -> bool:
    """Whether soft bounces on ``days`` are enough: three different days, and not long ago.

    Each day counts once and half as much after each :data:`HALF_LIFE`.
    """
    different = {day for day in days if day <= today}
    score = sum(0.5 ** ((today - day) / HALF_LIFE) for day in different)
    return len(different) >= STRIKES and score >= ENOUGH


def sender_troubles(since: datetime) -> dict[str, int]:
    """How often we were refused for a reason of ours since then, by reason: for the operator's eyes."""
    counts: Counter[str] = Counter()
    for detail, number in (
        DeliveryEvent.objects.filter(kind=DeliveryEventKind.BLOCKED, at__gte=since)
        .exclude(standing=EventStanding.UNPROVEN)
        .values_list("detail")
        .annotate(number=Count("pk"))
    ):
        counts[detail.partition(":")[0]] += number
    return dict(counts)
