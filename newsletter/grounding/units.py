"""What languages call scales and units, after a numeral or before it: all languages' words together.

Units are (dimension, factor to its base). A language's own meaning of a word comes first
(:func:`unit_called`): Chinese 分 are points, Japanese 分 are minutes.
"""

from collections.abc import Mapping

from newsletter.grounding.lexicon_format import Common, Lexicon
from newsletter.grounding.lexicons import common, lexicons

PERCENT = "percent"
POINTS = "points"
TIMES = "times"

UnitOf = tuple[str, float]


def _units(words: Mapping[str, tuple[str, ...]]) -> dict[str, UnitOf]:
    dimensions = common().dimensions
    return {
        word: (dimensions[name].dimension, dimensions[name].factor)
        for name, listed in words.items()
        for word in listed
    }


_SOURCES: tuple[Common | Lexicon, ...] = (*reversed(tuple(lexicons().values())), common())

LETTER_SCALES: Mapping[str, float] = common().letter_scales
SCALES: Mapping[str, float] = {
    word: value for each in lexicons().values() for word, value in each.scales.items()
}
_OWN_UNITS = {code: _units(each.units) for code, each in lexicons().items()}
UNITS: Mapping[str, UnitOf] = {word: unit for each in _SOURCES for word, unit in _units(each.units).items()}
# What stands before the numeral and gives its unit: Chinese "百分之二十", Hebrew "פי 3".
PREFIX_UNITS: Mapping[str, UnitOf] = {
    word: unit for each in _SOURCES for word, unit in _units(each.units_before).items()
}
# Dimensions as nouns, which may also be counted ("15 evaluation dimensions").
COUNTED_DIMENSIONS: tuple[str, ...] = tuple(
    dict.fromkeys(word for each in _SOURCES for word in each.units.get("counted_dimensions", ()))
)
# Points of a score, where English writes the bare number: "a score of 71.5" is "71.5分".
SCORE_WORDS: tuple[str, ...] = tuple(
    dict.fromkeys(word for each in lexicons().values() for word in each.numbers.score_points)
)


def unit_called(word: str, *, language: str) -> UnitOf:
    """The unit of a word that :data:`UNITS` has, in some case, as the language understands it."""
    own = _OWN_UNITS.get(language, {})
    return own.get(word) or UNITS.get(word) or UNITS[word.lower()]
