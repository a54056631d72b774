"""Numbers written in digits: what values they may have, and which digits belong to a name."""

import re
from collections.abc import Iterator

from newsletter.grounding import numerals, units
from newsletter.grounding.boundaries import LATIN, MARKS, compile_words
from newsletter.grounding.quantities.measures import SIDE_BEFORE, scale_at, unit_at, unit_before
from newsletter.grounding.quantities.quantity import Quantity
from newsletter.grounding.units import TIMES
from newsletter.grounding.words import by_first_letter

_NUMERAL = compile_words(
    r"(?:(?<![\w.,^/])|(?<=\d[xX]))[+\-±~≈<>≤≥]?"
    r"(?P<digits>\d{1,3}(?:[ '\u00a0\u202f]\d{3})+(?![\d.,'])|\d+(?:[.,٫٬]\d+)*)"
)
# The second of two results: "34.2/36.4".
_AFTER_SLASH = re.compile(r"(?<=\d/)(?P<digits>\d+\.\d+)(?![\d/])")
# "42M/118M/205M".
_AFTER_SCALE = re.compile(r"(?<=\d[KMBGT]/)(?P<digits>\d+(?:\.\d+)?)(?=[KMBGT]\b)")
# The same after a letter of a script that runs words together: 约12%, 정확도12%.
_AFTER_LETTER = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0620-\u06ff\u05d0-\u05ea])-?(?P<digits>\d+(?:[.,]\d+)*)"
)
_NUMERALS = (_NUMERAL, _AFTER_LETTER, _AFTER_SLASH, _AFTER_SCALE)
_LATIN_NUMERALS = (_NUMERAL, _AFTER_SLASH, _AFTER_SCALE)
_POWER = re.compile(r"\^-?\d{1,4}(?!\d)")
_TIMES_POWER_OF_TEN = re.compile(r"\s?(?:[xX×·*]|times)\s?10\^(-?\d{1,3})(?!\d)")
LONGEST_NUMERAL = 60  # digits; more are no number that anybody writes, and no float holds 400
_LARGEST_POWER = 30
_BETWEEN_DIGITS = re.compile(r"[ '\u00a0\u202f]")
_ONE_PART = re.compile(r"(?<![A-Za-z0-9.,/-])1/(\d{1,6}(?:\.\d{1,6})?)(?![A-Za-z0-9/])")
_FRACTION_OF = re.compile(
    r"(?<!\d)(\d+)\s?(?P<scale>[백천만억百千万萬億亿])?\s?(?:분의|分の|分之)\s?(\d+|一|일)"
)
_RANK = re.compile(rf"\s?(?:{'|'.join(numerals.RANKS)})")  # "second place" is no count


def readings(digits: str, *, language: str = "en") -> tuple[float, ...]:
    """The values that written digits may have, the language's own reading first."""
    plain = _BETWEEN_DIGITS.sub("", digits).replace("٬", ",").replace("٫", ".")
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return (float(plain),)
    if len(set(marks)) == 2:
        decimal = plain[max(plain.rfind("."), plain.rfind(","))]
        other = "," if decimal == "." else "."
        if plain.count(decimal) > 1:  # "0.6,1.6" is no number but a list of some
            return tuple(float(part) for part in re.split("[.,]", plain) if part)
        return (float(plain.replace(other, "").replace(decimal, ".")),)
    mark = marks[0]
    groups = plain.split(mark)
    grouped = all(len(part) == 3 for part in groups[1:]) and 1 <= len(groups[0]) <= 3 and groups[0] != "0"
    whole = float(plain.replace(mark, ""))
    if len(marks) > 1:
        return (whole,) if grouped else tuple(float(part) for part in groups if part)
    fraction = float(plain.replace(mark, "."))
    comma_is_decimal = language in numerals.DECIMAL_COMMA
    if not grouped:
        return (fraction,)
    if (mark == ",") != comma_is_decimal:
        return (whole, fraction) if comma_is_decimal else (whole,)
    return (fraction, whole) if comma_is_decimal else (fraction,)


