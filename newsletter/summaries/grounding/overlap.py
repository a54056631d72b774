"""The checks "overlap" and "other_paper": is a text about what its source says?

For a text in the source's language. Each sentence counts by itself, so that one foreign sentence among true
ones stands out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.findings import Source, Suspicion

_UNSEEN = 0.0004  # the habit of a word that the model was never seen to add
_SHORTEST = 4  # content words; less says nothing about a topic


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
    for head in (3, 4, 5, 6):  # "multimodal" of "multi" and "modal", "pretraining" of "training"
        if (
            len(stem) - head >= 3
            and stem[head:] in stems
            and (stem[:head] in stems or stem[:head] in _PREFIXES)
        ):
            return True
    return False


_PREFIXES = frozenset(
    {"pre", "multi", "non", "cross", "inter", "intra", "semi", "self", "meta", "auto", "co", "re", "sub"}
)


def weight(stem: str, habits: Mapping[str, float]) -> float:
    """How much an added word says, 0-1: nothing where the model adds it freely, all where it never does."""
    habit = max(habits.get(stem, 0.0), _UNSEEN)
    return min(1.0, math.log(habit) / math.log(_UNSEEN))


def foreign_share(sentence: str, source: str, habits: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """The share, 0-1, of a sentence's content words (weighed) that the source lacks, and those words."""
    total = foreign = 0.0
    lacking: list[str] = []
    seen: set[str] = set()
    for word in words.words(sentence):
        stem = words.stem(word)
        if word in words.STOP_WORDS or len(word) < 2 or stem in seen or word.isdigit():
            continue
        seen.add(stem)
        if is_covered(stem, source):
            total += 1.0
            continue
        by = weight(stem, habits)
        total += by
        foreign += by
        lacking.append(word)
    if len(seen) < _SHORTEST:
        return 0.0, ()
    return (foreign / total if total else 0.0), tuple(lacking)


def suspect_overlap(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[Suspicion]:
    """One suspicion a sentence; the score is its foreign share. Both normalised."""
    for sentence in words.sentences(text):
        share, lacking = foreign_share(sentence, source, habits)
        if share > 0:
            yield Suspicion(
                "overlap", share, lacking, "The source does not speak of " + ", ".join(lacking[:8]) + "."
            )


def better_source(
    text: str, source: str, others: Sequence[Source], *, habits: Mapping[str, float]
) -> Source | None:
    """The other paper of the day that a text fits far better than its own, if there is one."""
    own, _ = foreign_share(text, source, habits)
    if own < 0.2:
        return None
    best, least = None, own - 0.25
    for other in others:
        share, _ = foreign_share(text, words.normalise(other.whole), habits)
        if share < least:
            best, least = other, share
    return best
