"""What a run of readings works with: the full texts, the model, and what it may cost."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from newsletter.day_rules import current_rules
from newsletter.errors import ModelError
from newsletter.llm.budget import Prices, spent_tokens
from newsletter.llm.endpoint import model_named, model_prices
from newsletter.llm.failures import ModelFailure
from newsletter.llm.protocols import Model
from newsletter.models import Reading
from newsletter.readings.model_session import ModelSession
from newsletter.sources.fulltext.fetch import FullTexts

NO_MODEL = "No language model is set (OPENAI_BASE_URL or OPENAI_API_KEY)."


@dataclass(frozen=True, slots=True)
class ReadingTools:
    """What a run works with; a test brings its own. ``model`` is None where none is set."""

    source: FullTexts
    model: Model | None
    prices: Prices = field(default_factory=Prices)

    def session(self, row: Reading, *, now: datetime) -> ModelSession:
        """The questions about one paper, within what is left of its own and the day's tokens.

        Raises :class:`~newsletter.errors.ModelError` where no model is set.
        """
        if self.model is None:
            raise ModelError(NO_MODEL, kind=ModelFailure.NOT_FOUND)
        return ModelSession(
            reading=row,
            model=self.model,
            ceiling=settings.READING_TOKENS,
            day_left=current_rules().tokens_a_day - spent_tokens(now.date()),
            now=now,
            prices=self.prices,
        )


@contextmanager
def configured_tools() -> Iterator[ReadingTools]:
    """arXiv and the model as the settings say; what is learned of the model is kept in the end."""
    with model_named(settings.READING_MODEL) or nullcontext() as model:
        yield ReadingTools(FullTexts(), model, model_prices())
