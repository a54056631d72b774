"""Gauges over many rows: a task counts them, and whoever looks at /metrics reads what it found last.

Counting a million readers and their digests takes a second, and each web process would do it by itself.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.core.cache import cache

from lib.locks import run_lock
from operations.metrics import people
from operations.metrics.catalogue import Sample, is_known
from operations.models import GaugeCount

Count = Callable[[datetime], Iterable[Sample]]
# What is counted is left alone for so many seconds, and for at least KEPT_TIMES as long as it took.
COUNTS: dict[str, tuple[Count, float]] = {
    "readers": (people.readers, 0.0),
    "deliveries": (people.deliveries, 0.0),
    "deliveries-of-yesterday": (people.deliveries_of_yesterday, 300.0),
}
KEPT_TIMES = 20
OUTDATED = 600.0  # seconds after which nobody waits for the task any more
KEPT_BY_PROCESS = 15.0  # seconds
log = logging.getLogger(__name__)


def count_due(now: datetime) -> None:
    """Count what was counted long enough ago; nothing while another process does.

    What cannot be counted is logged, and tried again the next time.
    """
    with run_lock("gauge-counts") as acquired:
        if not acquired:
            return
        rows = GaugeCount.objects.in_bulk()
        for name, (count, seconds) in COUNTS.items():
            row = rows.get(name)
            if row is not None and _is_recent(row, now, _rest(row, seconds)):
                continue
            try:
                _count(name, count, now)
            except Exception:
                log.exception("The gauges of %s cannot be counted.", name)


def _count(name: str, count: Count, now: datetime) -> None:
    begun = time.monotonic()
    counts = [[sample.name, list(sample.labels), sample.value] for sample in count(now)]
    fields = {"counted_at": now, "seconds": time.monotonic() - begun, "counts": counts}
    GaugeCount.objects.update_or_create(name=name, defaults=fields)


def counted(now: datetime) -> Iterator[Sample]:
    """The gauges as the task counted them last. One query.

    What it never counted, or so long ago that beat or the workers must be dead, is counted here.
    """
    rows = GaugeCount.objects.in_bulk()
    for name, (count, seconds) in COUNTS.items():
        row = rows.get(name)
        if row is not None and _is_recent(row, now, max(OUTDATED, 2 * _rest(row, seconds))):
            stored = (Sample(metric, value, tuple(labels)) for metric, labels, value in row.counts)
            yield from filter(is_known, stored)
        else:
            yield from kept(name, count, now, seconds=max(seconds, KEPT_BY_PROCESS))


def kept(name: str, count: Count, now: datetime, *, seconds: float) -> list[Sample]:
    """What ``count`` gives, or gave in this process no longer than ``seconds`` ago, which may become more.

    Of another day nothing is kept: its labels name days as seen from it.
    """
    key = f"metrics-{name}-{now:%F}"
    samples: list[Sample] | None = cache.get(key)
    if samples is None:
        begun = time.monotonic()
        samples = list(count(now))
        cache.set(key, samples, max(seconds, KEPT_TIMES * (time.monotonic() - begun)))
    return samples


def _is_recent(row: GaugeCount, now: datetime, seconds: float) -> bool:
    """Whether ``row`` is of the same day and less than ``seconds`` old.

    What lies ahead was counted before a clock was set back, and says nothing of the present.
    """
    is_of_today = row.counted_at.date() == now.date()
    return is_of_today and 0 <= (now - row.counted_at).total_seconds() < seconds


def _rest(row: GaugeCount, seconds: float) -> float:
    return max(seconds, KEPT_TIMES * row.seconds)
