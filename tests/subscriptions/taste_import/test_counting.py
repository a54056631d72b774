"""A reader's list becomes votes, and taking it back leaves no trace of it and of nothing else."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from newsletter.models import WantedPaper
from subscriptions import taste_import
from subscriptions.models import ImportedLike, Taste, TasteImport, Vote
from subscriptions.privacy import portability
from subscriptions.readers import tastes, votes
from subscriptions.tasks import count_imported_likes
from subscriptions.taste.learning import profiles_of
from subscriptions.taste_import import counting
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


@pytest.mark.parametrize("end", [taste_import.take_back, tastes.reset, portability.erase])
def test_a_list_that_is_gone_since_it_was_read_is_never_counted(end):
    reader = make_subscriber()
    taste_import.count(reader, ["2403.03163"], now=NOW)
    brought, waiting = TasteImport.objects.get(), list(ImportedLike.objects.all())
    make_paper(arxiv_id="2403.03163")
    end(TasteImport.objects.get() if end is taste_import.take_back else reader, now=NOW)
    assert counting._settle_list(brought, waiting, now=LATER) == 0
    assert not Vote.objects.exists()


def test_a_like_that_another_run_counted_is_not_counted_twice():
    reader = make_subscriber()
    taste_import.count(reader, ["2403.03163"], now=NOW)
    brought, waiting = TasteImport.objects.get(), list(ImportedLike.objects.all())
    make_paper(arxiv_id="2403.03163")
    assert taste_import.settle(now=LATER) == 1
    assert counting._settle_list(brought, waiting, now=LATER) == 0
    assert ImportedLike.objects.get().state == "counted"


if connection.vendor == "postgresql":  # SQLite has one writer at a time

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("end", [taste_import.take_back, tastes.reset, portability.erase])
    def test_a_list_that_ends_while_it_is_counted_leaves_no_vote(end, monkeypatch):
        reader = make_subscriber()
        taste_import.count(reader, ["2403.03163"], now=NOW)
        brought = TasteImport.objects.get()
        make_paper(arxiv_id="2403.03163")
        ended = threading.Event()

        def finish() -> None:
            end(brought if end is taste_import.take_back else reader, now=LATER)
            ended.set()
            connection.close()

        other = threading.Thread(target=finish)
        like_all = votes.like_all

        def like(*args, **more):
            liked = like_all(*args, **more)
            other.start()
            assert not ended.wait(1), "it does not wait for the list to be counted"
            return liked

        monkeypatch.setattr(votes, "like_all", like)
        assert taste_import.settle(now=LATER) == 1
        other.join(30)
        assert ended.is_set()
        assert not Vote.objects.exists()
        assert not ImportedLike.objects.exists()


@pytest.mark.parametrize("end", [taste_import.take_back, tastes.reset, portability.erase])
def test_what_nobody_waits_for_any_more_is_not_fetched(end):
    reader, other = make_subscriber(), make_subscriber()
    taste_import.count(reader, ["2403.03163", "2403.03164", "2403.03165"], now=NOW)
    brought = TasteImport.objects.get()
    taste_import.count(other, ["2403.03164"], now=NOW)
    WantedPaper.objects.filter(arxiv_id="2403.03165").update(state="missing")
    end(brought if end is taste_import.take_back else reader, now=NOW)
    wanted = dict(WantedPaper.objects.values_list("arxiv_id", "state"))
    assert wanted == {"2403.03164": "wanted", "2403.03165": "missing"}


def test_what_waits_and_is_wanted_no_more_is_wanted_again():
    taste_import.count(make_subscriber(), ["2403.03163"], now=NOW)
    WantedPaper.objects.all().delete()
    taste_import.settle(now=LATER)
    assert WantedPaper.objects.get().arxiv_id == "2403.03163"
