"""Composing a day's editions, releasing them, and what freezing means."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from newsletter.editions import composition
from newsletter.editions.ranking import by_strength_and_votes, by_votes_then_date
from newsletter.errors import StateError
from newsletter.models import Edition, Paper, Topic
from tests.factories import DAY, NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_catalogue():
    Topic.objects.all().delete()


def compose(day: date = DAY):
    return composition.compose(day, now=NOW)


def ids(edition: Edition) -> list[str]:
    return [entry.paper.arxiv_id for entry in edition.entries.order_by("position")]


def test_papers_go_to_the_topics_they_match_ordered_by_votes_then_date():
    topic = make_topic("memory", query="memory", categories=["cs.LG"])
    older = make_paper(votes=3, published_at=NOW - timedelta(days=2))
    newer = make_paper(votes=3, published_at=NOW - timedelta(days=1))
    best = make_paper(votes=40)
    make_paper(abstract="About something else.", title="Else")
    compose()
    edition = Edition.objects.get(topic=topic, day=DAY)
    assert ids(edition) == [best.arxiv_id, newer.arxiv_id, older.arxiv_id]
    assert edition.candidates_count == 3
    assert edition.entries.earliest("position").matched == ["memory"]


def strengths_of(edition: Edition) -> list[float]:
    """The entries' strengths in their order; each has one."""
    strengths = [entry.strength for entry in edition.entries.order_by("position")]
    known = [strength for strength in strengths if strength is not None]
    assert len(known) == len(strengths)
    return known


def about(words: str, *, passing: bool = False, **fields) -> Paper:
    """A paper about ``words``, or one that only mentions them."""
    if passing:
        return make_paper(abstract=f"We do something. Unlike {words}, it is cheap. It ends well.", **fields)
    return make_paper(title=f"On {words}", abstract=f"We study {words}. All of it is {words}.", **fields)


def test_what_is_about_the_topic_stands_before_what_mentions_it_and_votes_lift_a_little():
    topic = make_topic(query="gloves")
    mentioned = about("gloves", passing=True, votes=2)
    loved = about("gloves", passing=True, votes=500)
    wholly = about("gloves")
    wholly_and_liked = about("gloves", votes=3)
    for _ in range(60):
        about("hats")
    compose()
    edition = Edition.objects.get(topic=topic)
    assert ids(edition) == [paper.arxiv_id for paper in (wholly_and_liked, wholly, loved, mentioned)]
    strengths = strengths_of(edition)
    assert strengths[0] == strengths[1] > 0.55 > strengths[2] == strengths[3] > 0


def test_a_topic_leaves_out_what_is_weaker_than_its_threshold():
    topic = make_topic(query="gloves", threshold=0.55)
    wholly = about("gloves")
    about("gloves", passing=True, votes=900)
    compose()
    edition = Edition.objects.get(topic=topic)
    assert ids(edition) == [wholly.arxiv_id]
    assert edition.candidates_count == 1


def test_strengths_follow_when_the_day_grows():
    topic = make_topic(query="gloves OR hats")
    first = about("gloves")
    compose()
    edition = Edition.objects.get(topic=topic)
    (before,) = strengths_of(edition)
    for _ in range(30):
        about("gloves")
    compose()
    assert strengths_of(edition)[ids(edition).index(first.arxiv_id)] < before


def test_a_topic_of_a_daily_list_takes_only_that_lists_papers():
    topic = make_topic("daily", listing="huggingface")
    listed = make_paper(source="huggingface", kind="daily")
    make_paper(source="arxiv", kind="new")
    compose()
    assert ids(Edition.objects.get(topic=topic)) == [listed.arxiv_id]


def test_replacements_and_withdrawn_papers_are_no_news():
    topic = make_topic(query="memory")
    make_paper(kind="replace")
    make_paper(is_withdrawn=True)
    fresh = make_paper()
    compose()
    assert ids(Edition.objects.get(topic=topic)) == [fresh.arxiv_id]


def test_composing_again_adds_what_is_new_and_changes_nothing_else():
    topic = make_topic(query="memory")
    first = make_paper(votes=1)
    compose()
    assert compose().counts["entries_added"] == 0
    better = make_paper(votes=9)
    assert compose().counts["entries_added"] == 1
    assert ids(Edition.objects.get(topic=topic)) == [better.arxiv_id, first.arxiv_id]


def test_an_editors_order_survives_and_new_papers_come_after_it():
    topic = make_topic(query="memory")
    first, second = make_paper(votes=2), make_paper(votes=1)
    compose()
    edition = Edition.objects.get(topic=topic)
    composition.hide(edition.entries.get(paper=second))
    late = make_paper(votes=99)
    compose()
    assert ids(edition) == [first.arxiv_id, second.arxiv_id, late.arxiv_id]
    assert edition.entries.get(paper=second).is_hidden


