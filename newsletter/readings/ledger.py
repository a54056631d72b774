"""The rows of readings as a ledger: claimed by one worker, settled or put off by the same.

A reading moves wanted → claimed → ready | held | failed. Any number of workers may run; a claim ends with
its lease, and a worker whose lease is over changes nothing any more.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from lib.backoff import Backoff
from newsletter.errors import ModelError, PaperpostError
from newsletter.llm.failures import OPERATORS_TURN, ModelFailure
from newsletter.models import Paper, Reading

LEASE = timedelta(minutes=45)
BACKOFF = Backoff(first=20 * 60, longest=12 * 3600)  # seconds between two attempts
OPERATORS_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 8
CANDIDATES = 10  # rows that are tried, where other workers claim at the same time

State = Reading.State


class ReadingOutcome(NamedTuple):
    """What became of a claimed reading: "ready", "held", "failed" or "later", and a problem to report."""

    name: str
    problem: str = ""


def claim(now: datetime, *, paper: Paper | None = None) -> Reading | None:
    """Take the next reading that may be worked on, or that of ``paper``; None if there is none."""
    rows = Reading.objects.claimable(now).order_by("wanted_at", "pk")
    if paper is not None:
        rows = rows.filter(paper=paper)
    for row in rows[:CANDIDATES]:
        is_ours = (
            Reading.objects.claimable(now)
            .filter(pk=row.pk)
            .claim(uuid.uuid4(), until=now + LEASE, state=State.CLAIMED)
        )
        if is_ours:
            return Reading.objects.select_related("paper").get(pk=row.pk)
    return None


def is_last_try(row: Reading) -> bool:
    """Whether the reading fails for good if this attempt does."""
    return row.attempts_count + 1 >= MOST_ATTEMPTS


def settle(
    row: Reading, state: str, reason: str = "", *, problem: str = "", retry_at: datetime | None = None
) -> ReadingOutcome:
    """Give the claim back, if it is still ours, with everything that was learned."""
    values = {
        name: getattr(row, name)
        for name in (
            "origin", "paper_version", "facts", "affiliations", "code_links", "data_links",
            "references_count", "source_url", "notes", "read_at", "attempts_count",
        )
    }  # fmt: skip
    with transaction.atomic():
        is_ours = (
            Reading.objects.held_by(row.lease)
            .filter(pk=row.pk, state=State.CLAIMED)
            .release(**values, state=state, reason=reason, retry_at=retry_at)
        )
        if is_ours and state == State.READY:
            row.texts.all().delete()  # they said what the facts were before
    return ReadingOutcome({State.WANTED: "later"}.get(State(state), str(state)), problem)


def put_off(row: Reading, error: PaperpostError, *, now: datetime) -> ReadingOutcome:
    """An attempt failed: another one later, unless it was the last or another would fail in the same way."""
    is_over = is_last_try(row) or not error.transient
    row.attempts_count += 1
    if is_over:
        return settle(row, State.FAILED, error.message, problem=error.message)
    pause = BACKOFF.delay(row.attempts_count)
    requested = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    retry_at = now + max(pause, requested)
    return settle(row, State.WANTED, error.message, problem=error.message, retry_at=retry_at)


def settle_model_error(row: Reading, error: ModelError, *, now: datetime) -> ReadingOutcome:
    """The model gave no answer: put off, held or failed by what went wrong."""
    if error.transient:
        return put_off(row, error, now=now)
    if error.kind in OPERATORS_TURN:
        retry_at = now + OPERATORS_PAUSE
        return settle(row, State.WANTED, error.message, problem=error.message, retry_at=retry_at)
    if error.kind in {ModelFailure.REFUSAL, ModelFailure.CONTENT_FILTER}:
        return settle(row, State.HELD, error.message)
    return settle(row, State.FAILED, error.message, problem=error.message)
