"""What came back becomes event rows, and event rows become states: once for each event, however often told.

A stranger can write any bounce and any webhook. So feedback changes a reader only if it names one of our
deliveries by something that only our mail carried: the signed tag of its envelope, or its Message-ID.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from newsletter.errors import StateError
from subscriptions import consent
from subscriptions.addresses import without_addresses
from subscriptions.feedback.verdicts import Kind
from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Suppression
from subscriptions.states import DeliveryEventKind, DeliveryState, SuppressionReason

HALF_LIFE = timedelta(days=14)
ENOUGH = 2.2  # three days in a row make 2.9, three strikes a fortnight apart 1.75
STRIKES = 3
REST = timedelta(days=14)  # how long a mailbox that takes nothing is left alone
LONGEST_DETAIL = 1000
UNKNOWN = "unknown"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing that came back. ``source`` and ``event_id`` together name it for ever.

    ``final``: the message did not and will not arrive; a notice of delay is not final. ``opt_out``: the
    reader asked for no more mail, which is no complaint.
    """

    kind: Kind
    reason: str
    source: str
    event_id: str
    at: datetime
    delivery_id: int | None = None
    detail: str = ""
    final: bool = True
    opt_out: bool = False


def record(feedback: Iterable[Feedback]) -> Counter[str]:
    """Keep each event once and draw its consequence. Counts of new events by kind.

    What names none of our deliveries is not kept, only counted, as ``unknown``: anybody may send us such.

    hard: the address is suppressed, the one that was written to. complaint: the reader's, at once. soft: a
    strike; enough of them let the reader rest for a while (:func:`strikes`), nobody is suppressed for them.
    blocked: counted against us, the sender. An automatic reply changes nothing.
    """
    counts: Counter[str] = Counter()
    for event in feedback:
        if event.kind is Kind.NONE:
            continue
        delivery = _delivery(event)
        if delivery is None:
            counts[UNKNOWN] += 1
        elif _record_one(event, delivery):
            counts[str(event.kind)] += 1
    if counts[UNKNOWN]:
        logger.info("%d events name none of our deliveries; they are not kept.", counts[UNKNOWN])
    return +counts


def _delivery(event: Feedback) -> Delivery | None:
    if event.delivery_id is None:
        return None
    return Delivery.objects.select_related("subscriber").filter(pk=event.delivery_id).first()


@transaction.atomic
def _record_one(event: Feedback, delivery: Delivery) -> bool:
    detail = without_addresses(event.detail, reader=delivery.subscriber.email)
    _, is_new = DeliveryEvent.objects.get_or_create(
        source=event.source[:40],
        event_id=event.event_id[:200],
        defaults={
            "delivery": delivery,
            "subscriber": delivery.subscriber,
            "kind": DeliveryEventKind(event.kind.value),
            "detail": f"{event.reason}: {detail}"[:LONGEST_DETAIL],
            "at": event.at,
        },
    )
    if not is_new:
        return False
    if event.final and event.kind in (Kind.HARD, Kind.SOFT, Kind.BLOCKED):
        Delivery.objects.filter(
            pk=delivery.pk, state__in=(DeliveryState.SENT, DeliveryState.UNCERTAIN)
        ).update(state=DeliveryState.FAILED, reason=f"came back: {event.reason}")
    _draw_consequence(event, delivery)
    return True


def _draw_consequence(event: Feedback, delivery: Delivery) -> None:
    subscriber = delivery.subscriber
    if event.kind is Kind.COMPLAINT and event.opt_out:
        consent.unsubscribe(subscriber, now=event.at, how="mail")
    elif event.kind is Kind.COMPLAINT:
        suppress(subscriber, reason=SuppressionReason.COMPLAINED, now=event.at, why=event.reason)
    elif event.kind is Kind.HARD and (left := _left_since(delivery)):
        # People move because their old mailbox dies; the new one has done nothing.
        Suppression.objects.get_or_create(
            address_hash=left, defaults={"reason": SuppressionReason.BOUNCED, "at": event.at}
        )
    elif event.kind is Kind.HARD:
        suppress(subscriber, reason=SuppressionReason.BOUNCED, now=event.at, why=event.reason)
    elif event.kind is Kind.SOFT and event.final and not _left_since(delivery):
        _strike(subscriber, now=event.at)


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
        subscriber=subscriber, kind=DeliveryEventKind.SOFT_BOUNCE, at__gte=now - 4 * HALF_LIFE
    )
    if moved := consent.moves(subscriber):
        struck = struck.filter(delivery__created_at__gt=moved[-1][0])
    if not strikes([moment.date() for moment in struck.values_list("at", flat=True)], today=now.date()):
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
    found: Counter[str] = Counter()
    for detail, number in (
        DeliveryEvent.objects.filter(kind=DeliveryEventKind.BLOCKED, at__gte=since)
        .values_list("detail")
        .annotate(number=Count("pk"))
    ):
        found[detail.partition(":")[0]] += number
    return dict(found)
