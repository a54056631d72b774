"""The check "direction" within one language: comparatives, antonyms, negations, word against word.

A word of a summary is doubted for reasons that add up: the source lacks it, the model never adds it of its
own, the source holds its opposite, and says that opposite of the same things. What each reason weighs was
fitted (logistic regression) on true summaries and on the same with one word turned round; the sum is the
score, so that a threshold means the same whichever reasons made it.
"""

# ruff: noqa: E501

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from newsletter.summaries.grounding import overlap, words
from newsletter.summaries.grounding.findings import Suspicion
from newsletter.summaries.grounding.places import POINTING, Place, is_ill, nearest, places_of
from newsletter.summaries.grounding.polarity import (
    AMOUNT,
    CURING,
    DEFEATS,
    ILL_AXES,
    Thing,
    opposites_by_form,
)


@lru_cache(maxsize=512)
def _pointing(source: str) -> tuple[Place, ...]:
    return tuple(place for place in places_of(source) if place.axes)


@lru_cache(maxsize=512)
def _signed(source: str) -> Mapping[tuple[int, int], tuple[Place, ...]]:
    """The source's words by what they point to; a denied one points the other way."""
    table: dict[tuple[int, int], list[Place]] = {}
    for place in _pointing(source):
        for axis, sign in place.axes:
            table.setdefault((axis, -sign if place.denied else sign), []).append(place)
    return {key: tuple(value) for key, value in table.items()}


def reasons(place: Place, source: str, habits: Mapping[str, float]) -> dict[str, float]:
    """The reasons, 0-1 each, to doubt a word; an empty answer means that there is none to look for."""
    if place.word.isdigit() or place.paired:
        return {}
    if place.word in _HAVING:
        return _having(place, source)
    covered = place.word in POINTING or _is_covered(place, source)
    if covered and not place.axes:
        return {}
    found: dict[str, float] = {}
    if not covered:
        found["new"] = 1.0
        found["rare"] = overlap.weight(place.stem, habits) ** 2
    if place.axes:
        found |= _reasons_of_known(place, source, covered=covered)
        odd = overlap.weight(use_of(place), habits) ** 2
        found["odd"] = odd
        found["odd_new"] = odd * (not covered)
        found["odd_claim"] = odd * found.get("claim", 0.0)
    elif not place.denied:
        found["formed"], found["formed_near"] = _formed_against(place, source)
    return found


def _is_covered(place: Place, source: str) -> bool:
    """A word that points somewhere must stand there itself: "understanding" vouches for no "underperforms"."""
    if "-" in place.stem:
        return any(other.stem == place.stem for other in places_of(source))
    if place.axes:
        return place.stem in overlap.stems_of(source)
    return overlap.is_covered(place.stem, source)


_HAVING = {"with": "without", "without": "with"}


def use_of(place: Place) -> str:
    """A word that points somewhere and the sort of thing it is said of, as habits name it: "reduced bad"."""
    kind = next(filter(None, place.kinds), None)
    return f"{place.word}{'-' * place.joined} {kind.value if kind else '-'}"


def uses_in(text: str) -> frozenset[str]:
    """What a normalised text does to things with words that point somewhere."""
    return frozenset(use_of(place) for place in places_of(text) if place.axes)


def _having(place: Place, source: str) -> dict[str, float]:
    """ "with" where the source says "without" of the same thing, or the reverse."""
    if not place.things:
        return {}
    near = place.things[:2]
    places = [
        other for other in places_of(source) if other.word in _HAVING and set(other.things[:2]) & set(near)
    ]
    held = {other.word for other in places}
    found = {"having": float(_HAVING[place.word] in held and place.word not in held)}
    if place.word == "with":
        found["having_denied"] = max(_spared(thing, source) for thing in place.things[:3])
    return found


@lru_cache(maxsize=8192)
def _spared(stem: str, source: str) -> float:
    """In what share (0-1) of its places a source says of a thing that there is none or that none is needed."""
    there = [other for other in places_of(source) if other.stem == stem]
    return sum(other.spared for other in there) / len(there) if there else 0.0


def _said_of_same(place: Place, others: Sequence[Place]) -> float:
    """1 where one of the others stands before the very word that this one stands before, 0.6 one word on."""
    if not place.things:
        return 0.0
    first = place.things[0]
    if any(other.things[:1] == (first,) for other in others):
        return 1.0
    return 0.6 if any(first in other.things[:3] for other in others) else 0.0


