"""A small public site with something of everything, and a reader who follows every link of it."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import resolve

from newsletter.features.corpus import take_in_features
from newsletter.models import MailedPaper, Paper, Topic
from newsletter.search.index import all_papers, index_papers
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

INTERFACE = ("en", "ko", "zh-Hans", "ja", "ar")
OTHER = "de"  # a language that papers have and the interface has not


@dataclass(frozen=True, slots=True)
class PublicSite:
    """``hideable`` is public until it is hidden: alone with its author, and what leads its day and topic."""

    hideable: Paper
    public: tuple[Paper, ...]
    secret: tuple[Paper, ...]
    withdrawn: Paper


def make_public_site() -> PublicSite:
    """Three days in two months, two topics, papers in several languages, and what must not be seen."""
    Topic.objects.all().delete()  # the shipped ones: each has pages and feeds of its own
    robots = make_topic("robots", names={"en": "Robots", "ko": "로봇", "ar": "روبوتات"})
    vision = make_topic("vision", names={"en": "Vision", "zh-Hans": "视觉", "ja": "視覚"})
    days = [DAY, DAY - timedelta(days=1), DAY - timedelta(days=30)]
    hideable = _paper(days[0], "Zebrafish learn chess", authors=["Quirina Solitaire", "Ada Lovelace"])
    papers = [_paper(days[at % 3], f"A robot learns trade number {at}") for at in range(3)]
    withdrawn = _paper(days[1], "This was withdrawn", is_withdrawn=True)
    hidden = _paper(days[1], "This was hidden by an editor", authors=["Hidden Author"])
    draft = _paper(days[0], "This is not approved yet", authors=["Draft Author"])
    unseen = _paper(days[0], "This stands in no edition", authors=["Unseen Author"])
    mailed = _paper(days[1], "Only a reader's own query found this", authors=["Own Query"])
    make_summary(papers[1], OTHER, title="Ein Roboter lernt")
    for paper in (hideable, papers[0]):
        make_reading(paper, "ko")
    make_correction(papers[0], "en")
    MailedPaper.objects.create(paper=mailed, since=days[1])
    make_edition(robots, [hideable, papers[0]], day=days[0], note={"en": "A word from the editor."})
    make_edition(vision, [hideable, papers[0]], day=days[0])
    older = make_edition(robots, [papers[1], withdrawn, hidden], day=days[1], state="frozen")
    older.entries.filter(paper=hidden).update(is_hidden=True)
    make_edition(vision, [papers[2]], day=days[2], state="frozen")
    make_edition(vision, [draft], day=days[1], state="draft")
    take_in_features(now=NOW)
    index_papers(all_papers(), now=NOW)
    return PublicSite(hideable, (hideable, *papers, mailed), (hidden, draft, unseen), withdrawn)


def _paper(day: date, title: str, **fields: Any) -> Paper:
    paper = make_paper(day=day, title=title, code_url="https://example.org/code", **fields)
    for code in INTERFACE:
        make_summary(paper, code, title="" if code == "en" else f"{title} ({code})")
    return paper


@dataclass(frozen=True, slots=True)
class Visited:
    """An answer: ``name`` is that of its view's address, ``linked_from`` the page that led there."""

    path: str
    status: int
    kind: str
    body: str
    linked_from: str
    links: tuple[str, ...] = field(repr=False, default=())

    @property
    def name(self) -> str:
        return resolve(urlsplit(self.path).path).url_name or ""

    @property
    def is_page(self) -> bool:
        return self.kind == "text/html"


MOST_ACTS = 12


def crawl(client: Client, start: str = "/") -> dict[str, Visited]:
    """Every answer that links lead to from ``start``, by address; sitemaps and feeds are answers like others.

    What can be done with a paper has links on each of its pages: some of them are followed. Links of a search
    lead to further searches without end: from a search's results nothing but pages that are no search is.
    A reader's own addresses (with a token) are no public pages.
    """
    waiting, visited = deque([(start, "")]), dict[str, Visited]()
    acts = 0
    while waiting:
        path, linked_from = waiting.popleft()
        acts += _is_act(path)
        if path in visited or (_is_act(path) and acts > MOST_ACTS):
            continue
        answer = visit(client, path, linked_from)
        visited[path] = answer
        is_search = path.startswith("/search/?")
        waiting += [
            (link, path)
            for link in answer.links
            if link not in visited and not (is_search and link.startswith("/search/"))
        ]
    return visited


