"""The topics, and the papers of each: the newest, and all of them month by month."""

import re
from datetime import date, timedelta

import pytest

from newsletter.models import Entry
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db


def shown(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def topic():
    made = make_topic("memory", names={"en": "Memory", "ko": "기억"}, area="vision")
    make_edition(made, [make_paper(title=f"Of March {n}") for n in range(23)])
    make_edition(made, [make_paper(title="Of January")], day=date(2026, 1, 7))
    return made


def test_all_topics_say_how_many_papers_they_have_and_what_is_newest(
    client, topic, django_assert_max_num_queries
):
    make_topic("nothing-yet", names={"en": "Nothing yet"})
    make_summary(Entry.objects.get(edition__day=DAY, position=1).paper, "ko", title="삼월의 첫 논문")
    with django_assert_max_num_queries(8):
        page = shown(client, "/topics/?language=ko")
    assert '<a href="/topics/memory/ko/">기억</a>' in page
    assert "논문 24편" in page
    assert "삼월의 첫 논문" in page
    (nothing,) = re.findall(r'<a href="/topics/nothing-yet/ko/">.*?</li>', page, re.DOTALL)
    assert "아직 논문이 없습니다." in nothing


def test_a_topic_shows_its_newest_papers_and_leads_to_each_month(
    client, topic, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        newest = shown(client, "/topics/memory/en/")
    assert newest.count("<article") == 20
    seen, address, pages = set(), "/topics/memory/en/", []
    while address:
        pages.append(address)
        page = shown(client, address)
        seen |= set(re.findall(r'<h3><a href="(/papers/[^"]+)"', page))
        following = re.search(r'<link rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert pages[1:] == [f"/topics/memory/en/?month={rest}" for rest in ("2026-03", "2026-03&p=2", "2026-01")]
    assert len(seen) == 24
    assert '<link rel="prev" href="/topics/memory/en/?month=2026-03">' in shown(client, pages[-1])
    for query in ("?month=2026-02", "?month=2026-03&p=3", "?month=x", "?p=2", "?month=2026-03&p=0"):
        assert client.get(f"/topics/memory/en/{query}").status_code == 404, query


def test_a_topic_that_nobody_knows_or_that_ended_with_nothing_is_not_found(client, topic):
    make_topic("gone", is_active=False)
    empty = make_topic("empty")
    assert "No papers yet." in shown(client, f"/topics/{empty.slug}/en/")
    for path in ("/topics/gone/en/", "/topics/none/en/", "/topics/memory/tlh/", "/topics/a%00b/en/"):
        assert client.get(path).status_code == 404, path
    Entry.objects.update(is_hidden=True)
    assert "/papers/" not in shown(client, "/topics/memory/en/")
    assert client.get(f"/topics/memory/en/?month={DAY - timedelta(0):%Y-%m}").status_code == 404
