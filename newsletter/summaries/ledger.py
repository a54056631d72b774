"""The rows of summaries as a ledger: claim, keep what was answered, settle, release.

Every change asks for the state it starts from, so that a row that an editor or the intake changed meanwhile
is left alone. Transactions are short; none is open while a model is asked.
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from lib.chunks import chunked
from newsletter import stages
from newsletter.grounding import Finding, Source
from newsletter.llm.answers import LONGEST_TEXT, Answer
from newsletter.llm.budget import LOOKS, Prices
from newsletter.llm.failures import ModelFailure
from newsletter.models import Paper, Summary, SummaryAttempt
from newsletter.records import SummaryDraft
from newsletter.set_aside import Isolation, ItemKind, RunRules
from newsletter.summaries.forms import Form
from newsletter.summaries.journal import Entry, Journal
from newsletter.summaries.originals import Original, originals
from newsletter.summaries.second_look import Statement
from newsletter.summaries.translation import statements
from newsletter.text.border import clean_line, clean_text
from newsletter.text.readable import readable

CHUNK = 400
LEASE = timedelta(hours=1)  # only for whoever looks at the rows: the run's lock decides

REFUSED = frozenset({ModelFailure.REFUSAL, ModelFailure.CONTENT_FILTER})  # asking again changes nothing
# Failures that answer the question all the same; after others it is asked again.
PAID = REFUSED | {ModelFailure.MALFORMED, ModelFailure.CONTEXT_OVERFLOW}

State = Summary.State
Author = Summary.Author
Purpose = SummaryAttempt.Purpose


@dataclass(slots=True)
class Job:
    """One claimed summary and what has been answered to its present question, the oldest first.

    ``original`` is the English summary that a rendering is of.
    """

    summary_id: int
    paper_id: int
    language: str
    source: Source
    version: int
    hint: str
    round: int
    releases: int
    had_extract: bool
    form: Form = Form.BRIEF
    original: Original | None = None
    answers: list[str] = field(default_factory=list)
    attempt_ids: list[int] = field(default_factory=list)
    opinions: dict[str, str] = field(default_factory=dict)  # the second model's, by what they are on
    attempts: int = 0
    overflows: int = 0
    refusal: str = ""
    tries: int = 0

    @property
    def english(self) -> SummaryDraft | None:
        """What a rendering says in English; None for what is none, or has nothing to render yet."""
        return self.original.draft if self.original is not None else None

    @property
    def can_be_asked(self) -> bool:
        """Whether there is what the question is about: of a rendering, an English summary."""
        return self.form is not Form.RENDERING or self.english is not None

    @property
    def fingerprint(self) -> str:
        """Of the question: an answer to another text, wish or prompt is no answer to this one."""
        text: object = self.source.abstract
        if self.form is Form.RENDERING:
            text = list(statements("", self.english).items()) if self.english is not None else ""
        asked = [str(self.form), self.language, self.source.title, text, self.hint, self.round]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


# -- runs ---------------------------------------------------------------------------------------------------


def journal() -> Journal:
    """Of this database, on this machine: another database in the same place has its own."""
    told = connection.settings_dict
    name = f"{connection.vendor} {told.get('HOST')} {told.get('PORT')} {told['NAME']}"
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return Journal(Path(settings.VAR_DIR) / f"summaries-{mark}.journal")


def take_back() -> int:
    """Rows that a dead run left claimed are wanted again; only for the holder of the run's lock."""
    return Summary.objects.filter(state=State.CLAIMED).update(
        state=State.WANTED, lease=None, lease_until=None, retry_at=None
    )


# -- claim --------------------------------------------------------------------------------------------------


def open_work(now: datetime, *, with_model: bool) -> Q:
    """Which rows may be claimed. With a model also extracts, which it may replace; an editor's never."""
    work = Q(state=State.WANTED)
    if with_model:
        work |= Q(state=State.READY, author=Author.EXTRACT)
    return work & (Q(retry_at__isnull=True) | Q(retry_at__lte=now)) & ~Q(author=Author.EDITOR)


