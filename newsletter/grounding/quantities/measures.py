"""What stands beside a numeral: scales ("million", "B") and units, after it or before it."""

import re
from collections.abc import Iterable
from functools import lru_cache

from newsletter.grounding import units
from newsletter.grounding.boundaries import LATIN, MARKS, compile_words
from newsletter.grounding.lexicons import lexicons
from newsletter.grounding.units import PERCENT, POINTS, TIMES


def alternatives(table: Iterable[str]) -> str:
    """A pattern that matches one of some words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))


def _is_cjk(word: str) -> bool:
    """Whether a word begins with a letter of East Asia, after which no word's end is looked for."""
    return ord(word[0]) > 0x2E80


_NO_LATIN = rf"(?![{LATIN}{MARKS}0-9])"  # "um 12 höher" is no hours
_LATIN_END = rf"(?![{LATIN}{MARKS}\u0400-\u04ff\u0620-\u064a\u05d0-\u05ea\u0900-\u097f])"
_CJK_SCALES = [word for word in units.SCALES if _is_cjk(word)]
_SPACED_SCALES = [word for word in units.SCALES if not _is_cjk(word)]
_SCALE = re.compile(
    rf"(?:\s?(?P<letter>{alternatives(units.LETTER_SCALES)}){_NO_LATIN}"
    rf"|[\s-]?(?P<cjk>{alternatives(_CJK_SCALES)})"
    rf"|[\s-]?(?P<word>{alternatives(_SPACED_SCALES)}){_LATIN_END})"
    r"(?:\s(?:de|di|d'))?",
    re.IGNORECASE,
)
_CASED_UNITS = {unit for unit in units.UNITS if unit.isascii() and len(unit) <= 3 and unit != "%"}
_CJK_UNITS = [unit for unit in units.UNITS if _is_cjk(unit)]
_SPACED_UNITS = [unit for unit in units.UNITS if unit not in _CASED_UNITS and not _is_cjk(unit)]
_UNIT = re.compile(
    rf"(?:\s?-?\s?(?P<sign>%\s?p(?![A-Za-z])|%\s?(?:포인트|ポイント)|%|٪)"
    rf"|[\s-]?(?P<cased>{alternatives(_CASED_UNITS)}){_NO_LATIN}"
    rf"|[\s-]?(?i:(?P<word>{alternatives(_SPACED_UNITS)})){_LATIN_END}"
    rf"|[\s-]?(?P<cjk>{alternatives(_CJK_UNITS)}))"
)
_POINTS_AFTER_SIGN = re.compile(r"\s?(?:age )?points?\b")
_NUMBER_NEXT = re.compile(r"\s?\d")
_TIME_OF_A_DEVICE = re.compile(
    r"\s[A-Z][A-Z0-9-]{0,20}(?=[\s-](?:second|minute|hour|day|week|month|year)s?\b)"
)  # "38,400 GPU hours"
_THOUSAND_OF_MORE = re.compile(r"천\s?[^\s만억]")


def scale_at(text: str, position: int) -> tuple[float, int]:
    """The product of the scale words that start at ``position``, and where they end."""
    factor = 1.0
    for _ in range(2):
        match = _SCALE.match(text, position)
        if not match or not match.group().strip():
            return factor, position
        letter, word = match.group("letter"), match.group("word") or match.group("cjk")
        if letter:
            value = units.LETTER_SCALES.get(letter)
            if value is None:
                return factor, position
        else:
            value = units.SCALES[word.lower()]
            following = text[match.start() : match.start() + 20].strip()
            if word == "천" and _THOUSAND_OF_MORE.match(following) is None:
                value = 1e3
        factor *= value
        position = match.end()
    return factor, position


def unit_at(text: str, position: int, language: str = "en") -> tuple[str, float, int]:
    """The unit that starts at ``position``: its dimension or "", the factor to its base, where it ends."""
    device = _TIME_OF_A_DEVICE.match(text, position)
    match = _UNIT.match(text, device.end() if device else position)
    if not match:
        return "", 1.0, position
    sign = match.group("sign")
    if sign:
        return _dimension_of_sign(sign, text[match.end() : match.end() + 12]), 1.0, match.end()
    name = match.group("cased") or match.group("word") or match.group("cjk")
    if any(text.startswith(word, match.end() - len(name)) for word in _continuations(name)):
        return "", 1.0, position
    dimension, factor = units.unit_called(name, language=language)
    if dimension == TIMES and _NUMBER_NEXT.match(text, match.end()):
        return "", 1.0, position  # the sides of something: 512 × 512
    return dimension, factor, match.end()


def _dimension_of_sign(sign: str, following: str) -> str:
    if sign == "٪":
        return PERCENT
    return PERCENT if sign == "%" and not _POINTS_AFTER_SIGN.match(following) else POINTS


@lru_cache(maxsize=512)
def _continuations(unit: str) -> tuple[str, ...]:
    """The words that a unit's word also begins, in any language."""
    return tuple(
        dict.fromkeys(word for each in lexicons().values() for word in each.ambiguous_units.get(unit, ()))
    )


_LONGEST_BEFORE = max(map(len, units.PREFIX_UNITS))
_WORDS_BEFORE = [each for each in units.PREFIX_UNITS if each not in {"百分之", "×"}]
_UNIT_BEFORE = compile_words(
    rf"(?:百分之|×|\b[בהלו]?(?P<word>{alternatives(_WORDS_BEFORE)}))$", ignore_case=True
)
SIDE_BEFORE = re.compile(r"\d\s?[xX×]$")  # of "512 × 512"


def unit_before(text: str, start: int) -> str:
    """The unit that words before a numeral give it: 百分之二十, פי 3, "by a factor of 12"; or ""."""
    before = text[max(0, start - _LONGEST_BEFORE - 4) : start].rstrip()
    match = _UNIT_BEFORE.search(before)
    if match is None or SIDE_BEFORE.search(before):
        return ""
    return units.PREFIX_UNITS[(match.group("word") or match.group()).lower()][0]
