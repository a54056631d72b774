"""Numbers in text: found in any of the languages, with scale and unit."""

# ruff: noqa: E501

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from newsletter.grounding import numerals, units, words
from newsletter.grounding.boundaries import LATIN, MARKS, WordPattern, compile_words
from newsletter.grounding.lexicons import PositionalNumerals, common, lexicon, lexicons
from newsletter.grounding.units import PERCENT, POINTS, TIMES


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands in a text.

    ``readings`` are the values it may have ("1.234" is 1.234 or 1,234), scale included; ``unit`` is a
    dimension of :data:`units.UNITS` or "", ``factor`` what turns a reading into the dimension's base.
    ``start`` and ``end`` count characters of the normalised text; ``hedged`` is true after "about";
    ``scale`` is what a scale's word or letter ("million", "B") has multiplied the readings by.
    """

    written: str
    readings: tuple[float, ...]
    unit: str
    factor: float
    start: int
    end: int
    hedged: bool = False
    spelled: bool = False
    scale: float = 1.0


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
_POWER = re.compile(r"\^-?\d{1,4}(?!\d)")
_TIMES_POWER_OF_TEN = re.compile(r"\s?(?:[xX×·*]|times)\s?10\^(-?\d{1,3})(?!\d)")
_LONGEST_NUMERAL = 60  # digits; more are no number that anybody writes, and no float holds 400


def _alternatives(table: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))


_NO_LATIN = rf"(?![{LATIN}{MARKS}0-9])"  # "um 12 höher" is no hours
_LATIN_END = rf"(?![{LATIN}{MARKS}\u0400-\u04ff\u0620-\u064a\u05d0-\u05ea\u0900-\u097f])"
_SCALE = re.compile(
    rf"(?:\s?(?P<letter>{_alternatives(units.LETTER_SCALES)}){_NO_LATIN}"
    rf"|[\s-]?(?P<cjk>{_alternatives(w for w in units.SCALES if not words.LATIN_RUN.match(w) and ord(w[0]) > 0x2E80)})"
    rf"|[\s-]?(?P<word>{_alternatives(w for w in units.SCALES if ord(w[0]) < 0x2E80)}){_LATIN_END})"
    r"(?:\s(?:de|di|d'))?",
    re.IGNORECASE,
)
_CASED_UNITS = {unit for unit in units.UNITS if unit.isascii() and len(unit) <= 3 and unit != "%"}
_UNIT = re.compile(
    rf"(?:\s?-?\s?(?P<sign>%\s?p(?![A-Za-z])|%\s?(?:포인트|ポイント)|%|٪)"
    rf"|[\s-]?(?P<cased>{_alternatives(_CASED_UNITS)}){_NO_LATIN}"
    rf"|[\s-]?(?i:(?P<word>{_alternatives(u for u in units.UNITS if u not in _CASED_UNITS and ord(u[0]) < 0x2E80)})){_LATIN_END}"
    rf"|[\s-]?(?P<cjk>{_alternatives(u for u in units.UNITS if ord(u[0]) > 0x2E80)}))"
)
_RANGE_LINK = re.compile(rf"\s{{0,20}}(?:{_alternatives(numerals.RANGE_LINKS)})\s{{0,20}}$")


@lru_cache(maxsize=512)
def _continuations(unit: str) -> tuple[str, ...]:
    """The words that a unit's word also begins, in any language."""
    return tuple(
        dict.fromkeys(word for each in lexicons().values() for word in each.ambiguous_units.get(unit, ()))
    )


def readings(digits: str, *, language: str = "en") -> tuple[float, ...]:
    """The values that written digits may have, the language's own reading first."""
    plain = re.sub(r"[ '\u00a0\u202f]", "", digits).replace("٬", ",").replace("٫", ".")
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return (float(plain),)
    if len(set(marks)) == 2:
        decimal = plain[max(plain.rfind("."), plain.rfind(","))]
        other = "," if decimal == "." else "."
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


def _scale_at(text: str, position: int) -> tuple[float, int]:
    """The product of the scale words that start at ``position``, and where they end."""
    factor = 1.0
    for _ in range(2):
        found = _SCALE.match(text, position)
        if not found or not found.group().strip():
            return factor, position
        letter, word = found.group("letter"), found.group("word") or found.group("cjk")
        if letter:
            value = units.LETTER_SCALES.get(letter)
            if value is None:
                return factor, position
        else:
            value = units.SCALES[word.lower()]
            following = text[found.start() : found.start() + 20].strip()
            if word == "천" and re.match("천\\s?[^\\s만억]", following) is None:
                value = 1e3
        factor *= value
        position = found.end()
    return factor, position


