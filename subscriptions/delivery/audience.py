"""Who is due becomes who is queued: one row for a reader and a day, however often it is asked."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from subscriptions.models import Delivery, Subscriber, Subscription
from subscriptions.picks import Picks
from subscriptions.readers import clock, zones
from subscriptions.taste.telling import start_for_the_told

AT_ONCE = 1000  # readers
LOOK_AGAIN = timedelta(hours=1)
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


def _enqueue(
    readers: Sequence[Subscriber], choices: Sequence[Choice], *, now: datetime, dry_run: bool
) -> Counter[str]:
    by_id = {choice.subscriber_id: choice for choice in choices}
    known = set(
        Delivery.objects.filter(
            subscriber__in=readers, day__in={choice.day for choice in choices}
        ).values_list("subscriber_id", "day")
    )
    counts: Counter[str] = Counter()
    rows: list[Delivery] = []
    turns: dict[Changes, list[int]] = {}
    next_turn = lru_cache(maxsize=None)(partial(_next_turn, now))
    for reader in readers:
        choice = by_id.get(reader.pk)
        changed: dict[str, date | datetime | str] = {}
        next_due = next_turn(reader.time_zone, reader.hour, reader.cadence, reader.weekday)
        if choice is not None and (reader.pk, choice.day) in known:
            counts["known"] += 1
        elif choice is not None and choice.picks is not None:
            counts["queued"] += 1
            if choice.edition_day is not None:
                changed["last_edition_day"] = choice.edition_day
            rows.append(
                Delivery(
                    subscriber=reader,
                    day=choice.day,
                    picks=_telling(choice.picks) if reader.taste == Subscriber.Taste.UNTOLD else choice.picks,
                    language=reader.language,
                    created_at=now,
                )
            )
        else:
            counts["nothing"] += 1
            if choice is not None:
                changed |= {"quiet_day": choice.day, "quiet_reason": choice.reason[:LONGEST_REASON]}
            again = now + LOOK_AGAIN
            if clock.local_day(again, reader.time_zone) == clock.local_day(now, reader.time_zone):
                next_due = min(next_due, again)
        changed["next_due_at"] = next_due
        turns.setdefault(tuple(changed.items()), []).append(reader.pk)
    if not dry_run:
        late = len(rows) - _store(rows, turns, now=now)
        counts.update(queued=-late, known=late)
    return +counts


def _telling(picks: Picks) -> Picks:
    """``picks`` of a digest that says what votes do from the next one on."""
    return replace(picks, tells_of_taste=True)


def _store(
    rows: Sequence[Delivery],
    turns: Mapping[Changes, Sequence[int]],
    *,
    now: datetime,
) -> int:
    """The rows and the turns together: a reader whose turn has passed has a row.

    Returns how many rows are of readers who are still due. Another run may have been quicker; near the
    reader's midnight its row may be of another day, and what we chose would repeat its papers.
    """
    with transaction.atomic():
        readers = Subscriber.objects.filter(pk__in=list(chain.from_iterable(turns.values())))
        # In one order, so that two runs wait for each other and not both at once.
        due = readers.active().filter(next_due_at__lte=now).order_by("pk").select_for_update()
        still = set(due.values_list("pk", flat=True))
        rows = [row for row in rows if row.subscriber_id in still]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        owing.give_to(rows, now=now)
        for changed, ids in turns.items():
            Subscriber.objects.filter(pk__in=ids, next_due_at__lte=now).update(**dict(changed))
    return len(rows)


def _next_turn(now: datetime, zone: str, hour: int, cadence: str, weekday: int) -> datetime:
    return clock.next_due(now, zone=zone, hour=hour, cadence=cadence, weekday=weekday)
