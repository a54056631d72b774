"""The benchmark of ranking measures what it says: on a few invented days whose right answers are known."""

import gzip
import json

import numpy as np
import pytest

from benchmarks import ranking
from benchmarks._ranking_corpus import Counted, MemoryCorpus
from benchmarks._ranking_records import Listed, read_days
from benchmarks._ranking_rivals import Svm, tfidf
from benchmarks._ranking_statistics import mean_over_people, ndcg
from benchmarks._ranking_trials import people_are_tried

pytestmark = pytest.mark.any_database

SUBJECTS = ("flow matching for images", "protein folding networks", "legged robot gaits", "speech codecs")
PEOPLE = {0: ("maker", "Ada Maker"), 2: ("curator", "Cu Rator"), 6: ("curator", "Cu Rator")}


def paper_of(subject, number, authors, **more):
    return {
        "id": f"26{SUBJECTS.index(subject):02}.{number:05}",
        "title": f"On {subject}, part {number}",
        "summary": f"We study {subject} in the {number}th way; {subject} gets better.",
        "authors": [{"name": name} for name in authors],
        **more,
    }


@pytest.fixture
def recorded(tmp_path):
    """Ten days of eight papers. "maker" submits the own flow matching papers, "curator" robots by others."""
    folder = tmp_path / "hf_daily" / "raw_gz"
    folder.mkdir(parents=True)
    (tmp_path / "arxiv_meta").mkdir()
    for day in range(10):
        rows = []
        for place in range(8):
            subject = SUBJECTS[place % 4]
            number = 10 * day + place
            submitter = PEOPLE.get(place, ("", ""))
            authors = ["Ada Maker", f"Ann {number}"] if place == 0 else [f"Ann {number}", f"Bo {number}"]
            person = {"user": submitter[0], "fullname": submitter[1]}
            paper = paper_of(subject, number, authors, upvotes=place, submittedOnDailyBy=person)
            rows.append({"paper": paper, "title": paper["title"]})
        file = folder / f"2026-01-{day + 10:02}.json.gz"
        file.write_bytes(gzip.compress(json.dumps(rows).encode()))
    return tmp_path


def test_the_best_order_has_ndcg_1_and_equal_scores_are_ordered_by_chance():
    scores = np.array([3.0, 2.0, 1.0, 0.0])
    assert ndcg(scores, {0, 1}, np.zeros(4)) == pytest.approx(1)
    assert ndcg(scores, {1}, np.zeros(4)) == pytest.approx(1 / np.log2(3))
    assert ndcg(np.zeros(4), {3}, np.array([0, 0, 0, 1.0])) == pytest.approx(1)
    assert ndcg(np.arange(20.0), {0}, np.zeros(20)) == 0


def test_an_interval_counts_people_not_trials():
    many = mean_over_people([0, 1] * 50, [str(number) for number in range(100)])
    two = mean_over_people([0, 1] * 50, ["a", "b"] * 50)
    assert many.value == two.value == 0.5
    assert 0.35 < many.low < many.high < 0.65
    assert (two.low, two.high) == (0, 1)


def test_what_people_chose_before_ranks_what_they_chose_next(recorded):
    outcomes = list(people_are_tried(read_days(recorded, "2026-01"), "2026-01-12"))
    for person in ("maker", "curator"):
        of_person = [one for one in outcomes if one.person == person and one.kind == "all"]
        assert len(of_person) == 8
        ours, by_chance = (np.mean([one.values[name] for one in of_person]) for name in ("ours", "random"))
        assert ours > 0.8 > by_chance
        assert all(one.values["no_likes"] == one.values["votes"] for one in of_person)


def test_trials_are_of_the_likes_that_their_kind_says(recorded):
    outcomes = list(people_are_tried(read_days(recorded, "2026-01"), "2026-01-12"))
    kinds = {
        person: {one.kind for one in outcomes if one.person == person} for person in ("maker", "curator")
    }
    # All that the maker liked has the maker among its authors, and so has all that was chosen next.
    assert kinds["maker"] >= {"all", "latest_1", "latest_3", "latest_5"}
    assert not kinds["maker"] & {"fresh", "purged", "not_own"}
    assert kinds["curator"] >= {"all", "fresh", "purged", "not_own"}
    assert {one.likes for one in outcomes if one.kind == "latest_3"} == {3}


def test_a_paper_is_chosen_on_its_first_day_there_although_arxiv_announced_it_before(tmp_path):
    daily, listings = tmp_path / "hf_daily" / "raw_plain", tmp_path / "arxiv_meta"
    daily.mkdir(parents=True)
    listings.mkdir()
    first, other = (paper_of(SUBJECTS[0], number, ["Ada Maker"]) for number in (1, 2))
    known = [{**paper, "abstract": paper["summary"], "authors": ["Ada Maker"]} for paper in (first, other)]
    (listings / "cs_x.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, known)).encode()))
    by_day = {"2026-01-05": [first["id"], first["id"]], "2026-01-06": [first["id"], other["id"]]}
    (listings / "cs_x.days.json.gz").write_bytes(gzip.compress(json.dumps(by_day).encode()))
    for day in ("2026-01-06", "2026-01-07"):
        (daily / f"{day}.json").write_text(json.dumps([{"paper": first}]), encoding="utf-8")
    listed = {
        day.day: ([paper.id for paper in day.choices], [paper.id for paper in day.others])
        for day in read_days(tmp_path, "2026-01")
    }
    assert listed == {
        "2026-01-05": ([], [first["id"]]),
        "2026-01-06": ([first["id"]], [other["id"]]),
        "2026-01-07": ([], []),
    }
    assert [day.day for day in read_days(tmp_path, "2026-01-05")] == ["2026-01-05"]


def test_the_svm_finds_what_is_like_the_likes():
    corpus = MemoryCorpus(Counted())
    papers = [
        Listed(f"{subject} {number}", subject, f"We study {subject} in way number{number}.", ("A",))
        for number in range(6)
        for subject in SUBJECTS
    ]
    corpus.take_in(papers)
    likes = [1, 5]  # both of the first subject
    candidates = [9, 10, 11, 12]
    features = corpus.features(candidates)
    vectors = [corpus.vectors[number - 1] for number in likes]
    assert int(np.argmax(Svm(corpus).scores(likes, vectors, features))) == 0
    assert int(np.argmax(tfidf(vectors, features))) == 0


def test_the_figures_are_printed_with_their_goals_and_their_period(recorded, monkeypatch, capsys):
    monkeypatch.setattr(ranking, "RECORDED", recorded)
    monkeypatch.setattr(ranking, "FROM", "2026-01-12")
    monkeypatch.setattr(ranking, "UNTIL", "2026-01")
    monkeypatch.setattr(ranking, "speed", lambda: 0)
    assert ranking.main() == 0
    figures = {line["name"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert figures["ranking.hf_day"]["goal"] == ">= 0.96"
    assert figures["ranking.hf_day"]["value"] > figures["ranking.hf_day_random"]["value"]
    assert figures["ranking.hf_without_authors"]["from"] == "2026-01-12"
    assert {"ranking.hf_fresh_gain_low", "ranking.hf_purged_gain_low"} <= set(figures)
    assert figures["ranking.no_likes_gain"]["value"] == 0


def test_nothing_recorded_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ranking, "RECORDED", tmp_path)
    assert ranking.main() == 0
    assert "skipped" in capsys.readouterr().err
