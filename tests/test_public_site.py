"""The public site as a whole: what links lead to, what the sitemap lists, what is light, what is gone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from newsletter.archive.sitemap import PAPERS_A_PART
from newsletter.languages import LANGUAGES
from newsletter.models import Entry, Paper
from newsletter.urls import urlpatterns
from tests.factories import DAY, NOW
from tests.public_site import (
    INTERFACE,
    OTHER,
    PublicSite,
    Visited,
    crawl,
    listed_in_sitemap,
    make_public_site,
    shows,
    visit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

LARGEST = 60 * 1024  # bytes of a page without its pictures
BY_LINKS_ALONE = {"author"}
"""Pages that search engines may have and find from those of papers (see newsletter/archive/sitemap.py)."""
A_MINUTE = timedelta(seconds=60)
Crawled = tuple[PublicSite, dict[str, Visited]]


@pytest.fixture(scope="module")
def crawled(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Crawled]:
    """The site, and all that links from its front page lead to: once for the tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic(), time_machine.travel(NOW, tick=False):
        site = make_public_site()
        yield site, crawl(Client())
        transaction.set_rollback(True)


def pages_of(paper: Paper) -> list[str]:
    return [f"/papers/{paper.arxiv_id}/{code}/" for code in INTERFACE]


def test_every_link_leads_somewhere(crawled: Crawled):
    _, visited = crawled
    broken = [
        f"{each.linked_from} → {each.path}: {each.status}" for each in visited.values() if each.status >= 400
    ]
    assert broken == []


def test_every_page_leads_to_the_search_the_feeds_and_the_api_in_its_language(crawled: Crawled):
    _, visited = crawled
    spoken = {page.path: language_of(page) for page in visited.values() if page.is_page}
    assert set(spoken.values()) == set(INTERFACE)
    missing = [
        f"{path}: {link}"
        for path, code in spoken.items()
        for link in (
            *(f"/today/{code}/", f"/archive/?language={code}", f"/topics/?language={code}"),
            *(f"/search/?language={code}", f"/feeds/{code}.opml", f"/api/?language={code}"),
        )
        if link not in visited[path].links or visited[link].status >= 400
    ]
    assert missing == []


def language_of(page: Visited) -> str:
    """The language of the page's own texts."""
    return page.body.partition('<html lang="')[2].partition('"')[0]


def test_every_public_paper_is_reached_in_every_language(crawled: Crawled):
    site, visited = crawled
    assert [path for paper in site.public for path in pages_of(paper) if path not in visited] == []


def test_what_is_not_public_is_shown_nowhere(crawled: Crawled):
    site, visited = crawled
    for paper in site.secret:
        assert [each.path for each in visited.values() if shows(each, paper)] == []


def test_pages_are_light(crawled: Crawled):
    _, visited = crawled
    sizes = {each.path: len(each.body.encode()) for each in visited.values() if each.is_page}
    assert {path: size for path, size in sizes.items() if size > LARGEST} == {}


def test_the_sitemap_lists_what_links_lead_to(crawled: Crawled):
    _, visited = crawled
    listed = listed_in_sitemap(Client())
    assert any(path.endswith(f"/{OTHER}/") for path in listed)
    assert sorted(listed - visited.keys()) == []
    indexed = {
        each.path
        for each in visited.values()
        if each.is_page and is_indexed(each) and each.name not in BY_LINKS_ALONE
    }
    assert sorted(indexed - listed) == []


def is_indexed(page: Visited) -> bool:
    """Whether the page is one that search engines are to have: its own canonical address, without noindex."""
    address = escape(settings.SITE_URL + page.path)
    return f'<link rel="canonical" href="{address}">' in page.body and "noindex" not in page.body


def test_pages_name_the_languages_they_are_in_and_those_pages_name_them(crawled: Crawled):
    site, visited = crawled
    pages = {path: page for path, page in visited.items() if page.is_page}
    named = {path: languages_named(page) for path, page in pages.items()}
    wrong = [
        f"{path}: {code} is {other}"
        for path, languages in named.items()
        for code, url in languages.items()
        if (other := url.removeprefix(settings.SITE_URL)) not in named
        or named[other] != languages
        or (code != "x-default" and language_named(pages[other]) != code)
    ]
    assert wrong == []
    assert [
        path for path, each in named.items() if each and canonical(pages[path]) not in each.values()
    ] == []
    translated = next(paper for paper in site.public if OTHER in named[f"/papers/{paper.arxiv_id}/en/"])
    expected = {*INTERFACE, OTHER, "x-default"}
    for code in (*INTERFACE, OTHER):
        assert named[f"/papers/{translated.arxiv_id}/{code}/"].keys() == expected
    repeated = visit(Client(), f"/papers/{translated.arxiv_id}/fr/")
    assert canonical(repeated) == f"{settings.SITE_URL}/papers/{translated.arxiv_id}/en/"
    assert languages_named(repeated) == {}


