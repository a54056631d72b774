"""What each statement about a paper rests on: the abstract's own words, exactly as they stand there."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from newsletter.records import Takeaway
from newsletter.rendering.papers import PaperView
from newsletter.rendering.provenance import count_numbers
from newsletter.rendering.texts import clean

Span = tuple[int, int]

_ELLIPSIS = re.compile(r"\.\.\.|…|\[\.\.\.\]|\[…\]")
_SHORTEST = 2  # words of a quotation; one word stands anywhere
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement of a summary, by its ``number`` on the page, from 1.

    ``quotations`` are the abstract's exact words; without any, ``rests_on_whole`` tells whether it was held
    against the whole abstract. ``checked_numbers`` is None where no check is claimed. ``key`` changes with
    the text. ``evidence`` is the passage that was named, which may not stand there.
    """

    number: int
    text: str
    quotations: tuple[str, ...]
    rests_on_whole: bool
    checked_numbers: int | None
    is_consequence: bool = False
    evidence: str = ""

    @property
    def key(self) -> str:
        """What names the statement in a form."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_KEY_LENGTH]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the abstract. ``statements`` rest on it; the words for those in ``begins`` begin here."""

    text: str
    statements: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statements of a summary, the sentence first, and the abstract in stretches."""

    statements: tuple[ShownStatement, ...]
    passages: tuple[Passage, ...]

    @property
    def sentence(self) -> ShownStatement:
        """What the paper is about in one sentence."""
        return self.statements[0]

    @property
    def points(self) -> tuple[ShownStatement, ...]:
        """The takeaways."""
        return tuple(each for each in self.statements[1:] if not each.is_consequence)

    @property
    def consequence(self) -> ShownStatement | None:
        """Why it matters, where the source says so."""
        return next((each for each in self.statements if each.is_consequence), None)


def evidence_of(view: PaperView, abstract: str) -> Evidence:
    """What the statements of ``view`` rest on in ``abstract``, which is as the source has it.

    A quotation that does not stand there word for word is none: white space and case may differ, and what is
    shown are the abstract's words. The statements of an extract are the abstract's own.
    """
    source = clean(abstract)
    said = [Takeaway(view.sentence, view.sentence_evidence), *view.points]
    said += [view.consequence] if view.consequence else []
    spans = [_spans(point, source) for point in said]
    statements = [
        ShownStatement(
            number=number,
            text=point.text,
            quotations=tuple(source[start:end] for start, end in spans[number - 1]),
            rests_on_whole=view.checked is not None and not point.evidence.strip(),
            checked_numbers=count_numbers((point.text,), view.language) if view.checked else None,
            is_consequence=point is view.consequence,
            evidence=point.evidence,
        )
        for number, point in enumerate(said, 1)
    ]
    return Evidence(tuple(statements), tuple(_passages(source, spans)))


def _spans(point: Takeaway, source: str) -> tuple[Span, ...]:
    """Where the parts of a statement's evidence stand, in their order; nothing if one of them does not."""
    parts = [part.split() for part in _ELLIPSIS.split(clean(point.evidence or point.text))]
    found = [_find(words, source) for words in parts if words]
    return tuple(span for span in found if span) if all(found) else ()


def _find(words: Sequence[str], source: str) -> Span | None:
    if len(words) < _SHORTEST:
        return None
    match = re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", source, re.IGNORECASE)
    return match.span() if match else None


def _passages(source: str, spans: Sequence[Sequence[Span]]) -> list[Passage]:
    numbered = [(number, span) for number, of_one in enumerate(spans, 1) for span in of_one]
    first_places = [(number, of_one[0][0]) for number, of_one in enumerate(spans, 1) if of_one]
    borders = sorted({0, len(source), *(at for _, span in numbered for at in span)})
    return [
        Passage(
            source[start:end],
            tuple(dict.fromkeys(n for n, (first, last) in numbered if first <= start and end <= last)),
            tuple(n for n, first in first_places if first == start),
        )
        for start, end in pairwise(borders)
    ]
