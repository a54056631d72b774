"""Counters over what is only added to: votes, what readers did, what came back, calls to models.

Counting all rows at each look would take longer from year to year, and a counter must not go down when old
rows are let go. So a task adds what is new since it last ran, a bounded number of ids at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from newsletter.models import SummaryAttempt
from newsletter.models.readings import ReadingCall
from operations.metrics.catalogue import Sample, is_known
from operations.models import EventTally
from subscriptions.models import ConsentEvent, DeliveryEvent, Vote

ROWS_A_RUN = 50_000  # of one table


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what one counts of some of its rows, in one query."""

    name: str
    rows: QuerySet[Any]
    count: Callable[[QuerySet[Any]], Iterable[Sample]]


def _consents(rows: QuerySet[Any]) -> Iterator[Sample]:
    for kind, number in _by(rows, "kind"):
        yield Sample("paperpost_consents_total", number, (kind,))


def _votes(rows: QuerySet[Any]) -> Iterator[Sample]:
    for value, number in _by(rows, "value"):
        yield Sample("paperpost_votes_total", number, ("more" if value > 0 else "less",))


def _events(rows: QuerySet[Any]) -> Iterator[Sample]:
    for kind, number in _by(rows, "kind"):
        yield Sample("paperpost_delivery_events_total", number, (kind,))


def _by(rows: QuerySet[Any], field: str) -> Iterator[tuple[Any, int]]:
    yield from rows.order_by().values_list(field).annotate(Count("pk"))


def _calls(rows: QuerySet[Any]) -> Iterator[Sample]:
    counted = (
        rows.order_by()
        .values_list("model", "purpose")
        .annotate(
            calls=Count("pk"),
            errors=Count("pk", filter=~Q(error="")),
            prompt=Sum("prompt_tokens"),
            answer=Sum("completion_tokens"),
            dollars=Sum("cost"),
        )
    )
    for model, purpose, calls, errors, prompt, answer, dollars in counted:
        yield Sample("paperpost_model_calls_total", calls, (model, purpose))
        yield Sample("paperpost_model_errors_total", errors, (model, purpose))
        yield Sample("paperpost_model_tokens_total", prompt, (model, "prompt"))
        yield Sample("paperpost_model_tokens_total", answer, (model, "answer"))
        yield Sample("paperpost_model_cost_dollars_total", float(dollars), (model,))


TABLES = (
    Table("consents", ConsentEvent.objects.all(), _consents),
    Table("votes", Vote.objects.all(), _votes),
    Table("delivery events", DeliveryEvent.objects.all(), _events),
    Table("summary calls", SummaryAttempt.objects.all(), _calls),
    Table("reading calls", ReadingCall.objects.all(), _calls),
)


def count_events() -> int:
    """Add what is new to every tally. Returns of how many tables something was new."""
    tallies = EventTally.objects.in_bulk([table.name for table in TABLES])
    return sum(_bring_up_to_date(table, tallies.get(table.name)) for table in TABLES)


def _bring_up_to_date(table: Table, tally: EventTally | None) -> bool:
    newest = table.rows.order_by().aggregate(newest=Max("pk"))["newest"] or 0
    if tally is None or newest < tally.counted_to:
        # New here, or a backup was restored: what was before is not counted.
        EventTally.objects.update_or_create(
            name=table.name, defaults={"counted_to": newest, "seen_to": newest}
        )
        return False
    if tally.counted_to == tally.seen_to == newest:
        return False
    first = tally.counted_to
    new = table.rows.filter(pk__gt=first, pk__lte=tally.seen_to).order_by("pk")
    last = next(iter(new.values_list("pk", flat=True)[ROWS_A_RUN - 1 : ROWS_A_RUN]), tally.seen_to)
    counts: dict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
    for sample in (*_stored(tally), *table.count(new.filter(pk__lte=last))):
        counts[sample.name, sample.labels] += sample.value
    rows = EventTally.objects.filter(name=table.name, counted_to=first)  # none if another run was faster
    rows.update(
        counted_to=last,
        seen_to=newest,
        counts=[[name, list(labels), value] for (name, labels), value in sorted(counts.items())],
    )
    return last > first


def tallied() -> Iterator[Sample]:
    """All that was counted so far, of what this version has metrics for. One query."""
    for tally in EventTally.objects.all():
        yield from filter(is_known, _stored(tally))


def _stored(tally: EventTally) -> Iterator[Sample]:
    for name, labels, value in tally.counts:
        yield Sample(name, value, tuple(labels))