def languages_named(page: Visited) -> dict[str, str]:
    """The address of the page in each language that its head names."""
    return {
        code: unescape(url)
        for code, url in re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page.body)
    }


def language_named(page: Visited) -> str:
    """The language that the address of a page says."""
    parts = urlsplit(page.path)
    query = parse_qs(parts.query)
    return next((each for each in parts.path.split("/") if each in LANGUAGES), query.get("language", [""])[0])


def canonical(page: Visited) -> str:
    return unescape(page.body.partition('<link rel="canonical" href="')[2].partition('"')[0])


@pytest.mark.usefixtures("kept_pages")
def test_a_paper_that_is_hidden_is_gone_everywhere_within_a_minute(crawled: Crawled):
    site, visited = crawled
    client, paper = Client(), site.hideable
    linked = [each.path for each in visited.values() if shows(each, paper)]
    # Every kind is asked; of what differs by language alone, English and one more.
    paths = [path for path in linked if not any(f"/{code}" in path for code in ("ko", "ja", "zh-Hans"))]
    paths += places_without_links(paper)
    assert kinds_of_addresses() - {visit(client, path).name for path in paths} == NO_PAPER | DRAWN | OF_FILES
    assert [path for path in paths if not shows(visit(client, path), paper)] == []
    picture = f"/share/papers/{paper.arxiv_id}/en.png"
    drawn = [f"/share/days/{DAY}/en.png", "/share/topics/robots/en.png"]
    assert visit(client, picture).status == 200
    led_by_it = [client.get(path).content for path in drawn]
    Entry.objects.filter(paper=paper).update(is_hidden=True)
    with time_machine.travel(timezone.now() + A_MINUTE, tick=False):
        assert [path for path in paths if shows(visit(client, path), paper)] == []
        about = [path for path in (*paths, picture) if paper.arxiv_id in urlsplit(path).path]
        assert [path for path in about if visit(client, path).status != 404] == []
        for path, before in zip(drawn, led_by_it, strict=True):
            assert client.get(path).content != before, path


NO_PAPER = {
    *("api-docs", "api-document", "api-nothing", "brand-colours", "brand-icon"),
    *("brand-logo", "brand-maskable-icon", "brand-sender", "brand-stamp", "favicon", "feeds", "imprint"),
    *("manifest", "opml", "robots", "share-site", "sitemap", "sitemap-days", "sitemap-pages"),
    *("sitemap-topics", "touch-icon"),
}
"""Kinds of addresses that show no paper."""
DRAWN = {"share-day", "share-paper", "share-topic"}
OF_FILES = {"figure", "picture"}
"""Kinds that answer with files of papers: tests/newsletter/web/test_openness.py hides one of each."""


def kinds_of_addresses() -> set[str]:
    """The names of all kinds of public addresses: a new one is asked below, or said to show no paper."""
    return {str(pattern.name) for pattern in urlpatterns}


def places_without_links(paper: Paper) -> list[str]:
    """What names a public paper and is asked for by forms, programs and search engines."""
    return [
        "/search/?q=zebrafish&language=en",
        "/search/suggest/?q=zebra&language=en",
        f"/api/papers/arxiv:{paper.arxiv_id}",
        "/api/papers",
        "/api/days",
        f"/api/days/{DAY}",
        "/api/search?q=zebrafish",
        "/api/topics",
        "/api/topics/robots",
        "/api/authors/Quirina%20Solitaire",
        f"/papers/{paper.arxiv_id}/paper.bib",
        f"/papers/{paper.arxiv_id}/en/wrong/",
        f"/sitemap-papers-{paper.pk // PAPERS_A_PART}.xml",
        f"/archive/{DAY}/en.md",
        "/authors/Quirina%20Solitaire/?language=en",
    ]
