"""Backfills at half the price: questions handed in together, which a provider answers within a day.

What is handed in is a row before it leaves, and its file's id is stored before the batch is begun: whenever
the process dies, the next one finds the batch at the provider and asks for nothing twice. Answers become
attempts like any others, in one transaction with their batch; judging them is the next run's work. What a
batch did not answer is asked directly.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from lib.chunks import chunked
from newsletter.errors import ModelError
from newsletter.llm.answers import Answer
from newsletter.llm.budget import Budget, Prices
from newsletter.llm.client import LanguageModel
from newsletter.llm.failures import ModelFailure
from newsletter.llm.questions import ModelRequest, estimated_tokens
from newsletter.models import Summary, SummaryAttempt, SummaryBatch
from newsletter.summaries import ledger
from newsletter.summaries.calls import PAID, Purpose, Question, Reply, attempt_of
from newsletter.summaries.engine import ANSWER_TOKENS
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.jobs import Job, first_question
from newsletter.text.glossary import TermTranslation

MOST = 2000  # questions in one batch
WINDOW = timedelta(hours=26)  # providers promise 24; then the questions are asked one by one
LOST = timedelta(days=3)

State = SummaryBatch.State
OPEN = (State.SENDING, State.WAITING)


@dataclass(slots=True)
class BatchResults:
    """What became of the open batches; ``pairs`` are the (paper id, language) that may be judged now."""

    pairs: list[tuple[int, str]] = field(default_factory=list)
    answers: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)


def pending_tokens(day: date) -> int:
    """What the answers to batches of a UTC day may take of its budget, as long as they are not there."""
    rows = SummaryBatch.objects.filter(state__in=OPEN, sent_at__date=day)
    return rows.aggregate(tokens=Sum("tokens"))["tokens"] or 0


# -- out ----------------------------------------------------------------------------------------------------


def submit(
    summary_ids: Sequence[int],
    *,
    model: LanguageModel,
    glossary: Mapping[str, Sequence[TermTranslation]],
    budget: Budget,
    now: datetime,
) -> int:
    """Hand in the questions about these summaries, as many as the budget holds; returns how many.

    Raises :class:`~newsletter.errors.ModelError` where the provider takes no batch; nothing is lost then.
    """
    count = 0
    for ids in chunked(summary_ids, MOST):
        row, questions = _prepare(ids, model=model, glossary=glossary, budget=budget, now=now)
        if row is None:
            break
        try:
            row.file_id = model.upload(questions)
        except ModelError as error:
            _give_up(row, error.message, now=now)
            raise
        row.save(update_fields=["file_id"])
        _begin(row, model, now=now)
        count += len(questions)
    return count


def _prepare(
    summary_ids: Sequence[int],
    *,
    model: LanguageModel,
    glossary: Mapping[str, Sequence[TermTranslation]],
    budget: Budget,
    now: datetime,
) -> tuple[SummaryBatch | None, list[tuple[str, ModelRequest]]]:
    """The row of a batch and its questions; no run asks them for as long as the batch may take."""
    run = uuid.uuid4()
    questions: list[tuple[str, ModelRequest]] = []
    submitted_ids: list[int] = []
    total = 0
    with transaction.atomic():
        for job in ledger.claim(summary_ids, run=run, now=now, with_model=True):
            is_open = not job.answers and not job.refusal and job.can_be_asked
            if is_open:
                request = first_question(job, glossary)
                tokens = estimated_tokens(request.messages) + ANSWER_TOKENS
                is_open = budget.reserve(tokens)
            if is_open:
                questions.append((_name(job), request))
                submitted_ids.append(job.summary_id)
                total += tokens
            ledger.release(
                job,
                retry_at=now + WINDOW if is_open else None,
                reason="Handed in to be answered within a day." if is_open else "",
                counts=False,
            )
        if not submitted_ids:
            return None, []
        row = SummaryBatch.objects.create(
            model=model.model, summaries=submitted_ids, tokens=total, sent_at=now
        )
    return row, questions


def _name(job: Job) -> str:
    """By which a question is known again: the summary, the paper's version, what exactly was asked."""
    return f"{job.summary_id}-{job.version}-{job.fingerprint}"


def _begin(row: SummaryBatch, model: LanguageModel, *, now: datetime) -> None:
    """Begin a batch whose file is there, unless a process that was killed began it already."""
    try:
        begun = model.begun(row.file_id) or model.begin(row.file_id)
    except ModelError as error:
        if not error.transient:
            _give_up(row, error.message, now=now)
        raise
    row.batch_id, row.state = begun.id, State.WAITING
    row.save(update_fields=["batch_id", "state"])


