"""Summaries, as the rest of Paperpost uses them: what readers need gets written.

A run takes what readers need, the best candidates first, asks the model as fast as its provider allows, and
stops at the day's token budget. Any number of runs may be started; one works, the others say so and return.
Without a model every summary is the labelled extract of the abstract.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lib.chunks import chunked
from lib.locks import run_lock
from newsletter import stages
from newsletter.day_rules import current_rules
from newsletter.errors import InvalidInput, StateError
from newsletter.grounding import Neighbours, Source
from newsletter.languages import language
from newsletter.llm.budget import Budget, spent_tokens
from newsletter.llm.endpoint import model_named, model_prices
from newsletter.llm.protocols import Model
from newsletter.models import GlossaryTerm, Paper, Summary, SummaryBatch
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, RunRules, pause_after
from newsletter.summaries import batches, ledger
from newsletter.summaries.calls import open_journal, replay
from newsletter.summaries.engine import Run
from newsletter.summaries.forms import SHARED
from newsletter.summaries.jobs import source_of
from newsletter.summaries.judge_model import second_model
from newsletter.summaries.judging import Judge
from newsletter.summaries.needs import (
    DayPlan,
    PaperLanguage,
    drop_unneeded,
    needed,
    papers_of_the_day,
    plan_of,
    want,
)
from newsletter.summaries.order import Order, english_first
from newsletter.summaries.originals import take_up
from newsletter.summaries.thresholds import thresholds_of
from newsletter.summaries.worker_pool import RunConfig, SecondModel

TASK_SECONDS = 10 * 60.0  # a periodic run; the next one knows what is needed by then
LEAST_BUDGET = 2500  # tokens: with less left, what is an extract stays one

Progress = Callable[[int], object]


def summarise_wanted(*, now: datetime, progress: Progress = lambda _: None) -> StageReport:
    """Write what digests need and what somebody asked for, drop the rest. For the periodic task."""
    collected = collect_batches(now=now)
    call = _Call(is_periodic=True, progress=progress, max_seconds=TASK_SECONDS)
    report = _summarise([*needed(), *collected.pairs], call)
    return StageReport(report.counts, (*collected.problems, *report.problems))


def summarise_day(
    day: date, languages: Sequence[str] | None = None, *, progress: Progress = lambda _: None
) -> StageReport:
    """Write the summaries of one day: of all its papers in ``languages``, else what its digests need.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language. Waits for another run to end.
    """
    plan = _plan(day, languages)
    report = _summarise(plan.pairs, _Call(is_request=plan.is_request, waits=True, progress=progress))
    return replace(report, notes=(plan.note,))


def _plan(day: date, languages: Sequence[str] | None) -> DayPlan:
    return plan_of(day, None if languages is None else [language(code).code for code in languages])


def collect_batches(*, now: datetime) -> batches.BatchResults:
    """Take in the answers of batches that are over; :func:`_summarise` judges them."""
    model = model_named(settings.SUMMARY_MODEL)
    if model is None or not SummaryBatch.objects.filter(state__in=batches.OPEN).exists():
        return batches.BatchResults()
    with model:
        return batches.collect(model, prices=model_prices(), now=now)


def summarise_by_batch(
    days: Sequence[date], languages: Sequence[str] | None = None, *, progress: Progress = lambda _: None
) -> StageReport:
    """The summaries of some days at half the price, within a day: for backfills.

    Each call takes in what has been answered and hands in what is new; the periodic run takes in the rest.
    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language or where no model is set,
    :class:`~newsletter.errors.ModelError` where the provider takes no batches.
    """
    plans = [_plan(day, languages) for day in days]
    now = timezone.now()
    collected = collect_batches(now=now)
    pairs = [pair for plan in plans for pair in plan.pairs]
    want(pairs, is_request=True)  # a batch takes a day: it is not given up for a digest that changed
    answered = [*collected.pairs, *_with_answers(pairs)]
    report = _summarise(answered, _Call(waits=True, progress=progress))
    model = model_named(settings.SUMMARY_MODEL)
    if model is None:
        raise InvalidInput("A batch needs a model: set OPENAI_BASE_URL or OPENAI_API_KEY.")
    with model, run_lock("summaries", wait=True):
        ids = _ordered(_open_rows(pairs, now=now, with_model=True), now=now).first
        budget = _budget(now)
        if ids and not model.capabilities.proven:
            # One direct call finds out what the model understands, for all the lines of the file.
            with second_model(model) as second:
                config = _run_config(model, second, ids[:1], max_seconds=TASK_SECONDS)
                first = Order(first=ids[:1])
                Run(config, journal=open_journal(), budget=budget, clock=timezone.now).go(first)
        glossary = GlossaryTerm.objects.by_language()
        handed = batches.submit(ids, model=model, glossary=glossary, budget=budget, now=timezone.now())
    waiting = SummaryBatch.objects.filter(state__in=batches.OPEN).count()
    counts = {
        **report.counts,
        "collected": collected.answers,
        "handed_in": handed,
        "batches_waiting": waiting,
    }
    notes = tuple(plan.note for plan in plans)
    return StageReport(counts, (*collected.problems, *report.problems), notes)


def _with_answers(pairs: Sequence[PaperLanguage]) -> list[PaperLanguage]:
    """Those that have been asked about: what was paid for is judged before anything is handed in."""
    papers = sorted({paper for paper, _ in pairs})
    answered: set[PaperLanguage] = set()
    for ids in chunked(papers, ledger.CHUNK):
        rows = Summary.objects.filter(paper__in=ids, attempts__isnull=False)
        answered |= set(rows.values_list("paper_id", "language"))
    return [pair for pair in pairs if pair in answered]


def _budget(now: datetime) -> Budget:
    """What is left of the day, batches counted that have not been answered yet."""
    spent = spent_tokens(now.date()) + batches.pending_tokens(now.date())
    return Budget(current_rules().tokens_a_day, spent=spent)


def ask_again(summary_id: int, *, hint: str = "") -> None:
    """An editor wants another answer, with a wish for it. Until there is one, readers get the extract.

    Raises :class:`~newsletter.errors.StateError` for a summary that an editor wrote or a run is writing.
    """
    with transaction.atomic():
        row = Summary.objects.select_for_update().get(pk=summary_id)
        if row.author == Summary.Author.EDITOR:
            raise StateError("An editor wrote this summary: a model never overwrites it.")
        if row.state == Summary.State.CLAIMED:
            raise StateError("This summary is being written at the moment; try again when it is done.")
        row.state, row.retry_at, row.attempts_count = Summary.State.WANTED, None, 0
        row.hint, row.round, row.is_requested = " ".join(hint.split())[:500], row.round + 1, True
        row.save(update_fields=["state", "retry_at", "attempts_count", "hint", "round", "is_requested"])


# -- one run ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Call:
    """Who wants a run, and how: ``is_periodic`` for the task, which drops what is needed no more and takes
    up requests; ``is_request`` for a person; ``waits`` until another run is over, else that one suffices.
    """

    is_periodic: bool = False
    is_request: bool = False
    waits: bool = False
    progress: Progress = lambda _: None
    max_seconds: float = float("inf")


def _summarise(pairs: Sequence[PaperLanguage], call: _Call) -> StageReport:
    new = want(pairs, is_request=call.is_request)
    with run_lock("summaries", wait=call.waits) as acquired:
        if not acquired:
            return StageReport({"wanted": new, "busy": 1})
        journal = open_journal()
        replay(journal)
        ledger.reset_abandoned()
        if call.is_periodic:
            drop_unneeded(pairs)
        take_up(settings.SUMMARY_MODE)
        now = timezone.now()
        model = model_named(settings.SUMMARY_MODEL)
        budget = _budget(now)
        rest = budget.total - budget.spent
        with_model = model is not None and rest >= LEAST_BUDGET
        ids = _open_rows(pairs, now=now, with_model=with_model, with_requests=call.is_periodic)
        if model is None:
            return _write_extracts(ids, progress=call.progress)
        order = _ordered(ids, now=now, with_model=with_model)
        with model, second_model(model) as second:
            run = Run(
                _run_config(model, second, ids, max_seconds=call.max_seconds),
                journal=journal,
                budget=budget,
                clock=timezone.now,
                progress=call.progress,
            )
            return run.go(order)


def _ordered(ids: list[int], *, now: datetime, with_model: bool = True) -> Order:
    if settings.SUMMARY_MODE != SHARED:
        return Order(first=ids)
    return english_first(ids, now=now, with_model=with_model)


def _open_rows(
    pairs: Sequence[PaperLanguage], *, now: datetime, with_model: bool, with_requests: bool = False
) -> list[int]:
    """The rows to work on: those of ``pairs`` in their order, then, if asked, what somebody asked for."""
    order = {pair: position for position, pair in enumerate(pairs)}
    papers = sorted({paper for paper, _ in pairs})
    places: list[tuple[int, int]] = []
    for ids in chunked(papers, ledger.CHUNK):
        rows = Summary.objects.filter(ledger.open_work(now, with_model=with_model), paper__in=ids)
        for pk, paper, code in rows.values_list("pk", "paper_id", "language"):
            if (paper, code) in order:
                places.append((order[paper, code], pk))
    ids = [pk for _, pk in sorted(places)]
    if with_requests:
        known = set(ids)
        rest = Summary.objects.filter(
            ledger.open_work(now, with_model=False), ~Q(paper__is_withdrawn=True), is_requested=True
        )
        ids += [pk for pk in rest.order_by("-paper_id").values_list("pk", flat=True) if pk not in known]
    return ids


def _run_config(
    model: Model, second: SecondModel | None, ids: Sequence[int], *, max_seconds: float
) -> RunConfig:
    paper_ids: set[int] = set()
    for part in chunked(ids, ledger.CHUNK):
        paper_ids |= set(Summary.objects.filter(pk__in=part).values_list("paper_id", flat=True))
    return RunConfig(
        model=model,
        second=second,
        concurrency=settings.MODEL_CONCURRENCY,
        prices=model_prices(),
        judge=_judge(paper_ids),
        max_seconds=max_seconds,
    )


def _judge(paper_ids: set[int]) -> Judge:
    """The checks' knowledge of these papers: what they say, and which were announced on the same day."""
    sources: dict[int, Source] = {}
    for part in chunked(sorted(paper_ids), ledger.CHUNK):
        for paper in Paper.objects.filter(pk__in=part).order_by("pk"):
            sources[paper.pk] = source_of(paper)
    positions = {pk: position for position, pk in enumerate(sources)}
    return Judge(
        day=Neighbours(list(sources.values())),
        others={
            paper: frozenset(positions[other] for other in others if other in positions)
            for paper, others in papers_of_the_day(paper_ids).items()
        },
        glossary=GlossaryTerm.objects.by_language(),
        thresholds=thresholds_of(settings.SUMMARY_MODEL),
    )


def _write_extracts(ids: Sequence[int], *, progress: Progress) -> StageReport:
    """Without a model: the labelled extract for every open row."""
    run = uuid.uuid4()
    isolation = Isolation(
        stages.SUMMARIES,
        now=timezone.now(),
        items=ItemKind(key=lambda job: job.summary_id),
        rules=RunRules(leaves_alone=False),
    )
    count = 0
    for part in chunked(ids, ledger.CHUNK):
        now = timezone.now()
        with transaction.atomic():
            jobs = ledger.claim(part, run=run, now=now, with_model=False)
            count += sum(isolation.each(jobs, partial(ledger.write_extract, now=now)))
            for job, reason in isolation.take_failed():
                ledger.release(job, retry_at=now + pause_after(job.releases), reason=reason)
        progress(len(jobs))
    isolation.close()
    return StageReport({"extracts": count}, tuple(isolation.set_aside))
