"""What changed between two versions of a paper's title and abstract, as data that a page can say. Pure.

Sentences are compared first, then the words of those that are alike. Comparing costs the product of the
lengths at worst, so both are bounded: of longer texts it is only said that they differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from newsletter.text.readable import sentences

LONGEST = 6000  # characters of an abstract that are compared; arXiv takes 1,920, older ones have some more
MOST_SENTENCES = 60
MOST_WORDS = 150  # of one sentence
ALIKE = 0.5  # of their words: else one sentence went and another came
SHORTEST_TOLD = 8  # words that are told as "… became …"
MOST_TOLD = 3

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of both abstracts together: ``kind`` is :data:`SAME`, :data:`GONE` or :data:`NEW`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """``title`` and each of ``wordings`` are (before, after).

    ``wordings`` are the first few short ones; ``reworded`` counts the sentences whose words changed in other
    ways. ``pieces`` is the abstract with all that went and came, empty where it is not shown.
    """

    title: tuple[str, str] | None = None
    wordings: tuple[tuple[str, str], ...] = ()
    reworded: int = 0
    added: int = 0
    removed: int = 0
    pieces: tuple[Piece, ...] = ()
    is_too_long: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be told but that white space changed."""
        counts = self.reworded or self.added or self.removed
        return not (self.title or self.wordings or counts or self.is_too_long)


def change_between(before: tuple[str, str], after: tuple[str, str]) -> Change:
    """What changed from ``before`` to ``after``, each a clean title and a clean abstract."""
    title = (before[0], after[0]) if before[0] != after[0] else None
    if before[1] == after[1]:
        return Change(title=title)
    old, new = sentences(before[1]), sentences(after[1])
    if max(len(before[1]), len(after[1])) > LONGEST or max(len(old), len(new)) > MOST_SENTENCES:
        return Change(title=title, is_too_long=True)
    wordings: list[tuple[str, str]] = []
    pieces: list[Piece] = []
    reworded = added = removed = 0
    for past, present in _paired(old, new):
        if past == present:
            pieces.append(Piece(SAME, present))
        elif past and present:
            words = _compare(past.split(), present.split())
            told = _told(words)
            wordings += told
            reworded += not told
            pieces += _pieces(words)
        else:
            added += bool(present)
            removed += bool(past)
            pieces.append(Piece(NEW, present) if present else Piece(GONE, past))
    return Change(
        title=title,
        wordings=tuple(wordings[:MOST_TOLD]),
        reworded=reworded + len(wordings[MOST_TOLD:]),
        added=added,
        removed=removed,
        pieces=tuple(_joined(pieces)),
    )


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The sentences of both in one order, those that are alike together; "" where there is no other."""
    for kind, begin, end, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(old[begin:end], new[start:stop], strict=True)
        else:
            yield from _matched(old[begin:end], new[start:stop])


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same of sentences of which none is in both: each with the first that is like it."""
    rest = list(old)
    for sentence in new:
        at = next((place for place, other in enumerate(rest) if _is_alike(other, sentence)), None)
        if at is None:
            yield "", sentence
        else:
            yield from ((gone, "") for gone in rest[:at])
            yield rest[at], sentence
            del rest[: at + 1]
    yield from ((gone, "") for gone in rest)


def _is_alike(sentence: str, other: str) -> bool:
    words, others = sentence.split(), other.split()
    if max(len(words), len(others)) > MOST_WORDS:
        return False
    common = len(set(words) & set(others))
    return common >= ALIKE * max(len(set(words)), len(set(others)))


_Compared = list[tuple[list[str], list[str]]]


def _compare(old: list[str], new: list[str]) -> _Compared:
    """The words of both in turns: (before, after), equal where both have them."""
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(old[begin:end], new[start:stop]) for _, begin, end, start, stop in codes]


def _told(words: _Compared) -> list[tuple[str, str]]:
    """The replacements as (before, after), if the sentence has no other changes and all are short."""
    told = []
    for place, (past, present) in enumerate(words):
        if past == present:
            continue
        if not past or not present or max(len(past), len(present)) > SHORTEST_TOLD:
            return []
        after = words[place + 1][1][:1] if place + 1 < len(words) and _is_bare_number(present) else []
        phrases = _phrase(past + after), _phrase(present + after)
        if not all(phrases) or phrases[0] == phrases[1]:
            return []
        told.append(phrases)
    return told


def _is_bare_number(words: Sequence[str]) -> bool:
    """Whether they are a number alone, which says nothing without the word after it."""
    return len(words) == 1 and not any(map(str.isalpha, words[0])) and words[0][-1:].isdigit()


def _phrase(words: Sequence[str]) -> str:
    return " ".join(words).strip(" .,;:!?")


def _pieces(words: _Compared) -> Iterator[Piece]:
    for past, present in words:
        if past == present:
            yield Piece(SAME, " ".join(past))
            continue
        if past:
            yield Piece(GONE, " ".join(past))
        if present:
            yield Piece(NEW, " ".join(present))


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece."""
    for kind, alike in groupby(pieces, key=lambda piece: piece.kind):
        yield Piece(kind, " ".join(piece.text for piece in alike))
