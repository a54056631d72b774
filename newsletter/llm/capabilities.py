"""What models at endpoints understand: found out once, by their refusals, and remembered. Pure.

:mod:`newsletter.llm.capability_store` keeps it in the database.
"""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

AnswerFormat = Literal["schema", "tool", "json", "plain"]
ANSWER_FORMATS: tuple[AnswerFormat, ...] = ("schema", "tool", "json", "plain")
_MOST_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one model at one endpoint understands; ``proven`` once an answer came back this way.

    ``stream``: it answers only in a stream. ``answer_tokens`` is what an answer needs, thoughts included,
    where that is more than was asked for; ``most_answer_tokens`` what it may have at most; ``context`` how
    many tokens question and answer have together. 0 where nothing is known. ``logprobs``: whether it gives
    log probabilities; None until it was asked for some. ``counts``: a schema may say how long a list is.
    """

    form: AnswerFormat = "schema"
    api: Literal["chat", "responses"] = "chat"
    limit_name: Literal["max_tokens", "max_completion_tokens", ""] = "max_tokens"
    temperature: bool = True
    system: bool = True
    stream: bool = False
    usage: bool = True  # a stream may be asked to say what it cost
    effort: bool = True  # a reasoning effort may be named
    logprobs: bool | None = None
    counts: bool = True
    answer_tokens: int = 0
    most_answer_tokens: int = 0
    context: int = 0
    proven: bool = False

    def to_json(self) -> dict[str, Any]:
        """All but ``proven``: only what is proven is kept."""
        return {name: value for name, value in asdict(self).items() if name != "proven"}

    @classmethod
    def from_json(cls, values: object) -> "Capabilities | None":
        """What was kept; None if it is not what this version of Paperpost would keep."""
        if not isinstance(values, Mapping) or set(values) != {*_ALLOWED, *_COUNTS}:
            return None
        if not all(values[name] in allowed for name, allowed in _ALLOWED.items()):
            return None
        if not all(type(values[name]) is int and 0 <= values[name] <= _MOST_TOKENS for name in _COUNTS):
            return None
        return cls(**values, proven=True)


_COUNTS = ("answer_tokens", "most_answer_tokens", "context")
_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "form": ANSWER_FORMATS,
    "api": ("chat", "responses"),
    "limit_name": ("max_tokens", "max_completion_tokens", ""),
    "temperature": (True, False),
    "system": (True, False),
    "stream": (True, False),
    "usage": (True, False),
    "effort": (True, False),
    "logprobs": (None, True, False),
    "counts": (True, False),
}

Key = tuple[str, str]  # the endpoint's address and the model's name


@dataclass(slots=True)
class Memory:
    """What was learned, by endpoint and model; ``changed`` are the keys that are not stored yet.

    Thread-safe.
    """

    known: dict[Key, Capabilities] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    _locks: dict[Key, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def lock(self, key: Key) -> threading.Lock:
        """Held by whoever is finding out about a model."""
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def learn(self, key: Key, capabilities: Capabilities) -> None:
        """Remember what an answer has proven."""
        with self._guard:
            known = self.known.get(key)
            if capabilities.logprobs is None and known is not None:
                # Learned by another question while this one, which wanted none, was under way.
                capabilities = replace(capabilities, logprobs=known.logprobs)
            proven = replace(capabilities, proven=True)
            if known != proven:
                self.known[key] = proven
                self.changed.add(key)

    def take_changes(self) -> dict[Key, Capabilities]:
        """What was learned since the last call, for whoever stores it."""
        with self._guard:
            changes = {key: self.known[key] for key in self.changed}
            self.changed.clear()
            return changes
