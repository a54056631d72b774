"""What a model is asked, one by one or many in a batch: values that know no provider. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_WIDE = 0x2E80  # from here on a character is about one token; below, three to four characters are


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the conversation that a model is shown."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question. ``schema`` is the JSON schema of the answer; None asks for prose.

    ``max_tokens`` bounds the answer, reasoning included. ``alternatives`` asks for the log probabilities of
    so many alternatives of each token, where the endpoint gives them. One of ``words``, in lower case, stands
    in each answer; one that is cut off before it shows that the limit was too small.
    """

    messages: tuple[ChatMessage, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 4096
    temperature: float | None = 0.2
    stream: bool = False
    effort: str = ""
    alternatives: int = 0
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ModelBatch:
    """Many questions at a provider. ``answers`` are the ids of the files that hold what came of them, the
    good ones and the failed ones; there may be some although ``problem`` says why not all were answered.
    """

    id: str
    file_id: str
    is_over: bool
    answers: tuple[str, ...] = ()
    problem: str = ""


def text_tokens(text: str) -> int:
    """About how many tokens a text has: a third of its Latin characters, all of its wide ones."""
    wide = sum(1 for sign in text if ord(sign) >= _WIDE)
    return wide + (len(text) - wide) // 3


def estimated_tokens(messages: Iterable[ChatMessage]) -> int:
    """About how many tokens a question has."""
    return sum(text_tokens(message.content) for message in messages)
