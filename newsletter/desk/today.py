"""The content's half of a day at a glance: how far the pipeline is, and what needs a person."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Sum

from newsletter.arxiv import calendar
from newsletter.day_rules import current_rules
from newsletter.editions import composition
from newsletter.errors import InvalidInput
from newsletter.intake.health import days_behind, requests_on
from newsletter.llm.budget import costs
from newsletter.models import (
    Announcement,
    Demand,
    Edition,
    Entry,
    IntakeDay,
    SourceHealth,
    Summary,
)
from newsletter.models.states import Source

COST_DAYS = 14
COSTS_KEPT = 300  # seconds
LATE_AFTER = timedelta(hours=6)  # after an announcement, a source that gave nothing is late
BUDGET_WARNING = 0.9
LONGEST_REASON = 160  # characters of a source's error


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One edition of the day in the list."""

    edition: Edition
    entries: int
    readers: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """How one source has behaved. ``behind`` is in days; None for one that gives no days of its own."""

    health: SourceHealth
    behind: int | None
    requests: int


@dataclass(frozen=True, slots=True)
class ContentStatus:
    """What the content side knows of ``day``. Tokens are those of the present UTC day.

    ``quiet`` says why there are no papers of the day that was asked for, or of today; ``late`` what needs a
    person about the sources.
    """

    day: date
    intake: tuple[IntakeDay, ...]
    announced: int
    matched: int
    summaries: Counter[str]
    editions: tuple[EditionRow, ...]
    states: Counter[str]
    sources: tuple[SourceRow, ...]
    late: tuple[str, ...]
    quiet: str
    held_summaries: tuple[Summary, ...]
    tokens: int
    budget: int
    costs: tuple[tuple[str, float], ...]
    cost_today: Decimal
    approves_at: datetime
    days: tuple[date, ...] = field(default=())

    @property
    def budget_share(self) -> float:
        """Tokens of the day as a share of the budget; 0.0 where there is no budget."""
        return self.tokens / self.budget if self.budget else 0.0

    @property
    def budget_reached(self) -> bool:
        """Whether the share is high enough to warn the operator."""
        return self.budget_share >= BUDGET_WARNING


def load_content_status(day: date | None, *, now: datetime) -> ContentStatus:
    """The state of ``day``, else of the newest day that has editions. Some fifteen queries."""
    days = tuple(Edition.objects.order_by("-day").values_list("day", flat=True).distinct()[:7])
    shown_day = day or next((each for each in days if each <= now.date()), days[0] if days else now.date())
    readers: Counter[int | None] = Counter()
    for topic, count in Demand.objects.values_list("topic").annotate(Sum("readers")):
        readers[topic] = count
    editions = list(
        Edition.objects.filter(day=shown_day).select_related("topic").order_by("topic__position", "pk")
    )
    entries = dict(
        Entry.objects.filter(edition__in=[each.pk for each in editions], is_hidden=False)
        .order_by()
        .values_list("edition")
        .annotate(Count("pk"))
    )
    papers = Entry.objects.filter(edition__day=shown_day).values("paper")
    per_day = cache.get_or_set(f"desk-costs-{now.date()}", lambda: _costs(now.date()), COSTS_KEPT)
    tokens, cost = _spent(now.date())
    rules = current_rules()
    health = tuple(SourceHealth.objects.order_by("source"))
    intake = tuple(IntakeDay.objects.filter(day=shown_day).order_by("source"))
    return ContentStatus(
        day=shown_day,
        intake=intake,
        announced=Announcement.objects.filter(day=shown_day, kind__in=Announcement.Kind.news())
        .values("paper")
        .distinct()
        .count(),
        matched=papers.distinct().count(),
        summaries=Counter(
            dict(
                Summary.objects.filter(paper__in=papers).order_by().values_list("state").annotate(Count("pk"))
            )
        ),
        editions=tuple(
            EditionRow(each, entries.get(each.pk, 0), readers[each.topic_id]) for each in editions
        ),
        states=Counter(each.state for each in editions),
        sources=tuple(_source_row(row, now=now) for row in health),
        late=tuple(_late(health, now=now)),
        quiet=_why_quiet(day or now.date(), now=now),
        held_summaries=tuple(
            Summary.objects.filter(state=Summary.State.HELD).select_related("paper").order_by("-pk")[:6]
        ),
        tokens=tokens,
        budget=rules.tokens_a_day,
        costs=per_day or (),
        cost_today=cost,
        approves_at=composition.approval_time(shown_day, hour=rules.approve_hour),
        days=days,
    )


def _costs(today: date) -> tuple[tuple[str, float], ...]:
    first = today - timedelta(days=COST_DAYS - 1)
    by_day = dict.fromkeys((first + timedelta(days=back) for back in range(COST_DAYS)), Decimal(0))
    for row in costs(first, today):
        by_day[row.day] += row.dollars
    return tuple((f"{day:%d %b}", float(dollars)) for day, dollars in by_day.items())


def _spent(today: date) -> tuple[int, Decimal]:
    rows = costs(today, today)
    return sum(row.prompt_tokens + row.completion_tokens for row in rows), sum(
        (row.dollars for row in rows), Decimal(0)
    )


def _source_row(row: SourceHealth, *, now: datetime) -> SourceRow:
    return SourceRow(
        health=row,
        behind=days_behind(row.source, row.last_good_day, now=now),
        requests=requests_on(now.date(), counted_on=row.requests_day, count=row.requests_today),
    )


def _why_quiet(day: date, *, now: datetime) -> str:
    """Why arXiv's papers of ``day`` are not there; empty where they are."""
    received = Announcement.objects.filter(day=day, source=Source.ARXIV).count()
    try:
        reason = calendar.why_empty(day, now=now, source_failed=_failure(day), received=received)
    except InvalidInput as error:  # a year that no calendar knows
        return error.message
    return reason.sentence if reason is not None else ""


def _failure(day: date) -> bool | str:
    """How the last attempt at arXiv's ``day`` failed; False if it did not, or there was none."""
    row = IntakeDay.objects.filter(source=Source.ARXIV, day=day, state=IntakeDay.State.FAILED).first()
    return row is not None and (row.reason[:LONGEST_REASON].rstrip(".") or True)


def _late(health: tuple[SourceHealth, ...], *, now: datetime) -> list[str]:
    """One sentence for each source that has not given what was announced, or is being left alone."""
    sentences = [
        f"{row.source} is left alone until {row.circuit_open_until:%H:%M} UTC: "
        f"{row.last_error[:LONGEST_REASON]}"
        for row in health
        if row.circuit_open_until and row.circuit_open_until > now
    ]
    arxiv = next((row for row in health if row.source == Source.ARXIV), None)
    if arxiv is None or (arxiv.circuit_open_until and arxiv.circuit_open_until > now):
        return sentences
    newest = calendar.latest_day(now - LATE_AFTER)
    taken_in = IntakeDay.objects.filter(source=Source.ARXIV, day=newest).exclude(state=IntakeDay.State.FAILED)
    failure = _failure(newest) or (_since_announced(arxiv, newest) and arxiv.last_error[:LONGEST_REASON])
    reason = calendar.why_empty(newest, now=now, source_failed=failure, received=taken_in.count())
    return [*sentences, reason.sentence] if reason is not None else sentences


def _since_announced(health: SourceHealth, day: date) -> bool:
    announcement = calendar.announcement_of(day)
    return (
        announcement is not None
        and health.last_error_at is not None
        and health.last_error_at >= announcement.announced_at
    )
