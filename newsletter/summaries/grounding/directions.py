"""The check "direction" within one language: comparatives, antonyms, negations, word against word.

A word of a summary is doubted for reasons that add up: the source lacks it, the model never adds it of its
own, the source holds its opposite, and says that opposite of the same things. What each reason weighs was
fitted (logistic regression) on true summaries and on the same with one word turned round; the sum is the
score, so that a threshold means the same whichever reasons made it.
"""

# ruff: noqa: E501

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.summaries.grounding import overlap, words
from newsletter.summaries.grounding.findings import Suspicion
from newsletter.summaries.grounding.polarity import (
    AMOUNT,
    BAD_THINGS,
    CURING,
    DEFEATS,
    GOOD_THINGS,
    ILL_AXES,
    NEGATORS,
    POLARITY,
    RELIEF,
    RIVALS,
    TASKS,
    opposites_by_form,
)

_REACH = 4  # content words on either side that tell what a word is said of


class _Place(NamedTuple):
    """A word where it stands: its stem, the stems on either side, nearest first, whether it is denied.

    ``things`` are the stems that follow within the same phrase, nearest first: what is improved or cut.
    ``relieved`` is true after "mitigates", "reveals" and the like: a fault named there is not claimed.
    """

    word: str
    stem: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    denied: bool
    relieved: bool
    things: tuple[str, ...]


# Phrases that say in several words what one says.
_PHRASES = (
    (re.compile(r"\bfall(s|ing)? (?:short of|behind|below)\b|\black(s|ing)? behind\b", re.IGNORECASE), "underperforms "),
    (re.compile(r"\b(?:fail(?:s|ing|ed)?|unable) to (?:achieve|reach|attain|improve|outperform|surpass|match)\b", re.IGNORECASE), "underperforms "),
    (re.compile(r"\bno(?:t)? (?:better|faster|higher) than\b|\bdo(?:es)? not (?:outperform|improve|surpass|exceed)\b", re.IGNORECASE), "underperforms "),
    (re.compile(r"\b(?:los(?:es|ing|e|t)|defeated) (?:out )?(?:to|against)\b", re.IGNORECASE), "underperforms "),
    (re.compile(r"\b(?:rul(?:es?|ed|ing)|shut(?:s|ting)?|clos(?:es|ed|ing|e)) (?:out|off)\b", re.IGNORECASE), "prevents "),
    (re.compile(r"\b(?:bog(?:s|ged|ging)?|slow(?:s|ed|ing)?) down\b", re.IGNORECASE), "slows "),
    (re.compile(r"\b(?:bump|ramp|jack|driv|push)(?:e?s|ed|ing|e)? up\b", re.IGNORECASE), "increases "),
    (re.compile(r"\black(s|ing)? of\b", re.IGNORECASE), "without "),
)  # fmt: skip
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.,;:!?]")
_STOPS = frozenset(".,;:!?")


@lru_cache(maxsize=512)
def _places(text: str) -> tuple[_Place, ...]:
    for phrase, word in _PHRASES:
        text = phrase.sub(word, text)
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    content = [
        (at, token, words.stem(token))
        for at, token in enumerate(tokens)
        if token not in words.STOP_WORDS or token in _POINTING
    ]
    stems = [stem for *_, stem in content]
    curing = [words.stem(token) in RELIEF for token in tokens]
    negating = [token in NEGATORS for token in tokens]
    result = []
    for index, (at, token, stem) in enumerate(content):
        if token in _STOPS:
            continue
        after = tuple(stems[index + 1 : index + 1 + _REACH])
        things = after
        for step, following in enumerate(after):
            if following in _STOPS:
                things = after[:step]
                break
        result.append(
            _Place(
                word=token,
                stem=stem,
                left=tuple(stems[max(0, index - _REACH) : index][::-1]),
                right=after,
                denied=True in negating[max(0, at - 3) : at],
                relieved=True in curing[max(0, at - 4) : at],
                things=things,
            )
        )
    return tuple(result)


@lru_cache(maxsize=8192)
def _around(place: _Place) -> Mapping[str, float]:
    """The stems near a word, each with its nearness: what follows is mostly what is meant."""
    around: dict[str, float] = {}
    for side, weight in ((place.right, 1.0), (place.left, 0.6)):
        for step, near in enumerate(side, start=1):
            if near not in _STOPS:
                around[near] = max(around.get(near, 0.0), weight / (0.6 + 0.4 * step))
    return around


_POINTING = frozenset({"more", "less", "most", "least", "few", "fewer", "without", "with", "up", "down", "not", "no", "against", "under", "over", "before", "after", "above", "below"})  # fmt: skip


