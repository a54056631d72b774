"""Extracts kept beside the papers, so that no page makes them: each takes milliseconds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

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
    wanted = Paper.objects.filter(Q(extract_format__isnull=True) | ~Q(extract_format=FORMAT))
    waiting = wanted.order_by("-pk").values_list("pk", "arxiv_id")
    kept, last = 0, None
    with isolating(stages.EXTRACTS, now=now, items=ItemKind(key=lambda paper: paper[1])) as run:
        while kept < most:
            papers = list((waiting if last is None else waiting.filter(pk__lt=last))[:AT_ONCE])
            if not papers:
                break
            kept += sum(run.together(papers, _keep))
            last = papers[-1][0]
    return StageReport({"extracts": kept}, tuple(run.set_aside))


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