def claim(summary_ids: Sequence[int], *, run: uuid.UUID, now: datetime, with_model: bool) -> list[Job]:
    """Those of the rows that were open, now this run's, in the given order, with their stored answers."""
    with transaction.atomic():
        had_extract = set(
            Summary.objects.filter(pk__in=summary_ids, author=Author.EXTRACT, state=State.READY).values_list(
                "pk", flat=True
            )
        )
        Summary.objects.filter(open_work(now, with_model=with_model), pk__in=summary_ids).update(
            state=State.CLAIMED, lease=run, lease_until=now + LEASE
        )
        rows = Summary.objects.filter(pk__in=summary_ids, lease=run, state=State.CLAIMED)
        found = {row.pk: _job(row, row.pk in had_extract) for row in rows.select_related("paper")}
    renderings = [job for job in found.values() if with_model and job.form is Form.RENDERING]
    english = originals(job.paper_id for job in renderings)
    for job in renderings:
        job.original = english[job.paper_id]
    attempts = SummaryAttempt.objects.filter(summary__in=list(found)).order_by("pk")
    for attempt in attempts.only("summary_id", "purpose", "fingerprint", "answer", "error"):
        job = found[attempt.summary_id]
        if attempt.fingerprint == job.fingerprint or attempt.purpose in LOOKS:
            _remember(job, attempt)
    return [found[pk] for pk in summary_ids if pk in found]


def _job(row: Summary, had_extract: bool) -> Job:
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
        form=Form.of(mode=settings.SUMMARY_MODE, language=row.language),
    )


def _remember(job: Job, attempt: SummaryAttempt) -> None:
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


def source_of(paper: Paper) -> Source:
    """The paper as a model is shown it and as its answer is checked: readable, without TeX."""
    return Source(
        title=readable(" ".join(paper.title.split())),
        abstract=readable(" ".join(paper.abstract.split())),
        arxiv_id=paper.arxiv_id,
    )


# -- keep and settle ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """One paid call: ``entry`` is what the journal has, under ``number``."""

    job: Job
    error: str
    entry: Entry
    number: int

    @property
    def is_opinion(self) -> bool:
        return self.entry["purpose"] in LOOKS


def paid(
    job: Job,
    answer: Answer,
    *,
    error: str = "",
    about: Statement | None = None,
    model: str,
    prices: Prices,
    now: datetime,
    journal: Journal,
) -> Kept:
    """Write a call down at once, in whatever thread; no database is touched. :func:`keep` does the rest.

    ``about`` is the statement that a second look was asked for.
    """
    if about is not None:
        purpose = Purpose.PLANTED if about.is_planted else Purpose.OPINION
    elif job.answers:
        purpose = Purpose.REPAIR
    else:
        purpose = Purpose.HINT if job.hint else Purpose.FIRST
    entry = _entry(
        summary_id=job.summary_id,
        purpose=purpose,
        prompt_version=str(job.form),
        paper_version=job.version,
        fingerprint=about.fingerprint if about else job.fingerprint,
        answer=answer,
        error=error,
        model=model,
        prices=prices,
        now=now,
    )
    entry["turn"] = 0 if about else job.attempts
    return Kept(job, error, entry, journal.write(entry))


def _entry(
    *,
    summary_id: int,
    purpose: str,
    prompt_version: str,
    paper_version: int,
    fingerprint: str,
    answer: Answer,
    error: str,
    model: str,
    prices: Prices,
    now: datetime,
) -> dict[str, Any]:
    return {
        "summary_id": summary_id,
        "purpose": str(purpose),
        "paper_version": paper_version,
        "prompt_version": prompt_version,
        "fingerprint": fingerprint,
        "model": clean_line(answer.model or model, longest=120),
        "answer": clean_text(answer.text, longest=LONGEST_TEXT),
        "error": clean_text(error, longest=1000),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "cost": str(prices.cost(answer)),
        "at": now.isoformat(),
    }


def attempt_of(**about: Any) -> SummaryAttempt:
    """A call as a row, not stored yet; the arguments are those of :func:`_entry`."""
    return _attempt(_entry(**about))


