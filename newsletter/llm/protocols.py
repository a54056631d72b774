"""What the stages need of a language model, so that a test may bring its own."""

from typing import Protocol

from newsletter.llm.answers import Answer
from newsletter.llm.questions import ModelRequest


class Model(Protocol):
    """A model that answers one question at a time.

    :class:`~newsletter.llm.client.LanguageModel` is the one that talks to an endpoint.
    """

    @property
    def model(self) -> str:
        """The name that the endpoint knows it by."""

    @property
    def is_known(self) -> bool:
        """Whether it has answered before, so that what it understands is known."""

    def complete(self, request: ModelRequest) -> Answer:
        """Ask once. Raises :class:`~newsletter.errors.ModelError`."""