def written_in_digits(text: str, language: str) -> list[Quantity]:
    """The numbers of a normalised text that have digits, fractions among them, in no order."""
    # Fractions in words of East Asia and digits right after its letters stand in no text of ASCII.
    foreign = not text.isascii()
    result = [*_unit_fractions(text), *(_fractions(text) if foreign else ())]
    for pattern in _NUMERALS if foreign else _LATIN_NUMERALS:
        for match in pattern.finditer(text):
            start, end = match.span("digits")
            if end - start > LONGEST_NUMERAL or _belongs_to_name(text, start, end) or _RANK.match(text, end):
                continue
            values = readings(match.group("digits"), language=language)
            values, end = _with_power(values, text, end)
            scale, end = scale_at(text, end)
            unit, factor, after = unit_at(text, end, language)
            if not unit:
                unit = unit_before(text, start)
            values = tuple(value * scale for value in values)
            hedged = _is_hedged(text, start, after)
            written = text[start:after]
            result.append(Quantity(written, values, unit, factor, start, after, hedged, scale=scale))
    return result


def _unit_fractions(text: str) -> Iterator[Quantity]:
    """ "1/32", which is one statement with "32 times less"."""
    for part in _ONE_PART.finditer(text):
        below = float(part.group(1))
        if below > 1:
            yield Quantity(part.group(), (below,), TIMES, 1.0, part.start(), part.end())


def _fractions(text: str) -> Iterator[Quantity]:
    """ "3分の2": a third and "three times less" are one statement, two thirds are a share."""
    for fraction in _FRACTION_OF.finditer(text):
        below = float(fraction.group(1)) * units.SCALES.get(fraction.group("scale") or "", 1.0)
        above = float(fraction.group(3)) if fraction.group(3).isdecimal() else 1.0
        if below and above:
            value, unit = (below, TIMES) if above == 1 else (above / below, "")
            yield Quantity(fraction.group(), (value,), unit, 1.0, fraction.start(), fraction.end())


def _with_power(values: tuple[float, ...], text: str, end: int) -> tuple[tuple[float, ...], int]:
    """Reads 10^5 and 3.2 × 10^5 on from the digits before ``end``."""
    power = _POWER.match(text, end)
    if power:
        return _raised(values, power)
    scientific = _TIMES_POWER_OF_TEN.match(text, end)
    if scientific and abs(int(scientific.group(1))) <= _LARGEST_POWER:
        factor = 10.0 ** int(scientific.group(1))
        return tuple(value * factor for value in values), scientific.end()
    return values, end


def _raised(values: tuple[float, ...], power: re.Match[str]) -> tuple[tuple[float, ...], int]:
    exponent = int(power.group()[1:])
    if abs(exponent) > _LARGEST_POWER or max(values, default=0.0) > 1e9:
        return values, power.end()
    return tuple(value**exponent for value in values if value), power.end()


# Grouped by their first letters, so that each place tries few of them.
_HEDGE = re.compile(by_first_letter([re.escape(hedge) for hedge in numerals.HEDGES]))


def _is_hedged(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 16) : start].lower()
    after = text[end : end + 4]
    return _HEDGE.search(before) is not None or "이상" in after or "+" in after[:1] or "餘" in after


_LETTER_BEFORE = re.compile(rf"[{LATIN}_][{MARKS}]?$")
_LONGEST_NAME = 60  # characters before its number
_CAPITALISED_BEFORE = re.compile(r"(?<!\d)[A-Z][a-z0-9.]*-$")
_LETTERS_AFTER = re.compile(r"[a-z]?[A-Z]+[a-z]+|[A-Za-z]\d")
_UNIT_AFTER = re.compile(r"(?:[KMGT]i?B|[kMG]?Hz|dB)(?![a-z])")
_SIDE_AFTER = re.compile(r"[xX×]\d")


def _belongs_to_name(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a name: "GPT-4", "R1", "COVID-19"; in "Llama 3.1-8B" the 8B is, too."""
    before = text[max(0, start - _LONGEST_NAME) : start]
    if SIDE_BEFORE.search(before):
        return False
    if _LETTER_BEFORE.search(before[-2:]) or _CAPITALISED_BEFORE.search(before):
        return True
    after = text[end : end + 12]
    if _LETTERS_AFTER.match(after) and not _UNIT_AFTER.match(after):
        return not _SIDE_AFTER.match(after)
    return False
