"""The models that the settings name, and what they cost."""

from decimal import Decimal
from functools import partial

from django.conf import settings

from newsletter.llm.budget import Prices
from newsletter.llm.capability_store import load_capabilities, store_changes
from newsletter.llm.client import LanguageModel, ModelEndpoint


def model_named(name: str, *, timeout: float = 0.0) -> LanguageModel | None:
    """The model ``name`` at the settings' endpoint; None if neither an endpoint nor a key is set.

    ``timeout`` is in seconds for an answer, if not ``MODEL_TIMEOUT``. What was learned of the model before is
    known; what is learned meanwhile is kept when it is closed.
    """
    if not settings.OPENAI_BASE_URL and not settings.OPENAI_API_KEY:
        return None
    memory = load_capabilities()
    endpoint = ModelEndpoint(
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        model=name,
        timeout=timeout or settings.MODEL_TIMEOUT,
        connections=settings.MODEL_CONCURRENCY,
        answer_tokens=settings.MODEL_MAX_TOKENS,
        effort=settings.MODEL_REASONING_EFFORT,
    )
    return LanguageModel(endpoint, memory=memory, on_close=partial(store_changes, memory))


def model_prices() -> Prices:
    """What the settings say that a model costs."""
    return Prices(
        prompt=Decimal(str(settings.MODEL_PRICE_PROMPT)), answer=Decimal(str(settings.MODEL_PRICE_ANSWER))
    )
