"""The corpus of features in memory instead of a database: what papers are about, and what a vote teaches."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from benchmarks._ranking_records import Listed
from newsletter.features.corpus import MOST_NAMES, RECENT
from newsletter.features.matrix import CorpusView, Features, Keys, features_of, mean_vector
from newsletter.features.names import author_key
from newsletter.features.terms import Buckets, Weights, count_terms
from newsletter.features.vectors import Frequencies, PaperVector
from subscriptions.taste.profile import OTHER_PAPERS, Lesson, OtherPaper, VotedAuthor, learned_names

BACKGROUND_TERMS = 30_000


class Counted:
    """The terms and names of papers, counted once however many corpora take them in."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Buckets, Weights, Keys]] = {}

    def of(self, paper: Listed) -> tuple[Buckets, Weights, Keys]:
        """The paper's terms with their counts, and the keys of its authors."""
        if paper.id not in self._known:
            keys = np.array([author_key(name) for name in paper.authors[:MOST_NAMES]], np.int64)
            self._known[paper.id] = (*count_terms(paper.title, paper.abstract), keys)
        return self._known[paper.id]


class MemoryCorpus:
    """Papers by their number, from 1 in the order in which they came, as the product's corpus has them."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._frequencies = Frequencies()
        self._with_name: dict[int, list[int]] = {}
        self.numbers: dict[str, int] = {}
        self.vectors: list[PaperVector] = []
        self.names: list[Keys] = []

    @property
    def papers(self) -> int:
        """How many papers were taken in: the number of the newest."""
        return self._frequencies.papers

    def take_in(self, papers: Sequence[Listed]) -> None:
        """Count the new papers of a day in; each gets its vector by the frequencies after that."""
        papers = [paper for paper in papers if paper.id not in self.numbers]
        counted = [self._counted.of(paper) for paper in papers]
        for buckets, _, _ in counted:
            self._frequencies.add(buckets)
        for paper, (buckets, weights, names) in zip(papers, counted, strict=True):
            self.vectors.append(self._frequencies.vector(buckets, weights))
            self.names.append(names)
            self.numbers[paper.id] = len(self.vectors)
            for name in np.unique(names[names != 0]).tolist():
                self._with_name.setdefault(name, []).append(len(self.vectors))
        self.__dict__.pop("background", None)

    @cached_property
    def background(self) -> PaperVector:
        """The mean vector of the most recent papers."""
        return mean_vector(self.vectors[-RECENT:], most_terms=BACKGROUND_TERMS)

    def features(self, numbers: Sequence[int]) -> Features:
        """The features of some papers, as they are now."""
        names = [self.names[number - 1] for number in numbers]
        counts = {
            name: len(self._with_name[name]) for of_paper in names for name in of_paper.tolist() if name
        }
        return features_of(
            numbers,
            [self.vectors[number - 1] for number in numbers],
            names,
            CorpusView(self.papers, counts, self.background),
        )

    def lesson(self, number: int, value: int = 1) -> Lesson:
        """What a vote on a paper teaches that is cast now."""
        authors = []
        for name in learned_names(self.names[number - 1]):
            with_name = self._with_name.get(name, [])
            until = bisect_right(with_name, self.papers)
            others = [
                OtherPaper(self.vectors[other - 1], self.names[other - 1])
                for other in with_name[:until][-OTHER_PAPERS:]
                if other != number
            ]
            authors.append(VotedAuthor(name, until, others))
        return Lesson(number, value, self.vectors[number - 1], authors, self.papers)
