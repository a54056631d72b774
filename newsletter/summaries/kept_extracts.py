"""Extracts kept beside the papers, so that no page makes them: each takes milliseconds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from lib.chunks import chunked
from newsletter import stages
from newsletter.models import Paper
from newsletter.records import StageReport
from newsletter.set_aside import ItemKind, isolating
from newsletter.summaries.extracts import FORMAT, packed_extract

AT_ONCE: Final = 200  # papers of one transaction
PAPERS_A_RUN: Final = 5_000  # some fifteen seconds; an archive from before extracts were kept takes several


def keep_extracts(*, now: datetime, most: int = PAPERS_A_RUN) -> StageReport:
    """Make the extracts of up to ``most`` papers whose own is missing or of another format, newest first.

    A paper whose text changed has none (:mod:`newsletter.intake.papers`). May run twice; a bad paper is set
    aside, and pages make its extract themselves, as they do until this has run.
    """
    kept = 0
    with isolating(stages.EXTRACTS, now=now, items=ItemKind(key=lambda paper: paper[1])) as run:
        for ids in chunked(_waiting(most), AT_ONCE):
            papers = list(Paper.objects.filter(pk__in=ids).order_by("-pk").values_list("pk", "arxiv_id"))
            kept += sum(run.together(papers, _keep))
    return StageReport({"extracts": kept}, tuple(run.set_aside))


def _waiting(most: int) -> list[int]:
    """The ids of up to ``most`` papers whose extract is to be made.

    Each query has one condition, asks for the id alone and orders as the index of formats does: otherwise the
    database reads the whole table, each minute, to find nothing.
    """
    papers = Paper.objects.values_list("pk", flat=True)
    queries = (
        papers.filter(extract_format__isnull=True).order_by("-pk"),
        papers.filter(extract_format__lt=FORMAT).order_by("-extract_format", "-pk"),
        papers.filter(extract_format__gt=FORMAT).order_by("-extract_format", "-pk"),
    )
    ids: list[int] = []
    for query in queries:
        if len(ids) < most:
            ids += query[: most - len(ids)]
    return ids


@transaction.atomic
def _keep(papers: Sequence[tuple[int, str]]) -> int:
    """Make and keep the extracts of papers (id and arXiv's id), as their text is now. Returns how many."""
    rows = Paper.objects.select_for_update().only("pk", "title", "abstract").order_by("pk")
    made = list(rows.filter(pk__in=[pk for pk, _ in papers]))
    for paper in made:
        paper.extract = packed_extract(paper.title, paper.abstract)
        paper.extract_format = FORMAT
    Paper.objects.bulk_update(made, ["extract", "extract_format"])
    return len(made)
