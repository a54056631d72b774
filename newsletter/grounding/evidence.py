"""The check "evidence": a quotation stands in the source."""

import re
from functools import lru_cache

from rapidfuzz import fuzz

from newsletter.grounding import words
from newsletter.grounding.boundaries import bare
from newsletter.grounding.quantities import quantities

_ELLIPSIS = re.compile(r"(?<!\s)\s*+(?:\.\.\.|…|\[\.\.\.\]|\[…\])\s*")
_SHORTEST = 12  # characters of a quotation that says anything


@lru_cache(maxsize=1024)
def _comparable(text: str) -> str:
    """Letters and digits only, in lower case, single spaces between."""
    return bare(words.normalise(text))


def likeness(quotation: str, source: str) -> float:
    """How much of a quotation stands in the source in one piece, 0-100.

    White space, case, punctuation, TeX and dashes do not count. An ellipsis parts a quotation; its worst part
    counts. A quotation whose numbers are not all in the passage it is found in scores 0: fuzzy matching would
    let "12 %" pass for "17 %".
    """
    whole = _comparable(source)
    parts = [part for part in _ELLIPSIS.split(quotation) if part.strip()]
    if not parts:
        return 0.0
    return min(_likeness_of_part(part, whole, source) for part in parts)


def _likeness_of_part(part: str, whole: str, source: str) -> float:
    sought = _comparable(part)
    if len(sought) < _SHORTEST and " " not in sought:
        return 0.0
    if sought in whole:
        return 100.0
    if len(sought) > len(whole):
        return 0.0
    alignment = fuzz.partial_ratio_alignment(sought, whole, score_cutoff=60)
    if alignment is None:
        return 0.0
    quoted = set(re.findall(r"\d+", sought))
    passage = whole[max(0, alignment.dest_start - 12) : alignment.dest_end + 12]
    if not quoted <= set(re.findall(r"\d+", passage)):
        return 0.0
    claimed = {each.readings for each in quantities(words.normalise(part))}
    known = {each.readings for each in quantities(words.normalise(source))}
    return float(alignment.score) if claimed <= known else 0.0


def locate(quotation: str, source: str) -> tuple[int, int] | None:
    """Where a quotation stands in the source, as character offsets; None unless it is there word for word.

    White space and case may differ.
    """
    pattern = r"\s+".join(re.escape(word) for word in quotation.split())
    match = re.search(pattern, source, re.IGNORECASE) if pattern else None
    return match.span() if match else None
