"""A provider's answer as one value, whichever API and however it was transported. Pure.

Chat completions and responses, whole or streamed as server-sent events; bodies are taken as they came,
because compatible endpoints leave fields out, put null where a list is due, and add fields of their own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.llm.failures import ModelFailure, failure
from newsletter.llm.rate_limits import RateLimits
from newsletter.text.border import clean_line, clean_text, load_json

LONGEST_TEXT = 1_000_000  # characters of an answer
CUT_OFF = "length"  # the finish reason of an answer that hit its token limit
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")  # where servers put what a model thinks


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``alternatives`` are the log probabilities of what could stand there, itself included."""

    text: str
    alternatives: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said and what it cost, in tokens. ``text`` is never empty.

    ``finish_reason`` is the provider's; "length" means that the answer was cut off. ``tokens`` are there if
    their log probabilities were asked for and given.
    """

    text: str
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    finish_reason: str = ""
    limits: RateLimits = field(default_factory=RateLimits)
    tokens: tuple[Token, ...] = ()

    @property
    def is_cut_off(self) -> bool:
        """Whether the token limit ended it."""
        return self.finish_reason == CUT_OFF


def read_answer(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body of either API.

    Raises :class:`~newsletter.errors.ModelError`: content filter, refusal, no answer where the body is none
    of the API's, limit too small where thoughts used up all tokens, or malformed for what holds no text.
    """
    if body.get("object") == "response" or ("output" in body and "choices" not in body):
        return _from_response(body)
    return _from_chat(body)