def keep(calls: Sequence[Kept], *, journal: Journal) -> None:
    """Put calls into the database, in one transaction, and let their jobs know them."""
    rows = SummaryAttempt.objects.bulk_create([_attempt(call.entry) for call in calls])
    for call, row in zip(calls, rows, strict=True):
        _remember(call.job, row)
    numbers = [call.number for call in calls]
    transaction.on_commit(lambda: journal.stored(numbers))


def _attempt(entry: Entry) -> SummaryAttempt:
    values = {name: value for name, value in entry.items() if name != "turn"}
    values |= {"at": datetime.fromisoformat(entry["at"]), "cost": Decimal(entry["cost"])}
    return SummaryAttempt(**values)


def replay(journal: Journal) -> int:
    """Put what a killed run paid for, and did not store, into the database; only for the run's holder.

    An answer is known by its question's fingerprint and by how many came to it before, so that one that was
    stored after all is not stored twice. Returns how many were found.
    """
    entries = {
        (each["summary_id"], each["fingerprint"], each["turn"]): each for each in journal.left_behind()
    }
    summaries = sorted({summary for summary, _, _ in entries})
    there: set[int] = set()
    stored: Counter[tuple[int, str]] = Counter()
    for some in chunked(summaries, CHUNK):
        there |= set(Summary.objects.filter(pk__in=some).values_list("pk", flat=True))
        attempts = SummaryAttempt.objects.filter(summary__in=some)
        stored.update(attempts.values_list("summary_id", "fingerprint"))
    lost = [
        entries[key]
        for key in sorted(entries, key=lambda key: key[2])
        if key[0] in there and key[2] >= stored[key[:2]]
    ]
    run = Isolation(
        stages.SUMMARIES,
        now=timezone.now(),
        items=ItemKind(key=lambda entry: entry["summary_id"]),
        rules=RunRules(leaves_alone=False),
    )
    parts = run.together(lost, lambda some: SummaryAttempt.objects.bulk_create(map(_attempt, some)))
    run.close()
    journal.clear()
    return sum(map(len, parts))


def note_findings(judged: Mapping[int, Sequence[Finding]]) -> None:
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
        for pk, findings in judged.items()
    ]
    SummaryAttempt.objects.bulk_update(rows, ["findings"])


def finish(
    job: Job, draft: SummaryDraft, *, author: str, run: uuid.UUID, now: datetime, reason: str = ""
) -> bool:
    """The summary may be shown. False if the row is no longer this run's."""
    row = Summary()
    row.draft = draft
    return _settle(
        job,
        run,
        state=State.READY,
        author=author,
        title=row.title,
        sentence=row.sentence,
        sentence_evidence=row.sentence_evidence,
        takeaways=row.takeaways,
        keywords=row.keywords,
        paper_version=job.version,
        is_outdated=False,
        is_requested=False,
        written_at=now,
        attempts_count=0,
        retry_at=None,
        reason=reason[:1000],
    )


def hold(job: Job, *, state: str, run: uuid.UUID, reason: str, title: str = "") -> bool:
    """There is no sentence to show: an editor has to look (``held``) or nothing helps (``failed``).

    ``title`` is the translated one where it stands: readers get it with the extract.
    """
    return _settle(
        job,
        run,
        state=state,
        author="",
        title=title,
        sentence="",
        sentence_evidence="",
        takeaways=[],
        keywords=[],
        is_requested=False,
        retry_at=None,
        reason=reason[:1000],
    )


def release(job: Job, *, run: uuid.UUID, retry_at: datetime | None, reason: str, counts: bool = True) -> bool:
    """Not now. An extract that was shown stays shown."""
    return _settle(
        job,
        run,
        state=State.READY if job.had_extract else State.WANTED,
        retry_at=retry_at,
        reason=reason[:1000],
        attempts_count=min(job.releases + counts, 32_000),
    )


def _settle(job: Job, run: uuid.UUID, **values: object) -> bool:
    rows = Summary.objects.filter(pk=job.summary_id, lease=run, state=State.CLAIMED)
    return bool(rows.update(lease=None, lease_until=None, **values))
