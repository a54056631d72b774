"""The orders that ours is held against, over the same features.

* ``tfidf``: the mean vector of all liked papers times a paper's vector (Salton and Buckley 1988), nothing
  cut off and nothing faded;
* ``tfidf_authors``, the best known: the same, standardised over the candidates, and who wrote the papers;
* ``svm``: as arxiv-sanity-lite does it, a linear SVM with the squared hinge, C = 0.01 and balanced classes
  over TF-IDF; liked papers against the rest of the recent corpus.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks._ranking_corpus import MemoryCorpus
from newsletter.features.matrix import Features
from newsletter.features.terms import BUCKETS
from newsletter.features.vectors import PaperVector

Scores = npt.NDArray[np.float64]

NEGATIVES = 1000
"""The newest papers: a linear SVM on five times as many orders alike and takes five times as long."""
PENALTY = 0.01
STEPS = 12  # of Newton's method; three or four are enough


def tfidf(likes: Sequence[PaperVector], features: Features) -> Scores:
    """How much papers are like the mean of the liked ones."""
    mean = np.zeros(BUCKETS, np.float32)
    for vector in likes:
        mean[vector.buckets] += vector.weights
    return np.asarray(features.terms @ mean, np.float64) / max(len(likes), 1)


def tfidf_authors(
    likes: Sequence[PaperVector], names: Sequence[npt.NDArray[np.int64]], features: Features
) -> Scores:
    """The same, and 15 · tanh(a / 8), a the sum over liked names of ln(1 + times) · rarity / √authors."""
    times = Counter(name for of_paper in names for name in np.unique(of_paper[of_paper != 0]).tolist())
    weights = np.log1p([times.get(name, 0) for name in features.author_keys.tolist()])
    by_names = np.asarray(features.authors @ weights, np.float64)
    return np.asarray(_standardised(tfidf(likes, features)) + 15 * np.tanh(by_names / 8), np.float64)


def _standardised(values: Scores) -> Scores:
    deviation = float(values.std())
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros_like(values)


class Svm:
    """Fits a reader's likes against the newest papers of a corpus, whose products are made once."""

    def __init__(self, corpus: MemoryCorpus) -> None:
        self._vectors = corpus.vectors[-NEGATIVES:]
        self._first = corpus.papers - len(self._vectors) + 1
        self._rows = _rows(self._vectors)
        self._products = (self._rows @ self._rows.T).toarray()

    def scores(self, likes: Sequence[int], vectors: Sequence[PaperVector], features: Features) -> Scores:
        """The decision function over the papers of ``features``, for likes by number and vector."""
        liked = _rows(vectors)
        is_other = ~np.isin(np.arange(len(self._vectors)) + self._first, likes)
        across = (liked @ self._rows[is_other].T).toarray()
        others = self._products[np.ix_(is_other, is_other)]
        products = np.block([[(liked @ liked.T).toarray(), across], [across.T, others]]) + 1  # the intercept
        signs = np.concatenate([np.ones(len(vectors)), -np.ones(len(others))])
        factors = _solved(products, signs)
        weights = np.zeros(BUCKETS)
        for vector, factor in zip(vectors, factors, strict=False):
            weights[vector.buckets] += factor * vector.weights
        weights += self._rows[is_other].T @ factors[len(vectors) :]
        return np.asarray(features.terms @ weights, np.float64)


def _rows(vectors: Sequence[PaperVector]) -> sparse.csr_array:
    ends = np.cumsum([0, *(len(vector.buckets) for vector in vectors)])
    data = np.concatenate([vector.weights for vector in vectors])
    indices = np.concatenate([vector.buckets for vector in vectors]).astype(np.int64)
    return sparse.csr_array((data, indices, ends), shape=(len(vectors), BUCKETS))


def _solved(products: Scores, signs: Scores) -> Scores:
    """What each training paper brings to the decision.

    Newton's method for the squared hinge (Chapelle, "Training a Support Vector Machine in the Primal", 2007):
    of the papers inside the margin the factors solve (K + D) f = y, D = 1 / (2 C weight); the others bring 0.
    """
    count = len(signs)
    balanced = np.where(signs > 0, count / (2 * (signs > 0).sum()), count / (2 * (signs < 0).sum()))
    slack = 1 / (2 * PENALTY * balanced)
    inside = np.ones(count, bool)
    factors = np.zeros(count)
    for _ in range(STEPS):
        factors = np.zeros(count)
        part = products[np.ix_(inside, inside)]
        factors[inside] = _conjugate_gradient(part, slack[inside], signs[inside])
        now = signs * (products @ factors) < 1
        if np.array_equal(now, inside):
            break
        inside = now
    return factors


def _conjugate_gradient(products: Scores, slack: Scores, signs: Scores) -> Scores:
    """Solves (products + diag(slack)) f = signs, preconditioned by the diagonal."""
    diagonal = slack + products.diagonal()
    factors = np.zeros_like(signs)
    rest = signs.copy()
    step = rest / diagonal
    direction, product = step, float(rest @ step)
    for _ in range(60):
        moved = products @ direction + slack * direction
        length = product / float(direction @ moved)
        factors = factors + length * direction
        rest = rest - length * moved
        if float(rest @ rest) < 1e-10 * len(signs):
            break
        step = rest / diagonal
        following = float(rest @ step)
        direction, product = step + following / product * direction, following
    return factors