@lru_cache(maxsize=512)
def _signed(source: str) -> Mapping[tuple[int, int], tuple[_Place, ...]]:
    """The source's words by what they point to; a denied one points the other way."""
    table: dict[tuple[int, int], list[_Place]] = {}
    for place in _places(source):
        for axis, sign in POLARITY.get(place.stem, ()):
            table.setdefault((axis, -sign if place.denied else sign), []).append(place)
    return {key: tuple(value) for key, value in table.items()}


def _nearest(place: _Place, candidates: Sequence[_Place]) -> float:
    """How alike (0-1) are the surroundings of a word and the most similar ones of some others."""
    around = _around(place)
    total = sum(around.values())
    if not total or not candidates:
        return 0.0
    highest = 0.0
    for other in candidates:
        if around.keys().isdisjoint(other.left + other.right):
            continue
        theirs = _around(other)
        highest = max(
            highest, sum(min(near, theirs[stem]) for stem, near in around.items() if stem in theirs)
        )
    return highest / total


def reasons(place: _Place, source: str, habits: Mapping[str, float]) -> dict[str, float]:
    """The reasons, 0-1 each, to doubt a word; an empty answer means that there is none to look for."""
    stem, word = place.stem, place.word
    if word.isdigit():
        return {}
    axes = POLARITY.get(stem, frozenset())
    covered = True if word in _POINTING else overlap.is_covered(stem, source)
    if word in _HAVING:
        return _having(place, source)
    if covered and not axes:
        return {}
    found: dict[str, float] = {}
    if not covered:
        rare = overlap.weight(stem, habits)
        found["new"] = 1.0
        found["rare"] = rare**2
        found["formed"], found["formed_near"] = _formed_against(place, source)
        acts = _acts_on(place)
        if not axes and rare > 0.6:
            found["rare_act"] = acts * (0.0 if place.relieved else 1.0)
            found["rare_slot"] = _slot(place, source)
    if axes:
        found |= _reasons_of_known(place, axes, source, covered=covered)
    return found


_HAVING = {"with": "without", "without": "with"}


def _having(place: _Place, source: str) -> dict[str, float]:
    """ "with" where the source says "without" of the same thing, or the reverse."""
    if not place.things:
        return {}
    near = place.things[:2]
    places = [
        other for other in _places(source) if other.word in _HAVING and set(other.things[:2]) & set(near)
    ]
    held = {other.word for other in places}
    return {"having": float(_HAVING[place.word] in held and place.word not in held)}


def _said_of_same(place: _Place, others: Sequence[_Place]) -> float:
    """1 where one of the others stands before the very word that this one stands before, 0.6 one word on."""
    if not place.things:
        return 0.0
    first = place.things[0]
    if any(other.things[:1] == (first,) for other in others):
        return 1.0
    return 0.6 if any(first in other.things[:3] for other in others) else 0.0


def _acts_on(place: _Place) -> float:
    """1 where a good thing or a rival follows at once, less where it follows later, else 0."""
    for distance, thing in enumerate(place.things[:3]):
        if thing in GOOD_THINGS or thing in RIVALS or thing in TASKS:
            return 1.0 - 0.25 * distance
    return 0.0


def _claim(place: _Place) -> tuple[int, str]:
    """What a word says of the thing it acts on: 1 for the better, -1 for the worse, 0 for neither; the thing.

    More of a good thing and less of a bad one are for the better, and so is any rival beaten.
    """
    axes = POLARITY.get(place.stem)
    if not axes or place.word.endswith(_NOUNS):
        return 0, ""
    for thing in place.things[:4]:
        weak = thing in RIVALS or thing in TASKS
        good = thing in GOOD_THINGS or weak
        if not good and thing not in BAD_THINGS:
            continue
        value = 0
        for axis, sign in axes:
            if axis == AMOUNT and not weak:
                value = sign if good else -sign
            elif axis in ILL_AXES:
                value = sign if good or axis in CURING else value
        if value or not weak:
            return (-value if place.denied else value), thing
    return 0, ""


def _claims_ill(place: _Place) -> float:
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
    for place in _places(source):
        value, thing = _claim(place)
        if value:
            table.setdefault(thing, set()).add(value)
    return {thing: frozenset(values) for thing, values in table.items()}


def _turned(place: _Place, source: str) -> tuple[float, float]:
    """Of a claim: does the source say the contrary of the same thing; and does it say the same?"""
    value, thing = _claim(place)
    if not value:
        return 0.0, 0.0
    held = _claims(source).get(thing, frozenset())
    return float(-value in held and value not in held), float(value in held)


_PREDICATES = ("ing", "es", "ts", "ns", "ds", "rs", "ks", "ms", "ps", "ls", "ws")
_NOUNS = ("ness", "nesses", "ity", "ities", "ency", "encies", "ion", "ions", "ance", "ments", "ment", "ure", "ures", "cy")  # fmt: skip


@lru_cache(maxsize=512)
def _ill_places(source: str) -> tuple[_Place, ...]:
    return tuple(place for place in _places(source) if _is_ill(place) or _claim(place)[0] < 0)