def events(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a stream of server-sent events; whatever else is in it ("[DONE]") is skipped."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        data = "\n".join(lines).strip()
        if not data or data == "[DONE]":
            continue
        try:
            event = load_json(data)
        except ValueError:
            continue  # a stream that was cut inside an event: what came before it counts
        if isinstance(event, Mapping):
            yield event


def join_events(stream: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The whole body that a stream's events add up to; an error event becomes a body with ``error``."""
    chat = _ChatParts()
    last: Mapping[str, Any] = {}
    saw_response = False
    words: list[str] = []
    for event in stream:
        kind = str(event.get("type") or "")
        if kind == "error" or event.get("error"):
            return {"error": event.get("error") or event}
        if isinstance(event.get("response"), Mapping):
            saw_response, last = True, event["response"]
        elif kind == "response.output_text.delta":
            saw_response = True
            words.append(str(event.get("delta") or ""))
        else:
            chat.add(event)
    if saw_response:
        return _whole_response(last, "".join(words))
    return chat.body()


def _whole_response(last: Mapping[str, Any], words: str) -> Mapping[str, Any]:
    body = {"object": "response", **last}
    if not body.get("output") and words:
        body["output"] = [{"type": "message", "content": [{"type": "output_text", "text": words}]}]
    return body


class _ChatParts:
    """The chunks of a streamed chat completion, first choice only."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.refusal: list[str] = []
        self.arguments: list[str] = []
        self.finish = ""
        self.tokens: list[Any] = []
        self.rest: dict[str, Any] = {}

    def add(self, chunk: Mapping[str, Any]) -> None:
        self.rest |= {name: chunk[name] for name in ("model", "usage") if chunk.get(name)}
        for choice in _items(chunk.get("choices")):
            if choice.get("index") not in {None, 0}:
                continue
            self.finish = choice.get("finish_reason") or self.finish
            delta = choice.get("delta") or choice.get("message") or {}
            self.words.append(_text(delta.get("content")))
            logprobs = choice.get("logprobs")
            self.tokens += _items(logprobs.get("content") if isinstance(logprobs, Mapping) else None)
            self.refusal.append(_text(delta.get("refusal")))
            for call in _items(delta.get("tool_calls")):
                self.arguments.append(_text((call.get("function") or {}).get("arguments")))

    def body(self) -> Mapping[str, Any]:
        message: dict[str, Any] = {"content": "".join(self.words), "refusal": "".join(self.refusal)}
        if any(self.arguments):
            message["tool_calls"] = [{"function": {"arguments": "".join(self.arguments)}}]
        choice = {"message": message, "finish_reason": self.finish, "logprobs": {"content": self.tokens}}
        return {**self.rest, "choices": [choice]}


def _from_chat(body: Mapping[str, Any]) -> Answer:
    choices = list(_items(body.get("choices")))
    if not choices:
        raise failure(ModelFailure.NO_ANSWER, "The answer holds no choices.")
    choice = choices[0]
    message = choice.get("message")
    message = message if isinstance(message, Mapping) else {}
    finish = str(choice.get("finish_reason") or "")
    if message.get("refusal"):
        raise failure(ModelFailure.REFUSAL, _text(message["refusal"])[:200])
    if finish == "content_filter":
        raise failure(ModelFailure.CONTENT_FILTER, "The answer was withheld.")
    text = _text(message.get("content"))
    if not text.strip():
        text = "".join(_arguments(call) for call in _calls(message))
    if not text.strip() and finish != CUT_OFF:
        # Some servers split thoughts from answer wrongly, and the answer stands with the thoughts.
        text = next((thoughts for name in _THOUGHTS if (thoughts := _text(message.get(name))).strip()), "")
    return _answer(text, body, finish=finish, tokens=_tokens(choice.get("logprobs")))


def _calls(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Calls of tools, and the one call of the form before there were several."""
    for call in _items(message.get("tool_calls")):
        function = call.get("function")
        if isinstance(function, Mapping):
            yield function
    if isinstance(message.get("function_call"), Mapping):
        yield message["function_call"]


def _arguments(call: Mapping[str, Any]) -> str:
    """A call's arguments: a text of JSON by the standard, an object at some servers."""
    arguments = call.get("arguments")
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, Mapping) else _text(arguments)


def _from_response(body: Mapping[str, Any]) -> Answer:
    words: list[str] = []
    arguments: list[str] = []
    tokens: list[Token] = []
    for item in _items(body.get("output")):
        if item.get("type") == "function_call":
            arguments.append(_text(item.get("arguments")))
        for part in _items(item.get("content")) if item.get("type") == "message" else ():
            if part.get("type") == "refusal":
                raise failure(ModelFailure.REFUSAL, _text(part.get("refusal"))[:200])
            words.append(_text(part.get("text")))
            tokens += _tokens({"content": part.get("logprobs")})
    reason = (body.get("incomplete_details") or {}).get("reason") or ""
    if reason == "content_filter":
        raise failure(ModelFailure.CONTENT_FILTER, "The answer was withheld.")
    finish = CUT_OFF if body.get("status") == "incomplete" else "stop"
    return _answer("".join(words) or "".join(arguments), body, finish=finish, tokens=tuple(tokens))


def _tokens(logprobs: Any) -> tuple[Token, ...]:
    """The tokens in the form of chat completions; what lacks a log probability is left out."""
    entries = _items(logprobs.get("content")) if isinstance(logprobs, Mapping) else ()
    return tuple(
        Token(_text(each.get("token")), alternatives)
        for each in entries
        if (alternatives := _alternatives(each))
    )


def _alternatives(entry: Mapping[str, Any]) -> dict[str, float]:
    return {
        _text(each.get("token")): float(each["logprob"])
        for each in (entry, *_items(entry.get("top_logprobs")))
        if isinstance(each.get("logprob"), int | float) and not isinstance(each["logprob"], bool)
    }


def _answer(text: str, body: Mapping[str, Any], *, finish: str, tokens: tuple[Token, ...]) -> Answer:
    if not text.strip() and finish == CUT_OFF:
        raise failure(ModelFailure.LIMIT_TOO_SMALL, "Nothing was said before the limit was reached.")
    if not text.strip():
        raise failure(ModelFailure.MALFORMED, f"The answer is empty. It ended with {finish!r}.")
    usage = body.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    return Answer(
        text=clean_text(text, longest=LONGEST_TEXT),
        model=clean_line(body.get("model"), longest=120),
        prompt_tokens=_number(usage.get("prompt_tokens", usage.get("input_tokens"))),
        completion_tokens=_number(usage.get("completion_tokens", usage.get("output_tokens"))),
        cached_tokens=_number(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
        finish_reason=finish,
        tokens=tokens,
    )


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def _text(value: Any) -> str:
    """A text, or the texts of a list of content parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in _items(value))
    return ""


def _number(value: Any) -> int:
    return max(int(value), 0) if isinstance(value, int | float) and value == value else 0
