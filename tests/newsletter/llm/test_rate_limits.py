from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.llm.rate_limits import (
    LONGEST_WAIT,
    RateLimits,
    parse_duration,
    read_rate_limits,
    requested_wait,
)

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6ms", 0.006),
        ("8.64s", 8.64),
        ("1m30.5s", 90.5),
        ("6h0m1s", 21601.0),
        ("12", 12.0),
        ("0", 0.0),
        ("-5", 0.0),
        (" 2.5 ", 2.5),
        (str(int(NOW.timestamp()) + 30), 30.0),
        (str((int(NOW.timestamp()) + 30) * 1000), 30.0),
        ("Wed, 18 Mar 2026 12:00:45 GMT", 45.0),
        ("Wed, 18 Mar 2026 11:00:45 GMT", 0.0),
        ("999999999", LONGEST_WAIT),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1 fortnight", None),
    ],
)
def test_durations_in_all_their_shapes(text, value):
    assert parse_duration(text, now=NOW) == (pytest.approx(value) if value is not None else None)


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry-after": "1", "retry-after-ms": "0"}, "", 1.0),
        ({"retry-after": "1", "retry-after-ms": "2500"}, "", 2.5),
        ({"retry-after-ms": "400"}, "", 0.4),
        ({"retry-after": "Wed, 18 Mar 2026 12:01:00 GMT"}, "", 60.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "8.64s"}, "", 8.64),
        (
            {
                "x-ratelimit-remaining-requests": "9",
                "x-ratelimit-reset-requests": "1h",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "6ms",
            },
            "",
            0.006,
        ),
        ({}, "Rate limit reached. Please try again in 7.66s. Visit", 7.66),
        ({}, "Please retry after 20 seconds", 20.0),
        ({}, "try again in 1m12s", 72.0),
        ({}, "nothing", None),
        ({"retry-after": "later"}, "", None),
    ],
)
def test_how_long_to_wait(headers, message, wait):
    found = requested_wait(headers, message=message, now=NOW)
    assert found == (pytest.approx(wait) if wait is not None else None)


def test_limits_are_read_whoever_names_them():
    assert read_rate_limits(
        {
            "x-ratelimit-limit-requests": "30000",
            "x-ratelimit-remaining-requests": "29999",
            "x-ratelimit-reset-requests": "2ms",
            "x-ratelimit-limit-tokens": "150000000",
            "x-ratelimit-remaining-tokens": "149999225",
            "x-ratelimit-reset-tokens": "0s",
        },
        now=NOW,
    ) == RateLimits(30000, 29999, 0.002, 150000000, 149999225, 0.0)
    assert read_rate_limits({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "5"}, now=NOW) == RateLimits(
        remaining_requests=3, reset_requests=5.0
    )
    assert read_rate_limits({"x-ratelimit-remaining-requests": "-1"}, now=NOW).remaining_requests == 0
    assert read_rate_limits({"x-ratelimit-remaining-tokens": "many"}, now=NOW) == RateLimits()


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_header_is_survived(text, message):
    headers = {"retry-after": text, "retry-after-ms": text, "x-ratelimit-reset-tokens": text}
    wait = requested_wait(headers, message=message, now=NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
    read_rate_limits(headers, now=NOW)
