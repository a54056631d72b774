"""What a model answered about a paper, as values that nothing is trusted of yet. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from newsletter.border import clean_json
from newsletter.readable import readable
from newsletter.summaries.failures import ModelFailure, failure


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement as the model made it: nothing in it is trusted yet."""

    field: str
    passage: str
    evidence: str
    text: str


@dataclass(frozen=True, slots=True)
class ClaimedResult:
    """A row of the table of results as the model made it."""

    passage: str
    method: str
    metric: str
    value: str
    data: str
    evidence: str


LONGEST_TEXT = 100_000  # characters of one text of an answer
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def read_facts(text: str) -> tuple[tuple[Claim, ...], tuple[ClaimedResult, ...]]:
    """What the answer claims; whatever has not the form of a claim is left out.

    Raises :class:`~newsletter.errors.ModelError` (malformed answer) for what is no JSON object.
    """
    answer = _object(text)
    claims = tuple(
        _claim(*(_text(each, name) for name in ("field", "passage", "evidence", "text")))
        for each in _items(answer, "statements")
    )
    names = ("passage", "method", "metric", "value", "data", "evidence")
    results = tuple(
        ClaimedResult(*(_text(each, name) for name in names)) for each in _items(answer, "results")
    )
    return claims, results


def _claim(field: str, passage: str, evidence: str, text: str) -> Claim:
    """Small models write the words of a passage where its name belongs, and then no evidence."""
    if not evidence and " " in passage:
        passage, evidence = "", passage
    return Claim(field, passage, evidence, text)


def read_choice(text: str) -> tuple[str, ...]:
    """The ids to keep, in order. Raises as :func:`read_facts` does."""
    found = _object(text).get("keep")
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def read_texts(text: str) -> dict[str, str]:
    """Texts by id. Raises as :func:`read_facts` does."""
    return {
        _text(each, "id"): readable(_text(each, "text"))
        for each in _items(_object(text), "texts")
        if _text(each, "id") and _text(each, "text")
    }


def _object(text: str) -> Mapping[str, Any]:
    plain = _THINKING.sub("", text)
    start = plain.find("{")
    if start < 0:
        raise failure(ModelFailure.MALFORMED, "The answer holds no JSON object.")
    try:
        answer, _ = json.JSONDecoder(strict=False).raw_decode(plain[start:])
        answer = clean_json(answer, longest=LONGEST_TEXT)
    except (ValueError, RecursionError) as error:
        raise failure(ModelFailure.MALFORMED, "The JSON is cut off or broken.") from error
    if not isinstance(answer, Mapping):
        raise failure(ModelFailure.MALFORMED, "The answer is no JSON object.")
    return answer


def _items(answer: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    found = answer.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return " ".join(str(found).split())
