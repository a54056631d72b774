"""Numbers written in words: English ones, other languages' by their tables, and numerals of East Asia."""

import re
from dataclasses import replace
from functools import lru_cache

from newsletter.grounding import numerals, units
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.lexicon_format import PositionalNumerals
from newsletter.grounding.lexicons import common, lexicon
from newsletter.grounding.quantities.digits import LONGEST_NUMERAL
from newsletter.grounding.quantities.measures import alternatives, scale_at, unit_at, unit_before
from newsletter.grounding.quantities.quantity import Quantity
from newsletter.grounding.units import PERCENT, TIMES
from newsletter.grounding.words import by_first_letter


def written_in_words(text: str, language: str) -> list[Quantity]:
    """The numbers of a normalised text that are written in words, in no order."""
    if language == "en":
        return _english_words(text)
    if not lexicon(language).writing.spaces:
        result = _han_numerals(text, language)
    else:
        result = _table_words(text, language)
        listed = lexicon(language).positional_numerals
        if listed is not None:
            result += _positional_numerals(text, listed, language)
    for pattern, value, kind in _multiples(language):
        result += [_unmeasured(match, value, kind) for match in pattern.finditer(text)]
    return result


def _unmeasured(match: re.Match[str], value: float, unit: str, group: int = 0) -> Quantity:
    """A number that says itself what it counts; ``group`` is where it begins within the match."""
    start = match.start(group)
    return Quantity(match.string[start : match.end()], (value,), unit, 1.0, start, match.end(), spelled=True)


def _measured(text: str, match: re.Match[str], value: float, language: str = "en") -> Quantity:
    """A number word with the scale and the unit that stand beside it."""
    start = match.start()
    scale, end = scale_at(text, match.end())
    unit, factor, end = unit_at(text, end, language)
    unit = unit or unit_before(text, start)
    return Quantity(text[start:end], (value * scale,), unit, factor, start, end, spelled=True)


@lru_cache(maxsize=32)
def _multiples(language: str) -> tuple[tuple[WordPattern, float, str], ...]:
    writing = lexicon(language).writing
    boundary = r"\b" if writing.spaces and not writing.joins_words else ""
    return tuple(
        (compile_words(rf"{boundary}{word}{boundary}", ignore_case=True), value, kind)
        for word, (value, kind) in numerals.MULTIPLES.get(language, {}).items()
    )


_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "two|three|four|five|six|seven|eight|nine"
_EN_WORD = by_first_letter(sorted(numerals.WORDS["en"], key=len, reverse=True))
_ENGLISH = re.compile(
    rf"\b(?:(?P<tens>{_TENS})-(?P<ones>one|{_ONES})\b"
    rf"|(?P<word>{_EN_WORD})"
    r"|(?P<one>one)(?=[\s-](?:hundred|thousand|million|billion|trillion|percent|quarter|third)\b))\b",
    re.IGNORECASE,
)
_EN_MULTIPLE = re.compile(rf"\b(?:{alternatives(numerals.MULTIPLES['en'])})\b", re.IGNORECASE)
_ENGLISH_PART = re.compile(rf"\b(?:one|an?)[ -]({alternatives(numerals.PARTS)})\b", re.IGNORECASE)
# "Two-thirds", beside which "two" stays a number; and "per thousand".
_SHARES = {"thirds": 3, "quarters": 4, "fourths": 4, "fifths": 5, "sixths": 6, "eighths": 8, "tenths": 10}
_ENGLISH_SHARE = re.compile(rf"\b({_ONES})[ -]({'|'.join(_SHARES)})\b", re.IGNORECASE)
_ENGLISH_EACH = re.compile(r"\b(?:per|every|each|an?) (hundred|thousand|million|billion)\b", re.IGNORECASE)
# Without one of these a text counts nothing in words: a quick look before a slow one.
_ENGLISH_COUNTS = frozenset(
    {
        "one",
        "hundred",
        "thousand",
        "million",
        "billion",
        *numerals.WORDS["en"],
        *numerals.MULTIPLES["en"],
        *numerals.PARTS,
    }
)
_LETTERS = re.compile("[a-z]+")


def _english_words(text: str) -> list[Quantity]:
    if _ENGLISH_COUNTS.isdisjoint(_LETTERS.findall(text.lower())):
        return []
    table, multiples = numerals.WORDS["en"], numerals.MULTIPLES["en"]
    result: list[Quantity] = []
    for match in _ENGLISH.finditer(text):
        value = _english_value(match)
        if value is not None:
            result.append(_measured(text, match, value))
    result += [
        _unmeasured(match, numerals.PARTS[match.group(1).lower()], TIMES)
        for match in _ENGLISH_PART.finditer(text)
    ]
    for match in _ENGLISH_SHARE.finditer(text):
        share = table[match.group(1).lower()] / _SHARES[match.group(2).lower()]
        fraction = _unmeasured(match, share, "", group=2)
        result.append(replace(fraction, written=match.group()))
    result += [
        _unmeasured(match, units.SCALES[match.group(1).lower()], "", group=1)
        for match in _ENGLISH_EACH.finditer(text)
    ]
    for match in _EN_MULTIPLE.finditer(text):
        value, kind = multiples[match.group().lower()]
        result.append(_unmeasured(match, value, kind))
    return result


