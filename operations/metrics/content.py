"""Gauges of the content: what was taken in, which editions there are, what models may still take."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count

from newsletter.day_rules import current_rules
from newsletter.errors import InvalidInput
from newsletter.intake.health import days_behind
from newsletter.llm.budget import spent_tokens
from newsletter.models import Edition, IntakeDay, SourceHealth, Summary
from operations.metrics.catalogue import Sample

INTAKE_DAYS = 30
UNREADY = (Summary.State.WANTED, Summary.State.CLAIMED, Summary.State.HELD, Summary.State.FAILED)


def intake(now: datetime) -> Iterator[Sample]:
    """Days by source and state, and how far each source is behind. Two queries."""
    recent = IntakeDay.objects.filter(day__gte=now.date() - timedelta(days=INTAKE_DAYS))
    for source, state, days in recent.order_by().values_list("source", "state").annotate(Count("pk")):
        yield Sample("paperpost_intake_days", days, (source, state))
    for row in SourceHealth.objects.all():
        is_left_alone = row.circuit_open_until is not None and row.circuit_open_until > now
        yield Sample("paperpost_source_left_alone", is_left_alone, (row.source,))
        if row.last_success_at:
            age = (now - row.last_success_at).total_seconds()
            yield Sample("paperpost_source_success_age_seconds", age, (row.source,))
        try:
            behind = days_behind(row.source, row.last_good_day, now=now)
        except InvalidInput:  # a year that no calendar knows
            continue
        if behind is not None:
            yield Sample("paperpost_source_days_behind", behind, (row.source,))


def editions(now: datetime) -> Iterator[Sample]:
    """Editions of the last two days, and summaries that are not ready. Two queries."""
    days = {now.date() - timedelta(days=1): "yesterday", now.date(): "today"}
    recent = Edition.objects.filter(day__in=days).order_by().values_list("day", "state")
    for day, state, number in recent.annotate(Count("pk")):
        yield Sample("paperpost_editions", number, (days[day], state))
    unready: dict[str, int] = dict.fromkeys(UNREADY, 0)
    rows = Summary.objects.filter(state__in=UNREADY).order_by().values_list("state")
    unready.update(rows.annotate(Count("pk")))
    for state, number in unready.items():
        yield Sample("paperpost_summaries", number, (state,))


def tokens(now: datetime) -> Iterator[Sample]:
    """What models took today, and may take. Three queries."""
    yield Sample("paperpost_model_tokens_today", spent_tokens(now.date()))
    yield Sample("paperpost_model_tokens_budget", current_rules().tokens_a_day)
