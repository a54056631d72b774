"""Takes in one day: everything is collected first, then stored in one transaction.

Whatever happens in between, half a day is never stored, and a second run writes only what has changed.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Min

from newsletter import stages
from newsletter.arxiv import calendar
from newsletter.errors import InvalidInput
from newsletter.intake.collecting import SourceOutcome, collect_arxiv, collect_daily, note_stored
from newsletter.intake.papers import Collected, store_each
from newsletter.models import IntakeDay, SourceHealth
from newsletter.models.states import IntakeState, Source
from newsletter.records import StageReport
from newsletter.set_aside import ItemKind, isolating
from newsletter.sources.gate import Gate, arxiv_gate, huggingface_gate
from newsletter.sources.sanity import fault_of
from newsletter.text.border import clean_text

logger = logging.getLogger(__name__)

SOURCES = (Source.ARXIV.value, Source.HUGGINGFACE.value)
FEED = "arxiv-feed"
FIRST_DAY = date(1991, 8, 14)
HEAL_DAYS = 5  # how long a day that failed is tried again
VOTE_DAYS = 3  # how long votes are followed
LONGEST_REASON = 2000  # characters
REFRESH_DAILY = timedelta(hours=1)
FEED_IS_RENEWED = time(0, 20)  # in New York; at midnight, and a while for it to be done
LIST_CLOSES = timedelta(hours=3)  # after its day in UTC, Hugging Face's list may still gain papers


def take_in(
    day: date,
    *,
    now: datetime,
    sources: Collection[str] = SOURCES,
    progress: Callable[[str], None] | None = None,
) -> StageReport:
    """Take in ``day`` from ``sources``: 1. ask them all, 2. refuse records that cannot be right, 3. store.

    ``counts`` has papers ``inserted``, ``updated``, ``unchanged``, ``refused`` and ``missing`` (listed
    somewhere, unknown to arXiv), new ``announced`` rows and, by source, how many papers it gave; ``problems``
    names each source that failed and each row that was refused. ``progress`` is told what is being asked.
    Raises ``InvalidInput`` for a day to come or an unknown source; a source that fails raises nothing.
    """
    _check_input(day, now=now, sources=sources)
    gates = {
        Source.ARXIV.value: arxiv_gate(now=lambda: now),
        Source.HUGGINGFACE.value: huggingface_gate(now=lambda: now),
    }
    tell = progress or (lambda _: None)
    collected, outcomes, feed_error = _collect(day, now=now, sources=sources, gates=gates, tell=tell)
    tell("storing")
    refused = _refuse(collected, now=now)
    about = {"day": day.isoformat()}
    items = ItemKind(content=lambda _: about)
    with isolating(stages.TAKING_IN, now=now, items=items) as run, transaction.atomic():
        healths = _serialise(sources)
        counts = store_each(collected, run, now=now)
        for outcome in outcomes:
            _write_down(outcome, day=day, now=now, counts=counts)
            _note_health(healths[outcome.source], outcome, day=day, now=now, gate=gates[outcome.source])
        if feed_error:
            _note_feed_error(feed_error, now=now)
    counts["refused"] = len(refused)
    for outcome in outcomes:
        if not refused and not run.set_aside:
            note_stored(outcome, collected, day=day, gate=gates[outcome.source])
        counts["unchanged"] += len(outcome.repeated.difference(collected.ids()))
        counts[outcome.source] = outcome.counts["papers"]
        counts["missing"] += outcome.counts["missing"]
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    return StageReport(counts=dict(counts), problems=(*problems, *refused, *run.set_aside))


def _collect(
    day: date,
    *,
    now: datetime,
    sources: Collection[str],
    gates: Mapping[str, Gate],
    tell: Callable[[str], None],
) -> tuple[Collected, list[SourceOutcome], str | None]:
    """What the sources gave, how each went (arXiv first), and why the announcement feed was no use."""
    collected = Collected()
    outcomes: list[SourceOutcome] = []
    feed_error: str | None = None
    if Source.HUGGINGFACE in sources:
        tell("Hugging Face")
        outcomes.append(collect_daily(collected, day=day, gate=gates[Source.HUGGINGFACE.value]))
    if Source.ARXIV in sources:
        gate = gates[Source.ARXIV.value]
        outcome, feed_error = collect_arxiv(collected, day=day, now=now, gate=gate, tell=tell)
        outcomes.insert(0, outcome)
    return collected, outcomes, feed_error


def _note_feed_error(error: str, *, now: datetime) -> None:
    values = {"last_error": clean_text(error, longest=LONGEST_REASON), "last_error_at": now}
    SourceHealth.objects.update_or_create(source=FEED, defaults=values)


def due_days(now: datetime) -> list[date]:
    """The days that a tick should take in, oldest first.

    A listing day that was announced and is not done, and a day whose list at Hugging Face is still being
    filled, once an hour. Days before the first that was ever taken in are backfill's business.
    """
    today = now.astimezone(UTC).date()
    first = IntakeDay.objects.aggregate(first=Min("day"))["first"] or calendar.latest_day(now)
    rows = {
        (row.source, row.day): row
        for row in IntakeDay.objects.filter(day__gte=today - timedelta(days=HEAL_DAYS + 1))
    }
    days = (today - timedelta(days=back) for back in range(HEAL_DAYS, -2, -1))
    return [
        day
        for day in days
        if day >= first
        and (
            _is_arxiv_due(day, row=rows.get((Source.ARXIV.value, day)), now=now)
            or _is_daily_due(day, row=rows.get((Source.HUGGINGFACE.value, day)), now=now)
        )
    ]


def is_done(day: date, *, source: str) -> bool:
    """Whether ``source``'s ``day`` was taken in after it was over, so that nothing can have come since."""
    row = IntakeDay.objects.filter(source=source, day=day).exclude(state=IntakeState.FAILED).first()
    if row is None:
        return False
    return _is_shown(day, at=row.at) if source == Source.ARXIV else _is_over(day, at=row.at)