def _give_up(row: SummaryBatch, reason: str, *, now: datetime) -> None:
    """Its questions may be asked directly."""
    with transaction.atomic():
        SummaryBatch.objects.filter(pk=row.pk).update(state=State.FAILED, reason=reason[:500], ended_at=now)
        _free(row, now=now)


def _free(row: SummaryBatch, *, now: datetime) -> None:
    for ids in chunked(row.summaries, ledger.CHUNK):
        waiting = Summary.objects.filter(pk__in=ids, state__in=("wanted", "ready"), retry_at__gt=now)
        waiting.exclude(author=Summary.Author.EDITOR).update(retry_at=None, reason="")


# -- in -----------------------------------------------------------------------------------------------------


def collect(model: LanguageModel, *, prices: Prices, now: datetime) -> BatchResults:
    """Take in the answers of every batch that is over. ``prices`` are those of direct calls."""
    results = BatchResults()
    for row in SummaryBatch.objects.filter(state__in=OPEN, model=model.model).order_by("pk"):
        try:
            _collect(row, model, results, prices=prices.halved(), now=now)
        except ModelError as error:
            results.problems.append(f"Batch {row.batch_id or row.pk}: {error.message}")
            if error.kind == ModelFailure.NOT_FOUND or now - row.sent_at > LOST:
                _give_up(row, error.message, now=now)
            else:
                results.waiting += 1
    return results


def _collect(
    row: SummaryBatch, model: LanguageModel, results: BatchResults, *, prices: Prices, now: datetime
) -> None:
    if row.state == State.SENDING:
        if not row.file_id:
            _give_up(row, "Its questions never left.", now=now)
            return
        _begin(row, model, now=now)
    batch = model.batch(row.batch_id)
    if not batch.is_over:
        results.waiting += 1
        return
    outcomes = dict(each for file in batch.answers for each in model.answers(file))
    stored = _store(row, outcomes, prices=prices, problem=batch.problem, now=now)
    results.answers += stored
    results.pairs += list(
        Summary.objects.filter(pk__in=row.summaries).values_list("paper_id", "language").order_by("pk")
    )
    if batch.problem:
        results.problems.append(f"Batch {batch.id}: {batch.problem}")


def _store(
    row: SummaryBatch,
    outcomes: Mapping[str, Answer | ModelError],
    *,
    prices: Prices,
    problem: str,
    now: datetime,
) -> int:
    """The answers as attempts, all of them or none; returns how many."""
    with transaction.atomic():
        counts = {"asked": len(row.summaries), "answered": len(outcomes)}
        is_open = SummaryBatch.objects.filter(pk=row.pk, state__in=OPEN).update(
            state=State.COLLECTED, ended_at=now, counts=counts, reason=problem
        )
        if not is_open:
            return 0
        summaries = Summary.objects.filter(pk__in=row.summaries).only("hint", "language").in_bulk()
        replies = {
            name: _reply(outcome, model=row.model, prices=prices, now=now)
            for name, outcome in outcomes.items()
        }
        attempts = [
            attempt
            for name, reply in replies.items()
            if reply is not None and (attempt := _attempt(name, reply, summaries)) is not None
        ]
        SummaryAttempt.objects.bulk_create(attempts)
        _free(row, now=now)
    return len(attempts)


def _attempt(name: str, reply: Reply, summaries: Mapping[int, Summary]) -> SummaryAttempt | None:
    """The answer as a row; None where ``name`` is none of our questions."""
    summary, _, rest = name.partition("-")
    version, _, fingerprint = rest.partition("-")
    if not (summary.isdecimal() and version.isdecimal() and int(summary) in summaries):
        return None
    row = summaries[int(summary)]
    question = Question(
        summary_id=row.pk,
        purpose=Purpose.HINT if row.hint else Purpose.FIRST,
        prompt_version=str(SummaryForm.of(mode=settings.SUMMARY_MODE, language=row.language)),
        paper_version=int(version),
        fingerprint=fingerprint,
    )
    return attempt_of(question, reply)


def _reply(outcome: Answer | ModelError, *, model: str, prices: Prices, now: datetime) -> Reply | None:
    """An answer or a failure that was paid for; None for one that is asked about again."""
    if isinstance(outcome, Answer):
        return Reply(outcome, model, now, prices)
    if outcome.kind not in PAID:
        return None
    return Reply(Answer(text=""), model, now, prices, f"{outcome.kind}: {outcome.message}")
