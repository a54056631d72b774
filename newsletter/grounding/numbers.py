"""The check "number": every number is the source's, with its unit, and is said of the same thing."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from newsletter.grounding import numerals, units, words
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.quantities import Quantity, quantities
from newsletter.grounding.units import PERCENT, POINTS, TIMES

_SPECIAL = frozenset({PERCENT, POINTS, TIMES})
_MOST = 200  # different numbers of a text that are looked at; a summary has a dozen
_MOST_COMPARED = 400  # numbers of a source in which a context is looked for
_WINDOW = 60  # characters on either side in which words say what a number is about


def suspect_numbers(
    text: str, source: str, *, language: str = "en", elsewhere: str = ""
) -> Iterator[Suspicion]:
    """Numbers of ``text`` that ``source`` lacks; both normalised, the source in English.

    ``elsewhere`` is the rest of the paper where ``source`` is only the evidence: a number from there is named
    as such. The score is 2 where no such number exists and 1.5 where it is another passage's.
    """
    known = _distinct(known_quantities(source))
    rest = _distinct(known_quantities(elsewhere)) if elsewhere else ()
    stated = _stated(text, language)
    for quantity in islice(stated, _MOST):
        if is_supported(quantity, known, source, language=language) or _goes_on(quantity, stated, known):
            continue
        if rest and is_supported(quantity, rest, elsewhere, language=language):
            yield Suspicion(
                "number",
                1.5,
                (quantity.written,),
                f"“{quantity.written}” is not in the evidence given for it.",
            )
            continue
        unit = next((each for each in known if _same_value(quantity, each, strict=True)), None)
        reason = f" (the source says “{unit.written}”)" if unit else ""
        yield Suspicion(
            "number", 2.0, (quantity.written,), f"The source has no “{quantity.written}”{reason}."
        )


def count_compared(texts: Iterable[str], *, language: str) -> int:
    """How many numbers of some texts :func:`suspect_numbers` holds against their source.

    A number counts once for each text that has it. The texts need no normalising.
    """
    return sum(min(len(_stated(words.normalise(text), language)), _MOST) for text in texts)


def _stated(text: str, language: str) -> tuple[Quantity, ...]:
    return _distinct(quantities(text, language=language))


def _goes_on(quantity: Quantity, stated: Sequence[Quantity], known: Sequence[Quantity]) -> bool:
    """Whether a bare number has the unit of another one before it: "6.41 points on A and 31.82 on B"."""
    if quantity.unit or quantity.spelled:
        return False
    units_before = {each.unit for each in stated[: stated.index(quantity)]}
    measured = (each for each in known if each.unit)
    return any(each.unit in units_before and _same_value(quantity, each, strict=True) for each in measured)


def _distinct(numbers: Iterable[Quantity]) -> tuple[Quantity, ...]:
    """Each number once, wherever it stands: comparing all with all takes their product in time."""
    return tuple(dict.fromkeys(replace(each, start=0, end=0) for each in numbers))


_GLUED = re.compile(r"(?<=[a-z]{4})(?=0\.\d)")


def known_quantities(source: str) -> tuple[Quantity, ...]:
    """A source's quantities, enumeration marks "(1)" among them: they are counts, too.

    Sources lose spaces ("achieves0.72"); no name is followed by a version below 1.
    """
    return quantities(_GLUED.sub(" ", source), language="en")


def is_supported(quantity: Quantity, known: Sequence[Quantity], source: str, *, language: str = "en") -> bool:
    """Whether a source says a number: as one of its ``known`` quantities, or in another way of English.

    The source is normalised; ``language`` is that of the text which the quantity stands in.
    """
    if any(_same_value(quantity, each) and _same_unit(quantity, each) for each in known):
        return True
    value = quantity.readings[0]
    if quantity.unit not in _SPECIAL and value in {2, 3, 4, 5, 6, 10} and quantity.spelled:
        lower = source.lower()
        hints = (word for word, hinted in numerals.HINTED_COUNTS.items() if hinted == value)
        if any(re.search(rf"\b{hint}(?:\b|-)", lower) for hint in hints):
            return True
    if _has_unit_said_once(quantity, known) or _stands_verbatim(quantity, source):
        return True
    if language != "en" and (_is_one_of_each(quantity, source) or _is_in_order(quantity, source)):
        return True
    return _is_digits_of_name(quantity, source)


def _has_unit_said_once(quantity: Quantity, known: Sequence[Quantity]) -> bool:
    """A measured number whose unit the source says of another one: "by +23.5 points in A and +19.1 in B"."""
    if not quantity.unit:
        return False
    bare = (each for each in known if not each.unit and ("." in each.written or each.written[:1] in "+-±"))
    return any(_same_value(quantity, each, strict=True) for each in bare) and any(
        each.unit == quantity.unit for each in known
    )


_GLUED_LETTERS = re.compile(r"\d[\d.,]*[A-Za-z]{1,3}")


def _stands_verbatim(quantity: Quantity, source: str) -> bool:
    """A number with letters of its own ("4B") that stands so in the source, whatever they mean there."""
    written = quantity.written
    return (
        _GLUED_LETTERS.fullmatch(written) is not None
        and re.search(rf"(?<![\w.]){re.escape(written)}(?!\w)", source) is not None
    )


_EACH = re.compile(r"\b(?:one|single|once|per|each|every|any|an?)\b|/", re.IGNORECASE)
_EACH_STRICTLY = re.compile(r"\b(?:one|single|per|each|every)\b|/", re.IGNORECASE)


def _is_one_of_each(quantity: Quantity, source: str) -> bool:
    """A 1 where English says "a", "per" or "each", as Chinese, Japanese and Korean write: GPU 1枚, 1개당."""
    if quantity.readings != (1.0,) or quantity.unit in _SPECIAL:
        return False
    return (_EACH_STRICTLY if quantity.unit else _EACH).search(source) is not None


_IN_ORDER = re.compile(
    r"\b(?:level|stage|step|phase|tier|type|rank|grade|class|category|part|round|order|degree|dimension|task)s?"
    r"[- ](?:([a-z]{3,5}) and )?(\d|10|[a-z]{3,5})\b",
    re.IGNORECASE,
)


def _is_in_order(quantity: Quantity, source: str) -> bool:
    """A small number that English joins to a word: "Level-3", "dimension five and six"."""
    if quantity.unit not in {"", "dimensions"}:
        return False
    joined = (part.lower() for match in _IN_ORDER.finditer(source) for part in match.groups("") if part)
    table = numerals.WORDS["en"]
    return quantity.readings[0] in {float(part) if part.isdecimal() else table.get(part) for part in joined}


def _is_digits_of_name(quantity: Quantity, source: str) -> bool:
    """Names such as "MegaHan97K" or "ImageNet-1K" vouch for 97K and 1K."""
    digits = re.match(r"[\d.,]+\s?[A-Za-z]{0,3}", quantity.written)
    if digits is None or quantity.unit in _SPECIAL:
        return False
    if not digits.group().strip()[-1:].isalpha() and quantity.written[digits.end() :].strip():
        return False  # "22 مليون" is no version 22
    written = digits.group().replace(" ", "").replace(",", "")
    if len(written) < 2 or written in {"2D", "3D", "4D"}:
        return False
    if re.search(rf"[A-Za-z-]{re.escape(written)}(?![\d.])", source):
        return True
    thousands = quantity.readings[0] / 1000
    return (
        thousands >= 1
        and thousands == int(thousands)
        and re.search(rf"[A-Za-z-]{int(thousands)}K\b", source) is not None
    )


def _same_unit(one: Quantity, other: Quantity) -> bool:
    if one.unit == other.unit:
        return True
    if {one.unit, other.unit} == {POINTS, ""}:
        written = (one if one.unit else other).written.lower()
        return written.endswith(units.SCORE_WORDS) or written[-1].isdigit()  # "1" of "1~5点"
    if {one.unit, other.unit} & _SPECIAL:
        # 0.85 and 85 %, half and a factor of two are told apart by value, see _same_value.
        return {one.unit, other.unit} in ({PERCENT, ""}, {PERCENT, TIMES}) and not (
            _values(one) & _values(other)
        )
    if _counts_dimensions(one) or _counts_dimensions(other):
        return not (one.unit and other.unit)  # "15 evaluation dimensions" are 15 of something; 3D is not
    if one.unit:
        return one.unit == "months"  # "in 2025" has no unit, 2025년 has; hours must come from somewhere
    # "A vector of size 384" may be said of 384 dimensions; "3 of them" is not what 3D says.
    return other.unit != "dimensions" or max(one.readings) >= _MANY_DIMENSIONS


_MANY_DIMENSIONS = 10


def _counts_dimensions(quantity: Quantity) -> bool:
    return quantity.unit == "dimensions" and quantity.written.lower().endswith(units.COUNTED_DIMENSIONS)


def _values(quantity: Quantity) -> set[float]:
    return {round(value * quantity.factor, 9) for value in quantity.readings}


def _same_value(quantity: Quantity, other: Quantity, *, strict: bool = False) -> bool:
    for value in quantity.readings:
        for known in other.readings:
            left, right = value, known
            if quantity.unit and quantity.unit == other.unit:
                left, right = value * quantity.factor, known * other.factor
            if abs(left - right) <= 1e-9 * max(1.0, abs(right)):
                return True
            if strict:
                continue
            if _is_rounding(left, right, hedged=quantity.hedged):
                return True
            if {quantity.unit, other.unit} == {PERCENT, ""}:
                left = left / 100 if quantity.unit == PERCENT else left
                right = right / 100 if other.unit == PERCENT else right
                if abs(left - right) <= 1e-9:
                    return True
            if {quantity.unit, other.unit} == {PERCENT, TIMES} and abs(left * right - 100) <= 1e-9:
                return True
    return False


def _is_rounding(value: float, known: float, *, hedged: bool) -> bool:
    """32 for 31.9, but not 30 for 31.9 unless a word such as "about" or "over" allows it."""
    if not known or not value:
        return False
    if hedged and abs(value - known) <= 0.04 * abs(known):
        return True
    return known != int(known) and value >= 10 and value == round(known)


def suspect_context(text: str, source: str, *, language: str = "en") -> Iterator[Suspicion]:
    """Numbers that the source has, but says of something else; for a text in the source's language.

    What a number is about is in the words around it. The score is by how much (0-1, rarer words weigh more)
    those words fit another number of the source better than any place where the source has this one.
    """
    known = known_quantities(source)[:_MOST_COMPARED]
    if len(known) < 2:
        return
    counts = Counter(words.content_stems(source))
    places = {each: _surroundings(source, each) for each in known}
    for quantity in quantities(text, language=language)[:_MOST]:
        own = [each for each in known if _same_value(quantity, each) and _same_unit(quantity, each)]
        if not own:
            continue
        same = set(own)
        others = [each for each in known if each not in same and _could_replace(quantity, each)]
        if not others:
            continue
        around = _surroundings(text, quantity)
        likeness = {each: _likeness(around, places[each], counts) for each in (*own, *others)}
        rival = max(others, key=lambda each: likeness[each])
        gap = likeness[rival] - max(likeness[each] for each in own)
        if gap > 0:
            yield Suspicion(
                "number",
                gap,
                (quantity.written,),
                f"The source says “{rival.written}” where the summary says “{quantity.written}”.",
                "context",
            )


def _could_replace(quantity: Quantity, other: Quantity) -> bool:
    return quantity.unit == other.unit or not (quantity.unit and other.unit)


def _surroundings(text: str, quantity: Quantity) -> dict[str, float]:
    """Stems near a number, each with its nearness, 0-1."""
    near: dict[str, float] = {}
    after = words.content_stems(text[quantity.end : quantity.end + _WINDOW].rpartition(" ")[0])
    before = words.content_stems(text[max(0, quantity.start - _WINDOW) : quantity.start].partition(" ")[2])
    for distance, stem in enumerate(after):
        near[stem] = max(near.get(stem, 0.0), 1.0 / (1 + 0.35 * distance))
    for distance, stem in enumerate(reversed(before)):
        near[stem] = max(near.get(stem, 0.0), 1.0 / (1 + 0.35 * distance))
    return near


def _likeness(one: dict[str, float], other: dict[str, float], counts: Counter[str]) -> float:
    total = sum(weight / (counts.get(stem, 0) + 1) for stem, weight in one.items())
    if not total:
        return 0.0
    shared = sum(
        min(weight, other[stem]) / (counts.get(stem, 0) + 1) for stem, weight in one.items() if stem in other
    )
    return shared / total
