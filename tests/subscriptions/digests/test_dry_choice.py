"""What the next digests would show, as numbers: the same choice as for sending, made before."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.editions import composition
from newsletter.models import Entry, SummaryDemand
from subscriptions import delivery
from subscriptions.digests import demand
from subscriptions.digests.dry_choice import forecast
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import for_topic
from tests.factories import (
    DAY,
    NOW,
    make_edition,
    make_paper,
    make_picks,
    make_subscriber,
    make_summary,
    make_topic,
)

pytestmark = pytest.mark.django_db

MORNING = NOW - timedelta(hours=6)  # the day's papers were announced at midnight; readers are due at nine
BEFORE = DAY - timedelta(days=1)


def shown(now=MORNING):
    return {pair: (showing.readers, showing.place) for pair, showing in forecast(now).items()}


def draft(topic, papers, **fields):
    return make_edition(topic, papers, state="draft", approved_at=None, **fields)


def test_a_paper_counts_for_each_digest_that_would_show_it():
    one, other = make_topic(), make_topic()
    papers = [make_paper(votes=9 - number) for number in range(4)]
    draft(one, papers[:3])
    draft(other, papers[3:])
    make_subscriber(topics=[one], size=2)
    make_subscriber(topics=[one], size=2, language="ko")
    make_subscriber(topics=[one, other], size=2, language="ko")
    make_subscriber(topics=[one], language="ar", state="paused")
    assert shown() == {
        (papers[0].pk, "en"): (1, 1),
        (papers[1].pk, "en"): (1, 2),
        (papers[0].pk, "ko"): (2, 1),
        (papers[1].pk, "ko"): (1, 2),
        (papers[3].pk, "ko"): (1, 2),
    }


def test_what_is_foreseen_is_what_is_queued_then():
    topics = [make_topic() for _ in range(4)]
    papers = [make_paper(votes=number % 7) for number in range(40)]
    drafts = [draft(topic, papers[number::4]) for number, topic in enumerate(topics)]
    for number in range(12):
        make_subscriber(
            topics=topics[number % 4 :],
            size=1 + number % 5,
            language=("en", "ko", "ar")[number % 3],
            queries=["study"] if number % 5 == 0 else [],
        )
    foreseen = shown()
    composition.approve_all([each.pk for each in drafts], at=MORNING)
    delivery.enqueue(NOW)
    sent = {(pick.paper, row.language) for row in Delivery.objects.all() for pick in row.picks.papers}
    assert foreseen.keys() == sent
    assert shown(NOW).keys() == sent, "what is queued is needed still"


def test_pinned_papers_come_first_and_hidden_ones_let_the_next_move_up():
    topic = make_topic()
    first, second, third = (make_paper(votes=9 - number) for number in range(3))
    draft(topic, [first, second, third])
    make_subscriber(topics=[topic], size=1)
    assert shown() == {(first.pk, "en"): (1, 1)}
    Entry.objects.filter(paper=first).update(is_hidden=True)
    assert shown() == {(second.pk, "en"): (1, 1)}
    Entry.objects.filter(paper=third).update(is_pinned=True)
    assert shown() == {(third.pk, "en"): (1, 0)}


def test_where_digests_wait_for_summaries_the_next_moves_up_for_a_held_one(settings):
    settings.LATE_SUMMARIES = "next-day"
    topic = make_topic()
    first, second = make_paper(votes=9), make_paper()
    draft(topic, [first, second])
    make_subscriber(topics=[topic], size=1)
    row = make_summary(first, "en", state="wanted", sentence="", author="")
    assert shown() == {(first.pk, "en"): (1, 1)}
    type(row).objects.update(state="held")
    assert shown() == {(second.pk, "en"): (1, 1)}


def test_what_an_editor_holds_is_foreseen_with_it_and_without():
    one, other = make_topic(), make_topic()
    held, below, sure = make_paper(votes=9), make_paper(), make_paper()
    make_edition(one, [held], state="held", approved_at=None)
    draft(other, [sure, below])
    make_subscriber(topics=[one, other], size=2)
    assert {paper for paper, _ in shown()} == {held.pk, sure.pk, below.pk}


def test_a_reader_counts_once_the_editions_of_that_day_are_there():
    topic = make_topic()
    old = make_paper(day=BEFORE)
    draft(topic, [old], day=BEFORE)
    make_subscriber(topics=[topic])
    before = NOW - timedelta(hours=20)
    assert shown(before) == {}, "tomorrow's papers are not known yet"
    new = make_paper()
    edition = draft(topic, [new])
    assert shown() == {(new.pk, "en"): (1, 1)}
    edition.delete()
    assert shown(NOW - timedelta(hours=4)) == {}
    assert shown(NOW - timedelta(hours=2)) == {(old.pk, "en"): (1, 1)}, "the last call"


def test_a_weekly_reader_counts_for_the_day_of_the_digest_alone():
    topic = make_topic()
    paper = make_paper()
    draft(topic, [paper])
    reader = make_subscriber(topics=[topic], cadence="weekly", weekday=4)
    Subscriber.objects.update(next_due_at=NOW + timedelta(days=2), last_edition_day=DAY - timedelta(days=5))
    assert shown() == {}
    friday = DAY + timedelta(days=2)
    fresh = make_paper(day=friday)
    draft(topic, [fresh], day=friday)
    assert shown(MORNING + timedelta(days=2)).keys() == {(paper.pk, "en"), (fresh.pk, "en")}
    assert reader.cadence == "weekly"


def test_what_a_reader_had_is_not_foreseen_again():
    topic, other = make_topic(), make_topic()
    first, second, third = (make_paper(votes=9 - number, day=BEFORE) for number in range(3))
    make_edition(topic, [first], day=BEFORE, approved_at=NOW - timedelta(days=1))
    reader = make_subscriber(topics=[topic, other], size=1)
    row = Delivery.objects.create(
        subscriber=reader,
        day=BEFORE,
        language="en",
        state="sent",
        created_at=NOW - timedelta(days=1, hours=1),
        picks=make_picks(first, why=(for_topic(topic.pk),)),
    )
    Subscriber.objects.update(last_edition_day=BEFORE)
    draft(other, [first, second, third])
    assert shown(NOW - timedelta(minutes=30)) == {(second.pk, "en"): (1, 1)}
    Delivery.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(hours=20))
    assert shown(NOW).keys() == {(first.pk, "en"), (second.pk, "en")}, "it just left, and is still read"


def test_the_rows_follow_the_choice_and_what_does_not_change_is_not_written(django_assert_max_num_queries):
    topic = make_topic()
    papers = [make_paper(votes=9 - number) for number in range(3)]
    draft(topic, papers)
    readers = [make_subscriber(topics=[topic], size=2) for _ in range(5)]
    with time_machine.travel(MORNING, tick=False):
        assert demand.publish_demand() == 1
        assert set(SummaryDemand.objects.values_list("paper", "language", "readers", "place")) == {
            (papers[0].pk, "en", 5, 1),
            (papers[1].pk, "en", 5, 2),
        }
        ids = set(SummaryDemand.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(31):
            demand.publish_demand()
        assert set(SummaryDemand.objects.values_list("pk", flat=True)) == ids
        Subscriber.objects.filter(pk=readers[0].pk).update(language="ja")
        demand.publish_demand()
        assert set(SummaryDemand.objects.values_list("paper", "language", "readers")) == {
            (papers[0].pk, "en", 4),
            (papers[1].pk, "en", 4),
            (papers[0].pk, "ja", 1),
            (papers[1].pk, "ja", 1),
        }
        Subscriber.objects.update(state="unsubscribed")
        assert demand.publish_demand() == 0
        assert not SummaryDemand.objects.exists()


def test_the_queries_do_not_grow_with_the_readers(django_assert_max_num_queries):
    topic = make_topic()
    draft(topic, [make_paper() for _ in range(5)])
    make_subscriber(topics=[topic])
    with CaptureQueriesContext(connection) as few:
        forecast(MORNING)
    for _ in range(50):
        make_subscriber(topics=[topic], queries=["study"])
    with django_assert_max_num_queries(len(few) + 3):
        forecast(MORNING)


def test_a_dry_choice_on_a_weekend_is_of_what_came_last():
    topic = make_topic()
    friday = date(2026, 3, 20)
    paper = make_paper(day=friday)
    draft(topic, [paper], day=friday)
    make_subscriber(topics=[topic])
    saturday = NOW + timedelta(days=3)
    Subscriber.objects.update(next_due_at=saturday)
    assert shown(saturday - timedelta(hours=8)) == {(paper.pk, "en"): (1, 1)}
