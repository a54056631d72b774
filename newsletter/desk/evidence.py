"""Marks the words of the abstract that each takeaway rests on. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the source, and the numbers (from 1) of the takeaways that rest on it."""

    text: str
    points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of a comparison: "same", "gone" or "new"; or of a text with "wrong" words."""

    kind: str
    text: str


def marked(source: str, evidences: Sequence[str]) -> tuple[list[Segment], frozenset[int]]:
    """The source in stretches, and the numbers of the takeaways whose evidence is in it word for word.

    White space and case do not count; an empty evidence is nowhere.
    """
    spans = {}
    for number, evidence in enumerate(evidences, 1):
        words = evidence.split()
        if words:
            match = re.search(r"\s+".join(map(re.escape, words)), source, re.IGNORECASE)
            if match:
                spans[number] = match.span()
    borders = sorted({0, len(source), *(at for span in spans.values() for at in span)})
    segments = [
        Segment(
            source[start:end],
            tuple(number for number, (first, last) in spans.items() if first <= start and end <= last),
        )
        for start, end in pairwise(borders)
    ]
    return segments, frozenset(spans)


def singled_out(text: str, words: Iterable[str]) -> list[MarkedText]:
    """The text in stretches: "wrong" where one of ``words`` stands, which a check complained of."""
    wanted = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return [MarkedText("same", text)]
    stretches = re.split("(" + "|".join(map(re.escape, wanted)) + ")", text, flags=re.IGNORECASE)
    return [MarkedText("wrong" if at % 2 else "same", each) for at, each in enumerate(stretches) if each]


def compared(old: str, new: str) -> list[MarkedText]:
    """What was taken away and what was added, by words; by characters where a script has no spaces."""
    before, after = _parts(old), _parts(new)
    pieces: list[MarkedText] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(MarkedText("same", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(MarkedText("gone", "".join(before[a:b])))
        if d > c:
            pieces.append(MarkedText("new", "".join(after[c:d])))
    return pieces


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for part in _WORDS.findall(text):
        parts += list(part) if part and ord(part[0]) >= 0x2E80 else [part]
    return parts
