"""The check "direction" within one language: who does what to what, in a text and in its source.

Three questions are put to the words of a text.

1. A word that says that something got more, less, better or worse: whose doing is it, and of what thing is it
   said; does the source say the contrary of that thing, or is a fault that it never names laid to the work
   itself? What each answer weighs was fitted (logistic regression) on true summaries of 2025 and on the same
   with one word turned round by these lists.
2. "with" where the source says "without", "unstable" where it says "stable", of the same thing.
3. A word that neither the source has nor hardly any research abstract: nobody who sums up a paper adds such a
   word, so that its meaning, which no list knows, does not matter.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from newsletter.grounding import background, overlap, words
from newsletter.grounding.clauses import Agent, own_names
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.polarity import (
    AMOUNT,
    CURING,
    DEFEAT_VERBS,
    DEFEATS,
    ILL_AXES,
    NOUN_ENDINGS,
    POINTING,
    STOPPING,
    THINGS,
    TROUBLES,
    VAGUE,
    Thing,
    opposites_by_form,
)
from newsletter.grounding.strangers import strange_words
from newsletter.grounding.word_places import WordPlace, is_ill, nearest, places_of


def suspect_direction(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[Suspicion]:
    """Words of ``text`` that turn round what ``source`` says; both normalised and in English.

    The score is a doubt, 0-1. ``habits`` are words that the model is known to add of its own.
    """
    for place in places_of(text):
        if place.word.isdigit() or place.paired:
            continue
        if place.word in _HAVING:
            turned = _turns_having(place, source)
        elif place.axes:
            reasons = reasons_of(place, source)
            if reasons:
                yield Suspicion("direction", doubt(reasons), (place.word,), _explain(place, reasons))
            continue
        else:
            turned = not place.denied and _turns_form(place, source)
        if turned:
            message = f"“{place.word}” turns a word of the source round."
            yield Suspicion("direction", 1.0, (place.word,), message)
    for word in strange_words(text, source, habits=habits):
        message = f"“{word}” stands neither in the source nor in other papers."
        yield Suspicion("direction", 1.0, (word,), message)


# 1. Claims


def reasons_of(place: WordPlace, source: str) -> dict[str, float]:
    """The reasons, 0-1 each, to doubt a word that points somewhere; none where it claims nothing."""
    if _claims_nothing(place, source) or (place.word in POINTING and not place.axes):
        return {}
    covered = place.word in POINTING or _is_covered(place, source)
    rarity = _rarity(place) if not covered else (0.0, 0.0)
    reasons = {"uncommon": rarity[0], "uncommon_stem": rarity[1], "purpose": float(place.purpose)}
    reasons |= _contradiction(place, source, covered=covered)
    reasons |= _ill_claim(place, source, covered=covered)
    if not covered and is_ill(place.axes):
        reasons |= _unnamed_fault(place, source)
    return reasons


def _is_covered(place: WordPlace, source: str) -> bool:
    """Whether the source has the word itself: "understanding" does not vouch for "underperforms"."""
    if "-" in place.stem:
        return any(other.stem == place.stem for other in places_of(source, doers=False))
    return place.stem in overlap.stems_of(source)


def _claims_nothing(place: WordPlace, source: str) -> bool:
    """Whether a word that points somewhere is used for something else than to say that a thing changed.

    1. Part of a compound: "tool-rich", "feedback-constrained". 2. A bad thing's name: "error correction".
    3. A quality that is neither good nor bad, such as "static", unless the source says the contrary of that
    very thing. 4. A fault named as what is cured or as a cause: "addresses unstable training".
    5. A purpose: "to prevent collapse". 6. What others lack: "Models suffer from …".
    """
    if place.joined or THINGS.get(place.word) is Thing.BAD:
        return True
    ill = is_ill(place.axes) or place.word in DEFEATS
    if not ill and not any(axis == AMOUNT for axis, _ in place.axes):
        return not _is_turned_outright(place, source)
    if ill and place.relieved and place.word not in DEFEAT_VERBS:
        return True
    if place.purpose and place.stem in STOPPING and Thing.GOOD not in place.kinds[:3]:
        return True
    return place.stem in TROUBLES and agent_of(place, source) is not Agent.OWN


def agent_of(place: WordPlace, source: str) -> Agent:
    """Whose doing it is: a name is the work's own only where the source calls the work so."""
    agent, name = place.doer
    if not name or name in own_names(source) or name not in source.lower():
        return agent
    return Agent.OTHERS


_RAREST = 1e-4  # of abstracts; rarer words are all alike


def _rarity(place: WordPlace) -> tuple[float, float]:
    """How uncommon (0-1) a word and its relatives are in research abstracts."""
    word = min(map(background.share, place.word.split("-")))
    stem = word if "-" in place.word else background.share_of_stem(place.stem)
    return _rareness(word), _rareness(stem)


def _rareness(share: float) -> float:
    return min(1.0, math.log(max(share, _RAREST)) / math.log(_RAREST))


