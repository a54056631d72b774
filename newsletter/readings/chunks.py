"""A long paper in pieces that a model can read, the most informative sections first. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.sources.fulltext.document import Document, Passage, Section

CHARACTERS_PER_TOKEN = 3  # of English prose with numbers and formulas; a little pessimistic
LEAST_LETTERS = 25  # of a passage; less is a formula's leftover or a label in a figure
MOST_CHARACTERS = 6000  # of one passage; a longer one is cut at a sentence

_FIRST = re.compile(
    r"\b(?:abstract|introduction|conclusions?|summary|results?|experiments?|evaluation|methods?|methodology|approach"
    r"|limitations?|discussion|model|architecture|setup|related work|background|data(?:set)?s?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Passages that are read together, and the headings they stand under, by section anchor."""

    passages: tuple[Passage, ...]
    headings: tuple[tuple[str, str], ...] = ()

    @property
    def tokens(self) -> int:
        """About how many tokens the passages have."""
        return sum(estimate(each.text) for each in self.passages)


def estimate(text: str) -> int:
    """About how many tokens a passage takes, its name and heading included."""
    return len(text) // CHARACTERS_PER_TOKEN + 8


def readable_passages(document: Document) -> Iterator[Passage]:
    """What a model reads: no acknowledgements, no leftovers of formulas, long passages cut at a sentence."""
    silent = {each.anchor for each in document.sections if each.kind == "acknowledgements"}
    for passage in document.passages():
        letters = sum(sign.isalpha() for sign in passage.text)
        if passage.section in silent or letters < LEAST_LETTERS:
            continue
        yield Passage(passage.anchor, passage.section, shorten(passage.text, MOST_CHARACTERS))


def shorten(text: str, most: int) -> str:
    """The text, or its beginning up to the last row or sentence that fits."""
    if len(text) <= most:
        return text
    cut = text[:most]
    end = max(cut.rfind("\n"), cut.rfind(". ") + 1)
    return cut[:end] if end > most // 2 else cut.rsplit(" ", 1)[0]


def chunks(document: Document, *, size: int, ceiling: int) -> list[Chunk]:
    """The paper in chunks of at most ``size`` tokens, in reading order, ``ceiling`` tokens in all.

    What does not fit under the ceiling is left out, the least informative first: appendices, then sections
    whose headings promise least, then the end.
    """
    sections = {each.anchor: each for each in document.sections}
    groups = list(_groups(readable_passages(document)))
    order = sorted(range(len(groups)), key=lambda at: (_rank(groups[at], sections), at))
    chosen: set[int] = set()
    left = ceiling
    for at in order:
        cost = sum(estimate(each.text) for each in groups[at])
        if cost <= left:
            chosen.add(at)
            left -= cost
    passages = [passage for at in sorted(chosen) for passage in groups[at]]
    return list(_packed(passages, size=size, sections=sections))


def _groups(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """Passages of one section that follow each other."""
    group: list[Passage] = []
    for passage in passages:
        if group and passage.section != group[-1].section:
            yield group
            group = []
        group.append(passage)
    if group:
        yield group


def _rank(group: Sequence[Passage], sections: dict[str, Section]) -> int:
    section = sections.get(group[0].section)
    if section is None:
        return 0  # the abstract
    if section.kind == "appendix":
        return 3
    return 1 if _FIRST.search(section.title) else 2


def _packed(passages: Iterable[Passage], *, size: int, sections: dict[str, Section]) -> Iterator[Chunk]:
    pack: list[Passage] = []
    cost = 0
    for passage in passages:
        more = estimate(passage.text)
        if pack and cost + more > size:
            yield _chunk(pack, sections)
            pack, cost = [], 0
        pack.append(passage)
        cost += more
    if pack:
        yield _chunk(pack, sections)


def _chunk(passages: Sequence[Passage], sections: dict[str, Section]) -> Chunk:
    anchors = dict.fromkeys(each.section for each in passages)
    return Chunk(tuple(passages), tuple((anchor, heading_of(sections.get(anchor))) for anchor in anchors))


def heading_of(section: Section | None) -> str:
    """ "3.2 Attention"; the abstract has none."""
    return f"{section.number} {section.title}".strip() if section else "Abstract"


def halves(chunk: Chunk) -> tuple[Chunk, ...]:
    """The chunk in two, for a model whose context it overflows; empty if it is one passage."""
    middle = len(chunk.passages) // 2
    if middle == 0:
        return ()
    return tuple(
        Chunk(
            part, tuple(each for each in chunk.headings if each[0] in {passage.section for passage in part})
        )
        for part in (chunk.passages[:middle], chunk.passages[middle:])
    )