def _is_act(path: str) -> bool:
    """Whether it is a link of a paper's page to what a reader may do with that paper."""
    return path.startswith(("/reader/?", "/?")) and "paper=" in path


def listed_in_sitemap(client: Client) -> set[str]:
    """The addresses that the parts of the sitemap list."""
    parts = visit(client, "/sitemap.xml").links
    return {address for part in parts for address in visit(client, part).links}


def visit(client: Client, path: str, linked_from: str = "") -> Visited:
    """The answer of one address."""
    answer = client.get(path)
    kind = answer.get("Content-Type", "").partition(";")[0]
    is_text = kind.startswith("text/") or kind.endswith(("xml", "json"))
    content = answer.getvalue() if answer.streaming else answer.content
    body = content.decode() if is_text else ""
    links = (answer["Location"],) if "Location" in answer else tuple(links_in(body, kind))
    return Visited(
        path,
        answer.status_code,
        kind,
        body,
        linked_from,
        tuple(filter(None, (_ours(path, x) for x in links))),
    )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect where links, and pictures of one's own, lead."""
        values = dict(attrs)
        name = "src" if tag in ("img", "source") else "href"
        if tag in ("a", "link", "img") and (target := values.get(name)):
            self.found.append(target)


def links_in(body: str, kind: str) -> Iterator[str]:
    """The addresses that a page, a feed or a sitemap leads to, as they stand there."""
    if kind == "text/html":
        parser = _Links()
        parser.feed(body)
        yield from parser.found
    elif kind.endswith("xml"):
        yield from re.findall(r"<loc>([^<]+)</loc>", body)
        yield from re.findall(r'(?:href|xmlUrl)="([^"]+)"', body)
    elif kind == "text/plain":
        yield from re.findall(r"(?m)^Sitemap: (\S+)$", body)


def _ours(page: str, link: str) -> str | None:
    """The path of a link that leads to a public address of this site, without what is behind ``#``."""
    address = urldefrag(urljoin(settings.SITE_URL + page, link.replace("&amp;", "&"))).url
    if not address.startswith(settings.SITE_URL + "/"):
        return None
    path = address.removeprefix(settings.SITE_URL)
    return None if path.startswith(("/static/", settings.STATIC_URL)) else path


def shows(answer: Visited, paper: Paper) -> bool:
    """Whether an answer names the paper: by its number, or by its title in any language.

    That a page repeats a number which its own query names says nothing of the paper.
    """
    address = urlsplit(unquote(answer.path))
    is_named = paper.arxiv_id in answer.body and paper.arxiv_id not in address.query
    return answer.status == 200 and (is_named or paper.title in answer.body or paper.arxiv_id in address.path)


def public_pages(site: PublicSite, code: str) -> list[str]:
    """An address of every kind of public page in the language ``code``, with something to show on each."""
    paper, day = site.hideable.arxiv_id, f"{DAY:%F}"
    return [
        f"/?language={code}",
        f"/archive/?language={code}",
        f"/archive/?month={DAY - timedelta(days=30):%Y-%m}&language={code}",
        f"/today/{code}/",
        f"/archive/{day}/{code}/",
        f"/archive/{day}/{code}/?topic=robots",
        f"/topics/?language={code}",
        f"/topics/robots/{code}/",
        f"/topics/vision/{code}/?month={DAY - timedelta(days=30):%Y-%m}",
        f"/authors/Ada%20Lovelace/?language={code}",
        f"/papers/{paper}/{code}/",
        f"/papers/{site.withdrawn.arxiv_id}/{code}/",
        f"/papers/{paper}/{code}/in-depth/",
        f"/papers/{paper}/{code}/wrong/",
        f"/search/?language={code}",
        f"/search/?q=robot&language={code}",
        f"/search/?q=robto&summary={code}&language={code}",
        f"/search/?q=nothing+at+all+of+it&has=code&has=reading&language={code}",
        f"/search/?like={paper}&language={code}",
        f"/feeds/?language={code}",
        f"/api/?language={code}",
        f"/privacy/?language={code}",
    ]