@lru_cache(maxsize=512)
def _pointing(source: str) -> tuple[WordPlace, ...]:
    return tuple(place for place in places_of(source, doers=False) if place.axes)


@lru_cache(maxsize=512)
def _signed(source: str) -> Mapping[tuple[int, int], tuple[WordPlace, ...]]:
    """The source's words by what they point to; a denied one points the other way."""
    table: dict[tuple[int, int], list[WordPlace]] = {}
    for place in _pointing(source):
        for axis, sign in place.axes:
            table.setdefault((axis, -sign if place.denied else sign), []).append(place)
    return {key: tuple(value) for key, value in table.items()}


def _sides(place: WordPlace, source: str) -> Iterator[tuple[Sequence[WordPlace], Sequence[WordPlace]]]:
    """For each way a word points: the source's words that point so, and those that point against it."""
    signed = _signed(source)
    for axis, plain in place.axes:
        sign = -plain if place.denied else plain
        yield signed.get((axis, sign), ()), signed.get((axis, -sign), ())


def _is_turned_outright(place: WordPlace, source: str) -> bool:
    """Whether the source says the contrary, and never the same, of the very thing a word stands before."""
    return any(not same and _said_of_same(place, other) == 1.0 for same, other in _sides(place, source))


def _contradiction(place: WordPlace, source: str, *, covered: bool) -> dict[str, float]:
    """How much rather the source says the contrary of the same things than the same."""
    gap, turn, both, opposed, backed = 0.0, 0.0, 0.0, False, False
    for same, other in _sides(place, source):
        opposed, backed = opposed or bool(other), backed or bool(same)
        if other:
            gap = max(gap, nearest(place, other) - nearest(place, same))
            turn = max(turn, _said_of_same(place, other) - _said_of_same(place, same))
            both = max(both, _said_between(place, other) - _said_between(place, same))
    evaluative = float(any(axis == AMOUNT or axis in ILL_AXES for axis, _ in place.axes))
    reasons = {"gap": gap, "turn": turn, "both": both, "evaluative": evaluative}
    reasons["gap_evaluative"] = gap * evaluative
    if not covered:
        reasons["new_evaluative"] = evaluative
        reasons["new_gap"] = gap
        reasons["new_unbacked"] = float(opposed and not backed)
    reasons["backed"] = _is_backed(place, source)
    return reasons


def _said_of_same(place: WordPlace, others: Sequence[WordPlace]) -> float:
    """1 where one of the others stands before the very word that this one stands before, 0.6 one word on."""
    if not place.things:
        return 0.0
    first = place.things[0]
    if any(other.things[:1] == (first,) for other in others):
        return 1.0
    return 0.6 if any(first in other.things[:3] for other in others) else 0.0


def _said_between(place: WordPlace, others: Sequence[WordPlace]) -> float:
    """1 where one of the others stands between the very same words."""
    return float(
        any(other.left[:1] == place.left[:1] and other.right[:1] == place.right[:1] for other in others)
    )


_WEAK = (Thing.RIVAL, Thing.TASK)
_WORTHY = (*_WEAK, Thing.GOOD)


def _claim(place: WordPlace) -> tuple[int, str]:
    """What a word says of the thing it acts on: 1 for the better, -1 for the worse, 0 for neither; the thing.

    More of a good thing and less of a bad one are for the better ("reduced overhead"), and so is any rival
    beaten.
    """
    if not place.axes or place.word.endswith(NOUN_ENDINGS):
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


def _claims_ill(place: WordPlace) -> float:
    """Whether a word says that something got worse, 0-1; not where the fault is named to be cured."""
    if place.relieved or place.word in VAGUE:
        return 0.0
    value, thing = _claim(place)
    if value < 0:
        return 1.0
    return 0.5 if not thing and place.word in DEFEATS and not place.denied and place.things else 0.0


@lru_cache(maxsize=512)
def _claims(source: str) -> Mapping[str, frozenset[int]]:
    """Which things the source says got better (1) or worse (-1)."""
    table: dict[str, set[int]] = {}
    for place in _pointing(source):
        value, thing = _claim(place)
        if value:
            table.setdefault(thing, set()).add(value)
    return {thing: frozenset(values) for thing, values in table.items()}


def _is_backed(place: WordPlace, source: str) -> float:
    """1 where the source claims the same of the same thing."""
    value, thing = _claim(place)
    return float(bool(value) and value in _claims(source).get(thing, ()))


@lru_cache(maxsize=512)
def _ill_places(source: str) -> tuple[WordPlace, ...]:
    return tuple(place for place in _pointing(source) if is_ill(place.axes) or _claim(place)[0] < 0)


@lru_cache(maxsize=512)
def _gloom(source: str) -> float:
    """How much a source speaks of faults, 0-1: who reports failures is summarised in words of failure."""
    faults = sum(is_ill(place.axes) for place in _pointing(source))
    return min(1.0, 12 * faults / len(places_of(source, doers=False))) if faults else 0.0


