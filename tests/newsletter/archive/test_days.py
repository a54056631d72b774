"""The days of the archive: each with its lead and counts, and nothing that is not public."""

from datetime import date, timedelta

import pytest

from newsletter.archive import days
from newsletter.archive.days import DayListing
from newsletter.models import Edition, Entry, MailedPaper
from tests.factories import DAY, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db
TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)


def test_a_day_counts_each_paper_once_and_only_what_is_listed():
    shared, hidden, withdrawn, voted = [make_paper(), make_paper(), make_paper(), make_paper(votes=9)]
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(is_withdrawn=True)
    first = make_edition(make_topic(position=1), [hidden, withdrawn, shared])
    first.entries.filter(paper=hidden).update(is_hidden=True)
    make_edition(make_topic(position=2), [voted, shared])
    only_hidden = make_edition(make_topic(position=3), [hidden])
    only_hidden.entries.update(is_hidden=True)
    make_edition(make_topic(), [make_paper()], day=TOMORROW, state=Edition.State.DRAFT)
    assert days.day_listings(DAY, TOMORROW) == [DayListing(DAY, papers=2, topics=2, lead=voted.pk)]


def test_counts_of_a_month_are_kept_until_something_changes(django_assert_max_num_queries):
    month = date(2026, 3, 1), date(2026, 3, 31)
    first = make_edition(make_topic(), [make_paper(), make_paper()])
    listed = days.day_listings(*month)
    with django_assert_max_num_queries(2):
        assert days.day_listings(*month) == listed
    make_edition(make_topic(), [make_paper()])
    assert days.day_listings(*month)[0].papers == 3
    first.entries.filter(paper=listed[0].lead).update(is_hidden=True)
    assert days.day_listings(*month)[0].papers == 2
    Edition.objects.filter(pk=first.pk).update(state=Edition.State.HELD)
    assert days.day_listings(*month)[0].papers == 1


def test_only_whole_months_are_kept_for_anybody_can_name_other_spans(monkeypatch):
    make_edition(make_topic(), [make_paper()])
    kept = []
    monkeypatch.setattr("newsletter.archive.days.cache.set", lambda key, *_: kept.append(key))
    for first, last in ((YESTERDAY, DAY), (DAY, DAY), (date(2026, 3, 1), date(2026, 4, 30))):
        assert [listing.day for listing in days.day_listings(first, last)] == [DAY]
    assert kept == []
    days.day_listings(date(2026, 3, 1), date(2026, 3, 31))
    assert len(kept) == 1


def test_what_an_editor_pinned_leads_and_else_the_first_topic():
    papers = [make_paper() for _ in range(4)]
    make_edition(make_topic(position=5), papers[2:])
    make_edition(make_topic(position=1), papers[:2])
    assert days.leading_papers(DAY, DAY) == {DAY: papers[0].pk}
    Entry.objects.filter(paper=papers[3]).update(is_pinned=True)
    assert days.leading_papers(DAY, DAY) == {DAY: papers[3].pk}


def test_days_before_and_after_pass_over_days_that_list_nothing():
    for day in (YESTERDAY - timedelta(days=3), YESTERDAY, DAY, TOMORROW):
        make_edition(make_topic(), [make_paper()], day=day)
    Entry.objects.filter(edition__day=YESTERDAY).update(is_hidden=True)
    assert days.day_before(DAY) == YESTERDAY - timedelta(days=3)
    assert (days.day_after(DAY), days.day_after(TOMORROW), days.newest_day()) == (TOMORROW, None, TOMORROW)
    assert days.days_held() == (YESTERDAY - timedelta(days=3), TOMORROW)
    Entry.objects.all().delete()
    assert (days.days_held(), days.newest_day()) == (None, None)


def test_a_day_has_the_first_papers_of_each_topic_and_counts_the_others(django_assert_max_num_queries):
    papers = [make_paper() for _ in range(5)]
    topics = [make_topic("first", position=1), make_topic("second", position=2)]
    make_edition(topics[1], papers[3:], note={"en": "A word."})
    make_edition(topics[0], papers)
    Entry.objects.filter(paper=papers[0]).update(is_hidden=True)
    Entry.objects.filter(paper=papers[4], edition__topic=topics[0]).update(is_pinned=True)
    with django_assert_max_num_queries(2):
        sections = days.day_sections(DAY, each=2)
    assert [(section.topic.slug, section.papers, section.count) for section in sections] == [
        ("first", (papers[4].pk, papers[1].pk), 4),
        ("second", (papers[3].pk, papers[4].pk), 2),
    ]
    assert sections[1].note == {"en": "A word."}
    rest = days.day_section(DAY, "first", start=2, most=9)
    assert rest is not None
    assert (rest.papers, rest.count) == ((papers[2].pk, papers[3].pk), 4)
    assert days.day_section(DAY, "third", start=0, most=9) is None


def test_papers_that_only_readers_searches_found_stand_on_the_day_they_were_first_mailed():
    listed, found, later, hidden = [make_paper() for _ in range(4)]
    make_edition(make_topic(), [listed])
    make_edition(make_topic(), [make_paper()], day=DAY + timedelta(days=3))
    draft = make_edition(make_topic(), [hidden, found], state=Edition.State.DRAFT)
    draft.entries.filter(paper=hidden).update(is_hidden=True)
    for paper, since in (
        (listed, DAY),
        (found, DAY + timedelta(days=2)),
        (later, DAY + timedelta(days=3)),
        (hidden, DAY),
    ):
        MailedPaper.objects.create(paper=paper, since=since)
    assert list(days.other_papers(DAY, DAY + timedelta(days=3))) == [found]
    assert list(days.other_papers(DAY + timedelta(days=3), None)) == [later]
