"""Asking a model about one paper: what was answered before is not asked again, and no paper costs too much.

Every answer is stored the moment it comes, so that a worker that is killed loses none. An answer counts for
the reading that was wanted before it came: whoever wants a paper read again gets new ones. Two ceilings hold:
the tokens of one reading, and what is left of the day's budget.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from newsletter.errors import ModelError, StateError
from newsletter.llm.budget import Prices
from newsletter.llm.protocols import Model
from newsletter.llm.questions import ChatMessage, ModelRequest, estimated_tokens
from newsletter.models import Reading, ReadingCall
from newsletter.readings.prompts import PROMPT_VERSION, fingerprint


class TokensSpent(StateError):  # noqa: N818 - it ends a run, it is no failure
    """A ceiling is reached. ``whose`` is "paper" or "day"."""

    whose: str = "paper"

    def __init__(self, message: str, *, whose: str = "paper") -> None:
        super().__init__(message, whose=whose)


@dataclass(slots=True)
class ModelSession:
    """The questions about one paper. ``ceiling`` and ``day_left`` are in tokens, asked and answered."""

    reading: Reading
    model: Model
    ceiling: int
    day_left: int
    now: datetime
    prices: Prices

    def ask(
        self,
        messages: Sequence[ChatMessage],
        schema: Mapping[str, Any],
        *,
        purpose: str,
        language: str = "",
        max_tokens: int = 4096,
    ) -> str:
        """The answer's text, stored or fresh.

        Raises :class:`TokensSpent`, or :class:`~newsletter.errors.ModelError` as the adapter does.
        """
        question_id = fingerprint(messages, model=self.model.model)
        known = self._calls().filter(fingerprint=question_id).exclude(answer="").order_by("pk").last()
        if known is not None:
            return str(known.answer)
        self._mind_the_ceilings(estimated_tokens(messages) + max_tokens // 2)
        row = ReadingCall(
            reading=self.reading,
            purpose=purpose,
            language=language,
            fingerprint=question_id,
            prompt_version=PROMPT_VERSION,
            model=self.model.model,
            at=self.now,
        )
        try:
            answer = self.model.complete(ModelRequest(tuple(messages), schema=schema, max_tokens=max_tokens))
        except ModelError as error:
            row.error = error.message
            row.save()
            raise
        row.answer, row.model = answer.text, self.model.model
        row.prompt_tokens, row.completion_tokens = answer.prompt_tokens, answer.completion_tokens
        row.cost = self.prices.cost(answer)
        row.save()
        self.day_left -= answer.prompt_tokens + answer.completion_tokens
        return answer.text

    def note(self, messages: Sequence[ChatMessage], findings: list[dict[str, Any]]) -> None:
        """Keep with the answer what was refused in it."""
        question_id = fingerprint(messages, model=self.model.model)
        self._calls().filter(fingerprint=question_id).exclude(answer="").update(findings=findings)

    def spent(self) -> int:
        """Tokens that the reading has cost so far."""
        sums = self._calls().aggregate(prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"))
        return (sums["prompt"] or 0) + (sums["completion"] or 0)

    def _calls(self) -> QuerySet[ReadingCall]:
        return self.reading.calls.filter(at__gte=self.reading.wanted_at)

    def left(self) -> int:
        """Tokens that may still be spent on this paper today."""
        return min(self.ceiling - self.spent(), self.day_left)

    def _mind_the_ceilings(self, tokens: int) -> None:
        if tokens > self.day_left:
            raise TokensSpent("The day's token budget is spent.", whose="day")
        if self.spent() + tokens > self.ceiling:
            raise TokensSpent(f"The paper's ceiling of {self.ceiling} tokens is reached (READING_TOKENS).")
