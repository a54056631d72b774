"""Papers that somebody named: asked for by id, many at once, through the gate."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from lib.chunks import IDS_A_QUERY, chunked
from newsletter import stages
from newsletter.intake.papers import Collected, papers_by_id, store_each
from newsletter.models import WantedPaper
from newsletter.records import PaperRecord, StageReport
from newsletter.set_aside import isolating
from newsletter.sources.arxiv import IDS_AT_ONCE, Arxiv
from newsletter.sources.gate import arxiv_gate
from newsletter.sources.sanity import fault_of

AT_ONCE = 5 * IDS_AT_ONCE  # a run holds the gate for some 15 seconds; the next one goes on
ATTEMPTS = 3  # on different days: the index of arXiv's query API has lagged by a day
ASK_AGAIN = timedelta(days=1)
KEEP_MISSING = timedelta(days=30)
LONGEST_REASON = 300
NOT_THERE = "arXiv has no paper with this id."


def fetch_wanted(*, now: datetime) -> StageReport:
    """Take in the papers that are wanted: 1. drop those that came by themselves, 2. ask, 3. store, 4. settle.

    ``counts``: ``wanted``, papers ``fetched``, ``refused`` (they cannot be right) and ``missing`` (arXiv does
    not have them). A source that fails raises SourceError, and everything stays wanted.
    """
    # What arXiv did not have is asked for anew when somebody names it again after a while.
    given_up = WantedPaper.objects.filter(state=WantedPaper.State.MISSING)
    given_up.filter(due_at__lte=now - KEEP_MISSING).delete()
    ids = list(WantedPaper.objects.due(now).values_list("arxiv_id", flat=True)[:AT_ONCE])
    here = papers_by_id(ids)
    _settle(here)
    open_ids = [arxiv_id for arxiv_id in ids if arxiv_id not in here]
    if not open_ids:
        return StageReport()
    lookup = Arxiv(gate=arxiv_gate(now=lambda: now)).lookup(open_ids)
    refused = _store(lookup.papers, now=now)
    stored = papers_by_id(open_ids)
    _settle(stored)
    reasons = {each: refused.get(each, NOT_THERE) for each in open_ids if each not in stored}
    _put_off(reasons, now=now)
    counts = {
        "wanted": len(ids),
        "fetched": len(stored),
        "refused": len(refused),
        "missing": len(reasons) - len(refused),
    }
    return StageReport(counts=counts, problems=lookup.problems)


def _settle(arrived: Collection[str]) -> None:
    """They are here: nothing is wanted any more."""
    for part in chunked(sorted(arrived), IDS_A_QUERY):
        WantedPaper.objects.filter(arxiv_id__in=part).delete()


def _store(records: Sequence[PaperRecord], *, now: datetime) -> dict[str, str]:
    """Store what can be right; the reasons, by id, of what cannot."""
    refused = {record.arxiv_id: fault for record in records if (fault := fault_of(record, now=now))}
    papers = {record.arxiv_id: record for record in records if record.arxiv_id not in refused}
    with isolating(stages.WANTED, now=now) as run, transaction.atomic():
        store_each(Collected(papers=papers), run, now=now)
    return {arxiv_id: f"It was refused: {fault}." for arxiv_id, fault in refused.items()}


def _put_off(reasons: Mapping[str, str], *, now: datetime) -> None:
    """Ask again another day, or give up after so many."""
    rows = list(WantedPaper.objects.filter(arxiv_id__in=reasons))
    for row in rows:
        row.attempts += 1
        row.reason = reasons[row.arxiv_id][:LONGEST_REASON]
        row.due_at = now + ASK_AGAIN
        if row.attempts >= ATTEMPTS:
            row.state = WantedPaper.State.MISSING
    WantedPaper.objects.bulk_update(rows, ["attempts", "reason", "due_at", "state"], batch_size=500)
