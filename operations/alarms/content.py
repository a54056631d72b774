"""Whether the content is made: sources, the model, its budget, and stages that fail altogether."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q

from newsletter.day_rules import current_rules
from newsletter.desk.today import BUDGET_WARNING
from newsletter.llm.budget import spent_tokens
from newsletter.models import SetAside, SourceHealth, Summary, SummaryAttempt
from newsletter.models.states import SummaryAuthor, SummaryState
from operations.alarms.conditions import CannotTellError
from operations.alarms.kinds import Problem
from subscriptions import stages

RECENT = timedelta(hours=26)  # a source that was not asked for a day is none that fails
NO_ANSWER = timedelta(hours=1)


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
        )
        for row in failed.order_by("source")
    ]


def model_down(now: datetime) -> list[Problem]:
    """Summaries wait for another try, and no answer has come for a while."""
    if not _has_model():
        return []
    if _share_of_budget(now) >= BUDGET_WARNING:
        raise CannotTellError("The model is hardly asked: the budget is used up.")
    answers = SummaryAttempt.objects.filter(error="").order_by("-at").values_list("at", flat=True)
    last_answer = answers.first()
    if (last_answer and now - last_answer < NO_ANSWER) or not _summaries_wait():
        return []
    sentence = f"The model answers nothing; its last answer came {_when(last_answer)}."
    return [Problem("model_down", sentence)]


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


def _summaries_wait() -> bool:
    """Whether summaries that digests need were put off, with a reason, and none has words of the model."""
    unwritten = Q(state=SummaryState.WANTED) | Q(state=SummaryState.READY, author=SummaryAuthor.EXTRACT)
    return Summary.objects.filter(unwritten, retry_at__isnull=False).exclude(reason="").exists()


def _when(at: datetime | None) -> str:
    return f"on {at:%d %B, %H:%M} UTC" if at else "never"
