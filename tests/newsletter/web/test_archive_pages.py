"""The archive as a calendar, the newest day, and the parts of a day: found by links alone."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from newsletter.models import Edition, Entry, IntakeDay, MailedPaper
from newsletter.web.placement import INTERFACE
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db
MONTH = "/archive/?month=2026-03"


def shown(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def _march():
    """Papers on Wednesday the 18th and Monday the 30th, seen from the 31st, and what came between."""
    make_edition(make_topic(), [make_paper(title="Of the <i>first</i> day")])
    make_edition(make_topic(), [make_paper(day=date(2026, 3, 30))], day=date(2026, 3, 30))
    for day, state in ((19, "empty"), (20, "failed"), (23, "done")):
        IntakeDay.objects.create(source="arxiv", day=date(2026, 3, day), state=state, at=datetime.now(UTC))
    make_paper(day=date(2026, 3, 23))
    with time_machine.travel("2026-03-31T09:00:00Z", tick=False):
        yield


@pytest.mark.usefixtures("_march")
def test_a_month_shows_each_day_with_its_title_and_counts_and_says_why_others_are_empty(client):
    page = shown(client, f"{MONTH}&language=en")
    assert page.count(f"/archive/{DAY}/en/") == 2
    assert page.count("Of the &lt;i&gt;first&lt;/i&gt; day") == 2
    assert "1 paper · 1 topic" in " ".join(page.split())
    listed = dict(
        re.findall(r'<p class="fine"><time datetime="2026-03-(\d\d)">[^<]*</time> · ([^<]*)</p>', page)
    )
    assert listed["19"] == "arXiv announced no new papers on this day."
    assert listed["20"] == "The papers of this day could not be fetched from arXiv."
    assert listed["21"] == "arXiv announces no papers at weekends."
    assert listed["23"] == "Papers arrived, but no edition of this day was released."
    assert listed["24"] == "No edition of this day was released."
    assert listed["31"] == "arXiv is late: the papers of this day are not there yet."
    assert "17" not in listed, "nothing is said of days before the first"


@pytest.mark.usefixtures("_march")
def test_the_months_end_where_the_archive_does_and_lead_from_one_to_the_next(client):
    make_edition(make_topic(), [make_paper()], day=date(2026, 1, 14))
    assert "<h1>March 2026</h1>" in shown(client, "/archive/?language=en")
    february = shown(client, "/archive/?month=2026-02&language=ko")
    assert '<link rel="prev" href="/archive/?month=2026-01&amp;language=ko">' in february
    assert 'rel="next" href="/archive/?month=2026-03&amp;language=ko"' in february
    assert 'rel="next"' not in shown(client, MONTH)
    assert 'rel="prev"' not in shown(client, "/archive/?month=2026-01")
    for month in ("2025-12", "2026-04", "2026-13", "0001-01", "9999-12", "2026-3", "yesterday"):
        assert client.get(f"/archive/?month={month}").status_code == 404, month


@pytest.mark.parametrize("code", INTERFACE)
@pytest.mark.any_database
@pytest.mark.usefixtures("_march")
def test_a_holiday_and_a_title_are_said_in_the_language_of_the_page(client, code):
    make_edition(make_topic(), [make_paper()], day=date(2025, 12, 22))
    page = shown(client, f"/archive/?month=2025-12&language={code}")
    assert ("Christmas" in page) == (code == "en"), "26 December 2025 was no listing day"
    assert "{holiday}" not in page
    paper = Entry.objects.get(edition__day=DAY).paper
    make_summary(paper, code, title="제목 標題")
    assert ("제목 標題" in shown(client, f"{MONTH}&language={code}")) == (code != "en")


def test_today_is_the_newest_day_at_that_days_address(client, settings):
    make_edition(make_topic(), [make_paper()])
    newest = DAY + timedelta(days=1)
    make_edition(make_topic(), [make_paper()], day=newest)
    make_edition(make_topic(), [make_paper()], day=newest + timedelta(days=1), state=Edition.State.DRAFT)
    page = shown(client, "/today/ko/")
    assert f'rel="canonical" href="{settings.SITE_URL}/archive/{newest}/ko/"' in page
    assert f'rel="prev" href="/archive/{DAY}/ko/"' in page
    assert 'rel="next"' not in page
    assert client.get("/today/tlh/").status_code == 404
    Entry.objects.update(is_hidden=True)
    empty = shown(client, "/today/en/")
    assert "No edition is ready yet." in empty
    assert 'content="noindex"' in empty


def test_today_leads_to_the_other_papers_of_its_topics(client, django_assert_max_num_queries):
    papers = [make_paper() for _ in range(26)]
    make_edition(make_topic("many"), papers)
    IntakeDay.objects.create(source="arxiv", day=DAY, state="done", at=datetime.now(UTC))
    with time_machine.travel(f"{DAY + timedelta(days=3)}T09:00:00Z"), django_assert_max_num_queries(12):
        page = shown(client, "/today/ko/")
    assert "주말" in page
    address = f"/archive/{DAY}/ko/?topic=many"
    assert f'href="{address}' in page
    assert 'href="?' not in page
    (link,) = re.findall(rf'href="({re.escape(address)}[^"]*)"', page)
    assert f"/papers/{papers[-1].arxiv_id}/ko/" in shown(client, link.replace("&amp;", "&")) + shown(
        client, f"{address}&p=3"
    )


def test_the_newest_month_has_one_address_in_each_language(client, settings):
    make_edition(make_topic(), [make_paper()])
    make_edition(make_topic(), [make_paper()], day=date(2026, 2, 18))
    for month, query in (("2026-03", ""), ("2026-02", "month=2026-02&amp;")):
        page = shown(client, f"/archive/?month={month}&language=ko")
        for link in ('rel="canonical"', 'rel="alternate" hreflang="ko"'):
            assert f'<link {link} href="{settings.SITE_URL}/archive/?{query}language=ko">' in page


@pytest.mark.parametrize("path", ["/feeds/", "/api/", "/topics/"])
def test_a_page_in_a_language_is_at_that_languages_address(client, settings, path):
    page = shown(client, f"{path}?language=ko")
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}?language=ko">' in page


def test_every_paper_of_a_day_of_many_is_reached_by_links(client, django_assert_max_num_queries):
    papers = [make_paper() for _ in range(60)]
    make_edition(make_topic("many", position=1), papers[:40])
    for number in range(40, 58):
        make_edition(make_topic(position=number), [papers[number], papers[0]])
    for paper in papers[58:]:
        MailedPaper.objects.create(paper=paper, since=DAY)
    seen, waiting = set(), [f"/archive/{DAY}/en/"]
    while waiting:
        if (address := waiting.pop()) not in seen:
            seen.add(address)
            if not address.startswith("/papers/"):
                with django_assert_max_num_queries(12):
                    page = shown(client, address)
                assert len(page.encode()) < 60_000
                links = re.findall(r'href="([^"#]+)', page)
                waiting += [
                    link.replace("&amp;", "&") if link.startswith("/") else f"/archive/{DAY}/en/{link}"
                    for link in links
                    if link.startswith((f"/archive/{DAY}/en/", "/papers/", "?"))
                ]
    assert {f"/papers/{paper.arxiv_id}/en/" for paper in papers} <= seen


def test_the_parts_of_a_day_have_pages_with_a_way_on_and_back(client):
    papers = [make_paper() for _ in range(26)]
    make_edition(make_topic("many"), papers)
    address = f"/archive/{DAY}/ar/?topic=many"
    first, second = shown(client, address), shown(client, f"{address}&p=2")
    assert 'rel="next" href="/archive/2026-03-18/ar/?topic=many&amp;p=2"' in first
    assert 'rel="prev" href="/archive/2026-03-18/ar/?topic=many"' in second
    assert 'href="/archive/2026-03-18/ko/?topic=many&amp;p=2"' in second, "the language switch keeps the page"
    assert 'rel="next"' not in shown(client, f"{address}&p=3")
    for query in ("?topic=many&p=4", "?topic=many&p=0", "?topic=many&p=x", "?topic=none", "?list=searches"):
        assert client.get(f"/archive/{DAY}/ar/{query}").status_code == 404, query
    assert client.get("/archive/2026-03-19/ar/?list=searches").status_code == 404