def _said_between(place: Place, others: Sequence[Place]) -> float:
    """1 where one of the others stands between the very same words."""
    return float(
        any(other.left[:1] == place.left[:1] and other.right[:1] == place.right[:1] for other in others)
    )


def _little_of_good(place: Place) -> float:
    """ "low accuracy": too vague a word to be a claim, unless a good thing follows at once."""
    if place.word not in _VAGUE or place.relieved or place.denied or (AMOUNT, -1) not in place.axes:
        return 0.0
    return float(place.kinds[:1] == (Thing.GOOD,))


_WEAK = (Thing.RIVAL, Thing.TASK)
_WORTHY = (*_WEAK, Thing.GOOD)


def _acts_on(place: Place) -> float:
    """1 where a good thing or a rival follows at once, less where it follows later, else 0."""
    for distance, kind in enumerate(place.kinds[:3]):
        if kind in _WORTHY:
            return 1.0 - 0.25 * distance
    return 0.0


def _claim(place: Place) -> tuple[int, str]:
    """What a word says of the thing it acts on: 1 for the better, -1 for the worse, 0 for neither; the thing.

    More of a good thing and less of a bad one are for the better, and so is any rival beaten.
    """
    if not place.axes or place.word.endswith(_NOUNS):
        return 0, ""
    for thing, kind in zip(place.things, place.kinds, strict=True):
        if kind is None:
            continue
        weak, good = kind in _WEAK, kind in _WORTHY
        amount = ill = 0
        for axis, sign in place.axes:
            if axis == AMOUNT and not weak:
                amount = sign if good else -sign
            elif axis in ILL_AXES and good != (axis in CURING):
                ill = sign
        value = amount or ill
        if value or not weak:
            return (-value if place.denied else value), thing
    return 0, ""


def _claims_ill(place: Place) -> float:
    """Whether a word says that something got worse, 0-1; not where the fault is named to be cured."""
    if place.relieved or place.word in _VAGUE:
        return 0.0
    value, thing = _claim(place)
    if value < 0:
        return 1.0
    return 0.5 if not thing and place.word in DEFEATS and not place.denied and place.things else 0.0


_VAGUE = frozenset({"more", "most", "less", "least", "few", "many", "limited", "low", "small", "large", "long", "short", "only", "with", "without"})  # fmt: skip


@lru_cache(maxsize=512)
def _claims(source: str) -> Mapping[str, frozenset[int]]:
    """Which things the source says got better (1) or worse (-1)."""
    table: dict[str, set[int]] = {}
    for place in _pointing(source):
        value, thing = _claim(place)
        if value:
            table.setdefault(thing, set()).add(value)
    return {thing: frozenset(values) for thing, values in table.items()}


def _turned(place: Place, source: str) -> tuple[float, float]:
    """Of a claim: does the source say the contrary of the same thing; and does it say the same?"""
    value, thing = _claim(place)
    if not value:
        return 0.0, 0.0
    held = _claims(source).get(thing, frozenset())
    return float(-value in held and value not in held), float(value in held)


_PREDICATES = ("ing", "es", "ts", "ns", "ds", "rs", "ks", "ms", "ps", "ls", "ws")
_NOUNS = ("ness", "nesses", "ity", "ities", "ency", "encies", "ion", "ions", "ance", "ments", "ment", "ure", "ures", "cy")  # fmt: skip


@lru_cache(maxsize=512)
def _ill_places(source: str) -> tuple[Place, ...]:
    return tuple(place for place in _pointing(source) if is_ill(place.axes) or _claim(place)[0] < 0)


@lru_cache(maxsize=512)
def _gloom(source: str) -> float:
    """How much a source speaks of faults, 0-1: who reports failures is summarised in words of failure."""
    faults = sum(is_ill(place.axes) for place in _pointing(source))
    return min(1.0, 12 * faults / len(places_of(source))) if faults else 0.0


