"""Calls of a model that were paid for: in the journal at once, in the database with the next transaction.

The next run finds a killed run's calls in the journal (:func:`replay`): no answer is paid twice.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lib.chunks import IDS_A_QUERY, chunked
from newsletter import stages
from newsletter.grounding import Finding
from newsletter.llm.answers import LONGEST_TEXT, Answer
from newsletter.llm.budget import LOOKS, Prices
from newsletter.llm.failures import ModelFailure
from newsletter.models import Summary, SummaryAttempt
from newsletter.set_aside import Isolation, ItemKind, RunRules
from newsletter.summaries.jobs import Job
from newsletter.summaries.journal import Entry, Journal
from newsletter.summaries.second_look import SupportQuestion
from newsletter.text.border import clean_line, clean_text

REFUSED = frozenset({ModelFailure.REFUSAL, ModelFailure.CONTENT_FILTER})  # asking again changes nothing
# Failures that answer the question all the same; after others it is asked again.
PAID = REFUSED | {ModelFailure.MALFORMED, ModelFailure.CONTEXT_OVERFLOW}

Purpose = SummaryAttempt.Purpose


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: about which summary, why (a :data:`Purpose`), by which prompt, of which version."""

    summary_id: int
    purpose: str
    prompt_version: str
    paper_version: int
    fingerprint: str

    @classmethod
    def of(cls, job: Job, *, about: SupportQuestion | None = None) -> "Question":
        """A job's present question; with ``about`` that of the second look at one statement."""
        if about is not None:
            purpose = Purpose.PLANTED if about.is_planted else Purpose.OPINION
        elif job.answers:
            purpose = Purpose.REPAIR
        else:
            purpose = Purpose.HINT if job.hint else Purpose.FIRST
        fingerprint = about.fingerprint if about else job.fingerprint
        return cls(job.summary_id, purpose, str(job.form), job.version, fingerprint)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back at ``at``. ``model`` is the name that was asked for; ``error`` says why it is no use."""

    answer: Answer
    model: str
    at: datetime
    prices: Prices = field(default_factory=Prices)
    error: str = ""


@dataclass(frozen=True, slots=True)
class PaidCall:
    """One paid call: ``entry`` is what the journal has, under ``number``."""

    job: Job
    error: str
    entry: Entry
    number: int

    @property
    def is_opinion(self) -> bool:
        """Whether it belongs to the second look."""
        return self.entry["purpose"] in LOOKS


def open_journal() -> Journal:
    """The journal of this database on this machine: another database in the same place has its own."""
    database = connection.settings_dict
    name = f"{connection.vendor} {database.get('HOST')} {database.get('PORT')} {database['NAME']}"
    suffix = hashlib.sha256(name.encode()).hexdigest()[:8]
    return Journal(Path(settings.VAR_DIR) / f"summaries-{suffix}.journal")


def record_call(
    job: Job, reply: Reply, *, about: SupportQuestion | None = None, journal: Journal
) -> PaidCall:
    """Write a call to the journal at once, in any thread, without the database; :func:`store_calls` follows.

    ``about`` is the statement that a second look was asked for.
    """
    entry = {**_entry(Question.of(job, about=about), reply), "turn": 0 if about else job.attempts}
    return PaidCall(job, reply.error, entry, journal.write(entry))


def attempt_of(question: Question, reply: Reply) -> SummaryAttempt:
    """A call as a row, not stored yet."""
    return _attempt(_entry(question, reply))


def store_calls(calls: Sequence[PaidCall], *, journal: Journal) -> None:
    """Put calls into the database, in one transaction, and note them in their jobs."""
    rows = SummaryAttempt.objects.bulk_create([_attempt(call.entry) for call in calls])
    for call, row in zip(calls, rows, strict=True):
        note_attempt(call.job, row)
    numbers = [call.number for call in calls]
    transaction.on_commit(lambda: journal.stored(numbers))


def note_attempt(job: Job, attempt: SummaryAttempt) -> None:
    """Put a stored answer, opinion or refusal into its job."""
    if attempt.purpose in LOOKS:
        job.opinions[attempt.fingerprint] = attempt.answer
        return
    job.attempts += 1
    kind = attempt.error.partition(":")[0]
    if kind == ModelFailure.CONTEXT_OVERFLOW:
        job.overflows += 1
    elif kind in REFUSED:
        job.refusal = attempt.error
    else:
        job.answers.append(attempt.answer)
        job.attempt_ids.append(attempt.pk)


def replay(journal: Journal) -> int:
    """Put what a killed run paid for, and did not store, into the database; only for the run's holder.

    An answer is known by its question's fingerprint and by how many came to it before, so that one that was
    stored after all is not stored twice. Returns how many were found.
    """
    entries = {
        (each["summary_id"], each["fingerprint"], each["turn"]): each for each in journal.left_behind()
    }
    known_ids: set[int] = set()
    stored: Counter[tuple[int, str]] = Counter()
    for ids in chunked(sorted({summary for summary, _, _ in entries}), IDS_A_QUERY):
        known_ids |= set(Summary.objects.filter(pk__in=ids).values_list("pk", flat=True))
        attempts = SummaryAttempt.objects.filter(summary__in=ids)
        stored.update(attempts.values_list("summary_id", "fingerprint"))
    lost = [
        entries[key]
        for key in sorted(entries, key=lambda key: key[2])
        if key[0] in known_ids and key[2] >= stored[key[:2]]
    ]
    run = Isolation(
        stages.SUMMARIES,
        now=timezone.now(),
        items=ItemKind(key=lambda entry: entry["summary_id"]),
        rules=RunRules(leaves_alone=False),
    )
    parts = run.together(lost, lambda part: SummaryAttempt.objects.bulk_create(map(_attempt, part)))
    run.close()
    journal.clear()
    return sum(map(len, parts))


def note_findings(findings_by_attempt: Mapping[int, Sequence[Finding]]) -> None:
    """Keep what the checks said of attempts, by attempt id; what passed is kept by name only."""
    rows = [
        SummaryAttempt(
            pk=pk,
            findings=[
                {"check": each.check, "verdict": each.verdict}
                if each.verdict == "passed"
                else {**asdict(each), "words": list(each.words)}
                for each in findings
            ],
        )
        for pk, findings in findings_by_attempt.items()
    ]
    SummaryAttempt.objects.bulk_update(rows, ["findings"])


def _entry(question: Question, reply: Reply) -> dict[str, Any]:
    answer = reply.answer
    return {
        "summary_id": question.summary_id,
        "purpose": str(question.purpose),
        "paper_version": question.paper_version,
        "prompt_version": question.prompt_version,
        "fingerprint": question.fingerprint,
        "model": clean_line(answer.model or reply.model, longest=120),
        "answer": clean_text(answer.text, longest=LONGEST_TEXT),
        "error": clean_text(reply.error, longest=1000),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "cost": str(reply.prices.cost(answer)),
        "at": reply.at.isoformat(),
    }


def _attempt(entry: Entry) -> SummaryAttempt:
    values = {name: value for name, value in entry.items() if name != "turn"}
    values |= {"at": datetime.fromisoformat(entry["at"]), "cost": Decimal(entry["cost"])}
    return SummaryAttempt(**values)
