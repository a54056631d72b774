"""The text that Prometheus reads, from a constant number of queries."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.conf import settings
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector
from typing_extensions import override

from operations.metrics import content, engine, people
from operations.metrics.catalogue import CATALOGUE, Histogram, Kind, Metric, Sample
from operations.metrics.counted import KEPT_BY_PROCESS, counted, kept
from operations.metrics.tallies import tallied
from subscriptions.models.states import ConsentKind, DeliveryEventKind

Group = Callable[[datetime], Iterable[Sample | Histogram]]
LOOKED_UP: tuple[Group, ...] = (
    *(content.intake, people.waiting, people.holds, counted),
    *(engine.signs_of_life, engine.set_aside, engine.alarms, engine.broker),
)
# A counter that has not counted yet is 0: only so a first increase is seen.
ZEROS = (
    *(Sample("paperpost_consents_total", 0, (kind,)) for kind in ConsentKind.values),
    *(Sample("paperpost_delivery_events_total", 0, (kind,)) for kind in DeliveryEventKind.values),
    *(Sample("paperpost_votes_total", 0, (value,)) for value in ("more", "less")),
)


def exposition() -> bytes:
    """All metrics in the text format 0.0.4 of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Metrics(timezone.now()))
    return generate_latest(registry)


class _Metrics(Collector):
    """What there is at ``now``."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Family]:
        """Registering asks for names alone."""
        return [_family(metric) for metric in CATALOGUE.values()]

    @override
    def collect(self) -> Iterator[Family]:
        families: dict[str, Any] = {name: _family(metric) for name, metric in CATALOGUE.items()}
        sums: dict[tuple[str, tuple[str, ...]], float] = {}
        for value in self._values():
            if isinstance(value, Histogram):
                buckets = [("+Inf" if math.isinf(limit) else str(limit), n) for limit, n in value.counts]
                families[value.name].add_metric(value.labels, buckets, value.total)
            else:
                key = value.name, value.labels
                sums[key] = sums.get(key, 0) + value.value
        for (name, labels), number in sums.items():
            families[name].add_metric(labels, number)
        yield from families.values()

    def _values(self) -> Iterator[Sample | Histogram]:
        yield Sample("paperpost_info", 1, (settings.VERSION,))
        yield from chain(ZEROS, tallied())
        for look_up in LOOKED_UP:
            yield from look_up(self._now)
        yield from kept("editions", content.editions, self._now, seconds=KEPT_BY_PROCESS)
        yield from kept("tokens", content.tokens, self._now, seconds=KEPT_BY_PROCESS)


def _family(metric: Metric) -> Family:
    if metric.kind == Kind.HISTOGRAM:
        return HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    if metric.kind == Kind.COUNTER:
        return CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    return GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
