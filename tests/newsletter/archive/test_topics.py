"""The topics of the archive: what each lists, the newest first, in pages."""

from datetime import date, timedelta

import pytest

from newsletter.archive.topics import TopicListing, topic_listings, topic_months, topic_papers
from newsletter.models import Edition
from tests.factories import DAY, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    """Five days with three papers each, over the end of a month."""
    made = make_topic("memory")
    for back in range(0, 25, 5):
        make_edition(
            made, [make_paper(title=f"{back} {place}") for place in range(3)], day=DAY - timedelta(back)
        )
    return made


def test_the_pages_of_a_topic_hold_each_paper_once_the_newest_day_first(topic, django_assert_num_queries):
    with django_assert_num_queries(3):
        whole = topic_papers(topic.pk, most=50)
    assert whole.count == len(set(whole.papers)) == 15
    assert [day for day, _ in whole.papers] == sorted((day for day, _ in whole.papers), reverse=True)
    pages = [topic_papers(topic.pk, start=start, most=4) for start in range(0, 20, 4)]
    assert [paper for page in pages for paper in page.papers] == list(whole.papers)
    assert pages[-1].papers == ()


def test_a_month_has_its_own_papers(topic):
    assert topic_months(topic.pk) == [date(2026, 3, 1), date(2026, 2, 1)]
    march = topic_papers(topic.pk, month=date(2026, 3, 1), start=3, most=4)
    assert march.count == 12
    assert [day for day, _ in march.papers] == [DAY - timedelta(5)] * 3 + [DAY - timedelta(10)]
    assert topic_papers(topic.pk, month=date(2026, 2, 1), most=4).count == 3
    assert topic_papers(topic.pk, month=date(2020, 2, 1), most=4).count == 0


def test_topics_say_how_much_they_list_and_what_is_newest(topic, django_assert_max_num_queries):
    edition = Edition.objects.get(topic=topic, day=DAY)
    first, second, _ = edition.entries.all()
    edition.entries.filter(pk=first.pk).update(is_hidden=True)
    empty, gone = make_topic("empty", position=9), make_topic("gone", is_active=False)
    ended = make_topic("ended", is_active=False, position=10)
    (paper,) = make_edition(ended, [make_paper()], day=DAY).entries.all()
    make_edition(gone, [make_paper()], state=Edition.State.DRAFT)
    with django_assert_max_num_queries(5):
        listings = [each for each in topic_listings() if each.topic in (topic, empty, gone, ended)]
    assert listings == [
        TopicListing(topic, 14, second.paper_id, DAY),
        TopicListing(empty),
        TopicListing(ended, 1, paper.paper_id, DAY),
    ]