def _unit_at(text: str, position: int, language: str = "en") -> tuple[str, float, int]:
    device = _TIME_OF_A_DEVICE.match(text, position)  # "38,400 GPU hours"
    found = _UNIT.match(text, device.end() if device else position)
    if not found:
        return "", 1.0, position
    sign = found.group("sign")
    if sign:
        unit = (PERCENT, 1.0) if sign in {"%", "٪"} else (POINTS, 1.0)
        if sign == "%" and re.match(r"\s?(?:age )?points?\b", text[found.end() : found.end() + 12]):
            unit = (POINTS, 1.0)
        return unit[0], unit[1], found.end()
    name = found.group("cased") or found.group("word") or found.group("cjk")
    if any(text.startswith(word, found.end() - len(name)) for word in _continuations(name)):
        return "", 1.0, position
    dimension, factor = units.unit_called(name, language=language)
    if dimension == TIMES and _A_NUMBER.match(text, found.end()):
        return "", 1.0, position  # the sides of something: 512 × 512
    return dimension, factor, found.end()


_A_NUMBER = re.compile(r"\s?\d")
_TIME_OF_A_DEVICE = re.compile(
    r"\s[A-Z][A-Z0-9-]{0,20}(?=[\s-](?:second|minute|hour|day|week|month|year)s?\b)"
)


_ONE_PART = re.compile(r"(?<![A-Za-z0-9.,/-])1/(\d{1,6}(?:\.\d{1,6})?)(?![A-Za-z0-9/])")
_FRACTION_OF = re.compile(
    r"(?<!\d)(\d+)\s?(?P<scale>[백천만억百千万萬億亿])?\s?(?:분의|分の|分之)\s?(\d+|一|일)"
)
_RANK = re.compile(rf"\s?(?:{'|'.join(numerals.RANKS)})")  # "second place" is no count
_ENGLISH_PART = re.compile(rf"\b(?:one|an?)[ -]({_alternatives(numerals.PARTS)})\b", re.IGNORECASE)


@lru_cache(maxsize=2048)
def quantities(text: str, *, language: str = "en") -> tuple[Quantity, ...]:
    """Every number of a *normalised* text, in order. Digits inside names ("GPT-4") belong to the names."""
    found = [*_written_in_digits(text, language), *_written_in_words(text, language)]
    found.sort(key=lambda each: (each.start, -each.end))
    kept: list[Quantity] = []
    for each in found:
        if kept and each.start < kept[-1].end:
            continue
        if kept and _continues(kept[-1], each, text):
            both = kept[-1].readings[0] + each.readings[0]
            start = kept[-1].start
            kept[-1] = replace(each, written=text[start : each.end], readings=(both,), start=start)
            continue
        kept.append(each)
    return tuple(_with_shared_units(kept, text))


def _continues(one: Quantity, other: Quantity, text: str) -> bool:
    """Whether two numerals are one: 1조 4천억, 1億2000万."""
    return (
        other.start - one.end <= 1
        and not text[one.end : other.start].strip()
        and one.written[-1] in "조억만兆億亿万萬"
        and 0 < other.readings[0] < one.readings[0]
        and other.readings[0] < units.SCALES[one.written[-1]]
    )


def _written_in_digits(text: str, language: str) -> list[Quantity]:
    result: list[Quantity] = []
    for part in _ONE_PART.finditer(text):
        below = float(part.group(1))
        if below > 1:  # "1/32" and "32 times less" are one statement
            result.append(Quantity(part.group(), (below,), TIMES, 1.0, part.start(), part.end()))
    for fraction in _FRACTION_OF.finditer(text):
        below = float(fraction.group(1)) * units.SCALES.get(fraction.group("scale") or "", 1.0)
        above = float(fraction.group(3)) if fraction.group(3).isdecimal() else 1.0
        if below and above:
            # "A third" and "three times less" are one statement; two thirds are a share.
            value, unit = (below, TIMES) if above == 1 else (above / below, "")
            result.append(Quantity(fraction.group(), (value,), unit, 1.0, fraction.start(), fraction.end()))
    for pattern in (_NUMERAL, _AFTER_LETTER, _AFTER_SLASH, _AFTER_SCALE):
        for match in pattern.finditer(text):
            start, end = match.span("digits")
            if end - start > _LONGEST_NUMERAL or _belongs_to_name(text, start, end) or _RANK.match(text, end):
                continue
            values = readings(match.group("digits"), language=language)
            values, end = _with_power(values, text, end)
            scale, end = _scale_at(text, end)
            unit, factor, after = _unit_at(text, end, language)
            if not unit:
                unit = _unit_before(text, start)
            values = tuple(value * scale for value in values)
            result.append(
                Quantity(
                    text[start:after],
                    values,
                    unit,
                    factor,
                    start,
                    after,
                    _is_hedged(text, start, after),
                    scale=scale,
                )
            )
    return result


