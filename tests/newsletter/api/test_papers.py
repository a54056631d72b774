"""Papers as programs get them: only public ones, page after page, with evidence and where it is from."""

import json

import pytest
from django.conf import settings

from newsletter.features.corpus import ensure_features
from newsletter.models import Correction, Entry, PaperVersion
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers():
    made = [make_paper() for _ in range(5)]
    make_edition(make_topic("walking"), made)
    return made


def ids(answer):
    return [item["id"] for item in answer.json()["items"]]


def names(*papers):
    return [f"arxiv:{paper.arxiv_id}" for paper in papers]


def test_pages_hold_each_public_paper_once_while_new_ones_come(client, papers):
    first = client.get("/api/papers?limit=2")
    assert ids(first) == names(papers[4], papers[3])
    make_edition(make_topic("new"), [make_paper()])
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    assert ids(second) + ids(third) == names(papers[2], papers[1], papers[0])
    assert third.json()["next"] is None
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert first.json()["next"].startswith(f"{settings.SITE_URL}/api/papers?cursor=")
    assert "Link" not in third


def test_nothing_is_told_of_what_is_not_public(client, papers):
    Entry.objects.filter(paper=papers[0]).update(is_hidden=True)
    draft = make_paper()
    make_edition(make_topic(), [draft], state="draft")
    papers[1].is_withdrawn = True
    papers[1].save()
    assert ids(client.get("/api/papers")) == names(papers[4], papers[3], papers[2])
    for paper in (papers[0], draft):
        assert client.get(f"/api/papers/arxiv:{paper.arxiv_id}").status_code == 404
    withdrawn = client.get(f"/api/papers/arxiv:{papers[1].arxiv_id}").json()
    assert (withdrawn["is_withdrawn"], withdrawn["days"]) == (True, [])


def test_lists_are_of_a_day_a_topic_a_category_an_author_or_a_language(client, papers):
    other = make_paper(authors=["José Müller"], primary_category="cs.CL", categories=["cs.CL", "cs.LG"])
    make_edition(make_topic("speaking"), [other], day=DAY.replace(day=19))
    make_summary(other, "ko")
    ensure_features([paper.pk for paper in [*papers, other]], now=NOW)
    for query in (
        "day=2026-03-19",
        "topic=speaking",
        "category=cs.CL",
        "author=jose%20muller",
        "language=ko",
        "topic=speaking&day=2026-03-19&category=cs.CL&language=ko",
    ):
        assert ids(client.get(f"/api/papers?{query}")) == names(other), query
    assert ids(client.get("/api/papers?topic=walking&day=2026-03-19")) == []
    assert ids(client.get("/api/papers?author=nobody")) == []


def test_a_list_shows_the_summary_in_its_language(client, papers):
    make_summary(papers[0], "ko", title="제목", sentence="한 문장.")
    item = client.get("/api/papers?language=ko").json()["items"][0]
    assert item["summary"] == {
        "language": "ko",
        "author": "model",
        "title": "제목",
        "sentence": "한 문장.",
        "takeaways": [f"Takeaway {number} of {papers[0].arxiv_id}." for number in (1, 2, 3)],
    }
    assert (item["topics"], item["days"], item["languages"]) == (["walking"], [str(DAY)], ["ko"])


def test_a_list_has_a_constant_number_of_queries(client, papers, django_assert_max_num_queries):
    for paper in papers:
        make_summary(paper)
    with django_assert_max_num_queries(12):
        client.get("/api/papers?topic=walking&language=en&author=Emmy+Noether")


