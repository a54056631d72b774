"""Every kind of public page: its addresses on a built archive, and how long they take.

Each address is asked for once, so that nothing of its page is kept, and then again by who holds it. Both in
this process, through all of the middleware, without a socket.
"""

import gc
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import quote

from benchmarks._statements import statements_of

ADDRESSES = 40  # of each kind; some kinds have fewer pages
WARM = 3  # of them, asked for beforehand
HOST = {"HTTP_HOST": "127.0.0.1"}
CODES = ("en", "ko", "zh-Hans", "ja", "ar")


@dataclass(frozen=True, slots=True)
class Kind:
    """What pages of one kind took. Times are medians in milliseconds; ``cpu`` is of this process alone."""

    name: str
    addresses: int
    ms: float
    cpu: float
    conditional: float
    queries: int
    kilobytes: float  # of the largest


def kinds() -> dict[str, list[str]]:
    """The addresses of each kind of page, spread over the archive."""
    from newsletter.archive import sitemap
    from newsletter.archive.public import listed_entries, public_papers
    from newsletter.models import Edition, Reading, Topic

    days = list(Edition.objects.ready().order_by("-day").values_list("day", flat=True).distinct())
    papers = list(public_papers().order_by("pk").values_list("arxiv_id", "title", "authors"))
    topics = list(Topic.objects.filter(editions__in=Edition.objects.ready()).distinct().order_by("slug"))
    slugs = [topic.slug for topic in topics]
    read = list(Reading.objects.filter(paper__in=public_papers()).values_list("paper__arxiv_id", flat=True))
    newest = spread(days[:300])
    some = spread(papers)
    authors = [names[0] for _, _, names in some if names]
    months = sorted({f"{day:%Y-%m}" for day in days}, reverse=True)
    of_days = listed_entries().filter(edition__day__in=newest)
    by_day = of_days.values_list("edition__day", "edition__topic__slug").distinct()
    pairs = spread(sorted({(str(day), slug) for day, slug in by_day}))
    months_of_topics = spread(sorted({(slug, day[:7]) for day, slug in pairs}))
    parts = [f"/sitemap-{part.name}.xml" for part in sitemap.parts()]
    words = [" ".join(title.split()[1:3]) for _, title, _ in some]
    return {
        "front": [f"/?language={code}" for code in CODES],
        "today": in_all("/today/{}/"),
        "archive": in_all("/archive/?language={}"),
        "archive_month": [f"/archive/?month={month}" for month in months],
        "day": in_turn("/archive/{}/{}/", newest),
        "day_topic": [f"/archive/{day}/en/?topic={slug}" for day, slug in pairs],
        "topics": in_all("/topics/?language={}"),
        "topic": in_turn("/topics/{}/{}/", spread(slugs)),
        "author": [f"/authors/{quote(name, safe='')}/" for name in authors],
        "paper_en": [f"/papers/{paper}/en/" for paper, _, _ in some],
        "paper_ko": [f"/papers/{paper}/ko/" for paper, _, _ in some],
        "paper_ar": [f"/papers/{paper}/ar/" for paper, _, _ in some],
        "in_depth": in_turn("/papers/{}/{}/in-depth/", spread(read)),
        "topic_month": [f"/topics/{slug}/en/?month={month}" for slug, month in months_of_topics],
        "search": [f"/search/?q={quote(text)}&language=en" for text in words],
        "suggest": [f"/search/suggest/?q={quote(text[:9])}&language=en" for text in words],
        "like": [f"/search/?like={paper}" for paper, _, _ in some],
        "citation": [f"/papers/{paper}/paper.bib" for paper, _, _ in some],
        "feeds": in_all("/feeds/?language={}"),
        "feed_atom": in_turn("/feeds/{}/{}.atom", ["all", *spread(slugs)]),
        "feed_rss": in_turn("/feeds/{}/{}.rss", ["all", *spread(slugs)]),
        "feed_json": in_turn("/feeds/{}/{}.json", ["all", *spread(slugs)]),
        "feed_day": in_turn("/feeds/day/{}/{}.atom", newest),
        "opml": in_all("/feeds/{}.opml"),
        "markdown": in_turn("/archive/{}/{}.md", newest),
        "api_list": [f"/api/papers?topic={slug}&limit=50" for slug in spread(slugs)],
        "api_day": [f"/api/papers?day={day}" for day in newest],
        "api_paper": [f"/api/papers/arxiv:{paper}" for paper, _, _ in some],
        "sitemap": ["/sitemap.xml"],
        "sitemap_part": spread(parts),
    }


