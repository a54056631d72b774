"""The figures of a comparison: known values, and what has to hold for any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.digests.measures import (
    gini,
    mean_of,
    ndcg,
    reciprocal_rank,
    sign_test,
    top_share,
    wilson,
)

counts = st.lists(st.integers(0, 1000), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # R's prop.test(…, correct = FALSE).
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval(successes, trials, low, high):
    estimate = wilson(successes, trials)
    assert estimate is not None
    assert estimate.low == pytest.approx(low, abs=5e-5)
    assert estimate.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_interval_holds_its_share_and_stays_within_bounds(numbers):
    estimate = wilson(*numbers)
    assert estimate is not None
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value - 1e-12 <= estimate.high <= 1


def test_the_sign_test_is_exact_for_few_and_close_for_many():
    assert sign_test(9, 1) == pytest.approx(22 / 1024)
    assert sign_test(5, 5) == sign_test(0, 0) == 1.0
    assert sign_test(540, 460) == pytest.approx(sign_test(541, 461), rel=0.02)


@given(st.integers(0, 1500), st.integers(0, 1500))
def test_the_sign_test_treats_both_sides_alike(wins, losses):
    assert 0 <= sign_test(wins, losses) == sign_test(losses, wins) <= 1


def test_coverage_of_even_and_uneven_counts():
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 9]) == pytest.approx(0.75)
    assert top_share([1] * 20) == 0.5
    assert gini([]) == top_share([]) == 0.0


@given(counts)
def test_coverage_is_between_0_and_1_and_not_about_size(values):
    assert -1e-9 <= gini(values) < 1
    assert gini([3 * value for value in values]) == pytest.approx(gini(values))
    assert 0 <= top_share(values) <= 1


def test_places_of_what_was_voted_for():
    assert reciprocal_rank([7, 3, 9], {9, 3}) == 0.5
    assert reciprocal_rank([7, 3], {1}) == 0.0
    assert ndcg([1, 2, 3], {1, 2}) == 1.0
    assert ndcg([3, 1], {1}) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg([1], set()) == 0.0


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_the_better_the_place_the_more_it_counts(order, relevant):
    best_first = sorted(order, key=lambda paper: paper not in relevant)
    assert 0 <= ndcg(order, relevant) <= ndcg(best_first, relevant) == pytest.approx(1)
    assert reciprocal_rank(best_first, relevant) == 1


def test_a_mean_has_an_interval_that_is_always_the_same():
    estimate = mean_of([0.0, 1.0] * 50)
    assert estimate == mean_of([0.0, 1.0] * 50)
    assert estimate is not None
    assert estimate.value == 0.5
    assert 0.38 < estimate.low < 0.45 < 0.55 < estimate.high < 0.62
    assert mean_of([]) is None
