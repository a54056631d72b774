"""What somebody works on becomes topics and phrases, whatever was pasted and in whatever language."""

import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.features.corpus import take_in_features
from newsletter.interests import MOST_BYTES, MOST_ENTRIES, read_interests, suggest_phrases, suggest_topics
from newsletter.models import PaperKey, Topic, WantedPaper
from newsletter.references import UnreadableList
from newsletter.references.index import index_new
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db

ROBOTS = [
    ("Dexterous Grasping with Tactile Feedback", "We train a robot hand to grasp by tactile sensing."),
    (
        "Tactile Sensing for a Robot Hand",
        "A robot hand feels slip. Tactile sensing helps dexterous grasping.",
    ),
    ("Learning Dexterous Grasping from Touch", "Touch guides a robot arm. We collect tactile sensing data."),
]


@pytest.fixture
def robots(topics):
    return [
        make_paper(title=title, abstract=abstract, categories=["cs.RO"], authors=["Ada Lovelace"])
        for title, abstract in ROBOTS
    ]


def slugs(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [topic.slug for topic in suggest_topics(read_interests(data))]


def phrases(text: str) -> list[str]:
    return suggest_phrases(read_interests(text.encode()))


def test_ids_of_papers_that_are_here_bring_their_topics_and_what_they_share(robots):
    text = " ".join(paper.arxiv_id for paper in robots)
    assert slugs(text)[0] == "robotics"
    assert len(slugs(text)) <= 5
    assert "tactile sensing" in phrases(text)
    assert "dexterous grasping" in [phrase.lower() for phrase in phrases(text)]


@pytest.mark.parametrize("kind", ["bibtex", "ris", "csl", "titles"])
def test_a_list_of_any_kind_means_the_same_papers(robots, kind):
    index_new(most=100)
    lists = {
        "bibtex": "\n".join(
            f"@misc{{k{n}, title={{{paper.title}}}, eprint={{{paper.arxiv_id}}}, archivePrefix={{arXiv}}}}"
            for n, paper in enumerate(robots)
        ),
        "ris": "\n".join(f"TY  - JOUR\nTI  - {paper.title}\nAU  - Lovelace, Ada\nER  - " for paper in robots),
        "csl": json.dumps([{"title": robots[0].title, "author": [{"family": "Lovelace"}]}]),
        "titles": "\n".join(paper.title for paper in robots),
    }
    interests = read_interests(lists[kind].encode())
    assert {paper.pk for paper in interests.papers} == {
        paper.pk for paper in (robots[:1] if kind == "csl" else robots)
    }
    assert suggest_topics(interests)[0].slug == "robotics"


def test_of_papers_that_are_not_here_nothing_is_guessed_or_fetched(topics):
    interests = read_interests(b"2401.00001, 2401.00002")
    assert interests.absent == ("2401.00001", "2401.00002")
    assert suggest_topics(interests) == []
    assert suggest_phrases(interests) == []
    assert not WantedPaper.objects.exists()


def test_a_title_of_a_paper_that_is_not_here_speaks_for_itself(topics):
    assert "diffusion-models" in slugs("Denoising Diffusion Models for Protein Design")
    assert "diffusion models" in [
        phrase.lower() for phrase in phrases("Denoising Diffusion Models for Protein Design")
    ] or "denoising diffusion models" in [
        phrase.lower() for phrase in phrases("Denoising Diffusion Models for Protein Design")
    ]


def test_own_words_bring_topics_and_the_phrases_among_them(topics):
    text = "I work on robot manipulation with diffusion policies and imitation learning"
    assert {"robotics", "diffusion-models"} <= {*slugs(text)}
    assert {*phrases(text)} == {"diffusion policies", "imitation learning", "robot manipulation"}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("로보틱스를 연구합니다", "robotics"),
        ("자율 주행 차량을 연구합니다", "autonomous-driving"),
        ("我研究强化学习", "reinforcement-learning"),
        ("強化学習を研究しています", "reinforcement-learning"),
        ("أعمل على الروبوتات", "robotics"),
        ("मैं रोबोटिक्स पर काम करता हूँ", "robotics"),
        ("Ich arbeite an Robotik", "robotics"),
        ("Je travaille sur la robotique", "robotics"),
        ("robotics", "robotics"),
        ("cs.RO", "robotics"),
    ],
)
def test_a_topic_is_known_by_its_name_in_every_language(topics, text, slug):
    assert slug in slugs(text)


def test_what_is_not_english_brings_no_phrases(topics):
    assert phrases("로봇 손으로 물건을 잡는 방법을 연구합니다") == []


def test_usual_words_name_no_topic(topics):
    assert slugs("new learning models for systems") == []
    assert phrases("we propose a new method and show results") == []


def test_phrases_that_no_paper_here_has_are_not_suggested(robots):
    take_in_features(now=NOW)
    assert phrases("zorble frimming of quargs") == []
    assert "tactile sensing" in phrases("tactile sensing")


def test_a_daily_list_is_no_topic_to_suggest(topics):
    Topic.objects.filter(slug="huggingface-daily").update(is_active=True)
    assert "huggingface-daily" not in slugs("Hugging Face Daily papers")


def test_looking_writes_nothing_and_costs_the_same_for_one_and_for_many(robots):
    few, many = f"{robots[0].arxiv_id}", "\n".join(make_paper().arxiv_id for _ in range(60))
    slugs(few)
    phrases(few)
    counts = []
    for text in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            interests = read_interests(text.encode())
            suggest_topics(interests)
            suggest_phrases(interests)
        counts.append(len(queries))
        assert not [query for query in queries.captured_queries if "INSERT" in query["sql"]]
    assert counts[0] == counts[1] <= 9
    assert not PaperKey.objects.exists()


def test_more_than_is_looked_at_is_cut_and_said_so(topics):
    interests = read_interests("\n".join(f"2401.{n:05}" for n in range(1, 400)).encode())
    assert interests.is_cut
    assert len(interests.absent) == MOST_ENTRIES
    assert not read_interests(b"2401.00001").is_cut


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n ",
        b"%PDF-1.7 ...",
        b"PK\x03\x04" + bytes(100),
        bytes(1000),
        b"<!doctype html><p>robotics</p>",
    ],
)
def test_what_is_no_text_says_so(topics, data):
    with pytest.raises(UnreadableList):
        read_interests(data)


@pytest.mark.parametrize(
    "data",
    [
        b"@article{" * 20_000,
        b"{" * MOST_BYTES,
        b"[" * MOST_BYTES,
        b'"' * MOST_BYTES,
        b"a " * (MOST_BYTES // 2),
        b"a" * MOST_BYTES * 2,
        ("가" * 60_000).encode(),
        b"cs." * 60_000,
        b"TY  - JOUR\n" * 15_000,
        ("\u202e<script>alert(1)</script> robotics \ud800".encode("utf-8", "replace")),
        b"\xff\xfe\x00\xd8 robotics",
    ],
    ids=[
        "entries",
        "braces",
        "brackets",
        "quotes",
        "words",
        "one word",
        "hangul",
        "dots",
        "ris",
        "marks",
        "half",
    ],
)
def test_hostile_text_is_read_in_bounded_time_or_refused(topics, data):
    suggest_topics(read_interests(b"warm up"))
    begun = time.process_time()
    try:
        interests = read_interests(data)
    except UnreadableList:
        pass
    else:
        suggest_topics(interests)
        suggest_phrases(interests)
    assert time.process_time() - begun < 5
