"""Which papers to ask a new reader about: liked by many, and unlike each other. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

SAME_WORDS, SAME_TOPIC, SAME_CATEGORY = 0.8, 0.5, 0.2  # what each likeness to those chosen before costs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be asked about; ``words`` are those of its title, folded."""

    paper: int
    votes: int
    topic: int
    category: str
    words: frozenset[str]


def spread_out(candidates: Sequence[Candidate], count: int) -> list[int]:
    """Up to ``count`` papers, the most telling first.

    One after the other is taken that has most votes (by their logarithm, from 0 to 1), less what it has in
    common with those before it: words of the title, the topic's share so far, the category's.
    """
    most = log1p(max((candidate.votes for candidate in candidates), default=0)) or 1.0
    likeness = {candidate.paper: 0.0 for candidate in candidates}
    left = {candidate.paper: candidate for candidate in candidates}
    topics: Counter[int] = Counter()
    categories: Counter[str] = Counter()
    chosen: list[int] = []

    def merit(candidate: Candidate) -> tuple[float, int]:
        taken = len(chosen) or 1
        cost = SAME_WORDS * likeness[candidate.paper]
        cost += SAME_TOPIC * topics[candidate.topic] / taken
        cost += SAME_CATEGORY * categories[candidate.category] / taken
        return log1p(candidate.votes) / most - cost, -candidate.paper

    while left and len(chosen) < count:
        best = max(left.values(), key=merit)
        del left[best.paper]
        chosen.append(best.paper)
        topics[best.topic] += 1
        categories[best.category] += 1
        for other in left.values():
            likeness[other.paper] = max(likeness[other.paper], _overlap(best.words, other.words))
    return chosen


def _overlap(words: frozenset[str], others: frozenset[str]) -> float:
    """The share of words that two titles have in common (Jaccard's index)."""
    either = len(words | others)
    return len(words & others) / either if either else 0.0