def refresh_recent_votes(now: datetime) -> int:
    """Ask Hugging Face again for the lists of the last three days; how many papers changed."""
    today = now.astimezone(UTC).date()
    rows = IntakeDay.objects.filter(
        source=Source.HUGGINGFACE, state=IntakeState.DONE, day__gte=today - timedelta(days=VOTE_DAYS)
    )
    days = list(rows.order_by("day").values_list("day", flat=True))
    with isolating(stages.VOTES, now=now) as run:
        return sum(run.each(days, partial(_refresh_votes, now=now)))


def _refresh_votes(day: date, *, now: datetime) -> int:
    report = take_in(day, now=now, sources=(Source.HUGGINGFACE.value,))
    for problem in report.problems:
        logger.warning("Votes of %s: %s", day, problem)
    return report.counts.get("updated", 0) + report.counts.get("inserted", 0)


def take_in_due(now: datetime) -> Counter[str]:
    """Take in every day that is due, each apart from the others. Counts as those of :func:`take_in`."""
    counts: Counter[str] = Counter()
    with isolating(stages.DAYS, now=now) as run:
        for report in run.each(due_days(now), partial(take_in, now=now)):
            counts.update(report.counts)
    return counts


def _check_input(day: date, *, now: datetime, sources: Collection[str]) -> None:
    for source in sources:
        if source not in SOURCES:
            raise InvalidInput(f"{source!r} is no source; use {' or '.join(SOURCES)}.")
    latest = max(calendar.latest_day(now), now.astimezone(UTC).date())
    if day < FIRST_DAY:
        raise InvalidInput(f"arXiv began on {FIRST_DAY}; there is nothing of {day}.")
    if day > latest:
        raise InvalidInput(f"{day} has not come yet; the latest day is {latest}.")


