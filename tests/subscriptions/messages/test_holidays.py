"""A digest says when arXiv had no papers because of a holiday, once, and calls nothing else a holiday."""

import email
import email.policy
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.arxiv import calendar
from newsletter.languages import LANGUAGES
from newsletter.models import IntakeDay
from newsletter.rendering.layout import DayWithoutPapers
from newsletter.rendering.phrases import phrases
from subscriptions.messages import build_batch
from subscriptions.messages.holidays import load_days_without_papers
from subscriptions.messages.page import build_page
from subscriptions.models import Delivery
from subscriptions.picks import Pick, Picks, for_topic
from tests.factories import make_edition, make_paper, make_subscriber, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

# Juneteenth, a Friday: its cut-off is void, and nothing is listed on Monday the 22nd.
FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (datetime(2026, 6, day, 12, tzinfo=UTC) for day in (19, 22, 23, 24))


@pytest.fixture
def picks():
    paper, topic = make_paper(), make_topic()
    edition = make_edition(topic, [paper])
    return Picks(
        papers=(Pick(paper.pk, (for_topic(topic.pk),)),), new=1, topics=(topic.pk,), editions=(edition.pk,)
    )


def deliver(reader, picks, at, *, state="queued"):
    return Delivery.objects.create(
        subscriber=reader, day=at.date(), picks=picks, language=reader.language, created_at=at, state=state
    )


def said(delivery):
    """The sentence on the day without papers in both parts and on the page; they say the same."""
    parsed = email.message_from_bytes(
        build_batch([delivery], now=delivery.created_at)[delivery.pk].data, policy=email.policy.default
    )
    text, html = (part.get_content() for part in parsed.iter_parts())
    page = build_page(delivery) or ""
    found = {
        holiday
        for holiday in ("Juneteenth", "Thanksgiving", "Christmas")
        if f"because arXiv observed {holiday}." in text
    }
    for holiday in found:
        assert f"because arXiv observed {holiday}." in html
        assert f"because arXiv observed {holiday}." in page
    return found


def test_a_digest_of_the_day_itself_says_that_there_is_nothing_new_today(picks):
    reader = make_subscriber()
    deliver(reader, picks, FRIDAY, state="sent")
    monday = deliver(reader, picks, MONDAY)
    assert load_days_without_papers([monday])[monday.pk] == (date(2026, 6, 22), "Juneteenth", True)
    assert said(monday) == {"Juneteenth"}


def test_the_next_digest_says_it_where_none_was_sent_and_only_then(picks):
    silent, told = make_subscriber(), make_subscriber()
    for reader in (silent, told):
        deliver(reader, picks, FRIDAY, state="sent")
    deliver(told, picks, MONDAY, state="sent")
    deliver(silent, picks, MONDAY, state="failed")
    late, known = deliver(silent, picks, TUESDAY), deliver(told, picks, TUESDAY)
    assert load_days_without_papers([late, known]) == {late.pk: (date(2026, 6, 22), "Juneteenth", False)}
    assert said(late) == {"Juneteenth"}
    Delivery.objects.filter(pk=late.pk).update(state="sent")
    after = deliver(silent, picks, WEDNESDAY)
    assert said(after) == set()


def test_a_reader_of_a_first_digest_is_told_and_who_reads_once_a_week_is_not(picks):
    first, weekly = make_subscriber(), make_subscriber(cadence="weekly")
    deliver(weekly, picks, TUESDAY - timedelta(days=7), state="sent")
    assert load_days_without_papers(
        [deliver(first, picks, TUESDAY), deliver(weekly, picks, TUESDAY)]
    ).keys() == {Delivery.objects.get(subscriber=first).pk}


@pytest.mark.parametrize(("state", "is_holiday"), [("done", False), ("empty", True), ("failed", True)])
def test_what_was_taken_in_counts_more_than_the_calendar(picks, state, is_holiday):
    IntakeDay.objects.create(source="arxiv", day=date(2026, 6, 22), state=state, at=MONDAY)
    monday = deliver(make_subscriber(), picks, MONDAY)
    assert said(monday) == ({"Juneteenth"} if is_holiday else set())