def test_a_paper_is_told_whole(client, papers, django_assert_max_num_queries):
    paper = papers[0]
    make_summary(paper, "en", sentence_evidence="needs half the memory", checked_numbers=2)
    make_summary(paper, "ja", author="editor", title="題名")
    PaperVersion.objects.create(paper=paper, version=1, title=paper.title)
    Correction.objects.create(
        paper=paper, language="ja", state="gathered", old="旧", right="新", to_revision=2, created_at=NOW
    )
    Correction.objects.create(paper=paper, language="en", old="draft", to_revision=2, created_at=NOW)
    with django_assert_max_num_queries(12):
        told = client.get(f"/api/papers/arxiv:{paper.arxiv_id}").json()
    english, japanese = told["summaries"]
    assert english["sentence"]["quotations"] == ["needs half the memory"]
    assert english["checked"] == {"statements": 4, "numbers": 2}
    assert (english["language"], english["author"], english["paper_version"]) == ("en", "model", 1)
    assert (japanese["author"], japanese["title"], japanese["checked"]) == ("editor", "題名", None)
    assert [each["right"] for each in told["corrections"]] == ["新"]
    assert told["versions"][0]["version"] == 1
    assert told["appearances"][0]["topic"] == "walking"
    assert {link["rel"] for link in told["links"]} == {"page", "abstract", "pdf", "html"}
    assert told["citation"]["bibtex"].startswith("@")
    assert told["citation"]["csl"]["title"] == paper.title
    only = client.get(f"/api/papers/arxiv:{paper.arxiv_id}?language=ja").json()
    assert [each["language"] for each in only["summaries"]] == ["ja"]


def test_a_paper_without_a_summary_has_an_extract_that_says_it_is_one(client, papers):
    told = client.get(f"/api/papers/arxiv:{papers[0].arxiv_id}?language=ko").json()
    assert [(each["author"], each["language"]) for each in told["summaries"]] == [("extract", "en")]
    assert told["languages"] == []


def test_a_paper_of_the_old_numbering_has_its_slash(client, papers):
    old = make_paper(arxiv_id="math.GT/0309136")
    make_edition(make_topic(), [old])
    for name in ("arxiv:math.GT/0309136", "arxiv:math.GT%2F0309136", "ArXiv:math.GT/0309136v2"):
        assert client.get(f"/api/papers/{name}").json()["id"] == "arxiv:math.GT/0309136"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=0", "whole number from 1 to 100"),
        ("limit=-1", "whole number from 1 to 100"),
        ("limit=٣", "whole number from 1 to 100"),
        ("limit=1e9", "whole number from 1 to 100"),
        (f"limit=1{'0' * 30}", "whole number from 1 to 100"),
        ("cursor=abc", "take it from “next”"),
        ("cursor=cGFwZXJzOjE=", "take it from “next”"),
        ("cursor=cGFwZXJzOjk5OTk5OTk5OTk5OTk5OTk5OTk", "leads to no place"),
        ("day=", "is empty"),
        ("cursor=%00", "take it from “next”"),
        ("day=2026-02-30", "write a day as 2026-03-18"),
        ("day=20260318", "write a day as 2026-03-18"),
        ("day=0", "write a day as 2026-03-18"),
        ("category=cs.XX", "arXiv has no such category"),
        ("language=tlh", "choose one of en"),
        ("colour=red", "no parameter “colour”"),
        ("limit=1&limit=2", "is there twice"),
        (f"author={'x' * 201}", "longer than 200 characters"),
    ],
)
@pytest.mark.any_database
def test_what_cannot_be_used_is_refused_in_one_sentence(client, papers, query, fault):
    answer = client.get(f"/api/papers?{query}")
    told = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert fault in told["detail"]
    assert (told["status"], told["title"], told["type"]) == (400, "Bad Request", "about:blank")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "path",
    [
        "papers/arxiv:2403.99999",
        "papers/doi:10.1/x",
        "papers/x",
        "papers?topic=nothing",
        "nothing",
        "papers/",
        "papers/a%0Ab",
    ],
)
def test_what_is_not_there_is_a_problem_too(client, papers, path):
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(answer.content)["detail"].endswith(".")


@pytest.mark.any_database
def test_the_api_is_read_only_and_open_to_scripts_of_all_sites(client, papers):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)("/api/papers")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    asked = client.options("/api/papers")
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    head = client.head("/api/papers")
    whole = client.get("/api/papers")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", whole["ETag"])
    assert whole["Access-Control-Allow-Origin"] == "*"
    assert "public" in whole["Cache-Control"]
    unchanged = client.get("/api/papers", headers={"if-none-match": whole["ETag"]})
    assert (unchanged.status_code, unchanged["Access-Control-Allow-Origin"]) == (304, "*")
