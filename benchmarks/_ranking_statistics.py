"""How good an order is, and how sure that is: NDCG, and intervals by resampling people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FIRST = 10
SAMPLES = 4000
SEED = 20260101

_GAINS = 1 / np.log2(np.arange(2, FIRST + 2))


def ndcg(scores: npt.NDArray[np.floating], chosen: Collection[int], ties: npt.NDArray[np.floating]) -> float:
    """Normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen, TOIS 2002), 0 to 1.

    ``chosen`` are places in ``scores``; of equal scores the larger of ``ties`` stands first.
    """
    order = np.lexsort((-ties, -scores))[:FIRST]
    hits = np.isin(order, np.fromiter(chosen, np.intp, len(chosen)))
    return float(_GAINS[: len(order)][hits].sum() / _GAINS[: min(FIRST, len(chosen))].sum())


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval, over so many trials of so many people."""

    value: float
    low: float
    high: float
    trials: int
    people: int


def mean_over_people(values: Sequence[float], people: Sequence[str]) -> Mean:
    """The mean of ``values``; the interval resamples people, as one person's trials are alike (bootstrap
    percentiles: Efron and Tibshirani 1993, chapter 13).
    """
    if not values:
        return Mean(0.0, 0.0, 0.0, 0, 0)
    _, person = np.unique(np.asarray(people), return_inverse=True)
    sums, counts = np.bincount(person, values), np.bincount(person)
    chance = np.random.default_rng(SEED)
    drawn = chance.integers(0, len(sums), (SAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Mean(float(np.mean(values)), float(low), float(high), len(values), len(sums))
