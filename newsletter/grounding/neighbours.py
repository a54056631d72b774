"""The papers of a day, prepared once, so that each summary can be compared with all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.grounding import overlap, words
from newsletter.grounding.findings import Source

_SHORTEST_PREFIX = 5


class Neighbours:
    """Sources by what they say. Prepared at the first look; pickles as the bare sources."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)
        self._texts: tuple[str, ...] | None = None
        self._by_stem: dict[str, set[int]] | None = None
        self._by_prefix: dict[str, set[int]] = {}
        self._holders: dict[str, frozenset[int]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Neighbours, (self.sources,)

    @property
    def texts(self) -> tuple[str, ...]:
        """The normalised sources."""
        if self._texts is None:
            self._texts = tuple(words.normalise(source.whole) for source in self.sources)
        return self._texts

    def holders(self, stem: str) -> frozenset[int]:
        """The positions of the sources that have a word, by its stem, or a close relative of it.

        The same question as :func:`overlap.is_covered`, put to all sources at once.
        """
        positions = self._holders.get(stem)
        if positions is None:
            positions = self._holders[stem] = frozenset(self._find(stem))
        return positions

    def _find(self, stem: str) -> set[int]:
        table = self._table()
        none: set[int] = set()
        positions = table.get(stem, none) | table.get(stem.removesuffix("s"), none)
        if len(stem) > _SHORTEST_PREFIX:
            positions |= self._by_prefix.get(stem[:_SHORTEST_PREFIX], none)
        for head, rest in overlap.halves(stem):
            holding = table.get(rest, none)
            positions |= holding if head in overlap.PREFIXES else holding & table.get(head, none)
        return positions

    def _table(self) -> dict[str, set[int]]:
        if self._by_stem is None:
            table: dict[str, set[int]] = {}
            for position, text in enumerate(self.texts):
                for stem in overlap.stems_of(text):
                    table.setdefault(stem, set()).add(position)
            for stem, holding in table.items():
                if len(stem) >= _SHORTEST_PREFIX:
                    self._by_prefix.setdefault(stem[:_SHORTEST_PREFIX], set()).update(holding)
            self._by_stem = table
        return self._by_stem


@dataclass(frozen=True, slots=True)
class Others:
    """Some of a day's papers: those that a summary must not be about."""

    day: Neighbours
    positions: frozenset[int]

    @classmethod
    def of(cls, sources: Sequence[Source]) -> "Others":
        """All of these sources."""
        return cls(Neighbours(sources), frozenset(range(len(sources))))

    def naming(self, name: str) -> bool:
        """Whether one of them holds a name, letter by letter."""
        return any(name in self.day.texts[position] for position in self.positions)

    def better(self, text: str, source: str, *, habits: Mapping[str, float]) -> Source | None:
        """The one that a text fits far better than its own source, if there is one; both normalised."""
        own, _ = overlap.foreign_share(text, source, habits)
        if own < overlap.DOUBTFUL:
            return None
        shared: dict[int, int] = {}
        spared: dict[int, float] = {}
        total = 0.0
        for stem in dict.fromkeys(stem for _, stem in overlap.weighty(text)):
            by = overlap.weight(stem, habits)
            total += by
            for position in self.day.holders(stem) & self.positions:
                shared[position] = shared.get(position, 0) + 1
                spared[position] = spared.get(position, 0.0) + by
        best, least = None, own - overlap.FAR
        for position in sorted(shared):
            foreign = max(0.0, total - spared[position])
            share = foreign / (shared[position] + foreign)
            if share < least - 1e-9:
                best, least = self.day.sources[position], share
        return best
