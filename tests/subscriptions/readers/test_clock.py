"""The reader's clock: right on the nights when clocks change, and on days that a zone skipped."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidInput
from subscriptions.readers.clock import (
    Schedule,
    due_after_change,
    local_day,
    moment_of,
    next_due,
    zone_named,
)


def at(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        ("Europe/Berlin", 8, at(2026, 3, 28, 12), at(2026, 3, 29, 6)),  # summer time began that night
        ("Europe/Berlin", 2, at(2026, 3, 28, 12), at(2026, 3, 29, 1)),  # 02:00 does not exist: 03:00
        ("Europe/Berlin", 2, at(2026, 10, 24, 12), at(2026, 10, 25, 0)),  # 02:00 comes twice: the first
        ("Europe/Berlin", 2, at(2026, 10, 25, 0), at(2026, 10, 26, 1)),  # and not again an hour later
        ("America/New_York", 2, at(2026, 3, 7, 12), at(2026, 3, 8, 7)),
        ("America/Santiago", 0, at(2026, 9, 5, 12), at(2026, 9, 6, 4)),  # midnight does not exist: 01:00
        (
            "Australia/Lord_Howe",
            2,
            at(2026, 10, 3, 12),
            at(2026, 10, 3, 15, 30),
        ),  # half an hour's jump: 02:30
        ("Asia/Kathmandu", 7, at(2026, 1, 1), at(2026, 1, 1, 1, 15)),
        ("Pacific/Apia", 8, at(2011, 12, 29, 19), at(2011, 12, 30, 18)),  # the 30th was skipped there
        ("UTC", 8, at(2026, 1, 1, 8), at(2026, 1, 2, 8)),  # strictly after
    ],
)
def test_the_next_digest_is_at_the_readers_hour(zone, hour, after, due):
    assert next_due(after, zone=zone, hour=hour) == due


def test_weekdays_and_weeks():
    friday = at(2026, 3, 6, 20)
    assert next_due(friday, zone="UTC", hour=8, cadence="weekdays") == at(2026, 3, 9, 8)
    assert next_due(friday, zone="UTC", hour=8, cadence="weekly", weekday=4) == at(2026, 3, 13, 8)
    assert next_due(friday, zone="UTC", hour=21, cadence="weekly", weekday=4) == at(2026, 3, 6, 21)


def test_the_weekday_is_the_readers_own():
    # Sunday evening in UTC is Monday morning in Auckland.
    assert next_due(at(2026, 3, 8, 12), zone="Pacific/Auckland", hour=7, cadence="weekdays") == at(
        2026, 3, 8, 18
    )


def test_the_local_day():
    now = at(2026, 3, 18, 23, 30)
    assert local_day(now, "Asia/Seoul") == date(2026, 3, 19)
    assert local_day(now, "Pacific/Honolulu") == date(2026, 3, 18)


def test_unknown_zones_and_cadences_are_refused():
    for name in ("Mars/Base", "../../etc/passwd", "", "\0"):
        with pytest.raises(InvalidInput):
            zone_named(name)
    with pytest.raises(InvalidInput):
        next_due(at(2026, 1, 1), zone="UTC", hour=8, cadence="hourly")


def test_a_skipped_day_has_no_moment():
    assert moment_of(date(2011, 12, 30), 8, zone_named("Pacific/Apia")) is None


ZONES = ["UTC", "Europe/London", "America/Sao_Paulo", "Australia/Sydney", "Asia/Tehran", "Africa/Casablanca"]


@given(
    after=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made aware below
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
)
def test_every_day_once_and_never_early(after, zone, hour):
    now = after.replace(tzinfo=UTC)
    first = next_due(now, zone=zone, hour=hour)
    second = next_due(first, zone=zone, hour=hour)
    assert now < first <= now + timedelta(hours=49)
    assert local_day(second, zone) == local_day(first, zone) + timedelta(days=1)
    assert first.astimezone(ZoneInfo(zone)).hour in (hour, hour + 1)


@pytest.mark.parametrize(
    ("due", "now", "hour", "cadence", "expected"),
    [
        ("2026-03-18 08:00", "2026-03-18 07:30", 7, "daily", "2026-03-18 08:00"),  # the new hour has passed
        ("2026-03-18 08:00", "2026-03-18 07:30", 9, "daily", "2026-03-18 09:00"),
        ("2026-03-18 10:20", "2026-03-18 09:30", 8, "daily", "2026-03-18 10:20"),  # it waits for its papers
        ("2026-03-19 08:00", "2026-03-18 09:30", 7, "daily", "2026-03-19 07:00"),  # today's was had
        ("2026-03-18 08:00", "2026-03-18 07:30", 7, "weekly", "2026-03-20 07:00"),  # today is no day any more
        (None, "2026-03-18 07:30", 7, "daily", "2026-03-19 07:00"),
    ],
)
def test_a_change_of_wishes_does_not_lose_todays_digest(due, now, hour, cadence, expected):
    due_before = moment(due) if due else None
    due_then = due_after_change(due_before, moment(now), Schedule("UTC", hour, cadence, weekday=4))
    assert due_then == moment(expected)
