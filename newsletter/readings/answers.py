"""What a model answered about a paper, as values that nothing is trusted of yet. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from newsletter.llm.objects import read_object
from newsletter.text.readable import readable


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


def read_facts(text: str) -> tuple[tuple[Claim, ...], tuple[ClaimedResult, ...]]:
    """What the answer claims; whatever has not the form of a claim is left out.

    Raises :class:`~newsletter.errors.ModelError` (malformed answer) for what is no JSON object.
    """
    answer = read_object(text, fits=lambda answer: "statements" in answer or "results" in answer)
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
    ids = read_object(text, fits=lambda answer: "keep" in answer).get("keep")
    return tuple(each for each in ids if isinstance(each, str)) if isinstance(ids, list) else ()


def read_texts(text: str) -> dict[str, str]:
    """Texts by id. Raises as :func:`read_facts` does."""
    return {
        _text(each, "id"): readable(_text(each, "text"))
        for each in _items(read_object(text, fits=lambda answer: "texts" in answer), "texts")
        if _text(each, "id") and _text(each, "text")
    }


def _items(answer: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    items = answer.get(name)
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return ""
    return " ".join(str(text).split())
