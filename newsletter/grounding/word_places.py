"""A text as the places of its words: what each is said of, and whether it is denied.

Texts are normalised and in English.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.grounding import words
from newsletter.grounding.clauses import NOBODY, Doer, doers_of
from newsletter.grounding.lexicons import english
from newsletter.grounding.polarity import (
    DEFEAT_VERBS,
    DEFEATS,
    ILL_AXES,
    NEGATORS,
    POINTING,
    RELIEF,
    RIVALS,
    THINGS,
    Axes,
    Thing,
    axes_of,
)

_REACH = 4  # content words on either side that tell what a word is said of


class WordPlace(NamedTuple):
    """A word where it stands: its stem, the stems on either side, nearest first, whether it is denied.

    ``spared`` is true, too, where the denial is further off or follows: "does not require any costly
    training", "training-free". ``things`` are the stems that follow within the same phrase, nearest first:
    what is improved or cut; ``kinds`` what sort of thing each is. ``relieved`` is true after "mitigates",
    "reveals" and the like: a fault named there is not claimed. ``of_others`` is true where the sentence
    begins with others ("Current models …"), whose faults are named freely. ``doer`` is whose doing the clause
    tells of; ``purpose`` is true of a word that names an end or a means.
    """

    word: str
    stem: str
    axes: Axes
    left: tuple[str, ...]
    right: tuple[str, ...]
    denied: bool
    spared: bool
    relieved: bool
    things: tuple[str, ...]
    kinds: tuple[Thing | None, ...]
    of_others: bool
    joined: bool
    paired: bool
    doer: Doer
    purpose: bool


_PHRASES = [f"(?P<{name}>{'|'.join(phrases)})" for name, phrases in english().phrases.items()]
PHRASES = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[.,;:!?]")
STOPS = frozenset(".,;:!?")
_ENDS = frozenset(".;!?")
_HEAD = 4  # content words that a sentence's subject may have
_DENIED, _SPARED, _RELIEVED = 3, 6, 4  # words after which a denial, a far one and a relief are forgotten
_LONG_AGO = -9
_NO_DENIAL = frozenset({"only", "just", "merely"})
_LESSENING = frozenset({"less", "least"})
_PAIRING = frozenset({"and", "or", "versus", "vs", "to"})
_JOINING = frozenset({"and", "but", "yet", "or", "while", "to", "thereby"})


class _Word(NamedTuple):
    """What a lower-case word is wherever it stands; ``weighty`` if it carries meaning, points or stops."""

    stem: str
    axes: Axes
    kind: Thing | None
    cures: bool
    negates: bool
    weighty: bool


@lru_cache(maxsize=32768)
def _look_up(token: str) -> _Word:
    stem, axes = words.stem(token), axes_of(token)
    return _Word(
        stem=stem,
        axes=axes,
        kind=THINGS.get(token) or (Thing.BAD if is_ill(axes) else None),
        cures=stem in RELIEF,
        negates=token in NEGATORS,
        weighty=token not in words.STOP_WORDS or token in POINTING,
    )


def is_ill(axes: Axes) -> bool:
    """Whether a word names a fault."""
    return any(axis in ILL_AXES and sign < 0 for axis, sign in axes)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words and stops, each with whether it is part of a compound.

    What a hyphen joins stays whole only where it points somewhere as a whole.
    """
    for token in _TOKEN.findall(text):
        lower = token.lower()
        if "-" not in token or lower in DEFEATS or axes_of(lower):
            yield token, False
        else:
            yield from ((part, True) for part in token.split("-"))


