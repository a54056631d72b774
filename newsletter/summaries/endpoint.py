"""The models that the settings name, and what they cost: one place for all who ask."""

from decimal import Decimal
from pathlib import Path

from django.conf import settings

from newsletter.summaries.abilities import memory_at
from newsletter.summaries.budget import Prices
from newsletter.summaries.llm import LanguageModel


def model_named(name: str) -> LanguageModel | None:
    """The model ``name`` at the settings' endpoint; None if neither an endpoint nor a key is set."""
    if not settings.OPENAI_BASE_URL and not settings.OPENAI_API_KEY:
        return None
    return LanguageModel(
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        model=name,
        timeout=settings.MODEL_TIMEOUT,
        connections=settings.MODEL_CONCURRENCY,
        memory=memory_at(Path(settings.VAR_DIR) / "models.json"),
    )


def model_prices() -> Prices:
    return Prices(
        prompt=Decimal(str(settings.MODEL_PRICE_PROMPT)), answer=Decimal(str(settings.MODEL_PRICE_ANSWER))
    )