def _is_ill(place: _Place) -> bool:
    return any(axis in ILL_AXES and sign < 0 for axis, sign in POLARITY.get(place.stem, ()))


def _reasons_of_known(
    place: _Place, axes: frozenset[tuple[int, int]], source: str, *, covered: bool
) -> dict[str, float]:
    signed = _signed(source)
    gap, turn, opposed, backed = 0.0, 0.0, False, False
    for axis, plain in axes:
        sign = -plain if place.denied else plain
        same, other = signed.get((axis, sign), ()), signed.get((axis, -sign), ())
        opposed = opposed or bool(other)
        backed = backed or bool(same)
        if other:
            gap = max(gap, _nearest(place, other) - _nearest(place, same))
            turn = max(turn, _said_of_same(place, other) - _said_of_same(place, same))
    found = {"known": 1.0, "gap": gap, "noun": float(place.word.endswith(_NOUNS))}
    found["turn"] = turn
    found["turned"], found["backed"] = _turned(place, source)
    claim = _claims_ill(place)
    if claim:
        support = _nearest(place, _ill_places(source))
        found["claim"] = claim
        found["claim_alone"] = claim * (1.0 - min(1.0, 2 * support))
        found["claim_gap"] = claim * gap
        found["defeat"] = claim * float(place.word in DEFEATS)
    if not covered:
        found["new_gap"] = gap
        found["new_unbacked"] = float(opposed and not backed)
        found["new_claim"] = claim
        if _is_ill(place):
            found["ill"] = 1.0
            found["ill_relieved"] = float(place.relieved or place.denied)
            ready = float(place.word in DEFEATS and not place.relieved and not place.denied)
            found["new_defeat"] = ready
            found["new_defeat_verb"] = ready * float(place.word.endswith(_PREDICATES))
            found["ill_alone"] = float(not any((axis, sign) in signed for axis, sign in axes))
            found["ill_act"] = _acts_on(place) * (0.0 if place.relieved or place.denied else 1.0)
    return found


@lru_cache(maxsize=8192)
def _opposed_stems(word: str) -> frozenset[str]:
    return frozenset(words.stem(form) for form in opposites_by_form(word))


def _formed_against(place: _Place, source: str) -> tuple[float, float]:
    """Whether the source has the word's opposite by form ("unstable" for "stable"), and how near."""
    opposites = _opposed_stems(place.word)
    if not opposites & overlap.stems_of(source):
        return 0.0, 0.0
    return 1.0, _nearest(place, [other for other in _places(source) if other.stem in opposites])


def _slot(place: _Place, source: str) -> float:
    """1 where the source has other words between the same neighbours, as a changed word in a copied phrase has."""
    before, after = place.left[:1], place.right[:1]
    best = 0.0
    for other in _places(source):
        if after and other.right[:1] == after and other.stem != place.stem:
            if before and other.left[:1] == before:
                return 1.0
            best = 0.5
    return best


# "doubt" is the doubt that there is before any reason; negative weights speak for a word.
WEIGHTS: Mapping[str, float] = {
    "doubt": -4.24,
    "backed": -0.40,
    "claim": 1.30,
    "claim_alone": 0.88,
    "claim_gap": 0.85,
    "defeat": 2.51,
    "formed": 1.85,
    "formed_near": 1.94,
    "gap": 3.98,
    "having": 4.59,
    "ill": 0.98,
    "ill_act": 0.09,
    "ill_alone": -0.29,
    "ill_relieved": -0.52,
    "known": 0.17,
    "new": -4.81,
    "new_claim": 0.08,
    "new_defeat": 0.82,
    "new_defeat_verb": 0.98,
    "new_gap": 0.60,
    "new_unbacked": 0.32,
    "noun": -2.75,
    "rare": 8.86,
    "rare_act": 1.14,
    "rare_slot": 0.95,
    "turn": 1.53,
    "turned": 0.67,
}


def doubt(found: Mapping[str, float]) -> float:
    """The sum of the reasons by weight, as odds turned into 0-1."""
    total = WEIGHTS["doubt"] + sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())
    return 1.0 / (1.0 + math.exp(-total))


def suspect_direction(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[Suspicion]:
    """Words of ``text`` that turn round what ``source`` says; both normalised and in English."""
    for place in _places(text):
        found = reasons(place, source, habits)
        if found:
            yield Suspicion("direction", doubt(found), (place.word,), _explain(place, found))


def _explain(place: _Place, found: Mapping[str, float]) -> str:
    if found.get("claim"):
        return f"“{place.word}” says that something got worse, which the source does not."
    if found.get("gap"):
        return f"“{place.word}” points the other way than the source."
    if found.get("formed"):
        return f"“{place.word}” turns a word of the source round."
    return f"The source gives no ground for “{place.word}”."
