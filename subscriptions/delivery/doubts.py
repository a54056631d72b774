"""Who may have missed a digest, after a backup was restored: counted, listed, and sent to on a person's word.

What left after the backup was taken is not known any more. So that nobody gets a mail twice, all that was on
its way then, and all that has been due since, counts as sent until an operator says otherwise.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from lib.locks import run_lock
from newsletter.day_rules import current_rules
from newsletter.editions import composition
from newsletter.errors import StateError
from newsletter.models import Edition
from subscriptions.delivery import operator_actions
from subscriptions.models import Delivery, DoubtfulDigest, OwedCorrection, OwedNotice, SignUp, Subscriber
from subscriptions.models.states import CorrectionMailState, DeliveryReason, DeliveryState
from subscriptions.readers import clock

AT_ONCE = 2000  # rows
_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)
REASON = "on its way when the backup was taken; it may have been sent since"
REASON_SERVED = "due after the backup was taken; it may have been sent before the backup was restored"
MADE_ANEW_WITHIN = timedelta(days=1)
"""After a restore, so long editions may take that are composed a second time."""


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
    and ``sign_ups`` not yet received, which are dropped, ``corrections`` whose mails are uncertain. May run
    twice.
    """
    counts = Counter({"uncertain": _doubt_rows(now), "due": _doubt_readers(now)})
    counts["notices"] = OwedNotice.objects.all().delete()[0]
    counts["sign_ups"] = SignUp.objects.all().delete()[0]  # each may have had its confirmation mail
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
    """Readers whose hour has passed wait for their next one, and count as served up to their last one."""
    count = 0
    turns = _Turns(now)
    while some := list(Subscriber.objects.due(now)[:AT_ONCE]):
        readers_by_change: dict[tuple[datetime, date], list[int]] = {}
        served: list[Delivery] = []
        doubtful: list[DoubtfulDigest] = []
        for reader in some:
            turn = turns.last_of(reader)
            had = max(filter(None, (reader.last_edition_day, turn.edition_day)))
            readers_by_change.setdefault((turn.next_due_at, had), []).append(reader.pk)
            served.append(_served(reader, day=turn.day, now=now))
            doubtful.append(
                DoubtfulDigest(
                    subscriber=reader,
                    due_at=reader.next_due_at,
                    last_edition_day=reader.last_edition_day,
                    assumed_edition_day=had,
                )
            )
        with transaction.atomic():
            DoubtfulDigest.objects.bulk_create(doubtful, ignore_conflicts=True)
            Delivery.objects.bulk_create(
                served,
                update_conflicts=True,
                unique_fields=["subscriber", "day"],
                update_fields=["created_at"],
            )
            for (due, had), ids in readers_by_change.items():
                readers = Subscriber.objects.filter(pk__in=ids)
                count += readers.update(next_due_at=due, last_edition_day=had)
    return count


@dataclass(frozen=True, slots=True)
class _Turn:
    """The last turn of a reader: its ``day`` there, the newest edition it can have brought, the next turn."""

    day: date
    edition_day: date
    next_due_at: datetime


