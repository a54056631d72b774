"""Reads what is shown of papers, with a constant number of queries for any number of them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.images.pictures import CardPicture, picture_of
from newsletter.models import Paper, Summary, SummaryRevision
from newsletter.models.revisions import FIRST
from newsletter.readings import offers
from newsletter.rendering.papers import (
    FACTS,
    SUMMARY,
    PaperExtras,
    PaperFacts,
    PaperTitle,
    PaperView,
    SummaryText,
    title_of,
    view_of,
)
from newsletter.rendering.reasons import ShownReason

Row = tuple[Any, ...]
"""Values in the order of :data:`FACTS` or :data:`SUMMARY`, lists and extracts as JSON: whoever reads
batch after batch mostly compares them with those of the batch before."""

_JSON = ("authors", "categories", "takeaways", "extract")
_IMAGE, _VIDEO = FACTS.index("image_url"), FACTS.index("video_url")
_AUTHORS = FACTS.index("authors")
_REVISION = SUMMARY.index("revision")
_TITLE = 3 + SUMMARY.index("title")  # behind paper, language and state


class PaperRows:
    """Rows of papers and of what goes with them, read batch after batch, and what is shown of them.

    A paper that is gone or withdrawn has no row, and nothing is shown of it.
    """

    def __init__(self, *, also_withdrawn: bool = False) -> None:
        self._also_withdrawn = also_withdrawn
        self._papers: dict[int, Row | None] = {}
        self._summaries: dict[tuple[int, str], Row | None] = {}
        self._readings: dict[tuple[int, str], str | None] = {}
        self._figures: dict[int, offers.ReusableFigure | None] = {}
        self._pictures: dict[int, CardPicture | None] = {}

    def __len__(self) -> int:
        """How many papers are known."""
        return len(self._papers)

    def read_papers(self, papers: Collection[int], languages: Collection[str]) -> bool:
        """Read the rows of ``papers``; whether one of them changed. Four queries, however many papers."""
        pairs = [(paper, language) for paper in papers for language in languages]
        facts = dict.fromkeys(papers) | _facts_rows(papers, also_withdrawn=self._also_withdrawn)
        changes = (
            update_known(self._papers, facts),
            update_known(self._summaries, dict.fromkeys(pairs) | _summary_rows(papers, languages)),
            update_known(self._readings, dict.fromkeys(pairs) | _reading_paths(papers, languages)),
            update_known(self._figures, dict.fromkeys(papers) | _figures_of(papers)),
            update_known(self._pictures, _pictures_of(facts)),
        )
        return any(changes)

    def has(self, paper: int) -> bool:
        """Whether something is shown of a paper."""
        return self._papers.get(paper) is not None

    def view(self, paper: int, language: str, *, site_url: str) -> PaperView | None:
        """All that is shown of a paper. ``site_url`` is put before the paths of its links."""
        row = self._papers.get(paper)
        if row is None:
            return None
        extras = PaperExtras(
            picture=self._pictures.get(paper),
            figure=self._figures.get(paper),
            reading=self._readings.get((paper, language)) or "",
        )
        return _view(row, self._summaries.get((paper, language)), extras, language, site_url)

    def title(self, paper: int, language: str) -> PaperTitle | None:
        """What one line says of a paper."""
        row = self._papers.get(paper)
        return (
            None if row is None else title_of(_facts(row), self._summary(paper, language), language=language)
        )

    def say(self, summaries: Mapping[tuple[int, str], Row | None]) -> None:
        """Show these summaries, by paper and language, in place of those that were read."""
        self._summaries |= summaries

    def revision(self, paper: int, language: str) -> int:
        """The number of the summary's words; 0 where nothing is shown of a summary."""
        row = self._summaries.get((paper, language))
        return max(row[_REVISION], FIRST) if row else 0

    def authors(self, paper: int) -> Sequence[str]:
        """The authors of a paper as the source has them, in its order."""
        row = self._papers.get(paper)
        return () if row is None else _names(row[_AUTHORS])

    def _summary(self, paper: int, language: str) -> SummaryText | None:
        return _summary(self._summaries.get((paper, language)))


def revision_rows(wanted: Mapping[tuple[int, str], int]) -> dict[tuple[int, str], Row | None]:
    """The summaries of which the revisions (by paper and language) are ``wanted``, for :meth:`PaperRows.say`.

    None for 0, which is no summary. The first revision of a summary that has not changed since has no row: it
    is what stands there now, and missing here. One query for every :data:`~lib.chunks.IDS_A_QUERY` papers.
    """
    rows: dict[tuple[int, str], Row | None] = {key: None for key, number in wanted.items() if not number}
    for ids in _in_chunks({paper for paper, _ in wanted}):
        for each in SummaryRevision.objects.filter(paper__in=ids):
            key = (each.paper_id, each.language)
            if wanted.get(key) == each.number:
                words = each.words
                rows[key] = (
                    *(each.author or Summary.Author.EXTRACT, words["title"], words["sentence"]),
                    *(json.dumps(words["takeaways"]), False, words["sentence_evidence"]),
                    *(each.checked_numbers, each.number),
                )
    return rows


def update_known(known: dict[Any, Any], news: Mapping[Any, Any]) -> bool:
    """Take ``news`` over into ``known``; whether they contradict what was known."""
    is_contradicted = False
    for key, value in news.items():
        if known.setdefault(key, value) != value:
            known[key] = value
            is_contradicted = True
    return is_contradicted


