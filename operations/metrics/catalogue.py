"""Every metric: its name, its labels and what it says. docs/monitoring.md has the same table. Pure.

Names follow https://prometheus.io/docs/practices/naming/: base units, ``_total`` for what only grows. No
label holds anything of a reader.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What may become of a value from one look to the next."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, which has a value for each combination of its labels' values."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric of :data:`CATALOGUE`, for these values of its labels."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """One histogram: how many values were no greater than each limit, and the sum of all values."""

    name: str
    counts: tuple[tuple[float, int], ...]
    total: float
    labels: tuple[str, ...] = ()


def _counter(name: str, help_text: str, *labels: str) -> Metric:
    return Metric(name, help_text, labels, Kind.COUNTER)


_ALL = (
    Metric("paperpost_info", "1, with the version that runs.", ("version",)),
    # The content.
    Metric(
        "paperpost_intake_days", "Days of the last 30 by source and by how they ended.", ("source", "state")
    ),
    Metric(
        "paperpost_source_days_behind", "Days that a source has given and that are not here.", ("source",)
    ),
    Metric(
        "paperpost_source_success_age_seconds", "Since a source last gave what was asked for.", ("source",)
    ),
    Metric("paperpost_source_left_alone", "1 while a source that failed is not asked.", ("source",)),
    Metric("paperpost_editions", "Editions of yesterday and today (UTC) by state.", ("day", "state")),
    Metric("paperpost_summaries", "Summaries that are not ready, by state.", ("state",)),
    Metric("paperpost_model_tokens_today", "Tokens of all calls to models since midnight UTC."),
    Metric("paperpost_model_tokens_budget", "Tokens that a day may take."),
    _counter("paperpost_model_calls_total", "Calls to models.", "model", "purpose"),
    _counter(
        "paperpost_model_errors_total", "Calls to models whose answer does not count.", "model", "purpose"
    ),
    _counter("paperpost_model_tokens_total", "Tokens asked (prompt) and answered (answer).", "model", "kind"),
    _counter("paperpost_model_cost_dollars_total", "US dollars by the prices in the settings.", "model"),
    # The people.
    Metric("paperpost_readers_active", "Readers who confirmed and neither paused nor left."),
    Metric("paperpost_readers_due", "Readers whose hour has come and whose digest is not chosen yet."),
    Metric("paperpost_sign_ups_waiting", "Forms that no worker has received yet."),
    Metric("paperpost_notices_due", "Confirmations and other notices that are owed and due."),
    Metric(
        "paperpost_deliveries",
        "Digests by state, of the readers' own days: UTC's yesterday, today and tomorrow.",
        ("day", "state"),
    ),
    Metric(
        "paperpost_deliveries_oldest_age_seconds", "Age of the oldest digest in this open state.", ("state",)
    ),
    Metric(
        "paperpost_sending_per_second", "Digests that left or failed, a second, over the last whole minute."
    ),
    Metric("paperpost_sending_held", "1 while sending waits for a person's word, by the reason.", ("kind",)),
    _counter(
        "paperpost_consents_total", "What readers did, such as signed-up, confirmed, unsubscribed.", "kind"
    ),
    _counter("paperpost_votes_total", "Papers that readers voted on for the first time.", "value"),
    _counter("paperpost_delivery_events_total", "Bounces, complaints and replies that came back.", "kind"),
    # The engine.
    Metric("paperpost_heartbeat_age_seconds", "Since beat, or a queue's worker, was last alive.", ("name",)),
    Metric("paperpost_silent", "1 if beat or a queue is silent, or was never alive.", ("name",)),
    Metric("paperpost_broker_up", "1 if the broker answers."),
    Metric("paperpost_queue_messages", "Messages that wait in a queue.", ("queue",)),
    Metric("paperpost_queue_oldest_age_seconds", "Since the message that is next was sent.", ("queue",)),
    Metric("paperpost_queue_wait_seconds", "How long the last heartbeat's message waited.", ("queue",)),
    Metric("paperpost_task_seconds", "How long tasks took.", ("task",), Kind.HISTOGRAM),
    _counter("paperpost_task_failures_total", "Tasks that ended with an error.", "task"),
    _counter("paperpost_task_items_total", "What tasks that return a number did.", "task"),
    Metric("paperpost_set_aside", "Items that a stage could not do, by state.", ("stage", "state")),
    Metric("paperpost_stage_down", "1 if everything that a stage tries fails alike.", ("stage",)),
    Metric("paperpost_alarms_open", "Alarms that are not over.", ("kind",)),
)

CATALOGUE = {metric.name: metric for metric in _ALL}


def is_known(sample: Sample) -> bool:
    """Whether ``sample``, which was stored, may be shown: one of another version may have other labels."""
    metric = CATALOGUE.get(sample.name)
    return metric is not None and metric.kind != Kind.HISTOGRAM and len(sample.labels) == len(metric.labels)