class _Turns:
    """The last turns up to ``now``, of many readers who have a schedule in common."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._released = _released_days(now)
        self._last = lru_cache(maxsize=None)(partial(clock.last_of, before=now))
        self._next = lru_cache(maxsize=None)(partial(clock.next_of, after=now))

    def last_of(self, reader: Subscriber) -> _Turn:
        """Who has nothing to read is looked at again until the day ends there: so long a turn may last."""
        schedule = clock.Schedule(reader.time_zone, reader.hour, reader.cadence, reader.weekday)
        began_at = max(filter(None, (self._last(schedule), reader.next_due_at)))
        until = min(self._now, clock.end_of_day(began_at, reader.time_zone))
        return _Turn(
            day=clock.local_day(began_at, reader.time_zone),
            edition_day=self._released(until),
            next_due_at=self._next(schedule),
        )


def _released_days(now: datetime) -> Callable[[datetime], date]:
    """The newest day of which an edition was released by a moment: by the clock, or earlier by an editor."""
    hour = current_rules().approve_hour
    early = Edition.objects.ready().filter(day__gte=now.date() - timedelta(days=1))
    approved: list[tuple[date, datetime | None]] = list(
        early.values_list("day").annotate(Min("approved_at")).order_by()
    )

    def released(moment: datetime) -> date:
        by_editors = [day for day, at in approved if at is not None and at <= moment]
        return max([composition.released_day(moment, hour=hour), *by_editors])

    return released


def _served(reader: Subscriber, *, day: date, now: datetime) -> Delivery:
    """The line of a digest that may have left: it keeps editions from the reader that count as read.

    An edition that is approved after a reader's last line is late, and still reaches the reader. Those that
    were composed after the backup are composed and approved once more after the restore: hence the time.
    """
    return Delivery(
        subscriber=reader,
        day=day,
        state=DeliveryState.SKIPPED,
        reason=REASON_SERVED,
        language=reader.language,
        created_at=now + MADE_ANEW_WITHIN,
        settled_at=now,
    )


def _wanted() -> QuerySet[DoubtfulDigest]:
    """Those whose readers still read; who has left since misses nothing."""
    return DoubtfulDigest.objects.filter(subscriber__state=Subscriber.State.ACTIVE)


def doubts(*, most: int | None = None) -> Iterator[Doubt]:
    """Everybody who may have missed a digest, a line for each digest; the first ``most`` of them."""
    rows = _wanted().select_related("subscriber", "delivery").order_by("pk")[:most]
    for row in rows.iterator(chunk_size=AT_ONCE):
        day = row.delivery.day if row.delivery else None
        yield Doubt(row.subscriber_id, row.subscriber.email, day, row.due_at)


def count_doubts() -> Counter[str]:
    """How many: ``uncertain`` deliveries of the ledger, and ``due`` readers without one. One query."""
    uncertain = Count("pk", filter=Q(delivery__isnull=False))
    due = Count("pk", filter=Q(delivery__isnull=True))
    return Counter(_wanted().aggregate(uncertain=uncertain, due=due))


Begin = Callable[[int], object]
"""What is called with their number once nothing speaks against settling them, before the first is."""


def send_missed(*, by: str, now: datetime, expected: int | None = None, begin: Begin = lambda _: None) -> int:
    """Send all of them after all: an operator knows that they never left. Returns how many are sent.

    Rows of the ledger are queued again, if nobody settled them since; who was due is due now, for what came
    since the last digest. Who has had a later one by now waits for the next. Raises StateError as
    :func:`count_as_sent` does.
    """
    return _settle(partial(_send, by=by, now=now), expected=expected, begin=begin)


def count_as_sent(
    *, by: str, now: datetime, expected: int | None = None, begin: Begin = lambda _: None
) -> int:
    """An operator knows that they have left. Returns how many count as sent by that.

    ``expected``: how many the operator saw. Raises StateError if there are others by now, or if somebody else
    is settling them. If it breaks off, the rest is as it was.
    """
    return _settle(partial(_count_as_sent, by=by, now=now), expected=expected, begin=begin)


def _settle(act: Callable[[Sequence[DoubtfulDigest]], int], *, expected: int | None, begin: Begin) -> int:
    """``act`` returns how many it changed."""
    count = 0
    with run_lock("doubtful-digests") as acquired:
        if not acquired:
            raise StateError("Somebody else is settling these digests now.")
        present = count_doubts().total()
        if expected is not None and expected != present:
            raise StateError(
                f"It is {present:,} digests by now, not {expected:,}: look again. Nothing was done."
            )
        begin(present)
        while some := list(_wanted().select_related("subscriber", "delivery").order_by("pk")[:AT_ONCE]):
            with transaction.atomic():
                count += act(some)
                DoubtfulDigest.objects.filter(pk__in=[row.pk for row in some]).delete()
        DoubtfulDigest.objects.exclude(subscriber__state=Subscriber.State.ACTIVE).delete()
    return count


def _rows_of(some: Sequence[DoubtfulDigest]) -> list[int]:
    return [row.delivery_id for row in some if row.delivery_id is not None]


def _send(some: Sequence[DoubtfulDigest], *, by: str, now: datetime) -> int:
    rows = Delivery.objects.filter(pk__in=_rows_of(some))
    count = operator_actions.settle_uncertain(rows, arrived=False, by=by, now=now)
    ids_by_days: dict[tuple[date | None, date | None], list[int]] = {}
    for row in some:
        if row.delivery_id is None:
            days = row.last_edition_day, row.assumed_edition_day
            ids_by_days.setdefault(days, []).append(row.subscriber_id)
    for (had, assumed), ids in ids_by_days.items():
        readers = Subscriber.objects.active().filter(pk__in=ids)
        if assumed is not None:  # which was not kept before 0032_assumed_edition_days
            readers = readers.filter(last_edition_day=assumed)
        Delivery.objects.filter(subscriber__in=readers, reason=REASON_SERVED).delete()
        count += readers.update(next_due_at=now, last_edition_day=had)
    return count


def _count_as_sent(some: Sequence[DoubtfulDigest], *, by: str, now: datetime) -> int:
    rows = Delivery.objects.filter(pk__in=_rows_of(some))
    count = operator_actions.settle_uncertain(rows, arrived=True, by=by, now=now)
    return count + sum(row.delivery_id is None for row in some)
