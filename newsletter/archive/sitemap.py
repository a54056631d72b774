"""Which public pages there are, and when each last changed, for search engines (https://www.sitemaps.org).

Papers are split by ranges of their primary key, so that every part is one walk along an index however many
papers there are. A paper stands in each language that has a summary of it, and in English.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import F, Max
from django.db.models.functions import ExtractYear

from newsletter.archive.days import listing_editions
from newsletter.archive.public import listed_papers
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Correction, PaperVersion, Summary

PAPERS_A_PART: Final = 1000
"""With a summary in all languages of a paper that is a third of what the protocol allows in a file."""


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
    """The files that have at least one page. Five queries, however many papers."""
    years = listing_editions().order_by().annotate(year=ExtractYear("day")).values_list("year")
    rows = years.annotate(changed=Max("approved_at")).order_by("-year")
    days = [Part(f"days-{year}", changed) for year, changed in rows]
    newest = newest_of([part.changed_at for part in days])
    topics = [Part("topics", newest)] if days else []
    return [Part("pages", newest), *topics, *days, *_paper_parts()]


def _paper_parts() -> list[Part]:
    number = F("pk") / PAPERS_A_PART
    rows = listed_papers().order_by().annotate(part=number).values_list("part").annotate(Max("created_at"))
    changed: dict[int, datetime] = dict(rows)
    of_paper = F("paper_id") / PAPERS_A_PART
    summaries = Summary.objects.shown().order_by().annotate(part=of_paper)
    versions = PaperVersion.objects.order_by().annotate(part=of_paper)
    corrections = Correction.objects.public().order_by().annotate(part=of_paper)
    for later in (
        summaries.values_list("part").annotate(Max("written_at")),
        versions.values_list("part").annotate(Max("seen_at")),
        corrections.values_list("part").annotate(Max("confirmed_at")),
    ):
        for part, moment in later:
            if part in changed and moment:
                changed[part] = max(changed[part], moment)
    return [Part(f"papers-{part}", moment) for part, moment in sorted(changed.items())]


def papers(part: int) -> list[Page]:
    """The pages of the papers of one part. Four queries."""
    low, high = part * PAPERS_A_PART, (part + 1) * PAPERS_A_PART
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
    languages = _summaries(within)
    pages = []
    for paper, arxiv_id, created_at in rows:
        for language, written_at in languages[paper].items():
            moments = (created_at, written_at, versions.get(paper), corrections.get((paper, language)))
            pages.append(Page(f"/papers/{arxiv_id}/{language}/", newest_of(moments)))
    return pages


def _summaries(within: dict[str, int]) -> defaultdict[int, dict[str, datetime | None]]:
    """Paper → language → when its summary was written; English is always there."""
    found: defaultdict[int, dict[str, datetime | None]] = defaultdict(lambda: {DEFAULT_LANGUAGE: None})
    # All states are read: a condition on them leads SQLite to another index than that of the papers.
    rows = Summary.objects.filter(**within).order_by("paper")
    for paper, language, state, written_at in rows.values_list("paper", "language", "state", "written_at"):
        if state == Summary.State.READY and language in LANGUAGES:
            found[paper][language] = written_at
    return found


def days(year: int) -> list[tuple[date, datetime | None]]:
    """The days of ``year`` that have a page, the newest first, and when their editions were last approved."""
    rows = listing_editions().filter(day__range=(date(year, 1, 1), date(year, 12, 31)))
    return list(rows.order_by("-day").values_list("day").annotate(Max("approved_at")))


def topics() -> list[tuple[str, datetime | None]]:
    """The slugs of the topics that list something, and when the newest of their editions was approved."""
    rows = listing_editions().order_by("topic__slug").values_list("topic__slug")
    return list(rows.annotate(Max("approved_at")))


def newest_of(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of ``moments``, None where none is known."""
    return max([moment for moment in moments if moment is not None], default=None)
