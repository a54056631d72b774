"""Which papers are nearest to some, by their rare words and by who wrote them. Pure.

All are looked at in batches, so that memory is that of one batch, however many papers there are.
"""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from newsletter.features.matrix import Keys
from newsletter.features.terms import BUCKETS, Buckets, Weights
from newsletter.features.vectors import STEPS, PaperVector

RARE = 3 * STEPS  # of terms that are compared, in a paper that has enough of them: one paper in twenty
FARTHEST = 0.03  # what papers must have in common to be called related
TOUCHING = 0.01  # and those of one author, whose name others may have
OF_AN_AUTHOR = 0.03  # added for each author that both have
MOST_AUTHORS = 3  # counted in that
TERMS_NAMED = 12  # shared terms of a pair that are kept, of which some can be spelled


@dataclass(frozen=True, slots=True)
class Profile:
    """A paper (id): its rare terms in ascending buckets, and the keys of its authors' names."""

    paper: int
    buckets: Buckets
    weights: Weights
    names: frozenset[int]

    @classmethod
    def of(cls, paper: int, vector: PaperVector, names: Keys) -> "Profile":
        """The profile of a paper with those features. What stands in many papers says little and costs most.

        The first papers of a corpus have no rare terms: of theirs the rarer half is compared.
        """
        rarities = vector.rarities
        kept = rarities >= min(RARE, int(np.median(rarities)) if len(rarities) else 0)
        return cls(paper, vector.buckets[kept], vector.weights[kept], frozenset(names.tolist()) - {0})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A paper near another: how near (0-1 and more for authors), and what both have, the most telling first.

    ``buckets`` are of terms, ``names`` are keys of authors.
    """

    paper: int
    score: float
    buckets: tuple[int, ...]
    names: tuple[int, ...]


_Candidate = tuple[float, int, Profile]


class NearestPapers:
    """The ``most`` nearest of each of ``papers`` among all that :meth:`look_at` was shown.

    ``personal`` are the keys of names that are rare enough to be one person's.
    """

    def __init__(self, papers: Sequence[Profile], *, personal: Collection[int], most: int) -> None:
        self._papers, self._most = papers, most
        self._personal = {name: column for column, name in enumerate(personal)}
        self._terms = _terms_matrix(papers)
        self._names = self._names_matrix(papers)
        self._nearest: list[list[_Candidate]] = [[] for _ in papers]

    def look_at(self, others: Sequence[Profile]) -> None:
        """Compare with ``others``, each of which is shown once."""
        alike = (self._terms @ _terms_matrix(others).T).tocsr()
        shared = (self._names @ self._names_matrix(others).T).tocsr()
        shared.data = np.minimum(shared.data, MOST_AUTHORS) * np.float32(OF_AN_AUTHOR)
        for row in range(len(self._papers)):
            places, scores = _near_places(alike, shared, row, self._most)
            for place, score in zip(places.tolist(), scores.tolist(), strict=True):
                other = others[place]
                if other.paper != self._papers[row].paper:
                    self._keep(row, (score, other.paper, other))

    def _keep(self, row: int, candidate: _Candidate) -> None:
        nearest = self._nearest[row]
        if len(nearest) < self._most:
            heapq.heappush(nearest, candidate)
        elif candidate[:2] > nearest[0][:2]:
            heapq.heapreplace(nearest, candidate)

    def results(self) -> Iterator[tuple[int, list[Neighbour]]]:
        """Each of the papers (id) with its nearest, the nearest first."""
        for paper, candidates in zip(self._papers, self._nearest, strict=True):
            ordered = sorted(candidates, key=lambda each: each[:2], reverse=True)
            yield paper.paper, [self._neighbour(paper, other, score) for score, _, other in ordered]

    def _neighbour(self, paper: Profile, other: Profile, score: float) -> Neighbour:
        mine, theirs = _shared_places(paper.buckets, other.buckets)
        order = np.argsort(-paper.weights[mine] * other.weights[theirs], kind="stable")[:TERMS_NAMED]
        buckets = paper.buckets[mine[order]]
        names = sorted(name for name in paper.names & other.names if name in self._personal)
        return Neighbour(other.paper, score, tuple(buckets.tolist()), tuple(names))

    def _names_matrix(self, papers: Sequence[Profile]) -> sparse.csr_array:
        columns = [
            np.array(sorted(self._personal[name] for name in each.names if name in self._personal), np.int32)
            for each in papers
        ]
        ones = [np.ones(len(names), np.float32) for names in columns]
        return _matrix(columns, ones, max(len(self._personal), 1))


def _near_places(
    alike: sparse.csr_array, shared: sparse.csr_array, row: int, most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Where in the batch the nearest of one row stand, and how near they are."""
    begin, end = alike.indptr[row], alike.indptr[row + 1]
    places, scores = alike.indices[begin:end].astype(np.int64), alike.data[begin:end]
    with_author, parts = _row(shared, row)
    if len(with_author):
        bonus = dict(zip(with_author.tolist(), parts.tolist(), strict=True))
        near = scores >= TOUCHING
        places, scores = places[near], scores[near]
        scores = scores + np.array([bonus.get(place, 0.0) for place in places.tolist()], np.float32)
    near = scores >= FARTHEST
    places, scores = places[near], scores[near]
    if len(places) > most + 1:  # one of them may be the paper itself
        best = np.argpartition(scores, -(most + 1))[-(most + 1) :]
        places, scores = places[best], scores[best]
    return places, scores


def _shared_places(mine: Buckets, theirs: Buckets) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where the buckets that both have stand in each; both are ascending."""
    at = np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)
    places = np.flatnonzero(theirs[at] == mine)
    return places, at[places]


def _row(matrix: sparse.csr_array, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    begin, end = matrix.indptr[row], matrix.indptr[row + 1]
    return matrix.indices[begin:end], matrix.data[begin:end]


def _terms_matrix(papers: Sequence[Profile]) -> sparse.csr_array:
    return _matrix([each.buckets for each in papers], [each.weights for each in papers], BUCKETS)


def _matrix(
    columns: Sequence[npt.NDArray[np.integer]], values: Sequence[Weights], width: int
) -> sparse.csr_array:
    ends = np.cumsum([0, *map(len, columns)], dtype=np.int32)
    data = np.concatenate([*values, np.zeros(0, np.float32)]).astype(np.float32)
    indices = np.concatenate([*columns, np.zeros(0, np.int32)]).astype(np.int32)
    return sparse.csr_array((data, indices, ends), shape=(len(columns), width))
