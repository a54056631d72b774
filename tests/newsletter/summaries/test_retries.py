"""A call that failed is made again soon, later or never, and a run stops when its endpoint is down."""

from datetime import timedelta

import pytest

from newsletter.errors import ModelError
from newsletter.llm.failures import ModelFailure, failure
from newsletter.llm.limiter import LONGEST_WAIT
from newsletter.summaries.retries import (
    MAX_REFUSALS,
    MAX_TRIES,
    NO_ANSWERS,
    FailureRow,
    may_try_again,
    pause_between_runs,
)

SERVER = failure(ModelFailure.SERVER, "Away.")
RATE = failure(ModelFailure.RATE_LIMITED, "Slow down.")
NO_ANSWER = failure(ModelFailure.NO_ANSWER, "A page of a router.")


def after(row: FailureRow, error: ModelError, times: int) -> bool:
    """Whether the run stops at the last of so many failures, and at none before."""
    stops = []
    for _ in range(times):
        row.note_failure(error)
        stops.append(row.is_too_long_after(error))
    assert not any(stops[:-1])
    return stops[-1]


def test_a_run_stops_when_more_calls_in_a_row_fail_than_are_under_way():
    assert not after(FailureRow(4), SERVER, 16)
    assert after(FailureRow(4), SERVER, 17)


def test_an_answer_begins_a_new_row():
    row = FailureRow(4)
    assert not after(row, SERVER, 16)
    row.note_answer()
    assert not after(row, SERVER, 16)


def test_rate_limits_stop_no_run():
    assert not after(FailureRow(1), RATE, 100)


def test_an_address_that_never_gave_an_answer_is_given_up_soon_and_another_is_not():
    assert after(FailureRow(4), NO_ANSWER, NO_ANSWERS)
    answered = FailureRow(4)
    answered.note_answer()
    assert not after(answered, NO_ANSWER, NO_ANSWERS)


@pytest.mark.parametrize(("error", "most"), [(SERVER, MAX_TRIES), (RATE, MAX_REFUSALS)])
def test_a_call_is_made_a_few_times_in_a_run(error, most):
    assert may_try_again(error, tries=most - 1, wait=LONGEST_WAIT)
    assert not may_try_again(error, tries=most, wait=0.0)
    assert not may_try_again(error, tries=1, wait=LONGEST_WAIT + 1)


def test_between_runs_a_summary_waits_longer_each_time_and_never_less_than_the_provider_asks():
    pauses = [pause_between_runs(releases, wait=0.0) for releases in range(9)]
    assert pauses[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert pauses[-1] == timedelta(hours=6)
    assert pause_between_runs(0, wait=7200.0) == timedelta(hours=2)
