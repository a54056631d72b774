"""Who may have missed a digest, after a backup was restored: counted, listed, and sent to on a person's word.

What left after the backup was taken is not known any more. So that nobody gets a mail twice, all that was on
its way then, and all that has been due since, counts as sent until an operator says otherwise.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial

from django.db import transaction

from lib.chunks import chunked
from subscriptions.delivery import operator_actions
from subscriptions.models import Delivery, DoubtfulDigest, OwedCorrection, OwedNotice, Subscriber
from subscriptions.models.states import CorrectionMailState, DeliveryReason, DeliveryState
from subscriptions.readers import clock

AT_ONCE = 2000  # rows
_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)
REASON = "on its way when the backup was taken; it may have been sent since"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A digest that its reader may have missed: of a day of the ledger, or due at a moment."""

    subscriber_id: int
    email: str
    day: date | None
    due_at: datetime | None


def enter_doubts(now: datetime) -> Counter[str]:
    """After a restore, before anything is sent: settle as doubtful whatever may have left since the backup.

    Counts: ``uncertain`` deliveries, ``due`` readers whose hour has passed since, ``notices`` that were owed
    and are dropped, ``corrections`` whose mails are uncertain. May run twice.
    """
    counts = Counter({"uncertain": _doubt_rows(now), "due": _doubt_readers(now)})
    counts["notices"] = OwedNotice.objects.all().delete()[0]
    mails = OwedCorrection.objects.filter(
        mail_state__in=(CorrectionMailState.OWED, CorrectionMailState.SENDING)
    )
    counts["corrections"] = mails.update(mail_state=CorrectionMailState.UNCERTAIN, mail_at=now, retry_at=None)
    return counts


def _doubt_rows(now: datetime) -> int:
    count = 0
    rows = Delivery.objects.filter(state__in=_OPEN).order_by("pk")
    while some := list(rows.values_list("pk", "subscriber_id")[:AT_ONCE]):
        with transaction.atomic():
            DoubtfulDigest.objects.bulk_create(
                [DoubtfulDigest(subscriber_id=reader, delivery_id=pk) for pk, reader in some],
                ignore_conflicts=True,
            )
            count += Delivery.objects.filter(pk__in=[pk for pk, _ in some]).release(
                state=DeliveryState.UNCERTAIN,
                reason=REASON,
                reason_code=DeliveryReason.PLAIN,
                retry_at=None,
                settled_at=now,
            )
    return count


def _doubt_readers(now: datetime) -> int:
    """Readers whose hour has passed wait for their next one; what they had counts up to today."""
    count = 0
    next_hour = lru_cache(maxsize=None)(partial(clock.next_of, after=now))
    while some := list(Subscriber.objects.due(now)[:AT_ONCE]):
        turns: dict[tuple[datetime, date], list[int]] = {}
        for reader in some:
            schedule = clock.Schedule(reader.time_zone, reader.hour, reader.cadence, reader.weekday)
            had = max(filter(None, (reader.last_edition_day, clock.local_day(now, reader.time_zone))))
            turns.setdefault((next_hour(schedule), had), []).append(reader.pk)
        with transaction.atomic():
            DoubtfulDigest.objects.bulk_create(
                [
                    DoubtfulDigest(
                        subscriber=reader, due_at=reader.next_due_at, last_edition_day=reader.last_edition_day
                    )
                    for reader in some
                ],
                ignore_conflicts=True,
            )
            for (due, had), ids in turns.items():
                readers = Subscriber.objects.filter(pk__in=ids)
                count += readers.update(next_due_at=due, last_edition_day=had)
    return count


def _wanted() -> Iterator[DoubtfulDigest]:
    """Those whose readers still read; who has left since misses nothing."""
    rows = DoubtfulDigest.objects.filter(subscriber__state=Subscriber.State.ACTIVE)
    return rows.select_related("subscriber", "delivery").order_by("pk").iterator(chunk_size=AT_ONCE)


def doubts() -> Iterator[Doubt]:
    """Everybody who may have missed a digest, a line for each digest."""
    for row in _wanted():
        day = row.delivery.day if row.delivery else None
        yield Doubt(row.subscriber_id, row.subscriber.email, day, row.due_at)


def send_missed(*, by: str, now: datetime) -> int:
    """Send all of them after all: an operator knows that they never left. Returns how many.

    Rows of the ledger are queued again; who was due is due now, for what came since the last digest.
    """
    return _settle(partial(_send, by=by, now=now))


def count_as_sent(*, by: str, now: datetime) -> int:
    """An operator knows that they have left. Returns how many."""
    return _settle(partial(_count_as_sent, by=by, now=now))


def _settle(act: Callable[[Sequence[DoubtfulDigest]], object]) -> int:
    count = 0
    for some in chunked(_wanted(), AT_ONCE):
        with transaction.atomic():
            act(some)
            DoubtfulDigest.objects.filter(pk__in=[row.pk for row in some]).delete()
        count += len(some)
    DoubtfulDigest.objects.exclude(subscriber__state=Subscriber.State.ACTIVE).delete()
    return count


def _rows_of(some: Sequence[DoubtfulDigest]) -> list[int]:
    return [row.delivery_id for row in some if row.delivery_id is not None]


def _send(some: Sequence[DoubtfulDigest], *, by: str, now: datetime) -> None:
    rows = Delivery.objects.filter(pk__in=_rows_of(some))
    operator_actions.settle_uncertain(rows, arrived=False, by=by, now=now)
    by_day: dict[date | None, list[int]] = {}
    for row in some:
        if row.delivery_id is None:
            by_day.setdefault(row.last_edition_day, []).append(row.subscriber_id)
    for day, ids in by_day.items():
        Subscriber.objects.active().filter(pk__in=ids).update(next_due_at=now, last_edition_day=day)


def _count_as_sent(some: Sequence[DoubtfulDigest], *, by: str, now: datetime) -> None:
    rows = Delivery.objects.filter(pk__in=_rows_of(some))
    operator_actions.settle_uncertain(rows, arrived=True, by=by, now=now)
