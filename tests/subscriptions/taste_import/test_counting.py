"""A reader's list becomes votes, and taking it back leaves no trace of it and of nothing else."""

from datetime import timedelta

import pytest

from newsletter.models import WantedPaper
from subscriptions import taste_import
from subscriptions.models import ImportedLike, Taste, TasteImport, Vote
from subscriptions.privacy import portability
from subscriptions.readers import votes
from subscriptions.tasks import count_imported_likes
from subscriptions.taste.learning import profiles_of
from tests.factories import NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def cast_by(reader):
    return dict(Vote.objects.filter(subscriber=reader).values_list("paper__arxiv_id", "value"))


def test_papers_that_are_here_count_at_once_and_are_learned():
    reader, papers = make_subscriber(), [make_paper(), make_paper()]
    counts = taste_import.count(reader, [paper.arxiv_id for paper in papers], now=NOW)
    assert counts == {"counted": 2, "waiting": 0}
    assert cast_by(reader) == {paper.arxiv_id: 1 for paper in papers}
    assert profiles_of([reader.pk])[reader.pk].likes > 1


def test_a_vote_that_was_cast_before_stays_and_is_not_the_lists():
    reader, mine, other = make_subscriber(), make_paper(), make_paper()
    votes.cast(reader, mine, -1, now=NOW)
    taste_import.count(reader, [mine.arxiv_id, other.arxiv_id], now=LATER)
    assert cast_by(reader) == {mine.arxiv_id: -1, other.arxiv_id: 1}
    assert taste_import.take_back(TasteImport.objects.get(), now=LATER) == 1
    assert cast_by(reader) == {mine.arxiv_id: -1}


def test_what_is_not_here_is_wanted_and_counts_once_it_has_come():
    reader = make_subscriber()
    taste_import.count(reader, ["2403.03163", "2403.03164", "no id", "2403.03163"], now=NOW)
    assert sorted(WantedPaper.objects.values_list("arxiv_id", flat=True)) == ["2403.03163", "2403.03164"]
    assert taste_import.settle(now=NOW) == 0
    make_paper(arxiv_id="2403.03163")
    WantedPaper.objects.filter(arxiv_id="2403.03164").update(state="missing")
    assert count_imported_likes() == 1
    assert cast_by(reader) == {"2403.03163": 1}
    states = dict(ImportedLike.objects.values_list("arxiv_id", "state"))
    assert states == {"2403.03163": "counted", "2403.03164": "missing"}
    assert taste_import.settle(now=NOW) == 0


def test_taking_back_leaves_the_votes_that_were_cast_since_and_what_was_learned_from_them():
    reader, papers = make_subscriber(), [make_paper(), make_paper(title="Something else")]
    own = make_paper(title="What the reader likes")
    votes.cast(reader, own, 1, now=NOW)
    before = bytes(Taste.objects.get(pk=reader.pk).profile)
    taste_import.count(reader, [paper.arxiv_id for paper in papers], now=LATER)
    votes.cast(reader, papers[0], -1, now=LATER + timedelta(minutes=1))
    assert taste_import.take_back(TasteImport.objects.get(), now=LATER) == 1
    assert cast_by(reader) == {own.arxiv_id: 1, papers[0].arxiv_id: -1}
    votes.cast(reader, papers[0], 0, now=LATER)
    assert bytes(Taste.objects.get(pk=reader.pk).profile) == before
    assert not TasteImport.objects.exists()


def test_taken_back_before_the_papers_came_nothing_counts_when_they_come():
    reader = make_subscriber()
    taste_import.count(reader, ["2403.03163"], now=NOW)
    taste_import.take_back(TasteImport.objects.get(), now=NOW)
    make_paper(arxiv_id="2403.03163")
    assert taste_import.settle(now=NOW) == 0
    assert cast_by(reader) == {}


def test_a_reader_who_voted_while_the_paper_was_fetched_has_said_so():
    reader = make_subscriber()
    taste_import.count(reader, ["2403.03163"], now=NOW)
    votes.cast(reader, make_paper(arxiv_id="2403.03163"), -1, now=NOW)
    assert taste_import.settle(now=LATER) == 0
    assert cast_by(reader) == {"2403.03163": -1}
    assert not ImportedLike.objects.exists()


def test_export_names_the_lists_and_erasure_takes_them():
    reader = make_subscriber()
    taste_import.count(reader, [make_paper(arxiv_id="2403.03163").arxiv_id, "2403.03164"], now=NOW)
    exported = portability.everything_about(reader)["imports"]
    assert [(each["paper"], each["state"]) for each in exported] == [
        ("2403.03163", "counted"),
        ("2403.03164", "waiting"),
    ]
    assert "imports" in portability.as_csv(reader)
    portability.erase(reader, now=NOW)
    assert not ImportedLike.objects.exists()


def test_queries_do_not_grow_with_the_list(django_assert_max_num_queries):
    reader = make_subscriber()
    ids = [make_paper().arxiv_id for _ in range(40)]
    with django_assert_max_num_queries(45):
        taste_import.count(reader, ids, now=NOW)


def test_the_newest_paper_of_a_list_weighs_most():
    reader = make_subscriber()
    old, new = make_paper(published_at=NOW - timedelta(days=900)), make_paper(published_at=NOW)
    taste_import.count(reader, [new.arxiv_id, old.arxiv_id], now=NOW)
    assert list(Vote.objects.order_by("pk").values_list("paper", flat=True)) == [old.pk, new.pk]


def test_of_a_long_list_the_oldest_count_at_once_and_the_rest_soon():
    reader = make_subscriber()
    papers = [make_paper(published_at=NOW - timedelta(days=age)) for age in range(5)]
    taste_import.count(reader, [paper.arxiv_id for paper in papers], now=NOW, at_once=2)
    assert cast_by(reader) == {paper.arxiv_id: 1 for paper in papers[3:]}
    assert taste_import.settle(now=LATER) == 3
    assert cast_by(reader) == {paper.arxiv_id: 1 for paper in papers}