def _english_value(match: re.Match[str]) -> float | None:
    """The value of a number word or of two with a hyphen ("twenty-one"); None for what is no number."""
    table = numerals.WORDS["en"]
    if not match.group("tens"):
        return table[match.group("word").lower()] if match.group("word") else 1.0
    ones = {"one": 1.0, **table}.get(match.group("ones").lower())
    return None if ones is None or ones > 9 else table[match.group("tens").lower()] + ones


@lru_cache(maxsize=32)
def _table_pattern(language: str) -> WordPattern:
    own = lexicon(language).numbers
    # Arabic and Hebrew join "and", "in", "to" and "the" to the word.
    joined = f"(?:{own.prefixes})?" if own.prefixes else ""
    ends = rf"(?={'|'.join(('$', chr(92) + 'W', *own.counters))})"
    table = numerals.WORDS[language]
    return compile_words(rf"(?<!\w){joined}(?P<word>{alternatives(table)}){ends}", ignore_case=True)


def _table_words(text: str, language: str) -> list[Quantity]:
    table = numerals.WORDS.get(language)
    if not table:
        return []
    return [
        _measured(text, match, table[match.group("word").lower()], language)
        for match in _table_pattern(language).finditer(text)
    ]


_HAN_WORDS = common().han_numerals
_HAN_LETTERS = "".join((*_HAN_WORDS.digits, *_HAN_WORDS.tens, *_HAN_WORDS.myriads))
_HAN = re.compile(
    rf"(?P<prefix>百分之)?(?P<numeral>[{_HAN_LETTERS}]+)"
    rf"(?=(?P<measure>{alternatives(_HAN_WORDS.measures)})?)"
)


def _han_numerals(text: str, language: str) -> list[Quantity]:
    result: list[Quantity] = []
    for match in _HAN.finditer(text):
        numeral, prefix, measure = match.group("numeral"), match.group("prefix"), match.group("measure")
        if match.start() and text[match.start() - 1] in _HAN_WORDS.not_after:
            continue
        if not (prefix or measure or (len(numeral) > 1 and numeral[0] not in "百千万萬亿億十")):
            continue
        if not prefix and numeral in _HAN_WORDS.not_numbers:
            continue
        value = _positional(numeral, _HAN_WORDS)
        if value is None:
            continue
        unit, factor, after = (PERCENT, 1.0, match.end()) if prefix else unit_at(text, match.end(), language)
        result.append(
            Quantity(text[match.start() : after], (value,), unit, factor, match.start(), after, spelled=True)
        )
    return result


def _positional(numeral: str, listed: PositionalNumerals) -> float | None:
    """The value of an East Asian numeral such as 三万五千 (35,000) or 二十 (20)."""
    if len(numeral) > LONGEST_NUMERAL:
        return None
    total = section = current = 0.0
    for letter in numeral:
        if letter in listed.digits:
            current = current * 10 + listed.digits[letter]
        elif letter in listed.tens:
            section += (current or 1) * listed.tens[letter]
            current = 0
        elif letter in listed.myriads:
            total += (section + current or 1) * listed.myriads[letter]
            section = current = 0
        else:
            return None
    return total + section + current or None


@lru_cache(maxsize=32)
def _positional_pattern(language: str) -> WordPattern:
    listed = lexicon(language).positional_numerals or _HAN_WORDS
    letters = "".join((*listed.digits, *listed.tens, *listed.myriads))
    return compile_words(rf"(?<![^\W\d_])(?P<numeral>[{letters}]+)\s?(?={alternatives(listed.measures)})")


def _positional_numerals(text: str, listed: PositionalNumerals, language: str) -> list[Quantity]:
    """Korean numerals such as 삼만오천."""
    result: list[Quantity] = []
    for match in _positional_pattern(language).finditer(text):
        numeral = match.group("numeral")
        spaced = match.group().endswith(" ")
        if numeral in listed.not_numbers or (spaced and numeral in listed.not_before_space):
            continue
        value = _positional(numeral, listed)
        if value is None:
            continue
        unit, factor, after = unit_at(text, match.end(), language)
        result.append(
            Quantity(text[match.start() : after], (value,), unit, factor, match.start(), after, spelled=True)
        )
    return result
