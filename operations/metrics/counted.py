"""Gauges over many rows: a task counts them, and whoever looks at /metrics reads what it found last.

Counting a million readers and their digests takes a second, and each web process would do it by itself.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.core.cache import cache

from operations.metrics import people
from operations.metrics.catalogue import Sample
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


def count_due(now: datetime) -> None:
    """Count what was counted long enough ago."""
    rows = GaugeCount.objects.in_bulk()
    for name, (count, seconds) in COUNTS.items():
        row = rows.get(name)
        if row is None or row.counted_at.date() != now.date() or _age(row, now) >= _rest(row, seconds):
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
        if row and _age(row, now) < max(OUTDATED, 2 * _rest(row, seconds)):
            yield from (Sample(metric, value, tuple(labels)) for metric, labels, value in row.counts)
        else:
            yield from kept(name, count, now, seconds=max(seconds, KEPT_BY_PROCESS))


def kept(name: str, count: Count, now: datetime, *, seconds: float) -> list[Sample]:
    """What ``count`` gives, or gave in this process no longer than ``seconds`` ago, which may become more."""
    key = f"metrics-{name}"
    samples: list[Sample] | None = cache.get(key)
    if samples is None:
        begun = time.monotonic()
        samples = list(count(now))
        cache.set(key, samples, max(seconds, KEPT_TIMES * (time.monotonic() - begun)))
    return samples


def _age(row: GaugeCount, now: datetime) -> float:
    return (now - row.counted_at).total_seconds()


def _rest(row: GaugeCount, seconds: float) -> float:
    return max(seconds, KEPT_TIMES * row.seconds)
