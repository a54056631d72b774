"""Who is due becomes who is queued: one row for a reader and a day, however often it is asked."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from newsletter.editions import composition
from newsletter.set_aside import isolating, put_aside
from subscriptions import stages
from subscriptions.corrections import owing
from subscriptions.delivery import holds
from subscriptions.messages.welcomes import clock_of
from subscriptions.models import DayHold, Delivery, Subscriber, Subscription
from subscriptions.picks import NOTHING, Picks
from subscriptions.readers import clock, welcomes, zones
from subscriptions.taste.telling import start_for_the_told

AT_ONCE = 1000  # readers
LOOK_AGAIN = timedelta(hours=1)
SOON = timedelta(minutes=15)  # so shortly before the reader's hour a welcome waits for it: one mail, not two
LONGEST_REASON = 120  # characters


class Choice(Protocol):
    """What :func:`subscriptions.digests.choose_batch` decided for one reader."""

    @property
    def subscriber_id(self) -> int:
        """The reader."""
        ...

    @property
    def day(self) -> date:
        """The reader's own calendar day."""
        ...

    @property
    def picks(self) -> Picks | None:
        """The papers of the digest; None if there is nothing to send."""
        ...

    @property
    def reason(self) -> str:
        """Why there is nothing to send."""
        ...

    @property
    def edition_day(self) -> date | None:
        """The newest edition that was read for it, if any was."""
        ...


Changes = tuple[tuple[str, date | datetime | str], ...]
"""What is new in the rows of readers whose turn has passed: names of fields and their values."""


class Choose(Protocol):
    """How papers are chosen, such as :func:`subscriptions.digests.choose_batch`."""

    def __call__(self, subscribers: Sequence[Subscriber], *, now: datetime) -> Sequence[Choice]:
        """The choices for those of ``subscribers`` whose turn it is."""
        ...


