"""What tells whether an order of papers helps: shares with their intervals, places, coverage. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import comb, erfc, log2, sqrt

import numpy as np

Z = 1.959964
"""Of the normal distribution, for intervals of 95 %."""
RESAMPLES = 2000
_EXACT = 1000  # from so many comparisons on the normal distribution is as good


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval of 95 %."""

    value: float
    low: float
    high: float


def wilson(successes: int, trials: int) -> Estimate | None:
    """The share of ``successes`` with Wilson's score interval (1927); None without trials."""
    if not trials:
        return None
    share = successes / trials
    middle = (share + Z * Z / (2 * trials)) / (1 + Z * Z / trials)
    half = Z / (1 + Z * Z / trials) * sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0))


def sign_test(wins: int, losses: int) -> float:
    """How likely so uneven a count, or a more uneven one, is where neither side is better; two-sided."""
    trials, fewer = wins + losses, min(wins, losses)
    if not trials:
        return 1.0
    if trials > _EXACT:
        from_middle = max(trials / 2 - fewer - 0.5, 0) / sqrt(trials / 4)
        return float(min(1.0, 2 * _upper_tail(from_middle)))
    ways = sum(comb(trials, count) for count in range(fewer + 1))
    return min(1.0, float(ways / 2 ** (trials - 1)))


def _upper_tail(deviations: float) -> float:
    return erfc(deviations / sqrt(2)) / 2


def gini(counts: Collection[int]) -> float:
    """Gini's coefficient: 0 where all counts are equal, towards 1 where one has everything."""
    ascending, total = sorted(counts), sum(counts)
    if not total:
        return 0.0
    weighed = sum(place * count for place, count in enumerate(ascending, 1))
    return 2 * weighed / (len(ascending) * total) - (len(ascending) + 1) / len(ascending)


def top_share(counts: Collection[int], most: int = 10) -> float:
    """The share of all that the ``most`` largest counts have."""
    total = sum(counts)
    return sum(sorted(counts, reverse=True)[:most]) / total if total else 0.0


def reciprocal_rank(order: Sequence[int], relevant: Collection[int]) -> float:
    """1 / the place of the first relevant paper; 0 where none stands in ``order``."""
    return next((1 / place for place, paper in enumerate(order, 1) if paper in relevant), 0.0)


def ndcg(order: Sequence[int], relevant: Collection[int], *, most: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``most`` places, each relevant paper counting 1."""
    gain = sum(1 / log2(place + 1) for place, paper in enumerate(order[:most], 1) if paper in relevant)
    best = sum(1 / log2(place + 1) for place in range(1, min(len(relevant), most) + 1))
    return gain / best if best else 0.0


def mean_of(values: Sequence[float]) -> Estimate | None:
    """The mean with a percentile bootstrap interval; the same for the same values. None without values."""
    if not values:
        return None
    known = np.asarray(values, np.float64)
    draw = np.random.default_rng(0)
    means = [float(known[draw.integers(0, len(known), len(known))].mean()) for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high))
