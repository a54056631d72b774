"""Days, topics and authors as programs get them."""

import pytest
from django.conf import settings

from newsletter.features.corpus import ensure_features
from newsletter.models import Entry
from tests.factories import DAY, NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers():
    made = [make_paper(authors=["José Müller"]) for _ in range(3)]
    walking = make_topic("walking", names={"en": "Walking", "ko": "보행"})
    make_edition(walking, made, note={"en": "A word.", "ko": ""})
    make_edition(walking, made[:1], day=DAY.replace(day=17))
    make_edition(make_topic("held"), [make_paper()], day=DAY.replace(day=16), state="held")
    ensure_features([paper.pk for paper in made], now=NOW)
    return [f"arxiv:{paper.arxiv_id}" for paper in made]


def test_days_are_paged_and_name_what_leads_them(client, papers, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        first = client.get("/api/days?limit=1").json()
    assert first["items"] == [
        {
            "day": str(DAY),
            "papers": 3,
            "topics": 1,
            "lead": papers[0],
            "url": f"{settings.SITE_URL}/archive/{DAY}/en/",
        }
    ]
    second = client.get(first["next"]).json()
    assert [item["day"] for item in second["items"]] == ["2026-03-17"]
    assert second["next"] is None


def test_a_day_has_its_papers_by_topic_in_its_order(client, papers, django_assert_max_num_queries):
    Entry.objects.filter(paper__arxiv_id=papers[1].removeprefix("arxiv:")).update(is_hidden=True)
    with django_assert_max_num_queries(12):
        told = client.get(f"/api/days/{DAY}").json()
    section = {
        "topic": "walking",
        "papers_count": 2,
        "papers": [papers[0], papers[2]],
        "note": {"en": "A word."},
    }
    assert told["topics"] == [section]
    for day in ("2026-03-16", "2020-01-01"):
        assert client.get(f"/api/days/{day}").status_code == 404
    assert client.get("/api/days/yesterday").status_code == 400


def test_topics_say_how_much_they_have_and_since_when(client, papers, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        topics = {topic["slug"]: topic for topic in client.get("/api/topics").json()}
    assert topics["walking"]["names"]["ko"] == "보행"
    assert (topics["walking"]["papers"], topics["walking"]["newest_day"]) == (4, str(DAY))
    assert client.get("/api/topics/walking").json() == topics["walking"]
    assert client.get("/api/topics/nothing").status_code == 404


def test_an_author_is_found_by_any_spelling(client, papers):
    told = client.get("/api/authors/jose%20muller").json()
    assert (told["name"], told["newest"]) == ("José Müller", papers[::-1])
    listed = client.get(told["papers_url"].removeprefix(settings.SITE_URL)).json()
    assert [item["id"] for item in listed["items"]] == papers[::-1]
    assert client.get("/api/authors/nobody").status_code == 404


def test_too_many_parameters_are_a_problem_like_others(client, caplog):
    answer = client.get("/api/papers", {f"a{number}": "1" for number in range(1500)})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "more than 1000 parameters" in answer.json()["detail"]
    assert [record for record in caplog.records if record.exc_info] == []
