"""Which public pages there are, and when each last changed, for search engines (https://www.sitemaps.org).

Papers are split by ranges of their primary key, so that every part is one walk along an index however many
papers there are. A paper stands in each language that has a summary of it, and in English; what was read in
depth in the languages of its reading.

Authors are left out: their names are several times as many as the papers, most of them list a single paper,
which stands here, and its page leads to all of theirs.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, ExpressionWrapper, F, IntegerField, Max, OuterRef, Q, QuerySet

from newsletter.archive.days import days_held, listing_editions
from newsletter.archive.public import is_in_own_words, listed_papers
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Correction, Edition, Paper, PaperVersion, Reading, ReadingText, Summary

PAPERS_A_PART: Final = 1000
"""With a summary in all languages of a paper that is a third of what the protocol allows in a file."""
A_MONTH: Final = timedelta(days=31)
DATED_PARTS: Final = 2
"""Of how many parts of papers, the newest, the index says when they changed; of days it does of the newest
year. For all of them it would read every summary and every entry."""
_FIRSTS: Final = """
    WITH RECURSIVE firsts (pk) AS (
        SELECT MIN(id) FROM newsletter_paper
        UNION ALL
        SELECT (SELECT MIN(id) FROM newsletter_paper WHERE id >= (firsts.pk / %(size)s + 1) * %(size)s)
        FROM firsts WHERE firsts.pk IS NOT NULL
    )
    SELECT pk FROM firsts WHERE pk IS NOT NULL
