"""When arXiv announces: cut-offs, evenings, daylight saving, holidays, and why a day is empty."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.arxiv import calendar
from newsletter.arxiv.calendar import EmptyCause
from newsletter.errors import InvalidInput

DAYS = st.dates(min_value=date(2017, 1, 1), max_value=date(2045, 12, 31))
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("2017-01-01"),
    max_value=datetime.fromisoformat("2045-12-31"),
    timezones=st.just(UTC),
)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_wednesday_lists_what_was_submitted_from_monday_to_tuesday_afternoon():
    announcement = calendar.announcement_of(date(2026, 3, 18))
    assert announcement is not None
    assert announcement.announced_at == utc("2026-03-18T00:00")  # Tuesday 20:00 in New York, summer time
    assert announcement.submitted_from == utc("2026-03-16T18:00")
    assert announcement.submitted_until == utc("2026-03-17T18:00")
    assert announcement.certain


def test_a_monday_lists_thursday_to_friday_and_a_tuesday_friday_to_monday():
    assert calendar.submission_window(date(2026, 2, 9)) == (utc("2026-02-05T19:00"), utc("2026-02-06T19:00"))
    assert calendar.submission_window(date(2026, 2, 10)) == (utc("2026-02-06T19:00"), utc("2026-02-09T19:00"))


@pytest.mark.parametrize(
    ("day", "announced"),
    [
        ("2026-03-09", "2026-03-09T00:00"),  # the clocks went forward that Sunday morning
        ("2026-03-06", "2026-03-06T01:00"),
        ("2026-11-02", "2026-11-02T01:00"),  # and back on this one
        ("2026-10-30", "2026-10-30T00:00"),
    ],
)
def test_the_evening_keeps_new_yorks_clock_over_daylight_saving(day, announced):
    announcement = calendar.announcement_of(date.fromisoformat(day))
    assert announcement is not None
    assert announcement.announced_at == utc(announced)


def test_the_window_over_the_change_of_clocks_is_an_hour_shorter_or_longer():
    spring, autumn = (
        calendar.submission_window(date(2026, 3, 10)),
        calendar.submission_window(date(2026, 11, 3)),
    )
    assert spring is not None
    assert autumn is not None
    assert spring[1] - spring[0] == timedelta(hours=71)
    assert autumn[1] - autumn[0] == timedelta(hours=73)


@pytest.mark.parametrize(
    ("empty", "follows"),
    [
        ("2026-01-02", "2026-01-05"),  # New Year's Day
        ("2026-01-20", "2026-01-21"),  # Martin Luther King Jr. Day
        ("2026-06-22", "2026-06-23"),  # Juneteenth, a Friday: Sunday's announcement falls out
        ("2026-07-06", "2026-07-07"),
        ("2026-09-08", "2026-09-09"),
        ("2026-11-27", "2026-11-30"),
        ("2026-12-28", "2026-12-29"),
        ("2026-12-30", "2026-12-31"),
        ("2027-01-01", "2027-01-05"),  # 31 December 2026, then New Year's Day 2027, a Friday
    ],
)
def test_a_holiday_takes_an_announcement_away_and_the_next_one_brings_its_papers(empty, follows):
    empty, follows = date.fromisoformat(empty), date.fromisoformat(follows)
    assert calendar.announcement_of(empty) is None
    assert not calendar.is_announcement_day(empty)
    assert calendar.next_day(empty) == follows
    window = calendar.submission_window(follows)
    before = calendar.submission_window(calendar.previous_day(empty))
    assert window is not None
    assert before is not None
    assert window[0] == before[1]


@pytest.mark.parametrize("day", ["2025-05-27", "2026-02-17", "2026-05-26", "2026-10-13", "2026-11-12"])
def test_us_holidays_that_arxiv_does_not_keep_change_nothing(day):
    assert calendar.is_announcement_day(date.fromisoformat(day))


@given(DAYS)
def test_consecutive_windows_meet_without_gap_or_overlap(day):
    following = calendar.next_day(day)
    second = calendar.announcement_of(calendar.next_day(following))
    first = calendar.announcement_of(following)
    assert first is not None
    assert second is not None
    assert first.submitted_from < first.submitted_until == second.submitted_from
    assert first.submitted_until < first.announced_at < second.announced_at
    assert calendar.previous_day(second.day) == first.day


@given(MOMENTS)
def test_every_moment_of_submission_belongs_to_the_one_day_whose_window_holds_it(moment):
    day = calendar.day_of_submission(moment)
    window = calendar.submission_window(day)
    assert window is not None
    assert window[0] <= moment < window[1]


@given(MOMENTS)
def test_the_latest_day_has_been_announced_and_the_next_one_has_not(now):
    day = calendar.latest_day(now)
    this, following = calendar.announcement_of(day), calendar.announcement_of(calendar.next_day(day))
    assert this is not None
    assert following is not None
    assert this.announced_at <= now < following.announced_at


@given(DAYS, MOMENTS, st.booleans())
def test_every_empty_day_has_a_reason_and_a_day_with_papers_has_none(day, now, failed):
    assert calendar.why_empty(day, now=now, source_failed=failed, received=1) is None
    reason = calendar.why_empty(day, now=now, source_failed=failed)
    assert reason is not None
    assert reason.sentence.startswith("arXiv ")
    announcement = calendar.announcement_of(day)
    if announcement is None:
        assert reason.cause is (EmptyCause.WEEKEND if day.weekday() > 4 else EmptyCause.HOLIDAY)
        assert reason.next_day == calendar.next_day(day)
    elif now < announcement.announced_at:
        assert reason.cause is EmptyCause.NOT_YET
    else:
        assert reason.cause is (EmptyCause.SOURCE_FAILED if failed else EmptyCause.SOURCE_LATE)


@pytest.mark.parametrize(
    ("day", "now", "failed", "cause", "part"),
    [
        (
            "2026-03-14",
            "2026-03-14T12:00",
            False,
            EmptyCause.WEEKEND,
            "next are those of Monday 16 March 2026",
        ),
        ("2026-01-20", "2026-01-20T12:00", True, EmptyCause.HOLIDAY, "Martin Luther King Jr. Day"),
        ("2026-03-18", "2026-03-17T12:00", True, EmptyCause.NOT_YET, "Tuesday 17 March, 20:00 New York time"),
        ("2026-03-18", "2026-03-18T00:30", False, EmptyCause.SOURCE_LATE, "30 min later it shows none"),
        ("2026-03-18", "2026-03-18T05:00", False, EmptyCause.SOURCE_LATE, "5 h later it shows none"),
        ("2026-03-18", "2026-03-18T05:00", "HTTP 503", EmptyCause.SOURCE_FAILED, "failed (HTTP 503)"),
    ],
)
def test_the_reason_is_told_in_a_sentence(day, now, failed, cause, part):
    reason = calendar.why_empty(date.fromisoformat(day), now=utc(now), source_failed=failed)
    assert reason is not None
    assert reason.cause is cause
    assert part in reason.sentence
    assert reason.certain


def test_an_unknown_year_falls_back_to_the_us_holidays_and_says_so():
    thanksgiving = date(2028, 11, 23)
    assert not calendar.holidays(2028).published
    assert calendar.holidays(2028).days[thanksgiving] == "Thanksgiving"
    reason = calendar.why_empty(thanksgiving + timedelta(days=1), now=utc("2028-11-24T12:00"))
    assert reason is not None
    assert reason.cause is EmptyCause.HOLIDAY
    assert not reason.certain
    assert "holidays of 2028 are not in our table" in reason.sentence


def test_a_fixed_holiday_on_a_weekend_is_kept_on_the_nearest_working_day():
    assert date(2027, 7, 5) in calendar.holidays(2027).days  # the 4th is a Sunday
    assert date(2027, 12, 24) in calendar.holidays(2027).days  # the 25th is a Saturday
    assert date(2027, 12, 31) in calendar.holidays(2027).days  # New Year's Day 2028 is a Saturday
    assert date(2028, 1, 1) not in calendar.holidays(2028).days


def test_a_window_that_begins_in_an_unknown_year_is_not_certain():
    announcement = calendar.announcement_of(date(2025, 1, 3))
    assert announcement is not None
    assert announcement.submitted_from.year == 2024
    assert not announcement.certain


def test_a_range_gives_its_listing_days_in_order():
    week = calendar.announcement_days(date(2026, 1, 16), date(2026, 1, 22))
    assert [day.isoformat() for day in week] == ["2026-01-16", "2026-01-19", "2026-01-21", "2026-01-22"]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_outside_the_calendar_is_refused_in_words(day):
    with pytest.raises(InvalidInput, match="knows the years 1991 to 9990"):
        calendar.announcement_of(day)


def test_the_recorded_listings_hold_nothing_submitted_after_their_window(recorded):
    name = "cs_ai_cl_cv_lg_dated"
    published = {}
    with gzip.open(recorded / "arxiv_meta" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for paper in map(json.loads, lines):
            published[paper["id"]] = datetime.fromisoformat(paper["published"])
    with gzip.open(recorded / "arxiv_meta" / f"{name}.days.json.gz", "rt", encoding="utf-8") as file:
        listings = json.load(file)
    close = 0
    for text, papers in listings.items():
        day = date.fromisoformat(text)
        if not calendar.is_announcement_day(day) or text == "2026-01-06":
            continue  # weekends, and a day on which the recorder saved the listing of the week before
        announcement = calendar.announcement_of(day)
        assert announcement is not None
        last = max(published[paper] for paper in papers if paper in published)
        assert last < announcement.submitted_until
        close += announcement.submitted_until - last < timedelta(minutes=5)
    assert close > 50