def test_an_edition_holds_every_paper_that_belongs_however_many_a_page_shows(settings):
    settings.EDITION_SIZE = 3
    topic = make_topic(query="memory")
    for votes in range(5):
        make_paper(votes=votes)
    compose()
    edition = Edition.objects.get(topic=topic)
    assert edition.entries.count() == edition.candidates_count == 5


@pytest.mark.parametrize("is_again", [False, True])
def test_more_topics_and_papers_ask_no_more_queries(is_again):
    def counted() -> int:
        if is_again:
            compose()
            Paper.objects.update(votes=F("id") % 3)
        with CaptureQueriesContext(connection) as queries:
            compose()
        return sum("SAVEPOINT" not in query["sql"] for query in queries)

    make_topic("memory", query="memory")
    make_paper()
    few = counted()
    for number in range(4):
        make_topic(f"topic-{number}", query="memory")
    for votes in range(10):
        make_paper(votes=votes)
    assert counted() <= few + 1


def test_a_paper_that_comes_after_the_freeze_joins_the_next_edition():
    topic = make_topic(query="memory")
    early = make_paper()
    compose()
    composition.approve_all(Edition.objects.values_list("pk", flat=True), at=NOW)
    composition.freeze(Topic.objects.values_list("pk", flat=True), at=NOW)
    late = make_paper()
    compose()
    tomorrow = DAY + timedelta(days=1)
    fresh = make_paper(day=tomorrow)
    compose(tomorrow)
    assert ids(Edition.objects.get(topic=topic, day=DAY)) == [early.arxiv_id]
    assert set(ids(Edition.objects.get(topic=topic, day=tomorrow))) == {late.arxiv_id, fresh.arxiv_id}


def test_a_day_without_papers_makes_no_editions():
    make_topic(query="memory")
    compose()
    assert not Edition.objects.exists()


def test_a_topic_whose_query_does_not_parse_is_reported_and_stops_no_other():
    make_topic("broken", query='"never closed')
    good = make_topic("good", query="memory")
    make_paper()
    report = compose()
    assert any("broken" in problem for problem in report.problems)
    assert Edition.objects.get(topic=good).entries.count() == 1


def test_approval_names_who_and_when_and_freezing_ends_all_changes():
    editor = User.objects.create_user("editor")
    edition = make_edition(make_topic(), [make_paper()], state="draft", approved_at=None)
    composition.approve(edition, by=editor, at=NOW)
    assert (edition.state, edition.approved_by, edition.approved_at) == ("approved", editor, NOW)
    composition.freeze([edition.topic_id], at=NOW)
    for act in (composition.hold, composition.reopen, lambda e: composition.pin(e.entries.get())):
        with pytest.raises(StateError, match="frozen"):
            act(edition)
    assert not edition.entries.get().is_pinned


def test_a_held_edition_is_not_released_by_the_clock():
    held = make_edition(make_topic(), [make_paper()], state="draft")
    composition.hold(held)
    draft = make_edition(make_topic(), [make_paper()], state="draft")
    assert composition.approve_by_clock(NOW, hour=5) == 1
    held.refresh_from_db()
    draft.refresh_from_db()
    assert (held.state, draft.state) == ("held", "approved")


@pytest.mark.parametrize(("hour", "released"), [(4, 0), (5, 1), (23, 1)])
def test_the_clock_releases_a_day_at_its_approval_hour(hour, released):
    make_edition(make_topic(), [make_paper()], state="draft")
    now = datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=UTC)
    assert composition.approve_by_clock(now, hour=5) == released


def test_an_edition_of_tomorrow_waits_for_its_own_day():
    make_edition(make_topic(), [make_paper()], day=DAY + timedelta(days=1), state="draft")
    assert composition.approve_by_clock(NOW, hour=5) == 0


def test_a_pinned_paper_is_never_hidden_as_well():
    edition = make_edition(make_topic(), [make_paper()])
    entry = edition.entries.get()
    composition.pin(entry)
    composition.hide(entry)
    assert (entry.is_pinned, entry.is_hidden) == (False, True)


def test_the_order_of_equal_papers_never_depends_on_chance():
    rows = [(1, None, f"2603.0000{number}") for number in (3, 1, 2)]
    ordered = sorted(rows, key=lambda row: by_votes_then_date(*row))
    assert [arxiv_id[-1] for _, _, arxiv_id in ordered] == ["1", "2", "3"]
    assert sorted(rows, key=lambda row: by_strength_and_votes(0.5, *row)) == ordered


def test_votes_lift_a_paper_by_a_tenth_at_most():
    day = datetime(2026, 3, 18, tzinfo=UTC)
    weak, strong = by_strength_and_votes(0.5, 100_000, day, "1"), by_strength_and_votes(0.61, 0, day, "2")
    assert strong < weak < by_strength_and_votes(0.59, 0, day, "3")