"""
"""The first paper of each part: a step along the primary key for each, which Django's queries cannot take."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path, and when it last changed, None where nobody knows."""

    path: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the sitemap: its name in the address, and when the newest of its pages changed."""

    name: str
    changed_at: datetime | None


def parts() -> list[Part]:
    """The files that have at least one page, by twelve short queries and one for each year between."""
    days = _day_parts()
    newest = newest_of([part.changed_at for part in days])
    topics = [Part("topics", newest)] if days else []
    return [Part("pages", newest), *topics, *days, *_paper_parts()]


def _day_parts() -> list[Part]:
    held = days_held()
    if held is None:
        return []
    first, last = (day.year for day in held)
    recent = listing_editions().filter(day__gt=held[1] - A_MONTH)  # hardly ever is an older one approved
    newest = recent.aggregate(at=Max("approved_at"))["at"]
    between = [Part(f"days-{year}", None) for year in range(last - 1, first, -1) if _of_year(year).exists()]
    oldest = [Part(f"days-{first}", None)] if first < last else []
    return [Part(f"days-{last}", newest), *between, *oldest]


def _of_year(year: int) -> QuerySet[Edition]:
    return listing_editions().filter(day__range=(date(year, 1, 1), date(year, 12, 31)))


def _paper_parts() -> list[Part]:
    numbers = _listed_parts()
    dated = {number: _last_change(number) for number in numbers[-DATED_PARTS:]}
    return [Part(f"papers-{number}", dated.get(number)) for number in numbers]


def _listed_parts() -> list[int]:
    """The parts that list a paper. Each is left at the first one: nothing looks at all papers."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRSTS, {"size": PAPERS_A_PART})
        firsts = [pk for (pk,) in cursor.fetchall()]
    first = OuterRef("pk")
    end = (ExpressionWrapper(first / PAPERS_A_PART, IntegerField()) + 1) * PAPERS_A_PART
    listed = listed_papers().filter(pk__gte=first, pk__lt=end)
    shown = Paper.objects.filter(Exists(listed), pk__in=firsts).order_by("pk")
    return [pk // PAPERS_A_PART for pk in shown.values_list("pk", flat=True)]


def _last_change(part: int) -> datetime | None:
    low, high = _borders(part)
    within = {"paper__gte": low, "paper__lt": high}
    newest = listed_papers().filter(pk__gte=low, pk__lt=high).order_by("-pk")
    # As in _summaries, the condition on the state chooses no index.
    is_ready = Q(state=Summary.State.READY)
    moments = (
        newest.values(at=F("created_at")).first() or {"at": None},
        Summary.objects.filter(**within).aggregate(at=Max("written_at", filter=is_ready)),
        PaperVersion.objects.filter(**within).aggregate(at=Max("seen_at")),
        Correction.objects.public().filter(**within).aggregate(at=Max("confirmed_at")),
    )
    return newest_of([moment["at"] for moment in moments])


def _borders(part: int) -> tuple[int, int]:
    """The primary keys of a part: the first, and the first of the next."""
    return part * PAPERS_A_PART, (part + 1) * PAPERS_A_PART


def papers(part: int) -> list[Page]:
    """The pages of the papers of one part. Six queries."""
    low, high = _borders(part)
    shown = listed_papers().filter(pk__gte=low, pk__lt=high).order_by("pk")
    rows = list(shown.values_list("pk", "arxiv_id", "created_at"))
    if not rows:
        return []
    within = {"paper__gte": low, "paper__lt": high}
    versions = dict(
        PaperVersion.objects.filter(**within).order_by().values_list("paper").annotate(Max("seen_at"))
    )
    corrections = {
        (paper, language): moment
        for paper, language, moment in Correction.objects.public()
        .filter(**within)
        .order_by()
        .values_list("paper", "language")
        .annotate(Max("confirmed_at"))
    }
    languages, readings = _summaries(within), _readings(within)
    pages = []
    for paper, arxiv_id, created_at in rows:
        for language, written_at in languages[paper].items():
            moments = (created_at, written_at, versions.get(paper), corrections.get((paper, language)))
            pages.append(Page(f"/papers/{arxiv_id}/{language}/", newest_of(moments)))
        pages += [Page(f"/papers/{arxiv_id}/{code}/in-depth/", at) for code, at in readings[paper].items()]
    return pages


def _summaries(within: dict[str, int]) -> defaultdict[int, dict[str, datetime | None]]:
    """Paper → language → when its summary was written; English is always there."""
    found: defaultdict[int, dict[str, datetime | None]] = defaultdict(lambda: {DEFAULT_LANGUAGE: None})
    # All states are read: a condition on them leads SQLite to another index than that of the papers.
    rows = Summary.objects.filter(**within).order_by("paper")
    columns = ("paper", "language", "state", "author", "written_at")
    for paper, language, state, author, written_at in rows.values_list(*columns):
        if is_in_own_words(state, author) and language in LANGUAGES:
            found[paper][language] = written_at
    return found


def _readings(within: dict[str, int]) -> defaultdict[int, dict[str, datetime | None]]:
    """Paper → language → when its reading in depth was written. Two queries."""
    found: defaultdict[int, dict[str, datetime | None]] = defaultdict(dict)
    readings = Reading.objects.filter(state=Reading.State.READY, **within)
    for paper, read_at in readings.values_list("paper", "read_at"):
        found[paper][DEFAULT_LANGUAGE] = read_at
    of_papers = {f"reading__{name}": border for name, border in within.items()}
    texts = ReadingText.objects.filter(state=ReadingText.State.READY, **of_papers)
    for paper, language, written_at in texts.values_list("reading__paper", "language", "written_at"):
        if paper in found and language in LANGUAGES:
            found[paper][language] = written_at
    return found


def days(year: int) -> list[tuple[date, datetime | None]]:
    """The days of ``year`` that have a page, the newest first, and when their editions were last approved."""
    return list(_of_year(year).order_by("-day").values_list("day").annotate(Max("approved_at")))


def topics() -> list[tuple[str, datetime | None]]:
    """The slugs of the topics that list something, and when the newest of their editions was approved."""
    rows = listing_editions().order_by("topic__slug").values_list("topic__slug")
    return list(rows.annotate(Max("approved_at")))


def newest_of(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of ``moments``, None where none is known."""
    return max([moment for moment in moments if moment is not None], default=None)
