"""One run of pruning: table after table, a window of rows and a transaction at a time.

1. The keys of a window's old rows are read without a lock.
2. They are deleted in a transaction of a fraction of a second; what cannot be deleted is set aside, the rest
   goes.
3. For as long as that took, the database is everybody else's. Then the next window.

A run may end anywhere and be repeated: what is left is old tomorrow too.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction

from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, StageDown, isolating
from operations.pruning.files import Files, kinds_of_files
from operations.pruning.pace import Pace
from operations.pruning.tables import Table, tables
from subscriptions import stages
from subscriptions.models import Subscriber
from subscriptions.periods import current_periods
from subscriptions.readers import consent

logger = logging.getLogger(__name__)
UNCONFIRMED = "unconfirmed"


Progress = Callable[[Sequence[Any]], Iterable[Any]]
"""Shows how far a run is: passes on what it is given."""


@dataclass(slots=True)
class _Clock:
    """When a run began by the database's time, and when it has to end by that of the process."""

    now: datetime
    until: float | None = None
    pace: Pace = field(default_factory=Pace)

    @property
    def is_over(self) -> bool:
        return self.until is not None and time.monotonic() >= self.until


def count_old(now: datetime, *, progress: Progress = iter) -> StageReport:
    """What a run at ``now`` would let go, by table and kind of file. Changes nothing."""
    periods = current_periods()
    counts = {}
    for part in progress((*tables(periods), *kinds_of_files(periods))):
        if isinstance(part, Table):
            counts[part.name] = part.old_rows(now).count()
        else:
            counts[part.name] = sum(1 for _ in part.old_files(now))
    pending = Subscriber.objects.pending_since(now - timedelta(days=consent.FORGET_DAYS))
    counts[UNCONFIRMED] = pending.filter(confirmed_at=None).count()
    return StageReport(counts, notes=("This is what would be let go; nothing was changed.",))


def prune(now: datetime, *, seconds: float | None = None, progress: Progress = iter) -> StageReport:
    """Let go of what is old at ``now``, for ``seconds`` at most (None: until all is done).

    Counts by table and kind of file. Problems: what could not be let go, and whether time ran out. Raises
    DatabaseError if every table fails.
    """
    periods = current_periods()
    clock = _Clock(now, until=None if seconds is None else time.monotonic() + seconds)
    counts: dict[str, int] = {}
    problems: list[str] = []
    failures: list[DatabaseError] = []
    parts: tuple[Table | Files, ...] = (*tables(periods), *kinds_of_files(periods))
    for part in progress(parts):
        try:
            counts[part.name], found = _rows(part, clock) if isinstance(part, Table) else part.let_go(now)
            problems += found
        except DatabaseError as error:
            failures.append(error)
            problems.append(f"{part.name}: {' '.join(str(error).split())}")
        except StageDown as error:
            problems.append(str(error))
    if len(failures) >= len(tables(periods)):
        raise failures[-1]
    counts[UNCONFIRMED] = consent.forget_unconfirmed(now)
    if clock.is_over:
        problems.append("The time of a run is over before all was let go; the next one goes on.")
    return StageReport(counts, tuple(problems))


def _rows(table: Table, clock: _Clock) -> tuple[int, list[str]]:
    items = ItemKind(key=lambda key: f"of {table.name} {key}")
    count = 0
    with isolating(stages.PRUNING, now=clock.now, items=items) as run:
        for keys in table.windows(clock.now, lambda: clock.pace.size):
            if clock.is_over:
                break
            if keys:
                count += _one_window(table, keys, run=run, clock=clock)
    return count, run.set_aside


def _one_window(table: Table, keys: Sequence[Any], *, run: Isolation, clock: _Clock) -> int:
    began = time.monotonic()
    count = sum(run.together(keys, transaction.atomic(partial(table.let_go, now=clock.now))))
    time.sleep(clock.pace.rest_after(time.monotonic() - began))
    return count