def load_views(
    papers: Collection[int],
    language: str,
    *,
    reasons: Mapping[int, tuple[ShownReason, ...]] | None = None,
    also_withdrawn: bool = False,
) -> dict[int, PaperView]:
    """What a page shows of each of ``papers`` in ``language``, by id; not of what is gone or withdrawn.

    Four queries, however many papers.
    """
    rows = PaperRows(also_withdrawn=also_withdrawn)
    rows.read_papers(papers, {language})
    why = reasons or {}
    return {
        paper: replace(view, reasons=why.get(paper, ()))
        for paper in sorted(papers)
        # A page leads to others by their paths.
        if (view := rows.view(paper, language, site_url="")) is not None
    }


def load_texts(papers: Collection[int], language: str) -> dict[int, PaperView]:
    """What :func:`load_views` gives, without readings, figures and pictures. Two queries."""
    summaries, nothing = _summary_rows(papers, {language}), PaperExtras()
    return {
        paper: _view(row, summaries.get((paper, language)), nothing, language, "")
        for paper, row in _facts_rows(papers).items()
    }


def load_headlines(papers: Collection[int], language: str) -> dict[int, PaperTitle]:
    """What one line says of each of ``papers`` in ``language``, by id; not of what is gone or withdrawn.

    Two queries, however many papers.
    """
    return {
        paper: title_of(facts, summary, language=language)
        for paper, facts, summary in _read(papers, language)
    }


def _read(papers: Collection[int], language: str) -> Iterator[tuple[int, PaperFacts, SummaryText | None]]:
    """Papers that are not gone or withdrawn, with their summaries. Two queries."""
    summaries = _summary_rows(papers, {language})
    for paper, row in _facts_rows(papers).items():
        said = summaries.get((paper, language))
        yield paper, _facts(row), SummaryText.from_row(_decoded(said, SUMMARY)) if said else None


def load_titles(papers: Collection[int]) -> dict[int, str]:
    """The titles of ``papers`` by id, as the source has them; not of what is gone or withdrawn. One query."""
    kept = Paper.objects.filter(is_withdrawn=False)
    return {
        pk: title
        for ids in _in_chunks(papers)
        for pk, title in kept.filter(pk__in=ids).values_list("pk", "title")
    }


def load_authors(papers: Collection[int]) -> dict[int, Sequence[str]]:
    """The authors of ``papers`` by id, in the source's order. One query."""
    return {
        pk: authors
        for ids in _in_chunks(papers)
        for pk, authors in Paper.objects.filter(pk__in=ids).values_list("pk", "authors")
    }


@lru_cache(maxsize=2048)
def _view(facts: Row, summary: Row | None, extras: PaperExtras, language: str, site_url: str) -> PaperView:
    """The view of these rows, remembered by all that they say: a row that changed makes another one."""
    return view_of(_facts(facts), _summary(summary), language=language, site_url=site_url, extras=extras)


@lru_cache(maxsize=1024)
def _names(stored: str) -> tuple[str, ...]:
    """Authors as a row holds them: a paper's are asked for again for each reader who liked one of them."""
    return tuple(json.loads(stored))


def _facts_rows(papers: Collection[int], *, also_withdrawn: bool = False) -> dict[int, Row]:
    """The facts of papers by id, of those that were not withdrawn or of all."""
    rows = Paper.objects.all() if also_withdrawn else Paper.objects.filter(is_withdrawn=False)
    return {
        row[0]: row
        for ids in _in_chunks(papers)
        for row in rows.filter(pk__in=ids).values_list(*_plain(FACTS))
    }


def _summary_rows(papers: Collection[int], languages: Collection[str]) -> dict[tuple[int, str], Row]:
    """The summaries that may be shown, and titles of held ones, by paper and language."""
    # Asked for the states as well, SQLite would read all summaries by the index of their states.
    rows = Summary.objects.filter(language__in=languages)
    return {
        row[:2]: row[3:]
        for ids in _in_chunks(papers)
        for row in rows.filter(paper__in=ids).values_list("paper_id", "language", "state", *_plain(SUMMARY))
        if row[2] == Summary.State.READY or (row[2] == Summary.State.HELD and row[_TITLE])
    }


def _reading_paths(papers: Collection[int], languages: Collection[str]) -> dict[tuple[int, str], str]:
    """The paths of readings in depth, by paper and language."""
    return {key: path for ids in _in_chunks(papers) for key, path in offers.pages_in(ids, languages).items()}


def _figures_of(papers: Collection[int]) -> dict[int, offers.ReusableFigure]:
    """The papers' own figures that may be shown, by paper."""
    return {paper: figure for ids in _in_chunks(papers) for paper, figure in offers.pictures(ids).items()}


def _pictures_of(rows: Mapping[int, Row | None]) -> dict[int, CardPicture | None]:
    """Our copies of the sources' thumbnails, by paper."""
    return {
        paper: picture_of(row[_IMAGE], is_still=bool(row[_VIDEO])) if row and row[_IMAGE] else None
        for paper, row in rows.items()
    }


def _summary(row: Row | None) -> SummaryText | None:
    return SummaryText.from_row(_decoded(row, SUMMARY)) if row else None


def _facts(row: Row) -> PaperFacts:
    return PaperFacts.from_row(_decoded(row, FACTS))


def _in_chunks(papers: Collection[int]) -> Iterator[list[int]]:
    return chunked(sorted(papers), IDS_A_QUERY)


def _decoded(row: Row, names: Sequence[str]) -> list[Any]:
    return [
        json.loads(value) if name in _JSON and value is not None else value
        for name, value in zip(names, row, strict=True)
    ]


def _plain(names: Sequence[str]) -> list[Any]:
    """JSON columns as text: decoding every list anew for each batch costs more than reading it."""
    return [Cast(name, TextField()) if name in _JSON else name for name in names]
