"""The rows of summaries as a ledger: claim, settle, release.

Every change asks for the state it starts from, so that a row that an editor or the intake changed meanwhile
is left alone. Transactions are short; none is open while a model is asked.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lib.leases import is_due
from newsletter.llm.budget import LOOKS
from newsletter.models import Summary, SummaryAttempt, SummaryRevision
from newsletter.records import SummaryDraft
from newsletter.summaries.calls import note_attempt
from newsletter.summaries.extracts import extract
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.jobs import Job, source_of
from newsletter.summaries.originals import originals

CHUNK = 400  # rows of one transaction, ids in one query
LEASE = timedelta(hours=1)  # only for whoever looks at the rows: the run's lock decides

State = Summary.State
Author = Summary.Author


def reset_abandoned() -> int:
    """Rows that a dead run left claimed are wanted again; only for the holder of the run's lock."""
    return Summary.objects.filter(state=State.CLAIMED).release(state=State.WANTED, retry_at=None)


def open_work(now: datetime, *, with_model: bool) -> Q:
    """Which rows may be claimed. With a model also extracts, which it may replace; an editor's never."""
    work = Q(state=State.WANTED)
    if with_model:
        work |= Q(state=State.READY, author=Author.EXTRACT)
    return work & is_due(now) & ~Q(author=Author.EDITOR)


def claim(summary_ids: Sequence[int], *, run: uuid.UUID, now: datetime, with_model: bool) -> list[Job]:
    """Those of the rows that were open, now this run's, in the given order, with their stored answers."""
    with transaction.atomic():
        had_extract = set(
            Summary.objects.filter(pk__in=summary_ids, author=Author.EXTRACT, state=State.READY).values_list(
                "pk", flat=True
            )
        )
        Summary.objects.filter(open_work(now, with_model=with_model), pk__in=summary_ids).claim(
            run, until=now + LEASE, state=State.CLAIMED
        )
        claimed = Summary.objects.held_by(run).filter(pk__in=summary_ids, state=State.CLAIMED)
        rows = list(claimed.select_related("paper"))
        SummaryRevision.objects.keep_first(rows)
        jobs = {row.pk: _job(row, run, row.pk in had_extract) for row in rows}
    renderings = [job for job in jobs.values() if with_model and job.form is SummaryForm.RENDERING]
    english = originals(job.paper_id for job in renderings)
    for job in renderings:
        job.original = english[job.paper_id]
    attempts = SummaryAttempt.objects.filter(summary__in=list(jobs)).order_by("pk")
    for attempt in attempts.only("summary_id", "purpose", "fingerprint", "answer", "error"):
        job = jobs[attempt.summary_id]
        if attempt.fingerprint == job.fingerprint or attempt.purpose in LOOKS:
            note_attempt(job, attempt)
    return [jobs[pk] for pk in summary_ids if pk in jobs]


def _job(row: Summary, run: uuid.UUID, had_extract: bool) -> Job:
    return Job(
        summary_id=row.pk,
        paper_id=row.paper_id,
        language=row.language,
        source=source_of(row.paper),
        version=row.paper.version,
        hint=row.hint,
        round=row.round,
        releases=row.attempts_count,
        had_extract=had_extract,
        lease=run,
        form=SummaryForm.of(mode=settings.SUMMARY_MODE, language=row.language),
    )


def finish(
    job: Job, draft: SummaryDraft, *, checked_numbers: int | None, now: datetime, reason: str = ""
) -> bool:
    """A model's summary may be shown; ``checked_numbers`` of its numbers were compared with the source.

    False if the row is no longer this run's.
    """
    row = _row(job, draft, author=Author.MODEL)
    row.checked_numbers = checked_numbers
    return _show(job, row, now=now, reason=reason)


def _show(job: Job, row: Summary, *, now: datetime, reason: str) -> bool:
    return _settle_words(
        job,
        row,
        now=now,
        state=State.READY,
        paper_version=job.version,
        is_outdated=False,
        is_requested=False,
        written_at=now,
        attempts_count=0,
        retry_at=None,
        reason=reason[:1000],
    )


def write_extract(job: Job, *, now: datetime, reason: str = "") -> bool:
    """The labelled extract as the row's content, until a model or an editor writes something better."""
    draft = extract(job.source.title, job.source.abstract)
    return _show(job, _row(job, draft, author=Author.EXTRACT), now=now, reason=reason)


def hold(job: Job, *, state: str, reason: str, title: str = "") -> bool:
    """There is no sentence to show: an editor has to look (``held``) or nothing helps (``failed``).

    ``title`` is the translated one where it stands: readers get it with the extract. False if the row is no
    longer this run's.
    """
    row = _row(job, SummaryDraft(sentence="", takeaways=(), title=title))
    return _settle_words(
        job,
        row,
        now=timezone.now(),
        state=state,
        is_requested=False,
        retry_at=None,
        reason=reason[:1000],
    )


def release(job: Job, *, retry_at: datetime | None, reason: str, counts: bool = True) -> bool:
    """Give the claim back until ``retry_at``. An extract that was shown stays shown.

    ``counts``: it is one of the few times that a summary may fail. False if the row is no longer this run's.
    """
    return _settle(
        job,
        state=State.READY if job.had_extract else State.WANTED,
        retry_at=retry_at,
        reason=reason[:1000],
        attempts_count=min(job.releases + counts, 32_000),
    )


def _row(job: Job, draft: SummaryDraft, *, author: str = "") -> Summary:
    row = Summary(pk=job.summary_id, paper_id=job.paper_id, language=job.language, author=author)
    row.draft = draft
    return row


def _settle_words(job: Job, row: Summary, *, now: datetime, **values: object) -> bool:
    """Write what ``row`` says, and keep it as a revision where readers may see it."""
    with transaction.atomic():
        is_done = _settle(job, author=row.author, checked_numbers=row.checked_numbers, **row.words, **values)
        if is_done and (row.sentence or row.title):
            SummaryRevision.objects.keep(row, at=now)
    return is_done


def _settle(job: Job, **values: object) -> bool:
    rows = Summary.objects.held_by(job.lease).filter(pk=job.summary_id, state=State.CLAIMED)
    return bool(rows.release(**values))