PICTURES = ("share_paper",)
"""Kinds that are no pages: drawn once and kept."""


def pictures() -> dict[str, list[str]]:
    """The addresses of pictures for sharing."""
    from newsletter.archive.public import public_papers

    some = spread(list(public_papers().order_by("pk").values_list("arxiv_id", flat=True)), 12)
    return {"share_paper": in_turn("/share/papers/{}/{}.png", some)}


def spread(items: Sequence[Any], count: int = ADDRESSES) -> list[Any]:
    """``count`` of the items, evenly from all of them."""
    return [items[at * len(items) // count] for at in range(count)] if len(items) > count else list(items)


def in_all(pattern: str) -> list[str]:
    """The address in each language."""
    return [pattern.format(code) for code in CODES]


def in_turn(pattern: str, names: Sequence[Any]) -> list[str]:
    """The address of each name, the languages taking turns."""
    return [pattern.format(name, code) for name, code in zip(names, cycle(CODES), strict=False)]


def measure() -> Iterator[Kind]:
    """What each kind took, the floor first."""
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client

    from newsletter.web.warming import warm_up

    warm_up()  # as each process of the server does
    client = Client()
    for name, addresses in {
        "floor": [f"/bare/?page={at}" for at in range(1, ADDRESSES + 1)],
        **kinds(),
        **pictures(),
    }.items():
        if not addresses:
            sys.stderr.write(f"site: an archive of this size has no page of the kind {name}\n")
            continue
        for path in addresses[:WARM]:
            asked(client, path)
        caches["pages"].clear()
        gc.collect()
        took, cpu, later, sizes, queries = [], [], [], [], 0
        for path in addresses:
            wall, own = time.perf_counter(), time.thread_time()
            answer = asked(client, path)
            took.append(time.perf_counter() - wall)
            cpu.append(time.thread_time() - own)
            sizes.append(len(answer.content))
            if etag := answer.get("ETag"):
                again = time.perf_counter()
                asked(client, path, 304, HTTP_IF_NONE_MATCH=etag)
                later.append(time.perf_counter() - again)
        for path in spread(addresses, 10):
            caches["pages"].clear()
            queries = max(queries, statements_of(connection, partial(asked, client, path)))
        yield Kind(
            name=name,
            addresses=len(addresses),
            ms=median_ms(took),
            cpu=median_ms(cpu),
            conditional=median_ms(later) if later else -1,
            queries=queries,
            kilobytes=round(max(sizes) / 1024, 1),
        )


def asked(client: Any, path: str, status: int = 200, **headers: str) -> Any:
    """The answer, which must have that status."""
    answer = client.get(path, **HOST, **headers)
    if answer.status_code != status:
        raise SystemExit(f"site: {path} answered {answer.status_code} instead of {status}")
    return answer


def median_ms(seconds: Sequence[float]) -> float:
    """Their median in milliseconds."""
    return round(statistics.median(seconds) * 1000, 2)


def addresses_of_a_morning() -> list[str]:
    """What readers of a site read, the most read first: pages of today, papers, topics, older days."""
    of = kinds()
    names = ("front", "today", "day", "paper_en", "topic", "paper_ko", "archive", "day_topic", "feed_atom")
    lists = [of[name] for name in names]
    return [path for at in range(ADDRESSES) for some in lists for path in some[at : at + 1]]
