"""What a day may cost, and what it did cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from newsletter.llm.answers import Answer
from newsletter.models import SummaryAttempt
from newsletter.models.readings import ReadingCall

PER_MILLION = Decimal(1_000_000)
LOOKS = (SummaryAttempt.Purpose.OPINION, SummaryAttempt.Purpose.PLANTED)
BLIND = "blind: "  # begins the error of a planted question that was answered wrongly


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens; 0 where the operator pays nothing or has not said."""

    prompt: Decimal = Decimal(0)
    answer: Decimal = Decimal(0)

    def cost(self, answer: Answer) -> Decimal:
        """What an answer cost, in US dollars, to the millionth."""
        total = answer.prompt_tokens * self.prompt + answer.completion_tokens * self.answer
        return (total / PER_MILLION).quantize(Decimal("0.000001"))

    def halved(self) -> "Prices":
        """What answers cost that may take a day."""
        return Prices(prompt=self.prompt / 2, answer=self.answer / 2)


def spent_tokens(day: date) -> int:
    """The tokens of all calls of a UTC day, for summaries and for readings: they share the day's budget."""
    readings = ReadingCall.objects.filter(at__gte=_start(day), at__lt=_start(day + timedelta(days=1)))
    spent = 0
    for calls in (_of(day, day), readings):
        sums = calls.aggregate(prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"))
        spent += (sums["prompt"] or 0) + (sums["completion"] or 0)
    return spent


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the table of costs. ``purpose`` is "summaries", "second look" or "readings", whose first
    half has no language.
    """

    day: date
    language: str
    model: str
    purpose: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    dollars: Decimal


def costs(first: date, last: date) -> list[Cost]:
    """Calls, tokens and US dollars by UTC day, language and model, for the admin; the newest day first."""
    readings = ReadingCall.objects.filter(at__gte=_start(first), at__lt=_start(last + timedelta(days=1)))
    summaries = _of(first, last)
    lines = [
        *_summed(summaries.exclude(purpose__in=LOOKS), language="summary__language", purpose="summaries"),
        *_summed(summaries.filter(purpose__in=LOOKS), language="summary__language", purpose="second look"),
        *_summed(readings, language="language", purpose="readings"),
    ]
    return sorted(lines, key=lambda row: (-row.day.toordinal(), row.purpose, row.language, row.model))


@dataclass(frozen=True, slots=True)
class Batches:
    """How many batches of questions a judge was asked, and in how many its answers do not count."""

    asked: int
    blind: int


def batches_of_looks(first: date, last: date) -> Batches:
    """The second look's batches of some UTC days; each has one planted false statement."""
    planted = _of(first, last).filter(purpose=SummaryAttempt.Purpose.PLANTED)
    return Batches(
        **planted.aggregate(asked=Count("pk"), blind=Count("pk", filter=Q(error__startswith=BLIND)))
    )


def _summed(calls: QuerySet[Any], *, language: str, purpose: str) -> Iterator[Cost]:
    rows = (
        calls.annotate(day=TruncDate("at", tzinfo=UTC))
        .order_by()
        .values_list("day", language, "model")
        .annotate(Count("pk"), Sum("prompt_tokens"), Sum("completion_tokens"), Sum("cost"))
    )
    for day, code, model, count, prompt_tokens, completion_tokens, dollars in rows:
        yield Cost(day, code, model, purpose, count, prompt_tokens, completion_tokens, dollars)


def _of(first: date, last: date) -> QuerySet[SummaryAttempt]:
    return SummaryAttempt.objects.filter(at__gte=_start(first), at__lt=_start(last + timedelta(days=1)))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def until_next_day(now: datetime) -> timedelta:
    """How long until a new day's budget begins, at one minute past midnight UTC."""
    return _start(now.astimezone(UTC).date() + timedelta(days=1)) - now + timedelta(minutes=1)


class Budget:
    """The day's tokens. What is under way counts with its estimate, so that a burst cannot overshoot."""

    def __init__(self, total: int, *, spent: int) -> None:
        self.total = total
        self.spent = spent
        self._reserved = 0

    def reserve(self, tokens: int) -> bool:
        """Set ``tokens`` aside for a call; False if the day's budget does not hold them."""
        if self.total <= 0 or self.spent + self._reserved + tokens > self.total:
            return False
        self._reserved += tokens
        return True

    def settle(self, reserved: int, used: int) -> None:
        """A call is over: what it really used replaces its reservation."""
        self._reserved -= reserved
        self.spent += used