@lru_cache(maxsize=512)
def places_of(text: str, *, doers: bool = True) -> tuple[WordPlace, ...]:
    """The words of a text that carry meaning or point somewhere, in order.

    Without ``doers`` nobody is looked for who does it: of a long source nobody asks.
    """
    cased = list(_tokens(PHRASES.sub(lambda phrase: phrase.lastgroup or "", text)))
    agents = doers_of([token for token, _ in cased]) if doers else ()
    split = [(token.lower(), joined) for token, joined in cased]
    tokens = [token for token, _ in split] + [""]
    known = [_look_up(token) for token in tokens]
    content = [word for word in known[:-1] if word.weighty]
    stems, kinds = [word.stem for word in content], [word.kind for word in content]
    before, ends = stems[::-1], _ends_of_phrases(stems)
    result = []
    index, begun, of_others = -1, 0, False
    denial = far_denial = relief = _LONG_AGO
    for at, (token, joined) in enumerate(split):
        word = known[at]
        if word.weighty:
            index += 1
            if token in _ENDS:
                begun, of_others = index + 1, False
            elif token not in STOPS:
                of_others = of_others or (index - begun < _HEAD and token in RIVALS)
                after = tuple(stems[index + 1 : index + 1 + _REACH])
                things = after[: ends[index] - index]
                verbs = tokens[relief + 1 : at] if token in DEFEAT_VERBS else ()
                result.append(
                    WordPlace(
                        word=token,
                        stem=word.stem,
                        axes=word.axes,
                        left=tuple(before[len(stems) - index : len(stems) - index + _REACH]),
                        right=after,
                        denied=at - denial <= _DENIED or (at > 0 and tokens[at - 1] in _LESSENING),
                        spared=at - far_denial <= _SPARED or tokens[at + 1] == "free",
                        # In "reduces errors and hurts accuracy" the second verb is no fault that is cured.
                        relieved=at - relief <= _RELIEVED and _JOINING.isdisjoint(verbs),
                        things=things,
                        kinds=tuple(kinds[index + 1 : index + 1 + len(things)]),
                        of_others=of_others,
                        joined=joined,
                        paired=bool(word.axes) and _is_paired(word.axes, tokens, at),
                        doer=agents[at] if agents else NOBODY,
                        purpose=bool(word.axes) and _is_purpose(tokens, at),
                    )
                )
        if word.cures:
            relief = at
        if word.negates and tokens[at + 1] not in _NO_DENIAL:
            denial = far_denial = at
        if token in DEFEAT_VERBS or token in STOPS:
            far_denial = _LONG_AGO  # "without losing accuracy" is with accuracy
    return tuple(result)


def _is_purpose(tokens: Sequence[str], at: int) -> bool:
    """Whether a word names an end or a means: "to prevent", "to better prevent", "by preventing"."""
    return "to" in tokens[max(0, at - 2) : at] or (at > 0 and tokens[at - 1] in _MEANS)


_MEANS = frozenset({"by", "through", "for", "of"})


def _ends_of_phrases(stems: Sequence[str]) -> list[int]:
    """For each stem the position of the last one of its phrase."""
    ends = list(range(len(stems)))
    for at in range(len(stems) - 2, -1, -1):
        if stems[at + 1] not in STOPS:
            ends[at] = ends[at + 1]
    return ends


def _is_paired(axes: Axes, tokens: Sequence[str], at: int) -> bool:
    """Whether a word stands beside its opposite: "effective and ineffective" turn nothing round."""
    for step in (-1, 1):
        if tokens[at + step] in _PAIRING and 0 <= at + 2 * step < len(tokens):
            other = _look_up(tokens[at + 2 * step]).axes
            if any((axis, -sign) in other for axis, sign in axes):
                return True
    return False


@lru_cache(maxsize=8192)
def _around(left: tuple[str, ...], right: tuple[str, ...]) -> Mapping[str, float]:
    """The stems near a word, each with its nearness: what follows is mostly what is meant."""
    result: dict[str, float] = {}
    for side, weight in ((right, 1.0), (left, 0.6)):
        for step, near in enumerate(side, start=1):
            if near not in STOPS:
                result[near] = max(result.get(near, 0.0), weight / (0.6 + 0.4 * step))
    return result


def nearest(place: WordPlace, candidates: Sequence[WordPlace]) -> float:
    """How alike (0-1) are the surroundings of a word and the most similar ones of some others."""
    ours = _around(place.left, place.right)
    total = sum(ours.values())
    if not total or not candidates:
        return 0.0
    highest = 0.0
    for other in candidates:
        if ours.keys().isdisjoint(other.left + other.right):
            continue
        theirs = _around(other.left, other.right)
        highest = max(
            highest, sum([min(near, theirs[stem]) for stem, near in ours.items() if stem in theirs])
        )
    return highest / total
