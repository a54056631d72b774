"""Which revision of each summary a digest carried: one shape with one reader and one writer. Pure.

Most digests carry the first revision of all their cards, and lines without words of a summary: that is stored
as an empty text. What differs is named by its place among the papers that were picked, runs of places
together: ``2:3 10-29:l1 4:-`` says that the third paper's card had revision 3, that the lines from the
eleventh on had the first revision's titles, and that the fifth paper was left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

FIRST = 1
NONE = 0  # an extract of the abstract, or the source's own title
_ABSENT = "-"
_LINE = "l"


@dataclass(frozen=True, slots=True)
class Carried:
    """Revisions by paper (ids): of the ``cards`` and of the ``lines`` that one digest had.

    0 where it said nothing of a summary: a card was then an extract, a line the source's own title.
    """

    cards: Mapping[int, int] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)


def write_carried(carried: Carried, *, papers: Sequence[int], also: Sequence[int]) -> str:
    """``carried`` as it is stored beside picks of ``papers`` in full and ``also`` in one line each."""
    cards, lines = carried.cards, carried.lines
    differing = [place for place, paper in enumerate(papers) if cards.get(paper) != FIRST]
    differing += [place for place, paper in enumerate(also, len(papers)) if lines.get(paper) != NONE]
    if not differing:
        return ""
    named = [*papers, *also]
    marks = {place: _mark(carried, named[place]) for place in differing}
    tokens = []
    # Places that follow one another and have the same mark share what place minus rank is.
    for (_, mark), run in groupby(enumerate(differing), lambda each: (each[1] - each[0], marks[each[1]])):
        places = [place for _, place in run]
        span = f"{places[0]}-{places[-1]}" if len(places) > 1 else str(places[0])
        tokens.append(f"{span}:{mark}")
    return " ".join(tokens)


def read_carried(stored: str | None, *, papers: Sequence[int], also: Sequence[int]) -> Carried | None:
    """What :func:`write_carried` wrote; None for a digest of which it is not known. Never raises."""
    if stored is None:
        return None
    named = [*papers, *also]
    marks = [_default(place, len(papers)) for place in range(len(named))]
    try:
        for token in stored.split():
            span, _, mark = token.partition(":")
            first, _, last = span.partition("-")
            for place in range(int(first), int(last or first) + 1):
                marks[place] = mark
        cards = {
            paper: int(mark)
            for paper, mark in zip(named, marks, strict=True)
            if mark != _ABSENT and not mark.startswith(_LINE)
        }
        lines = {
            paper: int(mark[1:]) for paper, mark in zip(named, marks, strict=True) if mark.startswith(_LINE)
        }
    except (ValueError, IndexError):
        return None
    return Carried(cards, lines)


def revision_at(stored: str | None, place: int, *, full: int) -> tuple[bool, int] | None:
    """Of one place (from 0) whether it was a card, and its revision; None if it was left out.

    ``full`` papers were picked in full. Raises ValueError where ``stored`` is not known or cannot be read.
    """
    if stored is None:
        raise ValueError("it is not known what this digest carried")
    mark = _default(place, full)
    for token in stored.split():
        span, _, token_mark = token.partition(":")
        first, _, last = span.partition("-")
        if int(first) <= place <= int(last or first):
            mark = token_mark
    if mark == _ABSENT:
        return None
    return not mark.startswith(_LINE), int(mark.removeprefix(_LINE))


def _mark(carried: Carried, paper: int) -> str:
    if paper in carried.cards:
        return str(carried.cards[paper])
    return f"{_LINE}{carried.lines[paper]}" if paper in carried.lines else _ABSENT


def _default(place: int, cards: int) -> str:
    return str(FIRST) if place < cards else f"{_LINE}{NONE}"
