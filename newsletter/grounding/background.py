"""How common a word is in research abstracts, whatever they are about.

``data/english/words.txt``: a number says how many of 100,000 abstracts have each of the words after it.
Counted on 46,000 abstracts of all fields from before 2026; words that fewer than five had are left out.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from newsletter.grounding import words
from newsletter.grounding.word_counts import read_counts

_FILE = Path(__file__).parent / "data/english/words.txt"
_RAREST = 5 / 46_463  # the share that a word without a line stays below


@cache
def _shares() -> Mapping[str, float]:
    return MappingProxyType({word: count / 100_000 for word, count in read_counts(_FILE)})


@cache
def _shares_of_stems() -> Mapping[str, float]:
    table: dict[str, float] = {}
    for word, share in _shares().items():
        stem = words.stem(word)
        table[stem] = min(1.0, table.get(stem, 0.0) + share)
    return MappingProxyType(table)


def share(word: str) -> float:
    """The share (0-1) of abstracts that have a lower-case word; 0 for one that hardly any has."""
    return _shares().get(word, 0.0)


def share_of_stem(stem: str) -> float:
    """The share (0-1) of abstracts that have a word of this stem; never 0."""
    return _shares_of_stems().get(stem, _RAREST)
