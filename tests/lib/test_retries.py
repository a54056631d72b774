"""Repeated while the error is one that passes, and no longer than the caller can wait."""

import time

import pytest

from lib.backoff import Backoff
from lib.retries import retry

SOON = Backoff(first=0.001, longest=0.01)


class AwayError(Exception):
    """The server restarts."""


def failing(times, error=AwayError):
    calls = []

    def work():
        calls.append(time.monotonic())
        if len(calls) <= times:
            raise error(f"failure {len(calls)}")
        return "done"

    return work, calls


def test_it_returns_what_the_work_returns_as_soon_as_it_succeeds():
    work, calls = failing(3)
    closed = []
    answer = retry(
        work, errors=(AwayError,), backoff=SOON, patience=30, before_retry=lambda: closed.append(len(calls))
    )
    assert answer == "done"
    assert len(calls) == 4
    assert closed == [1, 2, 3]


def test_the_last_error_is_raised_when_patience_ends():
    work, calls = failing(10**9)
    with pytest.raises(AwayError) as raised:
        retry(work, errors=(AwayError,), backoff=SOON, patience=0.05)
    assert str(raised.value) == f"failure {len(calls)}"
    assert 2 <= len(calls) < 100
    assert calls[-1] - calls[0] >= 0.04


def test_another_error_is_raised_at_once():
    work, calls = failing(1, error=ValueError)
    with pytest.raises(ValueError, match="failure 1"):
        retry(work, errors=(AwayError,), backoff=SOON, patience=30)
    assert len(calls) == 1


def test_the_waits_are_those_of_the_backoff(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    work, _ = failing(4)
    retry(work, errors=(AwayError,), backoff=Backoff(first=1, longest=4), patience=30)
    assert slept == [1, 2, 4, 4]