def _refuse(collected: Collected, *, now: datetime) -> list[str]:
    """Remove records that cannot become a paper; returns a sentence for each."""
    refused: list[str] = []
    for arxiv_id, paper in list(collected.papers.items()):
        if fault := fault_of(paper, now=now):
            refused.append(f"arXiv's {arxiv_id} was refused: {fault}.")
            del collected.papers[arxiv_id]
    for arxiv_id, daily in list(collected.daily.items()):
        # Without a title of its own it may still carry votes for a paper that arXiv describes.
        fault = fault_of(daily, now=now)
        if fault and not (arxiv_id in collected.papers and not daily.title):
            refused.append(f"Hugging Face's {arxiv_id} was refused: {fault}.")
            del collected.daily[arxiv_id]
    stored_ids = (
        collected.papers.keys()
        | collected.daily.keys()
        | {announced.arxiv_id for announced in collected.announced.values() if announced.title}
    )
    collected.listings = {listing for listing in collected.listings if listing.arxiv_id in stored_ids}
    collected.announced = {name: item for name, item in collected.announced.items() if name in stored_ids}
    return refused


def _serialise(sources: Collection[str]) -> dict[str, SourceHealth]:
    """The health rows by source, locked until the transaction ends: runs store one after the other."""
    rows = SourceHealth.objects.select_for_update().filter(source__in=SOURCES).order_by("source")
    healths = {row.source: row for row in rows}
    if healths.keys() >= set(sources):
        return healths
    new = [SourceHealth(source=source) for source in sorted(sources)]
    SourceHealth.objects.bulk_create(new, ignore_conflicts=True)
    return {row.source: row for row in rows.all()}


def _write_down(outcome: SourceOutcome, *, day: date, now: datetime, counts: Counter[str]) -> None:
    if outcome.state is None:
        return
    row = IntakeDay(
        source=outcome.source,
        day=day,
        state=outcome.state,
        reason=clean_text(outcome.reason, longest=LONGEST_REASON),
        counts={**outcome.counts, **counts},
        at=now,
    )
    IntakeDay.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["source", "day"],
        update_fields=["state", "reason", "counts", "at"],
    )


def _note_health(
    health: SourceHealth, outcome: SourceOutcome, *, day: date, now: datetime, gate: Gate
) -> None:
    gate_health = gate.health()
    if outcome.state is IntakeState.FAILED:
        health.last_error, health.last_error_at = clean_text(outcome.reason, longest=LONGEST_REASON), now
    elif outcome.state is not None:
        health.last_success_at = now
    if outcome.state is IntakeState.DONE:
        health.last_good_day = max(day, health.last_good_day or day)
    health.requests_day = now.astimezone(UTC).date()
    health.requests_today = gate_health.requests_today
    health.circuit_open_until = gate_health.open_until
    health.save()


def _is_arxiv_due(day: date, *, row: IntakeDay | None, now: datetime) -> bool:
    announcement = calendar.announcement_of(day)
    if announcement is None or announcement.announced_at > now:
        return False
    if row is None or row.state == IntakeState.FAILED:
        return True
    # The announcement comes at 20:00, its feed at midnight: the first look had the query API alone.
    return not _is_shown(day, at=row.at) and _is_shown(day, at=now)


def _is_daily_due(day: date, *, row: IntakeDay | None, now: datetime) -> bool:
    if day > now.astimezone(UTC).date():
        return False
    if row is None or row.state == IntakeState.FAILED:
        return True
    return not _is_over(day, at=row.at) and now - row.at >= REFRESH_DAILY


def _is_shown(day: date, *, at: datetime) -> bool:
    """Whether arXiv's feeds and listing pages showed ``day``, or had shown it, at ``at``."""
    return at >= datetime.combine(day, FEED_IS_RENEWED, calendar.NEW_YORK)


def _is_over(day: date, *, at: datetime) -> bool:
    """Whether Hugging Face's list of ``day`` was closed at ``at``."""
    return at >= datetime.combine(day, time(), UTC) + timedelta(days=1) + LIST_CLOSES
