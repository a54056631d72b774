"""The checks "overlap" and "other_paper": is a text about what its source says?

For a text in the source's language. Each sentence counts by itself, so that one foreign sentence among true
ones stands out.
"""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

from newsletter.grounding import background, words
from newsletter.grounding.findings import Suspicion

_UNSEEN = 0.0004  # the habit of a word that the model was never seen to add
_SHORTEST = 4  # content words; less says nothing about a topic
DOUBTFUL = 0.2  # the foreign share from which on a text may be about another paper
FAR = 0.25  # by how much less foreign it must be there


@lru_cache(maxsize=512)
def stems_of(source: str) -> frozenset[str]:
    """Stems of all words of a normalised source, of hyphenated words' parts and of them run together."""
    stems = set(words.content_stems(source))
    for token in source.lower().split():
        if "-" in token:
            stems.add(words.stem("".join(letter for letter in token if letter.isalnum())))
    return frozenset(stems)


@lru_cache(maxsize=512)
def _prefixes(source: str) -> frozenset[str]:
    return frozenset(stem[:5] for stem in stems_of(source) if len(stem) >= 5)


def is_covered(stem: str, source: str) -> bool:
    """Whether the source has the word or a close relative of it."""
    stems = stems_of(source)
    if stem in stems or stem.removesuffix("s") in stems:
        return True
    if len(stem) >= 6 and stem[:5] in _prefixes(source):
        return True
    return any(rest in stems and (head in stems or head in PREFIXES) for head, rest in halves(stem))


def halves(stem: str) -> list[tuple[str, str]]:
    """What a compound may be made of: "multimodal" of "multi" and "modal", "pretraining" of "training"."""
    return [(stem[:head], stem[head:]) for head in (3, 4, 5, 6) if len(stem) - head >= 3]


PREFIXES = frozenset(
    {"pre", "multi", "non", "cross", "inter", "intra", "semi", "self", "meta", "auto", "co", "re", "sub"}
)


def weight(stem: str, habits: Mapping[str, float]) -> float:
    """How much an added word says, 0-1: nothing where the model adds it freely, all where it never does."""
    habit = max(habits.get(stem, 0.0), _UNSEEN)
    return min(1.0, math.log(habit) / math.log(_UNSEEN))


def weighty(sentence: str) -> list[tuple[str, str]]:
    """The words that say what a sentence is about, each with its stem."""
    return [
        (word, words.stem(word))
        for word in words.words(sentence)
        if word not in words.STOP_WORDS and len(word) > 1 and not word.isdigit()
    ]


def foreign_share(sentence: str, source: str, habits: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """The share, 0-1, of a sentence's content words (weighed) that the source lacks, and those words."""
    total = foreign = 0.0
    unknown: list[str] = []
    seen: set[str] = set()
    for word, stem in weighty(sentence):
        if stem in seen:
            continue
        seen.add(stem)
        if is_covered(stem, source):
            total += 1.0
            continue
        by = weight(stem, habits)
        total += by
        foreign += by
        unknown.append(word)
    if len(seen) < _SHORTEST:
        return 0.0, ()
    return (foreign / total if total else 0.0), tuple(unknown)


def knowledge(sentence: str, source: str, habits: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """How much a sentence shows that its writer knew the source, in nats, and the words that it lacks.

    A shared word shows the more the fewer abstracts have it; "method" shows next to nothing. A word that the
    source lacks counts against, the more the seldomer writers add it of their own: some add what a model was
    seen to add (``habits``), all what abstracts of every kind are full of.
    """
    total = 0.0
    unknown: list[str] = []
    stems = {stem: word for word, stem in reversed(weighty(sentence))}
    for stem, word in reversed(stems.items()):
        common = background.share_of_stem(stem)
        if is_covered(stem, source):
            total += min(_MOST_SHOWN, -math.log(common))
            continue
        added = max(habits.get(stem, 0.0), _ADDED * common, _UNSEEN)
        total += min(0.0, math.log(added / max(common, _UNSEEN))) - math.log(added) / math.log(_UNSEEN)
        unknown.append(word)
    return (total if len(stems) >= _SHORTEST else math.inf), tuple(unknown)


_MOST_SHOWN = 6.0  # nats that one word may show
_ADDED = 0.3  # how much rarer a word is added to an abstract than it stands in one
_SCALE = 10.0  # nats


def suspect_overlap(
    text: str, source: str, *, habits: Mapping[str, float], evidence: str = ""
) -> Iterator[Suspicion]:
    """One suspicion a sentence: how likely (0-1) it is that another paper is meant. All normalised.

    A sentence half of whose words stand in the one passage it rests on is about it, whatever words the other
    half chooses: "less widely spread" for "more concentrated".
    """
    for sentence in words.sentences(text):
        nats, unknown = knowledge(sentence, source, habits)
        if unknown and nats < _ENOUGH and not (evidence and _rests_on(sentence, evidence)):
            yield Suspicion(
                "overlap",
                1.0 / (1.0 + math.exp(nats / _SCALE)),
                unknown,
                "The source does not speak of " + ", ".join(unknown[:8]) + ".",
            )


_ENOUGH = 50.0  # nats from which on nobody doubts


def _rests_on(sentence: str, evidence: str) -> bool:
    stems = {stem for _, stem in weighty(sentence)}
    shared = sum(is_covered(stem, evidence) for stem in stems)
    return shared >= _SHORTEST and 2 * shared >= len(stems)
