"""English words that point somewhere, in opposed pairs of groups: look-up by word and by stem.

The words stand in ``data/english/polarity.toml``, see :class:`~newsletter.grounding.lexicon_format.Polarity`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache

from newsletter.grounding import words
from newsletter.grounding.lexicons import polarity

_WORDS = polarity()
_AXES = tuple(_WORDS.axes.values())
_UNRELATED = frozenset(_WORDS.unrelated)


class Thing(Enum):
    """What a word can do something to."""

    GOOD = "good"  # one wants more of it
    BAD = "bad"  # one wants less of it
    TASK = "task"
    RIVAL = "rival"


def _stems(listed: Iterable[str]) -> frozenset[str]:
    return frozenset(map(words.stem, listed))


def _inflected(verb: str) -> tuple[str, ...]:
    core = verb.removesuffix("e")
    doubled = verb + verb[-1]
    return (verb, verb + "s", core + "es", core + "ing", core + "ed", doubled + "ing", doubled + "ed")


def _forms(word: str) -> tuple[str, ...]:
    """Regular forms of a word whose part of speech is not known; some do not exist, which does no harm."""
    core = word.removesuffix("e")
    forms = (*_inflected(word), core + "er", core + "est", word + "ly", core + "ly")
    if word.endswith("y"):
        return (*forms, *(word[:-1] + "i" + end for end in ("es", "ed", "er", "est", "ly", "ness")))
    return forms


# By the word and not by the stem, which "realism" and "real", "state" and "statistics" share.
THINGS: Mapping[str, Thing] = {
    **dict.fromkeys(_WORDS.tasks, Thing.TASK),
    **dict.fromkeys(_WORDS.rivals, Thing.RIVAL),
    **dict.fromkeys(_WORDS.bad_things, Thing.BAD),
    **dict.fromkeys(_WORDS.good_things, Thing.GOOD),
}
RIVALS = frozenset(_WORDS.rivals)
RELIEF = _stems(_WORDS.relief)
DEFEAT_VERBS = frozenset(form for verb in _WORDS.defeat_verbs for form in _inflected(verb))
DEFEATS = DEFEAT_VERBS | frozenset(_WORDS.defeat_comparisons)
NEGATORS = frozenset(_WORDS.negators)
POINTING, VAGUE = frozenset(_WORDS.pointing), frozenset(_WORDS.vague)
NOUN_ENDINGS = _WORDS.noun_endings

# Stems. After "to" the first name a purpose, of others the second name a difficulty: neither is a change.
STOPPING = _stems(_WORDS.stopping)
TROUBLES = _stems(_WORDS.troubles)

Axes = frozenset[tuple[int, int]]  # (axis, 1 or -1)
AMOUNT = tuple(_WORDS.axes).index("more")  # the axis of more and less

# The axes whose first side is said of bad things: one mitigates an error and preserves nothing by it.
CURING = frozenset(number for number, axis in enumerate(_AXES) if axis.cures)
# Axes whose second side is a fault: better and worse, efficient and inefficient, robust and fragile.
ILL_AXES = frozenset(number for number, axis in enumerate(_AXES) if axis.names_fault)


def _build() -> tuple[Mapping[str, Axes], Mapping[str, Axes]]:
    """The axes of every regular form of the listed words, and of the stems that are long enough to tell."""
    forms: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    stems: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for number, axis in enumerate(_AXES):
        for sign, side in ((1, axis.words), (-1, axis.opposites)):
            for word in side:
                for form in _forms(word):
                    forms[form].add((number, sign))
                stem = words.stem(word)
                if "-" not in word and len(stem) >= _TELLING:
                    stems[stem].add((number, sign))
    return (
        {word: frozenset(axes) for word, axes in forms.items()},
        {stem: frozenset(axes) for stem, axes in stems.items()},
    )


_TELLING = 5  # letters that a stem must have for its words to be taken for relatives
_FORMS, _POLAR_STEMS = _build()


@lru_cache(maxsize=16384)
def axes_of(word: str) -> Axes:
    """Where a lower-case word points; an empty answer means nowhere."""
    if word in _UNRELATED:
        return frozenset()
    if word in _FORMS:
        return _FORMS[word]
    stem = words.stem(word)
    return _POLAR_STEMS.get(stem, frozenset()) if 2 * len(stem) > len(word) else frozenset()


# Prefixes that turn a word round, and verbs' ones that do so with a comparison.
NEGATING = ("un", "in", "im", "ir", "il", "non", "dis", "de", "mis", "anti", "mal", "under", "counter")
TURNING = (
    *(("out", "under"), ("over", "under"), ("up", "down"), ("hyper", "hypo"), ("in", "ex"), ("in", "de")),
    *(("pro", "anti"), ("pre", "post"), ("intra", "inter"), ("micro", "macro"), ("mono", "multi")),
    *(("uni", "multi"), ("homo", "hetero"), ("on", "off")),
)


def opposites_by_form(word: str) -> tuple[str, ...]:
    """What a word would be without, with or with the other prefix: "stable" → "unstable", "instable" …"""
    forms = [prefix + word for prefix in NEGATING]
    forms += [prefix + "-" + word for prefix in ("non", "anti")]
    forms += [word.removeprefix(prefix).lstrip("-") for prefix in NEGATING if word.startswith(prefix)]
    for one, other in TURNING:
        if word.startswith(one):
            forms.append(other + word.removeprefix(one))
        if word.startswith(other):
            forms.append(one + word.removeprefix(other))
    if word.endswith("less"):
        forms.append(word.removesuffix("less") + "ful")
    if word.endswith("ful"):
        forms.append(word.removesuffix("ful") + "less")
    return tuple(form for form in forms if len(form) > 3 and form != word)
