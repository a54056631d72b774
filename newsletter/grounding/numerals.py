"""How languages write numbers in words: what their files say, by language.

Where a word is also something else (English "one", Chinese "一", Spanish "uno") the files leave it out: a
missed number costs less than a false one.
"""

from collections.abc import Mapping

from newsletter.grounding.lexicon_format import CommonNumbers, Numbers, Values
from newsletter.grounding.lexicons import common, lexicons
from newsletter.grounding.units import PERCENT, TIMES

# Number words that stand alone as one word. Hyphenated English ones are put together elsewhere.
WORDS: Mapping[str, Values] = {code: each.numerals for code, each in lexicons().items() if each.numerals}

# Words that mean a multiple or a part without a numeral: (value, kind).
MULTIPLES: Mapping[str, Mapping[str, tuple[float, str]]] = {
    code: {
        **{word: (value, TIMES) for word, value in each.multiples.times.items()},
        **{word: (value, PERCENT) for word, value in each.multiples.percent.items()},
    }
    for code, each in lexicons().items()
}

# Words in an English source that say a small count without its numeral, and fractions ("a third").
HINTED_COUNTS: Values = lexicons()["en"].hinted_counts
PARTS: Values = lexicons()["en"].parts

# Languages that write "12,5" for 12.5 and "1.234" (or "1 234") for 1,234.
DECIMAL_COMMA = frozenset(code for code, each in lexicons().items() if each.numbers.decimal_comma)

_EVERY: tuple[CommonNumbers | Numbers, ...] = (
    common().numbers,
    *(each.numbers for each in lexicons().values()),
)
# Words that allow a rounded number, in any language; matched as substrings shortly before the numeral.
HEDGES: tuple[str, ...] = tuple(dict.fromkeys(word for each in _EVERY for word in each.hedges))

# What joins two numbers that share a unit, in any language.
RANGE_LINKS: tuple[str, ...] = tuple(dict.fromkeys(word for each in _EVERY for word in each.range_links))

# After these a number is an order and no count ("second place"). Patterns.
RANKS: tuple[str, ...] = tuple(
    dict.fromkeys(pattern for each in lexicons().values() for pattern in each.numbers.ranks)
)