_LONGEST_BEFORE = max(map(len, units.PREFIX_UNITS))
_UNIT_BEFORE = compile_words(
    rf"(?:百分之|×|\b[בהלו]?(?P<word>{_alternatives(each for each in units.PREFIX_UNITS if each not in {'百分之', '×'})}))$",
    ignore_case=True,
)


def _unit_before(text: str, start: int) -> str:
    """The unit that words before a numeral give it: 百分之二十, פי 3, "by a factor of 12"; or ""."""
    before = text[max(0, start - _LONGEST_BEFORE - 4) : start].rstrip()
    found = _UNIT_BEFORE.search(before)
    if found is None or _SIDE_BEFORE.search(before):
        return ""
    return units.PREFIX_UNITS[(found.group("word") or found.group()).lower()][0]


_SIDE_BEFORE = re.compile(r"\d\s?[xX×]$")  # of "512 × 512"


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


_LARGEST_POWER = 30


def _raised(values: tuple[float, ...], power: re.Match[str]) -> tuple[tuple[float, ...], int]:
    exponent = int(power.group()[1:])
    if abs(exponent) > _LARGEST_POWER or max(values, default=0.0) > 1e9:
        return values, power.end()
    return tuple(value**exponent for value in values if value), power.end()


def _is_hedged(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 16) : start].lower()
    after = text[end : end + 4]
    return (
        any(hedge in before for hedge in numerals.HEDGES)
        or "이상" in after
        or "+" in after[:1]
        or "餘" in after
    )


_LETTER_BEFORE = re.compile(rf"[{LATIN}_][{MARKS}]?$")
_LONGEST_NAME = 60  # characters before its number


def _belongs_to_name(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a name: "GPT-4", "R1", "COVID-19", "Llama 3.1-8B" keeps 8B as a name's part."""
    before = text[max(0, start - _LONGEST_NAME) : start]
    if _SIDE_BEFORE.search(before):
        return False
    if _LETTER_BEFORE.search(before[-2:]):
        return True
    if re.search(r"(?<!\d)[A-Z][a-z0-9.]*-$", before):
        return True
    after = text[end : end + 12]
    if re.match(r"[a-z]?[A-Z]+[a-z]+|[A-Za-z]\d", after) and not re.match(
        r"(?:[KMGT]i?B|[kMG]?Hz|dB)(?![a-z])", after
    ):
        return not re.match(r"[xX×]\d", after)
    return False


def _written_in_words(text: str, language: str) -> list[Quantity]:
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
        for match in pattern.finditer(text):
            result.append(
                Quantity(match.group(), (value,), kind, 1.0, match.start(), match.end(), spelled=True)
            )
    return result


@lru_cache(maxsize=32)
def _multiples(language: str) -> tuple[tuple[WordPattern, float, str], ...]:
    writing = lexicon(language).writing
    boundary = r"\b" if writing.spaces and not writing.joins_words else ""
    return tuple(
        (compile_words(rf"{boundary}{word}{boundary}", ignore_case=True), value, kind)
        for word, (value, kind) in numerals.MULTIPLES.get(language, {}).items()
    )


_EN_WORD = _alternatives(numerals.WORDS["en"])
_ENGLISH = re.compile(
    rf"\b(?:(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?P<ones>one|two|three|four|five|six|seven|eight|nine)\b"
    rf"|(?P<word>{_EN_WORD})|(?P<one>one)(?=[\s-](?:hundred|thousand|million|billion|trillion|percent|quarter|third)\b))\b",
    re.IGNORECASE,
)
_EN_MULTIPLE = re.compile(rf"\b(?:{_alternatives(numerals.MULTIPLES['en'])})\b", re.IGNORECASE)


# "Two-thirds", beside which "two" stays a number; and "per thousand".
_SHARES = {"thirds": 3, "quarters": 4, "fourths": 4, "fifths": 5, "sixths": 6, "eighths": 8, "tenths": 10}
_ENGLISH_SHARE = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine)[ -](thirds|quarters|fourths|fifths|sixths|eighths|tenths)\b",
    re.IGNORECASE,
)
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
    result: list[Quantity] = []
    if _ENGLISH_COUNTS.isdisjoint(_LETTERS.findall(text.lower())):
        return result
    table = numerals.WORDS["en"]
    for match in _ENGLISH.finditer(text):
        if match.group("tens"):
            ones = {"one": 1.0, **table}.get(match.group("ones").lower())
            if ones is None or ones > 9:
                continue
            value = table[match.group("tens").lower()] + ones
        else:
            value = table[match.group("word").lower()] if match.group("word") else 1.0
        scale, end = _scale_at(text, match.end())
        unit, factor, after = _unit_at(text, end)
        unit = unit or _unit_before(text, match.start())
        result.append(
            Quantity(
                text[match.start() : after],
                (value * scale,),
                unit,
                factor,
                match.start(),
                after,
                spelled=True,
            )
        )
    for match in _ENGLISH_PART.finditer(text):
        part = numerals.PARTS[match.group(1).lower()]
        result.append(Quantity(match.group(), (part,), TIMES, 1.0, match.start(), match.end(), spelled=True))
    for match in _ENGLISH_SHARE.finditer(text):
        share = table[match.group(1).lower()] / _SHARES[match.group(2).lower()]
        result.append(Quantity(match.group(), (share,), "", 1.0, match.start(2), match.end(), spelled=True))
    for match in _ENGLISH_EACH.finditer(text):
        value = units.SCALES[match.group(1).lower()]
        result.append(Quantity(match.group(1), (value,), "", 1.0, match.start(1), match.end(), spelled=True))
    for match in _EN_MULTIPLE.finditer(text):
        value, kind = numerals.MULTIPLES["en"][match.group().lower()]
        result.append(Quantity(match.group(), (value,), kind, 1.0, match.start(), match.end(), spelled=True))
    return result


