"""The sitemap: every public page once, no other, in files of bounded size; and what robots are told."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from django.urls import get_resolver
from lxml import etree

from newsletter.archive import sitemap
from newsletter.models import Edition, PaperVersion, ReadingText
from newsletter.web.sitemap_pages import NOT_FOR_ROBOTS
from tests.factories import (
    DAY,
    NOW,
    make_correction,
    make_edition,
    make_paper,
    make_reading,
    make_summary,
    make_topic,
)

pytestmark = pytest.mark.django_db
NAMESPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
SITE = "https://paperpost.example"
LATER = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def entries_of(client, path):
    """Path → lastmod, of an index or a file."""
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    tree = etree.fromstring(answer.content)
    entries = {
        entry.findtext("s:loc", "", namespaces=NAMESPACE): entry.findtext("s:lastmod", namespaces=NAMESPACE)
        for entry in tree
    }
    assert all(url.startswith(f"{SITE}/") for url in entries)
    return {url.removeprefix(SITE): changed for url, changed in entries.items()}


def whole(client):
    """All pages of all files."""
    listed: dict[str, str | None] = {}
    for part in entries_of(client, "/sitemap.xml"):
        listed |= entries_of(client, part)
    return listed


def test_every_page_that_the_sitemap_names_is_there_and_may_be_indexed(client):
    papers = [make_paper(), make_paper(arxiv_id="math.GT/0309136")]
    make_summary(papers[0], "ko")
    make_summary(papers[0], "ja", author="extract")  # the abstract's own English
    make_reading(papers[0], "ar", "ko")
    ReadingText.objects.filter(language="ar").update(state="ready")
    topic = make_topic()
    make_edition(topic, papers)
    make_topic(slug="nothing-yet")
    listed = whole(client)
    always = {
        "/?language=en",
        "/archive/?language=ja",
        "/topics/?language=ko",
        "/search/?language=ko",
        "/feeds/?language=ar",
        "/api/?language=en",
    }
    assert {*always, f"/archive/{DAY}/ar/", f"/topics/{topic.slug}/zh-Hans/"} <= listed.keys()
    assert "/topics/nothing-yet/en/" not in listed
    of_papers = {path for path in listed if path.startswith("/papers/")}
    assert of_papers == {
        f"/papers/{papers[0].arxiv_id}/en/",
        f"/papers/{papers[0].arxiv_id}/ko/",
        f"/papers/{papers[0].arxiv_id}/en/in-depth/",
        f"/papers/{papers[0].arxiv_id}/ar/in-depth/",
        "/papers/math.GT/0309136/en/",
    }
    for path in listed:
        page = client.get(path).content.decode()
        assert f'<link rel="canonical" href="{SITE}{path}">' in page
        assert "noindex" not in page


def test_what_is_hidden_withdrawn_or_not_ready_is_in_no_file(client):
    hidden, withdrawn, draft = make_paper(), make_paper(is_withdrawn=True), make_paper()
    make_edition(make_topic(), [hidden, withdrawn]).entries.filter(paper=hidden).update(is_hidden=True)
    make_edition(make_topic(), [draft], day=DAY + timedelta(days=400), state=Edition.State.DRAFT)
    assert list(entries_of(client, "/sitemap.xml")) == ["/sitemap-pages.xml"]
    assert client.get(f"/sitemap-papers-{hidden.pk // sitemap.PAPERS_A_PART}.xml").status_code == 404
    assert client.get("/sitemap-days-2026.xml").status_code == 404


def test_the_papers_are_split_and_an_empty_part_is_not_named(client, monkeypatch):
    monkeypatch.setattr(sitemap, "PAPERS_A_PART", 2)
    papers = [make_paper() for _ in range(9)]
    make_edition(make_topic(), [paper for paper in papers if paper.pk % 6 < 4])
    parts = [path for path in entries_of(client, "/sitemap.xml") if "papers" in path]
    assert parts == sorted({f"/sitemap-papers-{paper.pk // 2}.xml" for paper in papers if paper.pk % 6 < 4})
    listed = [path for part in parts for path in entries_of(client, part)]
    assert listed == [f"/papers/{paper.arxiv_id}/en/" for paper in papers if paper.pk % 6 < 4]


def test_of_many_parts_the_newest_say_when_they_changed(client, monkeypatch):
    monkeypatch.setattr(sitemap, "PAPERS_A_PART", 1)
    papers = [make_paper() for _ in range(4)]
    make_edition(make_topic(), papers)
    entries = entries_of(client, "/sitemap.xml")
    dated = [bool(entries[f"/sitemap-papers-{paper.pk}.xml"]) for paper in papers]
    assert dated == [False, False, True, True]


def test_of_many_years_those_with_a_day_are_named_and_the_newest_is_dated(client):
    topic, paper = make_topic(), make_paper()
    for years in (0, 1, 3):
        day = DAY.replace(year=DAY.year - years)
        make_edition(topic, [paper], day=day, approved_at=NOW)
    entries = entries_of(client, "/sitemap.xml")
    days = [(path[-8:-4], bool(changed)) for path, changed in entries.items() if "days" in path]
    assert days == [(f"{DAY.year}", True), (f"{DAY.year - 1}", False), (f"{DAY.year - 3}", False)]


def test_a_page_says_when_it_last_changed(client):
    paper, other = make_paper(), make_paper()
    make_edition(make_topic(), [paper, other], approved_at=NOW)
    make_summary(paper, "ko", written_at=LATER)
    make_summary(paper, "ja", written_at=NOW)
    day = entries_of(client, f"/sitemap-days-{DAY.year}.xml")[f"/archive/{DAY}/en/"]
    assert day == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    (part,) = (path for path in entries_of(client, "/sitemap.xml") if "papers" in path)
    assert entries_of(client, "/sitemap.xml")[part] == "2027-01-02T03:04:05Z"
    pages = entries_of(client, part)
    assert pages[f"/papers/{paper.arxiv_id}/ko/"] == "2027-01-02T03:04:05Z"
    assert pages[f"/papers/{paper.arxiv_id}/ja/"] < "2027-01-02"
    PaperVersion.objects.create(paper=other, version=2, title="New", seen_at=LATER)
    make_correction(paper, "ja", at=LATER)
    pages = entries_of(client, part)
    assert (
        pages[f"/papers/{other.arxiv_id}/en/"]
        == pages[f"/papers/{paper.arxiv_id}/ja/"]
        == "2027-01-02T03:04:05Z"
    )


def test_a_file_costs_few_queries_however_many_papers(client, django_assert_max_num_queries):
    papers = [make_paper() for _ in range(30)]
    make_edition(make_topic(), papers)
    with django_assert_max_num_queries(13):
        client.get("/sitemap.xml")
    with django_assert_max_num_queries(6):
        part = papers[0].pk // sitemap.PAPERS_A_PART
        assert client.get(f"/sitemap-papers-{part}.xml").status_code == 200


@pytest.mark.any_database
@pytest.mark.parametrize(
    "path",
    [
        "/sitemap-papers-999999999.xml",
        "/sitemap-papers-1234567890123.xml",
        "/sitemap-days-0000.xml",
        "/sitemap-papers-00.xml",
        "/sitemap-papers-٠.xml",
        "/sitemap-days-2٠٢٦.xml",
    ],
)
def test_a_file_that_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.any_database
def test_robots_may_read_what_is_public_and_find_the_sitemap(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(answer.content.decode().splitlines())
    assert rules.site_maps() == [f"{SITE}/sitemap.xml"]
    for path in ("/", "/archive/", "/papers/2403.03163/en/", "/topics/robotics/en/", "/feeds/all/en.atom"):
        assert rules.can_fetch("*", SITE + path)
    assert b"\nAllow: /search/?language=ko$\n" in answer.content
    for path in ("/preferences/x/", "/vote/x/", "/reader/?act=save", "/admin/", "/search/?q=robots"):
        assert not rules.can_fetch("*", SITE + path)


@pytest.mark.any_database
def test_all_addresses_with_a_readers_token_are_closed_to_robots():
    with_token = {
        "/" + str(pattern.pattern).lstrip("^")
        for entry in get_resolver().url_patterns
        for pattern in getattr(entry, "url_patterns", [])
        if "token" in str(pattern.pattern)
    }
    assert len(with_token) > 20
    assert {path for path in with_token if not path.startswith(NOT_FOR_ROBOTS)} == set()
    assert urlsplit(SITE).path == ""
