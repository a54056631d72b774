"""Every number of a text: those in digits and those in words put in order, and what they share."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from newsletter.grounding import numerals, units
from newsletter.grounding.quantities.digits import written_in_digits
from newsletter.grounding.quantities.measures import alternatives
from newsletter.grounding.quantities.quantity import Quantity
from newsletter.grounding.quantities.spelled import written_in_words

_RANGE_LINK = re.compile(rf"\s{{0,20}}(?:{alternatives(numerals.RANGE_LINKS)})\s{{0,20}}$")


@lru_cache(maxsize=2048)
def quantities(text: str, *, language: str = "en") -> tuple[Quantity, ...]:
    """Every number of a *normalised* text, in order. Digits inside names ("GPT-4") belong to the names."""
    candidates = [*written_in_digits(text, language), *written_in_words(text, language)]
    candidates.sort(key=lambda each: (each.start, -each.end))
    result: list[Quantity] = []
    for each in candidates:
        if result and each.start < result[-1].end:
            continue
        if result and _continues(result[-1], each, text):
            both = result[-1].readings[0] + each.readings[0]
            start = result[-1].start
            result[-1] = replace(each, written=text[start : each.end], readings=(both,), start=start)
            continue
        result.append(each)
    return tuple(_with_shared_units(result, text))


def _continues(one: Quantity, other: Quantity, text: str) -> bool:
    """Whether two numerals are one: 1조 4천억, 1億2000万."""
    return (
        other.start - one.end <= 1
        and not text[one.end : other.start].strip()
        and one.written[-1] in "조억만兆億亿万萬"
        and 0 < other.readings[0] < one.readings[0]
        and other.readings[0] < units.SCALES[one.written[-1]]
    )


def _with_shared_units(numbers: Sequence[Quantity], text: str) -> list[Quantity]:
    """Lets "65 to 98 percent" and "2, 4 and 8 GB" share the unit that only the last one carries, and lets
    "1.3 to 14 billion" share the scale, which only the sense can tell from 1.3.
    """
    result = list(numbers)
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