@pytest.mark.parametrize("state", ["empty", "failed"])
def test_a_late_or_missing_announcement_is_no_holiday(picks, state):
    IntakeDay.objects.create(source="arxiv", day=date(2026, 6, 10), state=state, at=MONDAY)
    assert said(deliver(make_subscriber(), picks, datetime(2026, 6, 10, 12, tzinfo=UTC))) == set()
    assert said(deliver(make_subscriber(), picks, datetime(2026, 6, 11, 12, tzinfo=UTC))) == set()


def test_weekends_are_no_surprise(picks):
    for day in range(13, 16):
        assert said(deliver(make_subscriber(), picks, datetime(2026, 6, day, 12, tzinfo=UTC))) == set()


def test_a_day_counts_from_its_announcement_whatever_the_readers_zone(picks):
    """At 8:00 in Seoul on Tuesday arXiv's Monday list would be the newest."""
    reader = make_subscriber(time_zone="Asia/Seoul")
    delivery = deliver(reader, picks, datetime(2026, 6, 22, 23, tzinfo=UTC))
    assert load_days_without_papers([delivery])[delivery.pk].is_today


# Thanksgiving and New Year's Eve: nothing is listed on the Fridays after them.
@pytest.mark.parametrize(
    ("moment", "day", "is_today"),
    [
        (datetime(2026, 11, 27, 13, tzinfo=UTC), date(2026, 11, 27), True),
        (datetime(2026, 11, 27, 23, tzinfo=UTC), date(2026, 11, 27), True),  # Saturday in Seoul
        (datetime(2026, 11, 28, 13, tzinfo=UTC), date(2026, 11, 27), False),
        (datetime(2026, 11, 29, 13, tzinfo=UTC), date(2026, 11, 27), False),
        (datetime(2027, 1, 2, 13, tzinfo=UTC), date(2027, 1, 1), False),
        (datetime(2027, 1, 3, 13, tzinfo=UTC), date(2027, 1, 1), False),
        (datetime(2026, 6, 22, 3, tzinfo=UTC), date(2026, 6, 22), True),  # Sunday evening in New York
    ],
)
def test_at_a_weekend_fridays_holiday_is_told_with_its_date(picks, moment, day, is_today):
    first, reader = make_subscriber(), make_subscriber()
    deliver(
        reader,
        picks,
        datetime(day.year, day.month, day.day, 13, tzinfo=UTC) - timedelta(days=1),
        state="sent",
    )
    deliveries = [deliver(first, picks, moment), deliver(reader, picks, moment)]
    told = load_days_without_papers(deliveries)
    assert {each: (news.day, news.is_today) for each, news in told.items()} == {
        delivery.pk: (day, is_today) for delivery in deliveries
    }


def test_the_queries_are_two_around_a_holiday_however_many_readers_and_else_none(picks):
    for count in (1, 6):
        deliveries = [deliver(make_subscriber(), picks, MONDAY) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(load_days_without_papers(deliveries)) == count
        assert len(queries) == 2
    usual = [deliver(make_subscriber(), picks, datetime(2026, 3, 18, 12, tzinfo=UTC))]
    with CaptureQueriesContext(connection) as queries:
        assert load_days_without_papers(usual) == {}
    assert len(queries) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_holiday_has_a_name_in_every_language(language):
    names = {name for year in range(2022, 2032) for name in calendar.holidays(year).days.values()}
    for name in names:
        for is_today in (True, False):
            day = DayWithoutPapers(date(2026, 6, 22), name, is_today)
            sentence = day.sentence(language)
            assert phrases(language).say(f"holiday.{name}") in sentence
            assert (phrases(language).day(day.day) in sentence) is not is_today
            assert "arXiv" in sentence