def enqueue(
    now: datetime,
    *,
    choose: Choose | None = None,
    dry_run: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> Counter[str]:
    """Queue a digest for every reader who is due at ``now``, and set when each is due next.

    Counts: ``queued``; ``known``, who already have a row for their day, or had their turn meanwhile;
    ``nothing``, for whom there was nothing to send: their rows say why; ``set_aside``, for whom nothing can
    be chosen at present. Those with nothing to send are looked at again every :data:`LOOK_AGAIN` until their
    own day ends, so that an edition that is approved late still reaches them that day. May run twice, also
    at the same time. ``dry_run`` changes nothing.
    """
    choosing = choose or _default_choose()
    counts: Counter[str] = Counter()
    with isolating(stages.CHOOSING, now=now, keeps=not dry_run) as run:
        for readers in _due(now):
            if not dry_run and _close_editions(readers, now=now) and choose is None:
                choosing = _default_choose()  # what was read before they were closed may lack a paper
            act = partial(_choose_and_queue, choosing, now=now, dry_run=dry_run)
            counts += sum(run.together(readers, act), Counter[str]())
            progress(len(readers))
    if run.set_aside:
        counts["set_aside"] = len(run.set_aside)
    return counts


def _choose_and_queue(
    choosing: Choose, readers: Sequence[Subscriber], *, now: datetime, dry_run: bool
) -> Counter[str]:
    if not dry_run:
        start_for_the_told(readers)
    counts = _enqueue(readers, choosing(readers, now=now), now=now, dry_run=dry_run)
    if not dry_run:
        _report_unknown_zones(readers, now=now)
    return counts


def _report_unknown_zones(readers: Sequence[Subscriber], *, now: datetime) -> None:
    """Show at the desk which readers have a time zone that is unknown: their digests go by UTC."""
    for reader in readers:
        if zones.stored_zone(reader.time_zone) is None:
            reason = f"The time zone {reader.time_zone!r} is unknown: this reader's clock is UTC."
            put_aside(stages.ZONES, stages.reader(reader.pk), reason=reason, now=now)


def _default_choose() -> Choose:
    from subscriptions.digests import choose_batch
    from subscriptions.digests.candidates import CandidateIndexCache

    return partial(choose_batch, index_cache=CandidateIndexCache())


def _due(now: datetime) -> Iterator[list[Subscriber]]:
    """Everybody who is due, in batches, each reader once: by the place in the order, not by what changed."""
    after = Q()
    while True:
        readers = list(Subscriber.objects.due(now).filter(after)[:AT_ONCE])
        if not readers:
            return
        yield readers
        last = readers[-1]
        after = Q(next_due_at__gt=last.next_due_at) | Q(next_due_at=last.next_due_at, pk__gt=last.pk)


def _close_editions(readers: Sequence[Subscriber], *, now: datetime) -> int:
    followed = Subscription.objects.filter(subscriber__in=readers).values_list("topic_id", flat=True)
    return composition.freeze(followed.distinct().order_by(), at=now)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run enters: rows, what is new of whom, and who gets a welcome as a mail of its own."""

    rows: list[Delivery] = field(default_factory=list)
    turns: dict[Changes, list[int]] = field(default_factory=dict)
    without_digest: list[int] = field(default_factory=list)


def _enqueue(
    readers: Sequence[Subscriber], choices: Sequence[Choice], *, now: datetime, dry_run: bool
) -> Counter[str]:
    by_id = {choice.subscriber_id: choice for choice in choices}
    known = set(
        Delivery.objects.filter(
            subscriber__in=readers, day__in={choice.day for choice in choices}
        ).values_list("subscriber_id", "day")
    )
    first = welcomes.awaited_by(readers)
    # A welcome does not wait for a day that the operator stopped, nor for sending that is held.
    held = set(DayHold.objects.stopped().values_list("day", flat=True)) if first else set()
    sending_waits = bool(first and holds.current_holds())
    counts: Counter[str] = Counter()
    plan = _Plan()
    next_turn = lru_cache(maxsize=None)(partial(_next_turn, now))
    for reader in readers:
        choice, is_first = by_id.get(reader.pk), reader.pk in first
        has_row = choice is not None and (reader.pk, choice.day) in known
        is_stopped = is_first and choice is not None and (sending_waits or choice.day in held)
        is_queued = choice is not None and choice.picks is not None and not has_row and not is_stopped
        had = choice.day if choice is not None and (has_row or is_queued) else None
        schedule = clock.Schedule(reader.time_zone, reader.hour, reader.cadence, reader.weekday)
        next_due = next_turn(schedule, had)
        changed: dict[str, date | datetime | str] = {}
        if choice is not None and is_queued:
            counts["queued"] += 1
            if choice.edition_day is not None:
                changed["last_edition_day"] = choice.edition_day
            plan.rows.append(_row(reader, choice, is_first=is_first, next_due=next_due, now=now))
        elif has_row:
            counts["known"] += 1
        else:
            counts["nothing"] += 1
            if choice is not None:
                changed |= {"quiet_day": choice.day, "quiet_reason": choice.reason[:LONGEST_REASON]}
            # Who is told when the next digest comes gets it then.
            next_due = next_due if is_first else _again_today(reader, now=now, next_due=next_due)
        plan.turns.setdefault((*changed.items(), ("next_due_at", next_due)), []).append(reader.pk)
        if is_first and not is_queued and next_due - now > SOON:
            plan.without_digest.append(reader.pk)
    if not dry_run:
        late = len(plan.rows) - _store(plan, now=now)
        counts.update(queued=-late, known=late)
    return +counts


def _again_today(reader: Subscriber, *, now: datetime, next_due: datetime) -> datetime:
    """When a reader with nothing to send is looked at again: until the reader's day ends, soon."""
    again = now + LOOK_AGAIN
    is_today = clock.local_day(again, reader.time_zone) == clock.local_day(now, reader.time_zone)
    return min(next_due, again) if is_today else next_due


def _row(
    reader: Subscriber, choice: Choice, *, is_first: bool, next_due: datetime, now: datetime
) -> Delivery:
    """The line in the ledger; the first digest of a new reader says when the next one comes."""
    picks = choice.picks or NOTHING
    if reader.taste == Subscriber.Taste.UNTOLD:
        picks = replace(picks, tells_of_taste=True)
    if is_first:
        picks = replace(picks, next_at=clock_of(next_due, reader.time_zone))
    return Delivery(subscriber=reader, day=choice.day, picks=picks, language=reader.language, created_at=now)


def _store(plan: _Plan, *, now: datetime) -> int:
    """The rows, the turns and the welcomes together: a reader whose turn has passed has a row.

    Returns how many rows are of readers who are still due. Another run may have been quicker; near the
    reader's midnight its row may be of another day, and what we chose would repeat its papers.
    """
    with transaction.atomic():
        readers = Subscriber.objects.filter(pk__in=list(chain.from_iterable(plan.turns.values())))
        # In one order, so that two runs wait for each other and not both at once.
        due = readers.active().filter(next_due_at__lte=now).order_by("pk").select_for_update()
        still = set(due.values_list("pk", flat=True))
        rows = [row for row in plan.rows if row.subscriber_id in still]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        owing.give_to(rows, now=now)
        welcomes.said_by_digest([row.subscriber_id for row in rows if row.picks.next_at])
        welcomes.fall_due([reader for reader in plan.without_digest if reader in still], now=now)
        for changed, ids in plan.turns.items():
            Subscriber.objects.filter(pk__in=ids, next_due_at__lte=now).update(**dict(changed))
    return len(rows)


def _next_turn(now: datetime, schedule: clock.Schedule, had: date | None) -> datetime:
    """The next hour of readers who ``had`` a digest of that day of theirs: not on that day again."""
    due = clock.next_of(schedule, after=now)
    if had is not None and clock.local_day(due, schedule.zone) <= had:
        due = clock.next_of(schedule, after=due)
    return due
