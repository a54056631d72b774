"""Today at the desk: why there are no papers, in the calendar's words, and which of it needs a person."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from newsletter.arxiv import calendar
from newsletter.desk.today import load_content_status
from newsletter.intake.health import days_behind
from newsletter.models import IntakeDay, SourceHealth
from tests.factories import make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 3, 17)
ANNOUNCED = datetime(2026, 3, 17, 0, tzinfo=UTC)  # Monday, 20:00 in New York
LATER = timedelta(hours=7)


@pytest.fixture(autouse=True)
def a_day_before():
    """A service at work, which had Monday's papers."""
    monday = TUESDAY - timedelta(days=1)
    make_edition(make_topic(), [make_paper(day=monday)], day=monday)
    IntakeDay.objects.create(source="arxiv", day=monday, state="done", at=ANNOUNCED - timedelta(hours=20))
    SourceHealth.objects.create(source="arxiv", last_good_day=monday)


def take_in(day, *, state, reason="", at=ANNOUNCED):
    IntakeDay.objects.create(source="arxiv", day=day, state=state, reason=reason, at=at)


def test_a_weekend_needs_nobody():
    take_in(date(2026, 3, 20), state="done")
    content = load_content_status(None, now=datetime(2026, 3, 21, 12, tzinfo=UTC))
    assert content.quiet == "arXiv lists no papers on a weekend; the next are those of Monday 23 March 2026."
    assert content.late == ()


def test_a_holiday_has_its_name():
    take_in(date(2026, 6, 19), state="done")
    now = datetime(2026, 6, 22, 12, tzinfo=UTC)
    content = load_content_status(None, now=now)
    assert "because of Juneteenth on Friday 19 June 2026" in content.quiet
    assert content.late == ()


def test_before_the_announcement_nobody_is_late():
    content = load_content_status(TUESDAY, now=ANNOUNCED - timedelta(hours=1))
    assert content.quiet.startswith("arXiv announces the papers of Tuesday 17 March 2026 on Monday 16 March")
    assert content.late == ()


def test_a_source_is_late_at_once_and_needs_a_person_after_hours():
    soon = load_content_status(TUESDAY, now=ANNOUNCED + timedelta(minutes=30))
    assert "30 min later it shows none" in soon.quiet
    assert soon.late == ()
    later = load_content_status(TUESDAY, now=ANNOUNCED + LATER)
    assert later.late == (later.quiet,)
    assert "7 h later it shows none" in later.quiet


def test_a_source_that_failed_says_how():
    take_in(TUESDAY, state="failed", reason="arXiv answered 503.")
    content = load_content_status(TUESDAY, now=ANNOUNCED + LATER)
    assert content.quiet.endswith("but fetching them failed (arXiv answered 503).")
    assert content.late == (content.quiet,)


def test_a_source_that_failed_before_it_wrote_anything_down_says_how_too():
    SourceHealth.objects.update(last_error="It hung up.", last_error_at=ANNOUNCED + timedelta(hours=1))
    (said,) = load_content_status(TUESDAY, now=ANNOUNCED + LATER).late
    assert said.endswith("fetching them failed (It hung up.).")
    SourceHealth.objects.update(last_error_at=ANNOUNCED - timedelta(days=2))
    (said,) = load_content_status(TUESDAY, now=ANNOUNCED + LATER).late
    assert said.endswith("later it shows none.")


def test_a_circuit_that_is_open_is_told_instead():
    now = ANNOUNCED + LATER
    SourceHealth.objects.update(circuit_open_until=now + timedelta(minutes=10), last_error="503 six times.")
    assert load_content_status(TUESDAY, now=now).late == (
        "arxiv is left alone until 07:10 UTC: 503 six times.",
    )


def test_where_papers_are_there_is_nothing_to_say():
    make_paper(day=TUESDAY)
    take_in(TUESDAY, state="done")
    content = load_content_status(TUESDAY, now=ANNOUNCED + LATER)
    assert (content.quiet, content.late) == ("", ())


def test_the_desk_shows_it(admin_client):
    page = admin_client.get(reverse("admin:index"), {"day": "2026-03-21"}).content.decode()
    assert "arXiv lists no papers on a weekend; the next are those of Monday 23 March 2026." in page


def test_a_year_beyond_all_calendars_is_no_fault():
    assert "9999" in load_content_status(date(9999, 1, 1), now=ANNOUNCED).quiet


def test_the_words_are_the_calendars():
    now = ANNOUNCED + LATER
    reason = calendar.why_empty(TUESDAY, now=now)
    assert reason is not None
    assert load_content_status(TUESDAY, now=now).quiet == reason.sentence


@pytest.mark.parametrize(
    ("source", "last_good", "now", "days"),
    [
        ("arxiv", "2026-03-17", "2026-03-17T12:00Z", 0),
        ("arxiv", "2026-03-17", "2026-03-17T23:59Z", 0),
        ("arxiv", "2026-03-17", "2026-03-18T00:00Z", 1),  # 20:00 in New York: the next is announced
        ("arxiv", "2026-03-20", "2026-03-22T20:00Z", 0),  # a weekend
        ("arxiv", "2026-06-19", "2026-06-23T12:00Z", 1),  # a holiday took Monday's away
        ("arxiv", "2026-03-10", "2026-03-17T12:00Z", 5),
        ("huggingface", "2026-03-16", "2026-03-17T12:00Z", 0),  # today's list is still being filled
        ("huggingface", "2026-03-13", "2026-03-17T12:00Z", 1),
        ("huggingface", "2026-03-17", "2026-03-17T12:00Z", 0),
        ("arxiv-feed", "2026-03-17", "2026-03-17T12:00Z", None),
        ("arxiv", None, "2026-03-17T12:00Z", None),
    ],
)
def test_how_far_a_source_is_behind(source, last_good, now, days):
    last = date.fromisoformat(last_good) if last_good else None
    assert days_behind(source, last, now=datetime.fromisoformat(now)) == days


def test_the_desk_counts_lag_and_todays_requests(admin_client):
    SourceHealth.objects.update(requests_day=TUESDAY, requests_today=12)
    (row,) = load_content_status(None, now=ANNOUNCED + LATER).sources
    assert (row.behind, row.requests) == (1, 12)
    (row,) = load_content_status(None, now=ANNOUNCED + timedelta(days=1)).sources
    assert (row.behind, row.requests) == (2, 0)
    page = admin_client.get(reverse("admin:newsletter_sourcehealth_changelist")).content.decode()
    assert "days behind" in page.lower()
    assert "Days behind" in admin_client.get(reverse("admin:index")).content.decode()
