"""Simulated readers: how soon is a taste known, how soon a change of it followed, and what else is shown?

A reader likes one category of the recorded papers. Every day 120 papers of four categories are candidates
and ten are shown: eight by the reader's order, the others outside the favourite as digests have them. The
reader votes on two of them: more for papers of the favourite, and less for the first of the others where
fewer than two are. A taste is known when more of the eight are of the favourite than of any other category;
after :data:`SETTLED` votes the reader likes another, and the change is followed when that one leads.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from benchmarks._ranking_corpus import Counted, MemoryCorpus
from benchmarks._ranking_records import Day, Listed
from newsletter.features.matrix import Features
from subscriptions.taste.profile import TasteProfile, learn
from subscriptions.taste.scoring import combine, score

SUBJECTS = 4
OF_ALL_SORTS = ("", "cs.AI", "cs.LG")
OF_PICTURES = ("cs.GR", "eess.IV")  # as cs.CV is: who changes between these hardly changes
NEWEST = 400  # papers of a subject
OF_SUBJECT = 30  # papers of each subject a day
SHOWN, BY_TASTE = 10, 8
SETTLED = 30
DAYS = 60  # then the same candidates come again
VOTES_A_DAY = 2
NEVER = 60  # votes after which a reader is given up on


@dataclass(frozen=True, slots=True)
class Fair:
    """The candidates of one simulated day, with the subject of each."""

    numbers: Sequence[int]
    subjects: Sequence[str]
    features: Features


@dataclass(frozen=True, slots=True)
class Course:
    """One reader's course: votes until the first taste was known, votes until the change was followed, and
    the share of what was shown between the two that was outside the favourite.
    """

    first: int
    change: int
    outside: float


def readers_are_simulated(days: Sequence[Day], readers: int, seed: int = 20260103) -> list[Course]:
    """The courses of so many readers; none if too few papers of four categories are recorded."""
    papers = _papers_by_subject(days)
    if len(papers) < SUBJECTS:
        return []
    chance = np.random.default_rng(seed)
    corpus = MemoryCorpus(Counted())
    mixed = [paper for of_subject in papers.values() for paper in of_subject]
    corpus.take_in([mixed[place] for place in chance.permutation(len(mixed)).tolist()])
    fairs = [_fair(papers, corpus, chance) for _ in range(DAYS)]
    pairs = [(one, other) for one in papers for other in papers if one != other]
    return [_course(pairs[place % len(pairs)], corpus, fairs, chance) for place in range(readers)]


def _papers_by_subject(days: Sequence[Day]) -> dict[str, list[Listed]]:
    """The newest papers of the four largest categories that hold papers of one sort and are far apart."""
    by_category: dict[str, list[Listed]] = defaultdict(list)
    for day in days:
        for paper in day.others:
            if paper.category not in OF_ALL_SORTS + OF_PICTURES:
                by_category[paper.category].append(paper)
    largest = sorted(by_category.items(), key=lambda item: (-len(item[1]), item[0]))[:SUBJECTS]
    return {subject: papers[-NEWEST:] for subject, papers in largest if len(papers) >= 2 * OF_SUBJECT}


def _fair(papers: dict[str, list[Listed]], corpus: MemoryCorpus, chance: np.random.Generator) -> Fair:
    candidates = [
        of_subject[place]
        for of_subject in papers.values()
        for place in chance.choice(len(of_subject), OF_SUBJECT, replace=False).tolist()
    ]
    numbers = [corpus.numbers[paper.id] for paper in candidates]
    return Fair(numbers, [paper.category for paper in candidates], corpus.features(numbers))


class _Reader:
    """Looks at one digest a day and votes."""

    def __init__(self, corpus: MemoryCorpus, fairs: Sequence[Fair], chance: np.random.Generator) -> None:
        self._corpus = corpus
        self._chance = chance
        first = int(chance.integers(len(fairs)))
        self._days = cycle([*fairs[first:], *fairs[:first]])
        self.profile = TasteProfile()
        self.votes = 0

    def votes_until(self, favourite: str, most: int) -> tuple[int, float]:
        """How many votes until the favourite is known, and the share of the following digests outside it.

        Goes on to vote until there were ``most`` votes.
        """
        begin, known_after, outside = self.votes, NEVER, []
        while self.votes - begin < most:
            fair = next(self._days)
            shown = self._shown(fair)
            is_favourite = [fair.subjects[place] == favourite for place in shown]
            if known_after == NEVER and _leads(favourite, [fair.subjects[place] for place in shown]):
                known_after = self.votes - begin
            if known_after < NEVER:
                outside.append(1 - sum(is_favourite) / len(shown))
            liked = [place for place, right in zip(shown, is_favourite, strict=True) if right]
            others = [place for place in shown if place not in liked]
            for place in [*liked, *others][:VOTES_A_DAY]:
                self._vote(fair.numbers[place], 1 if place in liked else -1)
        return known_after, float(np.mean(outside)) if outside else 0.0

    def _vote(self, number: int, value: int) -> None:
        self.profile = learn(self.profile, self._corpus.lesson(number, value))
        self.votes += 1

    def _shown(self, fair: Fair) -> list[int]:
        prior = self._chance.random(len(fair.numbers)).astype(np.float32)
        parts = score([self.profile], fair.features).of(0)
        order = np.argsort(-combine(parts, self.profile, prior), kind="stable")
        shown = order[:BY_TASTE].tolist()
        unlike = (parts.like <= np.median(parts.like)) & (parts.author <= 0)
        others = [place for place in np.argsort(-prior).tolist() if unlike[place] and place not in shown]
        return [*shown, *others[: SHOWN - BY_TASTE]]


def _leads(favourite: str, subjects: Sequence[str]) -> bool:
    counts = Counter(subjects[:BY_TASTE])
    of_favourite = counts.pop(favourite, 0)
    return of_favourite > max(counts.values(), default=0)


def _course(
    favourites: tuple[str, str], corpus: MemoryCorpus, fairs: Sequence[Fair], chance: np.random.Generator
) -> Course:
    reader = _Reader(corpus, fairs, chance)
    first, outside = reader.votes_until(favourites[0], SETTLED)
    change, _ = reader.votes_until(favourites[1], NEVER)
    return Course(first, change, outside)
