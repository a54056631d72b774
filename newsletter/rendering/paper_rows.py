"""Reads what is shown of papers, with a constant number of queries for any number of them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.images.pictures import CardPicture, picture_of
from newsletter.models import Paper, Summary
from newsletter.readings import offers
from newsletter.rendering.papers import (
    FACTS,
    SUMMARY,
    PaperExtras,
    PaperFacts,
    PaperView,
    SummaryText,
    view_of,
)
from newsletter.rendering.reasons import ShownReason

Row = tuple[Any, ...]
"""Values in the order of :data:`FACTS` or :data:`SUMMARY`, lists as JSON: whoever reads batch after batch
mostly compares them with those of the batch before."""

_LISTS = ("authors", "categories", "takeaways")
_IMAGE, _VIDEO = FACTS.index("image_url"), FACTS.index("video_url")


def load_views(
    papers: Collection[int],
    language: str,
    *,
    reasons: Mapping[int, tuple[ShownReason, ...]] | None = None,
    also_withdrawn: bool = False,
) -> dict[int, PaperView]:
    """What is shown of each of ``papers`` in ``language``, by id; not of what is gone or withdrawn.

    Six queries, however many papers.
    """
    facts = paper_rows(papers, also_withdrawn=also_withdrawn)
    texts = summary_rows(papers, {language})
    readings, figures, pictures = reading_paths(papers, {language}), figures_of(papers), pictures_of(facts)
    why = reasons or {}
    views: dict[int, PaperView] = {}
    for paper, row in facts.items():
        text = texts.get((paper, language))
        view = view_of(
            facts_of(row),
            summary_of(text) if text else None,
            language=language,
            site_url="",  # a page leads to others by their paths
            extras=PaperExtras(pictures.get(paper), figures.get(paper), readings.get((paper, language), "")),
        )
        views[paper] = replace(view, reasons=why[paper]) if paper in why else view
    return views


def paper_rows(papers: Collection[int], *, also_withdrawn: bool = False) -> dict[int, Row]:
    """The facts of papers by id, of those that were not withdrawn or of all."""
    rows = Paper.objects.all() if also_withdrawn else Paper.objects.filter(is_withdrawn=False)
    return {
        row[0]: row
        for ids in _in_chunks(papers)
        for row in rows.filter(pk__in=ids).values_list(*_plain(FACTS))
    }


def summary_rows(papers: Collection[int], languages: Collection[str]) -> dict[tuple[int, str], Row]:
    """The summaries that may be shown, and titles of held ones, by paper and language."""
    rows = Summary.objects.shown_or_titled().filter(language__in=languages)
    return {
        row[:2]: row[2:]
        for ids in _in_chunks(papers)
        for row in rows.filter(paper__in=ids).values_list("paper_id", "language", *_plain(SUMMARY))
    }


def reading_paths(papers: Collection[int], languages: Collection[str]) -> dict[tuple[int, str], str]:
    """The paths of readings in depth, by paper and language."""
    return {key: path for ids in _in_chunks(papers) for key, path in offers.pages_in(ids, languages).items()}


def figures_of(papers: Collection[int]) -> dict[int, offers.ReusableFigure]:
    """The papers' own figures that may be shown, by paper."""
    return {paper: figure for ids in _in_chunks(papers) for paper, figure in offers.pictures(ids).items()}


def pictures_of(rows: Mapping[int, Row | None]) -> dict[int, CardPicture | None]:
    """Our copies of the sources' thumbnails, by paper."""
    return {
        paper: picture_of(row[_IMAGE], is_still=bool(row[_VIDEO])) if row and row[_IMAGE] else None
        for paper, row in rows.items()
    }


def facts_of(row: Row) -> PaperFacts:
    """The facts of a row of :func:`paper_rows`."""
    return PaperFacts.from_row(_decoded(row, FACTS))


def summary_of(row: Row) -> SummaryText:
    """The text of a row of :func:`summary_rows`."""
    return SummaryText.from_row(_decoded(row, SUMMARY))


def _in_chunks(papers: Collection[int]) -> Iterator[list[int]]:
    return chunked(sorted(papers), IDS_A_QUERY)


def _decoded(row: Row, names: Sequence[str]) -> list[Any]:
    return [json.loads(value) if name in _LISTS else value for name, value in zip(names, row, strict=True)]


def _plain(names: Sequence[str]) -> list[Any]:
    """JSON columns as text: decoding every list anew for each batch costs more than reading it."""
    return [Cast(name, TextField()) if name in _LISTS else name for name in names]
