"""Waits double up to a cap; jitter keeps those who failed together from coming back together."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.backoff import Backoff


def test_waits_double_up_to_the_longest():
    backoff = Backoff(first=30, longest=300)
    assert [backoff.seconds(failures) for failures in range(1, 7)] == [30, 60, 120, 240, 300, 300]
    assert backoff.delay(2) == timedelta(minutes=1)


@pytest.mark.parametrize("failures", [-1, 0, 1])
def test_before_a_first_failure_it_is_the_first_wait(failures):
    assert Backoff(first=30, longest=300).seconds(failures) == 30


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_jitter_stays_within_its_shares(failures, chance):
    backoff = Backoff(first=1, longest=60, jitter=(0.5, 1.25))
    plain = Backoff(first=1, longest=60).seconds(failures)
    assert 0.5 * plain <= backoff.seconds(failures, chance=chance) <= 1.25 * plain
    assert backoff.seconds(failures, chance=0) == 0.5 * plain


def test_without_a_first_wait_there_is_none():
    assert Backoff(first=0, longest=60).seconds(5) == 0