def _reasons_of_known(place: Place, source: str, *, covered: bool) -> dict[str, float]:
    """The reasons to doubt a word that points somewhere."""
    signed = _signed(source)
    gap, turn, both, opposed, backed = 0.0, 0.0, 0.0, False, False
    for axis, plain in place.axes:
        sign = -plain if place.denied else plain
        same, other = signed.get((axis, sign), ()), signed.get((axis, -sign), ())
        opposed = opposed or bool(other)
        backed = backed or bool(same)
        if other:
            gap = max(gap, nearest(place, other) - nearest(place, same))
            turn = max(turn, _said_of_same(place, other) - _said_of_same(place, same))
            both = max(both, _said_between(place, other) - _said_between(place, same))
    found = {"known": 1.0, "gap": gap, "turn": turn, "both": both}
    found["noun"] = float(place.word.endswith(_NOUNS))
    found["part"] = float(place.joined)
    found["vague"] = _little_of_good(place)
    found["turned"], found["backed"] = _turned(place, source)
    claim = _claims_ill(place)
    if claim:
        found["claim"] = claim
        found["claim_others"] = claim * float(place.of_others)
        found["claim_gloom"] = claim * _gloom(source)
        found["claim_alone"] = claim * (1.0 - min(1.0, 2 * nearest(place, _ill_places(source))))
        found["claim_gap"] = claim * gap
        found["defeat"] = claim * float(place.word in DEFEATS)
    if not covered:
        found["new_gap"] = gap
        found["new_part"] = float(place.joined)
        found["new_unbacked"] = float(opposed and not backed)
        if is_ill(place.axes):
            found["ill_alone"] = float(not any(each in signed for each in place.axes))
            found |= _reasons_of_fault(place, source)
    return found


def _reasons_of_fault(place: Place, source: str) -> dict[str, float]:
    """The reasons to doubt a fault that the source does not name in this word."""
    spared = place.relieved or place.denied
    ready = float(place.word in DEFEATS and not spared and Thing.BAD not in place.kinds[:3])
    return {
        "ill": 1.0,
        "ill_others": float(place.of_others),
        "ill_gloom": _gloom(source),
        "ill_relieved": float(spared),
        "ill_denied": float(place.denied),
        "ill_act": 0.0 if spared else _acts_on(place),
        "new_defeat": ready,
        "new_defeat_verb": ready * float(place.word.endswith(_PREDICATES)),
    }


@lru_cache(maxsize=8192)
def _opposed_stems(word: str) -> frozenset[str]:
    return frozenset(words.stem(form) for form in opposites_by_form(word))


def _formed_against(place: Place, source: str) -> tuple[float, float]:
    """Whether the source has the word's opposite by form ("unstable" for "stable"), and how near."""
    opposites = _opposed_stems(place.word)
    if not opposites & overlap.stems_of(source):
        return 0.0, 0.0
    return 1.0, nearest(place, [other for other in places_of(source) if other.stem in opposites])


# "doubt" is the doubt that there is before any reason; negative weights speak for a word.
WEIGHTS: Mapping[str, float] = {
    "doubt": -4.50,
    "backed": 0.53,
    "both": 1.86,
    "claim": 0.86,
    "claim_alone": 2.36,
    "claim_gap": 1.29,
    "claim_gloom": -1.67,
    "claim_others": -1.64,
    "defeat": 1.60,
    "formed": 3.10,
    "formed_near": 2.77,
    "gap": 3.86,
    "having": 2.57,
    "having_denied": 5.50,
    "ill": 1.28,
    "ill_act": -0.96,
    "ill_alone": 0.58,
    "ill_denied": -2.00,
    "ill_gloom": -0.25,
    "ill_others": -0.45,
    "ill_relieved": -0.81,
    "known": -1.02,
    "new": -3.13,
    "new_defeat": 0.93,
    "new_defeat_verb": 1.25,
    "new_gap": 1.33,
    "new_part": 0.55,
    "new_unbacked": 0.90,
    "noun": -0.23,
    "odd": 0.96,
    "odd_claim": 1.48,
    "odd_new": 1.05,
    "part": 0.20,
    "rare": 7.07,
    "turn": 1.26,
    "turned": 0.72,
    "vague": 2.00,
}


def doubt(found: Mapping[str, float]) -> float:
    """The sum of the reasons by weight, as odds turned into 0-1."""
    total = WEIGHTS["doubt"] + sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())
    return 1.0 / (1.0 + math.exp(-total))


def suspect_direction(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[Suspicion]:
    """Words of ``text`` that turn round what ``source`` says; both normalised and in English."""
    for place in places_of(text):
        found = reasons(place, source, habits)
        if found:
            yield Suspicion("direction", doubt(found), (place.word,), _explain(place, found))


def _explain(place: Place, found: Mapping[str, float]) -> str:
    if found.get("claim"):
        return f"“{place.word}” says that something got worse, which the source does not."
    if found.get("gap"):
        return f"“{place.word}” points the other way than the source."
    if found.get("formed"):
        return f"“{place.word}” turns a word of the source round."
    return f"The source gives no ground for “{place.word}”."
