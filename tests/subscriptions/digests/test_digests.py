"""Choosing: the right papers, each once, a fair mix, and why each is there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lib.chunks import chunked
from newsletter.models import Edition, Entry
from subscriptions.digests import choose_batch
from subscriptions.digests.candidates import CandidateIndexCache
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import PINNED, Pick, for_topic
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


def choose(*readers, now=NOW):
    return choose_batch(
        [*Subscriber.objects.filter(pk__in=[reader.pk for reader in readers]).order_by("pk")], now=now
    )


def picked(choice):
    return [pick.paper for pick in choice.picks.papers]


def remember(choice, *, at=NOW):
    """As the ledger does: a row, and the day that the reader has had."""
    Subscriber.objects.filter(pk=choice.subscriber_id).update(last_edition_day=choice.edition_day)
    return Delivery.objects.create(
        subscriber_id=choice.subscriber_id,
        day=choice.day,
        picks=choice.picks,
        language="en",
        created_at=at,
        state="sent",
    )


def test_a_reader_gets_the_editions_papers_in_the_editors_order_with_reasons():
    topic = make_topic()
    papers = [make_paper(votes=votes) for votes in (1, 9, 5)]
    make_edition(topic, papers)
    (choice,) = choose(make_subscriber(topics=[topic]))
    assert choice.picks == make_picks(
        *papers,
        why=(for_topic(topic.pk),),
        day=DAY,
        new=3,
        topics=(topic.pk,),
        editions=(Edition.objects.get().pk,),
    )
    assert choice.edition_day == DAY


def test_the_cut_is_at_the_readers_size_and_the_rest_is_named():
    topic = make_topic()
    papers = [make_paper() for _ in range(8)]
    make_edition(topic, papers)
    (choice,) = choose(make_subscriber(topics=[topic], size=5))
    assert picked(choice) == [paper.pk for paper in papers[:5]]
    assert choice.picks.also == tuple(paper.pk for paper in papers[5:])
    assert choice.picks.new == 8


def test_a_paper_of_two_topics_takes_one_place_and_has_both_reasons():
    first, second = make_topic(), make_topic()
    shared = make_paper()
    make_edition(first, [shared, make_paper()])
    make_edition(second, [shared])
    (choice,) = choose(make_subscriber(topics=[first, second]))
    assert picked(choice).count(shared.pk) == 1
    assert Pick(shared.pk, (for_topic(first.pk), for_topic(second.pk))) in choice.picks.papers


def test_no_topic_starves_beside_a_crowded_one():
    crowded, small = make_topic(), make_topic()
    make_edition(crowded, [make_paper(votes=100) for _ in range(30)])
    lone = make_paper(votes=0)
    make_edition(small, [lone])
    (choice,) = choose(make_subscriber(topics=[crowded, small], size=5))
    assert lone.pk in picked(choice)


def test_more_topics_than_places_take_turns_within_a_week():
    topics = [make_topic() for _ in range(12)]
    reader = make_subscriber(topics=topics, size=3)
    served = set()
    for number in range(5):
        day = DAY + timedelta(days=number)
        for topic in topics:
            make_edition(topic, [make_paper(day=day) for _ in range(3)], day=day)
        (choice,) = choose(reader, now=NOW + timedelta(days=number))
        remember(choice, at=NOW + timedelta(days=number))
        served |= {topic for _kind, topic in choice.picks.wishes}
    assert served == {topic.pk for topic in topics}


def test_the_pinned_come_first_and_the_hidden_not_at_all():
    topic, other = make_topic(), make_topic()
    papers = [make_paper(votes=9 - number) for number in range(4)]
    edition = make_edition(topic, papers)
    Entry.objects.filter(edition=edition, paper=papers[2]).update(is_pinned=True)
    Entry.objects.filter(edition=edition, paper=papers[0]).update(is_hidden=True)
    make_edition(other, [papers[0], papers[3]])
    (choice,) = choose(make_subscriber(topics=[topic, other]))
    assert picked(choice)[0] == papers[2].pk
    assert PINNED in choice.picks.papers[0].reasons
    assert papers[0].pk not in choice.picks.named


def test_a_pin_in_a_topic_that_the_reader_does_not_follow_changes_nothing():
    mine, other = make_topic(), make_topic()
    papers = [make_paper(votes=9), make_paper(votes=1)]
    make_edition(mine, papers)
    edition = make_edition(other, [papers[1]])
    Entry.objects.filter(edition=edition).update(is_pinned=True)
    (choice,) = choose(make_subscriber(topics=[mine]))
    assert picked(choice) == [paper.pk for paper in papers]


def test_nothing_is_sent_twice_even_when_another_list_brings_it_up_days_later():
    topic, daily = make_topic(), make_topic()
    paper = make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic, daily])
    (first,) = choose(reader)
    remember(first)
    later = DAY + timedelta(days=5)
    fresh = make_paper(day=later)
    make_edition(daily, [paper, fresh], day=later)
    (second,) = choose(reader, now=NOW + timedelta(days=5))
    assert picked(second) == [fresh.pk]


@pytest.mark.parametrize("days", [17, 20])
def test_nothing_is_sent_twice_to_a_reader_who_had_nothing_for_weeks(days):
    topic, daily = make_topic(), make_topic()
    paper = make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic, daily])
    (first,) = choose(reader)
    remember(first)
    make_edition(daily, [paper], day=DAY + timedelta(days=days))
    (second,) = choose(reader, now=NOW + timedelta(days=days))
    assert second.picks is None


def test_a_paper_that_was_only_named_in_one_line_is_not_sent_again():
    topic, daily = make_topic(), make_topic()
    papers = [make_paper() for _ in range(3)]
    make_edition(topic, papers)
    reader = make_subscriber(topics=[topic, daily], size=1)
    (first,) = choose(reader)
    remember(first)
    make_edition(daily, papers[1:], day=DAY + timedelta(days=1))
    (second,) = choose(reader, now=NOW + timedelta(days=1))
    assert second.picks is None
    assert "sent before" in second.reason


def test_a_failed_delivery_does_not_count_as_sent():
    topic, daily = make_topic(), make_topic()
    paper = make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic, daily])
    (first,) = choose(reader)
    row = remember(first)
    Delivery.objects.filter(pk=row.pk).update(state="failed")
    make_edition(daily, [paper], day=DAY + timedelta(days=1))
    (second,) = choose(reader, now=NOW + timedelta(days=1))
    assert picked(second) == [paper.pk]


def test_days_that_were_missed_are_made_up_for():
    topic = make_topic()
    papers = []
    for number in range(3):
        day = DAY - timedelta(days=number)
        papers.append(make_paper(day=day))
        make_edition(topic, [papers[-1]], day=day)
    (choice,) = choose(make_subscriber(topics=[topic], last_edition_day=DAY - timedelta(days=2)))
    assert set(picked(choice)) == {papers[0].pk, papers[1].pk}


def test_the_first_digest_is_the_newest_edition_of_the_last_week_only():
    topic = make_topic()
    old, older = make_paper(day=DAY - timedelta(days=2)), make_paper(day=DAY - timedelta(days=3))
    make_edition(topic, [old], day=DAY - timedelta(days=2))
    make_edition(topic, [older], day=DAY - timedelta(days=3))
    (choice,) = choose(make_subscriber(topics=[topic]))
    assert picked(choice) == [old.pk]
    (nothing,) = choose(make_subscriber(topics=[topic]), now=NOW + timedelta(days=8))
    assert nothing.picks is None


def test_the_first_digest_passes_over_an_edition_without_papers():
    topic = make_topic()
    paper = make_paper(day=DAY - timedelta(days=1))
    make_edition(topic, [paper], day=DAY - timedelta(days=1))
    make_edition(topic, [], day=DAY)
    (choice,) = choose(make_subscriber(topics=[topic]))
    assert picked(choice) == [paper.pk]


def test_an_edition_that_is_approved_after_the_digest_comes_with_the_next():
    prompt, slow = make_topic(), make_topic()
    make_edition(prompt, [make_paper()])
    reader = make_subscriber(topics=[prompt, slow])
    (first,) = choose(reader)
    remember(first)
    late = make_paper()
    make_edition(slow, [late], approved_at=NOW + timedelta(hours=5))
    tomorrow = DAY + timedelta(days=1)
    fresh = make_paper(day=tomorrow)
    make_edition(prompt, [fresh], day=tomorrow)
    (second,) = choose(reader, now=NOW + timedelta(days=1))
    assert set(picked(second)) == {late.pk, fresh.pk}


def test_drafts_held_editions_and_those_of_tomorrow_are_not_sent():
    topic = make_topic()
    make_edition(topic, [make_paper()], state="draft")
    make_edition(topic, [make_paper()], day=DAY - timedelta(days=1), state="held")
    make_edition(topic, [make_paper()], day=DAY + timedelta(days=1))
    (choice,) = choose(make_subscriber(topics=[topic]))
    assert choice.picks is None
    assert choice.reason


def test_weekly_readers_get_the_best_of_the_week():
    topic = make_topic()
    best = []
    for number in range(7):
        day = DAY - timedelta(days=number)
        papers = [make_paper(day=day, votes=votes) for votes in (100 + number, 1)]
        make_edition(topic, papers, day=day)
        best.append(papers[0].pk)
    (choice,) = choose(make_subscriber(topics=[topic], cadence="weekly", weekday=2, size=7))
    assert picked(choice) == best[::-1]


def test_near_duplicates_make_room_for_something_else():
    topic = make_topic()
    title = "Sparse attention for long video diffusion transformers"
    papers = [make_paper(title=f"{title} {end}") for end in ("part one", "part two")]
    other = make_paper(title="Grasping soft fruit with tactile hands")
    make_edition(topic, [*papers, other])
    reader = make_subscriber(topics=[topic], size=2)
    (choice,) = choose(reader)
    assert picked(choice) == [papers[0].pk, other.pk]
    assert choice.picks.also == (papers[1].pk,)
    Subscriber.objects.filter(pk=reader.pk).update(size=3)
    (choice,) = choose(reader)
    assert set(picked(choice)) == {paper.pk for paper in [*papers, other]}


def test_own_queries_find_papers_outside_the_topics_and_say_which_words():
    topic = make_topic()
    make_edition(topic, [make_paper()])
    found = make_paper(title="Haptic gloves for surgery", authors=["Fei-Fei Li"])
    reader = make_subscriber(queries=["haptic gloves", 'author:"Fei-Fei Li"', "cat:cs.AI AND haptic"])
    (choice,) = choose(reader)
    ((paper, reasons),) = [(pick.paper, pick.reasons) for pick in choice.picks.papers]
    assert paper == found.pk
    assert (reasons[0].query, reasons[0].words) == ("haptic gloves", ("Haptic", "gloves"))
    assert reasons[1].authors == ("Fei-Fei Li",)
    assert reasons[2].categories == ("cs.AI",)


def test_a_query_that_does_not_parse_does_not_stop_the_others():
    topic = make_topic()
    paper = make_paper()
    make_edition(topic, [paper])
    (choice,) = choose(make_subscriber(topics=[topic], queries=['"unclosed (']))
    assert picked(choice) == [paper.pk]


def test_late_summaries_come_as_extracts_or_the_next_day(settings):
    topic = make_topic()
    written, late = make_paper(votes=1), make_paper(votes=9)
    make_summary(written, "ko")
    make_edition(topic, [late, written])
    reader = make_subscriber(topics=[topic], language="ko")
    (choice,) = choose(reader)
    assert picked(choice) == [late.pk, written.pk]
    settings.LATE_SUMMARIES = "next-day"
    (first,) = choose(reader)
    assert picked(first) == [written.pk]
    assert first.picks.new == 1
    remember(first)
    tomorrow = DAY + timedelta(days=1)
    fresh = make_paper(day=tomorrow)
    make_summary(fresh, "ko")
    make_edition(topic, [fresh], day=tomorrow)
    (second,) = choose(Subscriber.objects.get(pk=reader.pk), now=NOW + timedelta(days=1))
    assert set(picked(second)) == {late.pk, fresh.pk}


def test_if_no_summary_is_ready_there_is_nothing_yet_and_extracts_the_next_day(settings):
    settings.LATE_SUMMARIES = "next-day"
    topic = make_topic()
    late = make_paper()
    make_edition(topic, [late])
    reader = make_subscriber(topics=[topic], last_edition_day=DAY - timedelta(days=1))
    (choice,) = choose(reader)
    assert choice.picks is None
    assert "summaries" in choice.reason
    make_edition(topic, [make_paper(day=DAY + timedelta(days=1))], day=DAY + timedelta(days=1))
    (choice,) = choose(reader, now=NOW + timedelta(days=1))
    assert picked(choice) == [late.pk]


def test_withdrawn_papers_are_not_sent():
    topic = make_topic()
    make_edition(topic, [make_paper(is_withdrawn=True)])
    (choice,) = choose(make_subscriber(topics=[topic]))
    assert choice.picks is None


def test_a_reader_without_wishes_gets_nothing_and_the_reason_is_said():
    (choice,) = choose(make_subscriber())
    assert choice.picks is None
    assert "no topic" in choice.reason


def test_the_day_is_the_readers_own():
    topic = make_topic()
    make_edition(topic, [make_paper()])
    (choice,) = choose(
        make_subscriber(topics=[topic], time_zone="Pacific/Kiritimati"), now=NOW.replace(hour=12)
    )
    assert choice.day == DAY + timedelta(days=1)


def test_the_number_of_queries_does_not_grow_with_the_readers():
    topics = [make_topic() for _ in range(3)]
    for topic in topics:
        make_edition(topic, [make_paper() for _ in range(4)])
    few = [make_subscriber(topics=topics, queries=["study"]) for _ in range(2)]
    many = [make_subscriber(topics=topics, size=2, queries=["method"]) for _ in range(60)]
    for choice in choose(*few, *many):
        remember(choice)
    make_edition(topics[0], [make_paper(day=DAY + timedelta(days=1))], day=DAY + timedelta(days=1))

    def queries(readers):
        rows = list(Subscriber.objects.filter(pk__in=[reader.pk for reader in readers]))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            choose_batch(rows, now=NOW + timedelta(days=1))
        return len(captured)

    assert queries(many) == queries(few) <= 12


def test_the_same_readers_in_another_batch_get_the_same():
    topics = [make_topic() for _ in range(4)]
    for topic in topics:
        make_edition(topic, [make_paper(votes=number % 3) for number in range(9)])
    readers = [make_subscriber(topics=topics[: 1 + number % 4], size=4) for number in range(8)]
    together = choose(*readers)
    alone = [choose(reader)[0] for reader in readers]
    assert together == alone


def test_a_run_over_many_batches_chooses_as_one_batch_does():
    topics = [make_topic() for _ in range(4)]
    for topic in topics:
        make_edition(topic, [make_paper(votes=number % 3) for number in range(9)])
    make_paper(title="Haptic gloves for surgery")
    queries: tuple[list[str], ...] = ([], ["haptic"], ["study"], ['"unclosed ('])
    cadences = ("daily", "weekly")
    readers = [
        make_subscriber(
            topics=topics[: 1 + number % 4], size=4, queries=queries[number % 4], cadence=cadences[number % 2]
        )
        for number in range(10)
    ]
    index_cache = CandidateIndexCache()
    in_pairs = [
        choice
        for pair in chunked(readers, 2)
        for choice in choose_batch(pair, now=NOW, index_cache=index_cache)
    ]
    assert in_pairs == choose(*readers)
    with CaptureQueriesContext(connection) as captured:
        choose_batch(readers[:2], now=NOW, index_cache=index_cache)
    assert not [query["sql"] for query in captured if "newsletter_entry" in query["sql"]]
