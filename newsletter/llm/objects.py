"""The JSON object in a model's answer, whatever its model, chat template or server wrap around it. Pure.

What is readable without doubt is read: thoughts before the answer, fences, an object inside an object, a
trailing comma, single quotes. What is cut off stays unread, because nobody knows what is missing.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import json_repair

from newsletter.llm.failures import ModelFailure, failure
from newsletter.text.border import clean_json

LONGEST = 200_000  # characters of an answer that are looked at; one is a few thousand
LONGEST_TEXT = 100_000  # of one text in it
MOST_OBJECTS = 64  # candidates in one answer
MOST_WRAPPERS = 4  # objects around the object
_LONGEST_REPAIR = 60_000

Fits = Callable[[Mapping[str, Any]], bool]

# How chat templates mark thoughts: <think>, <thought>, <seed:think>, <reasoning>, [THINK], ◁think▷.
_NAME = r"(?:[a-z]{1,12}:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)"
_CLOSING = re.compile(
    rf"</{_NAME}>|\[/{_NAME}\]|◁/{_NAME}▷|<\|/{_NAME}\|>|<\|end_of_(?:thought|thinking)\|>", re.IGNORECASE
)
_OPENING = re.compile(
    rf"<{_NAME}>|\[{_NAME}\]|◁{_NAME}▷|<\|{_NAME}\|>|<\|begin_of_(?:thought|thinking)\|>", re.IGNORECASE
)
# OpenAI's harmony format: channels named analysis, commentary and final.
_FINAL = re.compile(r"<\|channel\|>\s*final\b[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>")
_CHANNEL = re.compile(r"<\|channel\|>")
_END = re.compile(r"<\|(?:return|end|start|call)\|>")
_NO_OBJECT = "The answer holds no JSON object."
_CUT_OFF = "The JSON is cut off or broken."


def read_object(text: str, *, fits: Fits = lambda _: True) -> Mapping[str, Any]:
    """The last object in ``text`` that ``fits``, else the last one; thoughts never count.

    Raises :class:`~newsletter.errors.ModelError` (malformed answer) if there is none.
    """
    answer = without_thoughts(text[:LONGEST])
    last: Mapping[str, Any] | None = None
    for each in _objects(answer):
        unwrapped = _unwrapped(each, fits)
        if unwrapped is not None and (fits(unwrapped) or last is None or not fits(last)):
            last = unwrapped
    if last is None:
        raise failure(ModelFailure.MALFORMED, _CUT_OFF if "{" in answer else _NO_OBJECT)
    return _clean(last)


def _clean(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what no database keeps: an escape may spell half a sign ("\\ud83d") or NUL."""
    try:
        cleaned = clean_json(answer, longest=LONGEST_TEXT)
    except ValueError as error:
        raise failure(ModelFailure.MALFORMED, f"The JSON cannot be kept: {error}") from error
    assert isinstance(cleaned, Mapping)  # noqa: S101 - an object stays one
    return cleaned


def without_thoughts(text: str) -> str:
    """What is said after the thoughts; the opening mark may be missing, since some templates swallow it.

    A mark inside the answer's own object (papers do write about ``<think>``) is part of the answer.
    """
    if _CHANNEL.search(text):
        finals = list(_FINAL.finditer(text))
        rest = text[finals[-1].end() :] if finals else ""
        end = _END.search(rest)
        return rest[: end.start()] if end else rest
    if text.lstrip().startswith("{"):
        return text
    for mark in reversed(list(_CLOSING.finditer(text))):
        rest = text[mark.end() :]
        if "{" in rest and not _is_inside_an_object(text, mark.start()):
            return rest
    opening = _OPENING.search(text)
    closed = _CLOSING.search(text)
    if opening and not closed and not _is_inside_an_object(text, opening.start()):
        return text[: opening.start()]  # the thoughts never ended
    if closed and "{" not in text[closed.end() :]:
        return "" if not _is_inside_an_object(text, closed.start()) else text
    return text


def after_thoughts(text: str) -> str:
    """What an answer of words says after its thoughts; "" where they have no end."""
    text = text[:LONGEST]
    if _CHANNEL.search(text):
        return without_thoughts(text)
    closings = list(_CLOSING.finditer(text))
    if closings:
        return text[closings[-1].end() :]
    return "" if _OPENING.search(text) else text


def _is_inside_an_object(text: str, at: int) -> bool:
    """Whether ``at`` stands in a string of an object that a whole answer is made of."""
    start = text.rfind("\n{", 0, at) + 1 or (0 if text.startswith("{") else -1)
    if start < 0:
        return False
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    return start < at < end


def _objects(text: str) -> Iterator[Any]:
    """The outermost objects of ``text`` in order, strictly read where they can be, else repaired."""
    decoder = json.JSONDecoder(strict=False)
    whole = _json_in_a_string(text)
    if whole is not None:
        text = whole
    at = text.find("{")
    for _ in range(MOST_OBJECTS):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = _balanced(text, at)
            value = _repaired(text[at:end]) if end > 0 else None
            if value is None:
                end = at + 1
        if value is not None:
            yield value
        at = text.find("{", end)


def _json_in_a_string(text: str) -> str | None:
    """The text of an answer that is one JSON string holding JSON."""
    stripped = text.strip()
    if not (stripped.startswith('"') and stripped.endswith('"') and "{" in stripped):
        return None
    try:
        inner = json.loads(stripped, strict=False)
    except ValueError:
        return None
    return inner if isinstance(inner, str) else None


def _balanced(text: str, at: int) -> int:
    """Where the object that begins at ``at`` ends, strings skipped; -1 if it never does."""
    depth = 0
    quote = ""
    position = at
    while position < len(text):
        sign = text[position]
        if quote:
            if sign == "\\":
                position += 1
            elif sign == quote:
                quote = ""
        elif sign == '"' or (sign == "'" and _opens_a_string(text, position)):
            quote = sign
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return -1


def _opens_a_string(text: str, at: int) -> bool:
    """Whether a single quote begins a string: what stands before it is no word."""
    before = text[max(at - 20, 0) : at].rstrip()[-1:]
    return before in {"{", "[", ",", ":"}


def _repaired(text: str) -> Any:
    """What a tolerant reader makes of a whole object; None if that is no object with entries."""
    if len(text) > _LONGEST_REPAIR:
        return None
    try:
        value = json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, TypeError):
        return None
    return value if isinstance(value, Mapping) and value else None


def _unwrapped(value: Any, fits: Fits) -> Mapping[str, Any] | None:
    """The object that fits, in ``value`` or in the objects, lists and strings that wrap it."""
    first: Mapping[str, Any] | None = None
    for _ in range(MOST_WRAPPERS):
        if isinstance(value, str):
            value = _parsed(value)
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Mapping):
            break
        folded = {str(name).strip().casefold(): inner for name, inner in value.items()}
        first = folded if first is None else first
        if fits(folded):
            return folded
        value = _wrapped_in(folded)
    return first


def _wrapped_in(value: Mapping[str, Any]) -> Any:
    """What an object is wrapped around: the arguments of a named call, or its only entry."""
    for name in ("arguments", "parameters", "input"):
        if name in value and len(value) <= 4:
            return value[name]
    holding = [inner for inner in value.values() if isinstance(inner, Mapping | str | list) and inner]
    return holding[0] if len(holding) == 1 else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
