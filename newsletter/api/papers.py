"""Papers as the API gives them: pages of them, with what lists show, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import QuerySet

from newsletter.api import cursors, shapes
from newsletter.archive.identifiers import identifier
from newsletter.archive.public import listed_entries, listed_papers
from newsletter.features.names import author_key
from newsletter.models import Paper, PaperAuthor, PaperFeatures, Summary
from newsletter.rendering.bylines import names_of
from newsletter.rendering.paper_rows import load_texts
from newsletter.rendering.papers import PaperView
from newsletter.rendering.texts import clean

NAMED = 50  # authors of a paper in a list
ORIGINAL = "en"  # the language of a list for which nobody asked for one
_KIND = "papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which papers a list has. Empty: all. ``language``: that have a summary in it, and it is shown."""

    day: date | None = None
    topic: str = ""
    category: str = ""
    author: str = ""
    language: str = ""


@dataclass(slots=True)
class Places:
    """Where and in which languages a paper is shown."""

    editions: list[tuple[date, str]] = field(default_factory=list)  # day and topic, the newest first
    languages: list[str] = field(default_factory=list)


def page_of_papers(filters: Filters, *, cursor: str, limit: int) -> tuple[list[shapes.ListedPaper], str]:
    """At most ``limit`` papers, the latest taken in first, and the cursor of the next page, empty if it is
    the last. :class:`~newsletter.errors.InvalidInput` for a cursor that is none.
    """
    papers = _filtered(filters)
    if cursor:
        papers = papers.filter(pk__lt=cursors.decode_number(_KIND, cursor))
    rows = list(papers.order_by("-pk")[: limit + 1])
    shown, has_more = rows[:limit], len(rows) > limit
    after = cursors.encode(_KIND, str(shown[-1].pk)) if has_more else ""
    return listed(shown, filters.language or ORIGINAL), after


def listed(rows: Sequence[Paper], language: str) -> list[shapes.ListedPaper]:
    """What a list shows of ``rows``, which are public, in their order. Four queries, however many."""
    ids = [row.pk for row in rows]
    views, places = load_texts(ids, language), places_of(ids)
    return [
        # Of our own values: to validate each again takes longer than to write it.
        shapes.ListedPaper.model_construct(
            **facts_of(row, views[row.pk], places[row.pk], named=NAMED), summary=_short(views[row.pk])
        )
        for row in rows
        if row.pk in views
    ]


def places_of(papers: Collection[int]) -> dict[int, Places]:
    """Where ``papers`` (ids) are shown, the newest day first. Two queries."""
    places: dict[int, Places] = defaultdict(Places)
    editions = listed_entries().filter(paper__in=papers).order_by("-edition__day", "edition__topic__position")
    for paper, day, topic in editions.values_list("paper_id", "edition__day", "edition__topic__slug"):
        places[paper].editions.append((day, topic))
    # Asked for the state as well, SQLite would read all summaries by the index of their states.
    summaries = Summary.objects.filter(paper__in=papers)
    rows = summaries.values_list("paper_id", "language", "state", "author")
    for paper, language, state, author in sorted(rows):
        if state == Summary.State.READY and author != Summary.Author.EXTRACT:
            places[paper].languages.append(language)
    return places


def facts_of(row: Paper, view: PaperView, places: Places, *, named: int | None = None) -> dict[str, Any]:
    """The fields of :class:`shapes.PaperFacts`. ``named``: how many authors at most."""
    authors = names_of(row.authors)
    return {
        "id": identifier(row),
        "version": row.version,
        "title": view.title,
        "authors": authors[:named],
        "authors_count": len(authors),
        "primary_category": row.primary_category,
        "categories": row.categories,
        "published_at": row.published_at,
        "updated_at": row.updated_at,
        "url": page_url(row, view.language),
        "languages": places.languages,
        "topics": list(dict.fromkeys(topic for _day, topic in places.editions)),
        "days": list(dict.fromkeys(day for day, _topic in places.editions)),
    }


def page_url(row: Paper, language: str) -> str:
    """The page of a paper here."""
    return f"{settings.SITE_URL}/papers/{quote(row.arxiv_id)}/{language}/"


def author_of(view: PaperView) -> shapes.Author:
    """Who wrote the summary that ``view`` shows."""
    authors: dict[str, shapes.Author] = {"digest.by_model": "model", "digest.by_editor": "editor"}
    return authors.get(view.labels[0], "extract")


def _filtered(filters: Filters) -> QuerySet[Paper]:
    papers = listed_papers()
    if filters.day or filters.topic:
        entries = listed_entries()
        if filters.day:
            entries = entries.filter(edition__day=filters.day)
        if filters.topic:
            entries = entries.filter(edition__topic__slug=filters.topic)
        papers = papers.filter(pk__in=entries.order_by().values("paper"))
    if filters.category:
        papers = papers.filter(primary_category=filters.category)
    if filters.author:
        numbers = PaperAuthor.objects.filter(author=author_key(filters.author)).values("number")
        papers = papers.filter(pk__in=PaperFeatures.objects.filter(number__in=numbers).values("paper"))
    if filters.language:
        summaries = Summary.objects.shown().filter(language=filters.language)
        papers = papers.filter(pk__in=summaries.exclude(author=Summary.Author.EXTRACT).values("paper"))
    return papers


def _short(view: PaperView) -> shapes.ShortSummary:
    return shapes.ShortSummary(
        language=view.summary_language.code,
        author=author_of(view),
        title=clean(view.translated_title) or None,
        sentence=view.sentence,
        takeaways=[*view.takeaways, *([view.consequence.text] if view.consequence else [])],
    )