@lru_cache(maxsize=32)
def _table_pattern(language: str) -> WordPattern:
    own = lexicon(language).numbers
    # Arabic and Hebrew join "and", "in", "to" and "the" to the word.
    joined = f"(?:{own.prefixes})?" if own.prefixes else ""
    ends = rf"(?={'|'.join(('$', chr(92) + 'W', *own.counters))})"
    table = numerals.WORDS[language]
    return compile_words(rf"(?<!\w){joined}(?P<word>{_alternatives(table)}){ends}", ignore_case=True)


def _table_words(text: str, language: str) -> list[Quantity]:
    table = numerals.WORDS.get(language)
    if not table:
        return []
    result: list[Quantity] = []
    for match in _table_pattern(language).finditer(text):
        value = table[match.group("word").lower()]
        scale, end = _scale_at(text, match.end())
        unit, factor, after = _unit_at(text, end, language)
        unit = unit or _unit_before(text, match.start())
        result.append(
            Quantity(
                text[match.start() : after],
                (value * scale,),
                unit,
                factor,
                match.start(),
                after,
                spelled=True,
            )
        )
    return result


_HAN_WORDS = common().han_numerals
_HAN = re.compile(
    rf"(?P<prefix>百分之)?(?P<numeral>[{''.join((*_HAN_WORDS.digits, *_HAN_WORDS.tens, *_HAN_WORDS.myriads))}]+)"
    rf"(?=(?P<measure>{_alternatives(_HAN_WORDS.measures)})?)"
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
        unit, factor, after = (PERCENT, 1.0, match.end()) if prefix else _unit_at(text, match.end(), language)
        result.append(
            Quantity(text[match.start() : after], (value,), unit, factor, match.start(), after, spelled=True)
        )
    return result


def _positional(numeral: str, listed: PositionalNumerals) -> float | None:
    """The value of an East Asian numeral such as 三万五千 (35,000) or 二十 (20)."""
    if len(numeral) > _LONGEST_NUMERAL:
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
    return compile_words(rf"(?<![^\W\d_])(?P<numeral>[{letters}]+)\s?(?={_alternatives(listed.measures)})")


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
        unit, factor, after = _unit_at(text, match.end(), language)
        result.append(
            Quantity(text[match.start() : after], (value,), unit, factor, match.start(), after, spelled=True)
        )
    return result


def _with_shared_units(found: Sequence[Quantity], text: str) -> list[Quantity]:
    """Lets "65 to 98 percent" and "2, 4 and 8 GB" share the unit that only the last one carries, and lets
    "1.3 to 14 billion" share the scale, which only the sense can tell from 1.3.
    """
    result = list(found)
    for at in range(len(result) - 2, -1, -1):
        this, following = result[at], result[at + 1]
        shares_unit = bool(following.unit and not this.unit)
        shares_scale = following.scale != 1 and this.scale == 1 and not this.unit
        if this.spelled or not (shares_unit or shares_scale):
            continue
        between = text[this.end : following.start]
        if len(between) <= 6 and _RANGE_LINK.match(between.rstrip("+-~ ") or between):
            scaled = tuple(value * following.scale for value in this.readings) if shares_scale else ()
            result[at] = replace(
                this,
                readings=(*this.readings, *scaled),
                unit=following.unit if shares_unit else this.unit,
                factor=following.factor if shares_unit else this.factor,
                scale=following.scale if shares_scale else this.scale,
            )
    return result
