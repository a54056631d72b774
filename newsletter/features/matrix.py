"""The features of many papers as sparse matrices, a row for each paper. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from newsletter.features.terms import BUCKETS, Weights
from newsletter.features.vectors import PaperVector, name_rarity

Keys = npt.NDArray[np.int64]
NO_VECTOR = PaperVector(np.zeros(0, np.uint32), np.zeros(0, np.float32), np.zeros(0, np.uint8))


@dataclass(frozen=True)
class Features:
    """``papers`` are ids, in the order of the rows.

    ``terms`` (papers x BUCKETS) are the papers' vectors; ``background`` is how much each is like the mean of
    recent papers. ``authors`` (papers x names) holds each name's rarity, divided by the root of how many
    names the paper has; its columns are ``author_keys``, ascending.
    """

    papers: tuple[int, ...]
    terms: sparse.csr_array
    background: Weights
    author_keys: Keys
    authors: sparse.csr_array

    @cached_property
    def papers_by_term(self) -> sparse.csr_array:
        """The vectors turned over: BUCKETS x papers."""
        return self.terms.T.tocsr()

    @cached_property
    def papers_by_author(self) -> sparse.csr_array:
        """The names turned over: names x papers."""
        return self.authors.T.tocsr()


@dataclass(frozen=True, slots=True)
class CorpusView:
    """What the features of some papers are weighed by: how many ``papers`` there are, on how many of them
    each name (key) stands, and the mean vector of the recent ones.
    """

    papers: int
    with_name: Mapping[int, int]
    background: PaperVector = NO_VECTOR


def features_of(
    papers: Sequence[int], vectors: Sequence[PaperVector], names: Sequence[Keys], corpus: CorpusView
) -> Features:
    """The features of ``papers``, whose vectors and names (keys, 0 for none) are given in their order."""
    terms = _rows([vector.buckets for vector in vectors], [vector.weights for vector in vectors], BUCKETS)
    keys = [np.unique(of_paper[of_paper != 0]) for of_paper in names]
    author_keys = np.unique(np.concatenate([*keys, np.zeros(0, np.int64)]))
    counts = np.fromiter(
        (corpus.with_name.get(key, 0) for key in author_keys.tolist()), np.int64, len(author_keys)
    )
    rarity = name_rarity(corpus.papers, counts)
    columns = [np.searchsorted(author_keys, of_paper).astype(np.int32) for of_paper in keys]
    values = [rarity[column] / np.float32(np.sqrt(max(len(column), 1))) for column in columns]
    mean = np.zeros(BUCKETS, np.float32)
    mean[corpus.background.buckets] = corpus.background.weights
    return Features(
        papers=tuple(papers),
        terms=terms,
        background=np.asarray(terms @ mean, np.float32),
        author_keys=author_keys,
        authors=_rows(columns, values, len(author_keys)),
    )


def _rows(
    columns: Sequence[npt.NDArray[np.uint32] | npt.NDArray[np.int32]], values: Sequence[Weights], width: int
) -> sparse.csr_array:
    ends = np.cumsum([0, *map(len, columns)], dtype=np.int32)
    data = np.concatenate([*values, np.zeros(0, np.float32)]).astype(np.float32)
    indices = np.concatenate([*columns, np.zeros(0, np.int32)]).astype(np.int32)
    return sparse.csr_array((data, indices, ends), shape=(len(columns), width))


def mean_vector(vectors: Sequence[PaperVector], *, most_terms: int) -> PaperVector:
    """The mean of ``vectors``, of its ``most_terms`` largest terms."""
    if not vectors:
        return NO_VECTOR
    total = np.zeros(BUCKETS, np.float32)
    for vector in vectors:
        total[vector.buckets] += vector.weights
    buckets = np.flatnonzero(total)
    if len(buckets) > most_terms:
        largest = np.argpartition(total[buckets], -most_terms)[-most_terms:]
        buckets = np.sort(buckets[largest])
    rarities = np.zeros(len(buckets), np.uint8)  # of no use in a mean that nothing is added to
    return PaperVector(buckets.astype(np.uint32), total[buckets] / np.float32(len(vectors)), rarities)
