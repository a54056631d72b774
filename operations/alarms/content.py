"""Whether the content is made: sources, the model, its budget, and stages that fail altogether."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import F, Min, Q, QuerySet

from newsletter.arxiv import calendar
from newsletter.day_rules import current_rules
from newsletter.desk.today import BUDGET_WARNING
from newsletter.llm.budget import spent_tokens
from newsletter.models import Announcement, IntakeDay, SetAside, SourceHealth, Summary, SummaryAttempt
from newsletter.models.states import SummaryAuthor, SummaryState
from operations.alarms.conditions import CannotTellError
from operations.alarms.kinds import Problem
from subscriptions import stages

RECENT = timedelta(hours=26)  # a source that was not asked for a day is none that fails
NO_ANSWER = timedelta(hours=1)
DAYS_LOOKED_AT = 20


def source_down(now: datetime) -> list[Problem]:
    """Sources whose last attempt failed."""
    failed = SourceHealth.objects.filter(
        Q(last_success_at=None) | Q(last_success_at__lt=F("last_error_at")), last_error_at__gte=now - RECENT
    )
    return [
        Problem(
            "source_down",
            f"The source {row.source} fails; it last answered {_when(row.last_success_at)}.",
            row.source,
            since=_failing_since(row),
        )
        for row in failed.order_by("source")
    ]


def _failing_since(health: SourceHealth) -> datetime | None:
    """When the first day came, after the last success, that cannot be had; None where no day is failing."""
    failed = IntakeDay.objects.filter(source=health.source, state=IntakeDay.State.FAILED)
    days = failed.order_by("-day").values_list("day", flat=True)[:DAYS_LOOKED_AT]
    came = [_announced(day) for day in days]
    return min((at for at in came if not health.last_success_at or at > health.last_success_at), default=None)


def _announced(day: date) -> datetime:
    """When the papers of ``day`` came out; where no calendar says so, at its beginning in UTC."""
    announcement = calendar.announcement_of(day)
    return announcement.announced_at if announcement else datetime.combine(day, time(), UTC)


def model_down(now: datetime) -> list[Problem]:
    """Summaries wait for another try, and no answer has come for a while."""
    if not _has_model():
        return []
    if _share_of_budget(now) >= BUDGET_WARNING:
        raise CannotTellError("The model is hardly asked: the budget is used up.")
    answers = SummaryAttempt.objects.filter(error="").order_by("-at").values_list("at", flat=True)
    last_answer = answers.first()
    if last_answer and now - last_answer < NO_ANSWER:
        return []
    waiting = _waiting_summaries()
    if not waiting.exists():
        return []
    # Since the papers came that it should have summarised: on quiet days it is asked nothing.
    papers = Announcement.objects.filter(paper__in=waiting.values("paper"))
    first_day = papers.aggregate(day=Min("day"))["day"]
    came = [at for at in (last_answer, _announced(first_day) if first_day else None) if at]
    sentence = f"The model answers nothing; its last answer came {_when(last_answer)}."
    return [Problem("model_down", sentence, since=max(came, default=None))]


def budget(now: datetime) -> list[Problem]:
    """Most of the day's tokens are used; the rest is kept for what is being written."""
    share = _share_of_budget(now) if _has_model() else 0.0
    if share < BUDGET_WARNING:
        return []
    tokens = current_rules().tokens_a_day
    sentence = (
        f"{share:.0%} of the day's {tokens:,} tokens are used: what is not written goes out as an extract."
    )
    return [Problem("budget", sentence)]


def stage_down(_: datetime) -> list[Problem]:
    """Stages in which everything fails alike. The reason may hold foreign words: the desk shows it."""
    rows = SetAside.objects.needing_a_person().filter(item="").order_by("stage")
    return [
        Problem(
            "stage_down",
            f"{stages.BY_SLUG[row.stage].doing.capitalize()} fails for everything, "
            f"since {row.first_at:%d %B, %H:%M} UTC.",
            row.stage,
        )
        for row in rows
        if row.stage in stages.BY_SLUG
    ]


def _has_model() -> bool:
    return bool(settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY)


def _share_of_budget(now: datetime) -> float:
    tokens = current_rules().tokens_a_day
    return spent_tokens(now.date()) / tokens if tokens else 0.0


def _waiting_summaries() -> QuerySet[Summary]:
    """Summaries that digests need, that were put off with a reason, and have no words of the model."""
    unwritten = Q(state=SummaryState.WANTED) | Q(state=SummaryState.READY, author=SummaryAuthor.EXTRACT)
    return Summary.objects.filter(unwritten, retry_at__isnull=False).exclude(reason="")


def _when(at: datetime | None) -> str:
    return f"on {at:%d %B, %H:%M} UTC" if at else "never"
