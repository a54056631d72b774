"""What search engines ask for first: the sitemap in its parts (https://www.sitemaps.org), and robots.txt."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path

from newsletter.archive import sitemap
from newsletter.archive.days import newest_day
from newsletter.archive.sitemap import Page
from newsletter.web.caching import public_page
from newsletter.web.placement import INTERFACE

NOT_FOR_ROBOTS: Final = (
    # What readers have by links of their own.
    "/arrive/",
    "/confirm/",
    "/digests/",
    "/my-data/",
    "/preferences/",
    "/rate/",
    "/reader/",
    "/saved/",
    "/undo/",
    "/unsubscribe/",
    "/vote/",
    # What a form asks for, and what has no end: robots need not try all of it.
    "/check-mail/",
    "/papers/*/wrong/",
    "/preview/",
    "/proof/",
    "/search/?",
    "/start/",
    "/topic-words/",
    "/try/",
    # What is for the operator.
    "/admin/",
    "/anymail/",
    "/health/",
    "/metrics",
)
"""How addresses begin that robots stay away from (RFC 9309, 2.2.2): none of them is a secret."""

PARTS_KEPT: Final = 600  # seconds: they name no paper, and crawlers come seldom
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_ALWAYS: Final = ("/", "/archive/", "/topics/", "/search/", "/feeds/", "/api/", "/privacy/")
"""Pages that are there before there is a paper, in each language by ``?language=``."""


@public_page()
def robots(_request: HttpRequest) -> HttpResponse:
    """Where robots may go, and where the sitemap is."""
    # The form, not what it answers: of two rules the longer one counts (RFC 9309, 2.2.2).
    allowed = [f"Allow: /search/?language={code}$" for code in INTERFACE]
    lines = ["User-agent: *", *allowed, *[f"Disallow: {start}" for start in NOT_FOR_ROBOTS]]
    text = "\n".join([*lines, "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@public_page()
def index(_request: HttpRequest) -> HttpResponse:
    """The parts of the sitemap."""
    parts = cache.get_or_set("sitemap-parts", sitemap.parts, PARTS_KEPT) or ()
    entries = [_entry("sitemap", f"/sitemap-{part.name}.xml", part.changed_at) for part in parts]
    return _xml(f"<sitemapindex {_NAMESPACE}>\n{''.join(entries)}</sitemapindex>\n")


@public_page()
def pages(_request: HttpRequest) -> HttpResponse:
    """The pages that are always there."""
    return _url_set([Page(f"{path}?language={code}", None) for path in _ALWAYS for code in INTERFACE])


@public_page()
def topics(_request: HttpRequest) -> HttpResponse:
    """The pages of topics."""
    rows = sitemap.topics()
    return _url_set([Page(f"/topics/{slug}/{code}/", at) for slug, at in rows for code in INTERFACE])


@public_page()
def days(_request: HttpRequest, year: str) -> HttpResponse:
    """The pages of a year's days and months; the newest month is what the archive begins with."""
    rows = sitemap.days(int(year))
    newest = newest_day()
    months = {f"{day:%Y-%m}" for day, _at in rows} - {f"{newest:%Y-%m}" if newest else ""}
    listed = [Page(f"/archive/{day:%F}/{code}/", at) for day, at in rows for code in INTERFACE]
    for month in sorted(months, reverse=True):
        listed += [Page(f"/archive/?month={month}&language={code}", None) for code in INTERFACE]
    return _url_set(listed)


@public_page()
def papers(_request: HttpRequest, part: str) -> HttpResponse:
    """The pages of the papers of one part."""
    return _url_set(sitemap.papers(int(part)))


def _url_set(listed: Iterable[Page]) -> HttpResponse:
    """The file of ``listed``. Raises Http404 where there are none: the protocol knows no empty file."""
    entries = [_entry("url", page.path, page.changed_at) for page in listed]
    if not entries:
        raise Http404
    return _xml(f"<urlset {_NAMESPACE}>\n{''.join(entries)}</urlset>\n")


def _entry(kind: str, path: str, changed_at: datetime | None) -> str:
    changed = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%S}Z</lastmod>" if changed_at else ""
    return f"<{kind}><loc>{escape(settings.SITE_URL + path)}</loc>{changed}</{kind}>\n"


def _xml(text: str) -> HttpResponse:
    return HttpResponse(_XML + text, content_type="application/xml; charset=utf-8")


# A file speaks for what lies below its own address: all of them are at the root.
urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", index, name="sitemap"),
    path("sitemap-pages.xml", pages, name="sitemap-pages"),
    path("sitemap-topics.xml", topics, name="sitemap-topics"),
    re_path(r"^sitemap-days-(?P<year>[12][0-9]{3})\.xml$", days, name="sitemap-days"),
    re_path(r"^sitemap-papers-(?P<part>0|[1-9][0-9]{0,8})\.xml$", papers, name="sitemap-papers"),
]
