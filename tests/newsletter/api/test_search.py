"""The search as programs get it: the papers that the page finds, narrowed, paged, and what was put right."""

import json

import pytest
from django.conf import settings

from newsletter.models import Entry
from newsletter.search.index import all_papers, index_papers
from tests.factories import DAY, NOW, make_edition, make_paper, make_reading, make_summary, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers():
    made = [
        make_paper(title="Quokka segmentation", authors=["José Müller"], code_url="https://example.org/code"),
        make_paper(title="Segmentation of quokkas", primary_category="cs.CV", categories=["cs.CV"]),
        make_paper(title="Quokka quokka segmentation, again"),
        make_paper(title="Galaxies", abstract="Of stars."),
    ]
    make_summary(made[0], "ko", title="제목")
    make_reading(made[1], "en")
    make_edition(make_topic("animals"), made[:3])
    make_edition(make_topic("stars"), made[3:], day=DAY.replace(day=17))
    index_papers(all_papers(), now=NOW)
    return made


def ids(answer):
    return {item["id"] for item in answer.json()["items"]}


def names(*papers):
    return {f"arxiv:{paper.arxiv_id}" for paper in papers}


def test_words_find_papers_as_lists_show_them(client, papers):
    found = client.get("/api/search?q=quokka+segmentation").json()
    assert {item["id"] for item in found["items"]} == names(*papers[:3])
    assert (found["count"], found["is_cut"], found["corrected"], found["next"]) == (3, False, {}, None)
    listed = {item["id"]: item for item in client.get("/api/papers").json()["items"]}
    assert all(item == listed[item["id"]] for item in found["items"])
    assert ids(client.get("/api/search")) == names(*papers)


def test_pages_go_on_behind_the_last_paper_even_when_it_is_hidden(client, papers):
    whole = [item["id"] for item in client.get("/api/search?q=segmentation&limit=10").json()["items"]]
    first = client.get("/api/search?q=segmentation&has=code&has=code&limit=1")
    assert ids(first) == names(papers[0])
    first = client.get("/api/search?q=segmentation&limit=1")
    following = first.json()["next"]
    assert following.startswith(f"{settings.SITE_URL}/api/search?cursor=")
    assert first["Link"] == f'<{following}>; rel="next"'
    second = client.get(following)
    assert [item["id"] for item in second.json()["items"]] == whole[1:2]
    Entry.objects.filter(paper__arxiv_id=whole[1].removeprefix("arxiv:")).update(is_hidden=True)
    # What was hidden is gone, and nothing else: the place it had is that of the next one.
    assert ids(client.get(following)) == {whole[2]}


def test_filters_narrow_as_those_of_the_page(client, papers):
    def found(query):
        answer = client.get(f"/api/search?{query}")
        assert answer.status_code == 200, answer.content
        return ids(answer)

    assert found("q=segmentation&has=code") == found("author=muller") == names(papers[0])
    assert found("language=ko") == names(papers[0])
    assert found("has=reading") == found("category=cs.cv") == names(papers[1])
    assert found("has=code&has=reading") == set()
    assert found("topic=stars") == found("day=2026-03-17") == found("to=2026-03-17") == names(papers[3])
    assert found("from=2026-03-18&to=2026-03-18") == names(*papers[:3])
    assert found("day=2026-03") == found("day=2026") == names(*papers)
    assert found("day=2025") == set()
    shown = client.get("/api/search?language=ko").json()["items"][0]["summary"]
    assert (shown["language"], shown["title"]) == ("ko", "제목")


def test_a_mistyped_word_is_put_right_and_said_in_at_most_twelve_queries(
    client, papers, django_assert_max_num_queries
):
    query = "/api/search?q=segmentatoin+galaxies&topic=animals&author=Lovelace&from=2026-03-01"
    with django_assert_max_num_queries(12):
        found = client.get(query).json()
    assert found["corrected"] == {"segmentatoin": "segmentation"}
    assert {item["id"] for item in found["items"]} == names(papers[1], papers[2])
    assert ids(client.get("/api/search?q=segmentatoin&exact=1")) == set()


def test_papers_like_one_are_found_by_its_name(client, papers, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        alike = client.get(f"/api/search?like=arxiv:{papers[0].arxiv_id}v3&day=2026-03")
    assert names(papers[1], papers[2]) <= ids(alike)
    assert not names(papers[0]) & ids(alike)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("query", "status", "fault"),
    [
        ("like=2403.03163", 400, "such as arxiv:2403.03163"),
        ("like=arxiv:2403.99999", 404, "names no paper of this site"),
        ("q=a&like=arxiv:2403.03163", 400, "not both"),
        ("topic=nothing", 404, "/api/topics has them all"),
        ("day=2026-13", 400, "a month as 2026-03"),
        ("day=0000", 400, "a year as 2026"),
        ("from=2026", 400, "write a day as 2026-03-18"),
        ("has=video", 400, "“has”"),
        ("has=code&has=", 400, "is empty"),
        ("has=code" + "&has=code" * 5, 400, "more than 4 times"),
        ("exact=yes", 400, "“exact”"),
        ("q=a&q=b", 400, "is there twice"),
        (f"q={'x' * 201}", 400, "longer than 200 characters"),
        ("cursor=cGFwZXJzOjE", 400, "take it from “next”"),
        ("cursor=Zm91bmQ6MQ", 400, "leads to no place"),
        ("p=2", 400, "it takes author, category, cursor"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(client, papers, query, status, fault):
    answer = client.get(f"/api/search?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert fault in json.loads(answer.content)["detail"]