def _ill_claim(place: WordPlace, source: str, *, covered: bool) -> dict[str, float]:
    """The reasons to doubt that something got worse: whose doing it is, how far off the source says such."""
    claim = _claims_ill(place)
    if not claim:
        return {}
    agent = agent_of(place, source)
    return {
        "claim": claim,
        "claim_own": claim * (agent is Agent.OWN),
        "claim_theirs": claim * (agent in _THEIRS),
        "claim_others": claim * place.of_others,
        "claim_alone": claim * (1.0 - min(1.0, 2 * nearest(place, _ill_places(source)))),
        "claim_new": claim * (not covered),
        "defeat": claim * (place.word in DEFEATS),
    }


_THEIRS = (Agent.OTHERS, Agent.GAUGE)


def _unnamed_fault(place: WordPlace, source: str) -> dict[str, float]:
    """The reasons to doubt a fault that the source does not name in this word."""
    spared = place.relieved or place.denied
    signed = _signed(source)
    return {
        "ill": 1.0,
        "ill_alone": float(not any(each in signed for each in place.axes)),
        "ill_denied": float(place.denied),
        "ill_relieved": float(spared),
        "ill_others": float(place.of_others),
        "ill_theirs": float(agent_of(place, source) in _THEIRS),
        "ill_gloom": _gloom(source),
        "new_defeat": float(place.word in DEFEATS and not spared and Thing.BAD not in place.kinds[:3]),
    }


# "doubt" is the doubt that there is before any reason; negative weights speak for a word.
WEIGHTS: Mapping[str, float] = {
    "doubt": -4.60,
    "backed": -0.96,
    "both": 0.43,
    "claim": 1.13,
    "claim_alone": 0.72,
    "claim_new": -0.54,
    "claim_others": -0.70,
    "claim_own": 1.07,
    "claim_theirs": 0.25,
    "defeat": 0.68,
    "evaluative": 0.75,
    "gap": 1.15,
    "gap_evaluative": 1.67,
    "ill": 0.88,
    "ill_alone": 0.84,
    "ill_denied": -0.82,
    "ill_gloom": -0.24,
    "ill_others": -0.45,
    "ill_relieved": -0.64,
    "ill_theirs": 0.25,
    "new_defeat": 0.51,
    "new_evaluative": 0.41,
    "new_gap": 0.20,
    "new_unbacked": 0.56,
    "purpose": 0.37,
    "turn": 1.30,
    "uncommon": 3.50,
    "uncommon_stem": 2.84,
}


def doubt(reasons: Mapping[str, float]) -> float:
    """The sum of the reasons by weight, as odds turned into 0-1."""
    total = WEIGHTS["doubt"] + sum(WEIGHTS[name] * value for name, value in reasons.items())
    return 1.0 / (1.0 + math.exp(-total))


def _explain(place: WordPlace, reasons: Mapping[str, float]) -> str:
    if reasons.get("claim"):
        return f"“{place.word}” says that something got worse, which the source does not."
    if reasons.get("gap"):
        return f"“{place.word}” points the other way than the source."
    return f"The source gives no ground for “{place.word}”."


# 2. Words that differ from the source's by a preposition or a prefix

_HAVING = {"with": "without", "without": "with"}
_SPARED_MOSTLY = 0.5  # the share of a thing's places from which on a source says that it is not needed


def _turns_having(place: WordPlace, source: str) -> bool:
    """ "with" where the source says "without" of the same thing."""
    near = place.things[:2]
    prepositions = {
        other.word
        for other in places_of(source, doers=False)
        if other.word in _HAVING and set(other.things[:2]) & set(near)
    }
    if place.word != "with" or "with" in prepositions or not place.things:
        return False
    spared = [_spared(thing, source) for thing in place.things[:3]]
    if "without" in prepositions:
        return max(spared) >= _SPARED_MOSTLY
    return len(spared) > 1 and min(spared[:2]) == 1.0


@lru_cache(maxsize=8192)
def _spared(stem: str, source: str) -> float:
    """In what share (0-1) of its places a source says that a thing is not there or not needed."""
    there = [other for other in places_of(source, doers=False) if other.stem == stem]
    return sum(other.spared for other in there) / len(there) if there else 0.0


@lru_cache(maxsize=8192)
def _opposed_stems(word: str) -> frozenset[str]:
    return frozenset(words.stem(form) for form in opposites_by_form(word))


_OF_SAME = 0.4  # nearness from which on two words are said of the same thing


def _turns_form(place: WordPlace, source: str) -> bool:
    """Whether the source has a word's opposite by form ("unstable" for "stable"), of the same thing."""
    opposites = _opposed_stems(place.word)
    if not opposites & overlap.stems_of(source) or overlap.is_covered(place.stem, source):
        return False
    return (
        nearest(place, [other for other in places_of(source, doers=False) if other.stem in opposites])
        >= _OF_SAME
    )
