"""Summaries, as the rest of Paperpost uses them: what readers need gets written.

A run takes what readers need, the best candidates first, asks the model as fast as its provider allows, and
stops at the day's token budget. Any number of runs may be started; one works, the others say so and return.
Without a model every summary is the labelled extract of the abstract.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lib.chunks import chunked
from lib.locks import only_run
from newsletter import stages
from newsletter.day_rules import current_rules
from newsletter.errors import InvalidInput, StateError
from newsletter.grounding import Neighbours, Source
from newsletter.languages import language
from newsletter.llm.budget import Budget, spent_tokens
from newsletter.llm.endpoint import model_named, model_prices
from newsletter.models import GlossaryTerm, Paper, Summary, SummaryBatch
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, RunRules, pause_after
from newsletter.summaries import batches, ledger
from newsletter.summaries.engine import Run, write_extract
from newsletter.summaries.forms import SHARED
from newsletter.summaries.judges import second_model
from newsletter.summaries.judging import Judge
from newsletter.summaries.needs import Pair, Plan, drop_unneeded, needed, papers_of_the_day, plan_of, want
from newsletter.summaries.order import Order, english_first
from newsletter.summaries.originals import take_up
from newsletter.summaries.prompts import Term
from newsletter.summaries.thresholds import thresholds_of
from newsletter.summaries.worker_pool import Model, Second, Setting

TASK_SECONDS = 10 * 60.0  # a periodic run; the next one knows what is needed by then
LEAST_BUDGET = 2500  # tokens: with less left, what is an extract stays one

Progress = Callable[[int], object]


def summarise_wanted(*, now: datetime, progress: Progress = lambda _: None) -> StageReport:
    """Write what digests need, and what somebody asked for; want the rest no more. For the periodic task."""
    collected = collect_batches(now=now)
    report = _summarise(
        [*needed(), *collected.pairs], is_periodic=True, progress=progress, max_seconds=TASK_SECONDS
    )
    return StageReport(report.counts, (*collected.problems, *report.problems))


def summarise_day(
    day: date, languages: Sequence[str] | None = None, *, progress: Progress = lambda _: None
) -> StageReport:
    """Write the summaries of one day: of all its papers in ``languages``, else what its digests need.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language. Waits for another run to end.
    """
    plan = _plan(day, languages)
    report = _summarise(plan.pairs, is_request=plan.is_request, progress=progress, patient=True)
    return replace(report, notes=(plan.note,))


def _plan(day: date, languages: Sequence[str] | None) -> Plan:
    return plan_of(day, None if languages is None else [language(code).code for code in languages])


def summarise(paper_id: int, code: str) -> Summary:
    """Write one summary now, if no run is at work; else that run or the next one will. Returns the row.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language.
    """
    code = language(code).code
    _summarise([(paper_id, code)], is_request=True)
    return Summary.objects.get(paper=paper_id, language=code)


def collect_batches(*, now: datetime) -> batches.Collected:
    """Take in the answers of batches that are over; :func:`_summarise` judges them."""
    model = model_named(settings.SUMMARY_MODEL)
    if model is None or not SummaryBatch.objects.filter(state__in=batches.OPEN).exists():
        return batches.Collected()
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
    report = _summarise(answered, progress=progress, patient=True)
    model = model_named(settings.SUMMARY_MODEL)
    if model is None:
        raise InvalidInput("A batch needs a model: set OPENAI_BASE_URL or OPENAI_API_KEY.")
    with model, only_run("summaries", wait=True):
        ids = _ordered(_open_rows(pairs, now=now, with_model=True), now=now).first
        budget = _budget(now)
        if ids and not model.abilities.proven:
            # One direct call finds out what the model understands, for all the lines of the file.
            with second_model(model) as second:
                setting = _setting(model, second, ids[:1], max_seconds=TASK_SECONDS)
                first = Order(first=ids[:1])
                Run(setting, journal=ledger.journal(), budget=budget, clock=timezone.now).go(first)
        handed = batches.hand_in(ids, model=model, glossary=_glossary(), budget=budget, now=timezone.now())
    waiting = SummaryBatch.objects.filter(state__in=batches.OPEN).count()
    counts = {
        **report.counts,
        "collected": collected.answers,
        "handed_in": handed,
        "batches_waiting": waiting,
    }
    notes = tuple(plan.note for plan in plans)
    return StageReport(counts, (*collected.problems, *report.problems), notes)


def _with_answers(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that have been asked about: what was paid for is judged before anything is handed in."""
    papers = sorted({paper for paper, _ in pairs})
    found: set[Pair] = set()
    for some in chunked(papers, ledger.CHUNK):
        rows = Summary.objects.filter(paper__in=some, attempts__isnull=False)
        found |= set(rows.values_list("paper_id", "language"))
    return [pair for pair in pairs if pair in found]


def _budget(now: datetime) -> Budget:
    """What is left of the day, batches counted that have not been answered yet."""
    spent = spent_tokens(now.date()) + batches.handed_in_tokens(now.date())
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


def _summarise(
    pairs: Sequence[Pair],
    *,
    is_periodic: bool = False,
    is_request: bool = False,
    progress: Progress = lambda _: None,
    patient: bool = False,
    max_seconds: float = float("inf"),
) -> StageReport:
    new = want(pairs, is_request=is_request)
    with only_run("summaries", wait=patient) as ours:
        if not ours:
            return StageReport({"wanted": new, "busy": 1})
        journal = ledger.journal()
        ledger.replay(journal)
        ledger.take_back()
        if is_periodic:
            drop_unneeded(pairs)
        take_up(settings.SUMMARY_MODE)
        now = timezone.now()
        model = model_named(settings.SUMMARY_MODEL)
        budget = _budget(now)
        rest = budget.total - budget.spent
        with_model = model is not None and rest >= LEAST_BUDGET
        ids = _open_rows(pairs, now=now, with_model=with_model, with_requests=is_periodic)
        if model is None:
            return _write_extracts(ids, progress=progress)
        order = _ordered(ids, now=now, with_model=with_model)
        with model, second_model(model) as second:
            run = Run(
                _setting(model, second, ids, max_seconds=max_seconds),
                journal=journal,
                budget=budget,
                clock=timezone.now,
                progress=progress,
            )
            return run.go(order)


def _ordered(ids: list[int], *, now: datetime, with_model: bool = True) -> Order:
    if settings.SUMMARY_MODE != SHARED:
        return Order(first=ids)
    return english_first(ids, now=now, with_model=with_model)


def _open_rows(
    pairs: Sequence[Pair], *, now: datetime, with_model: bool, with_requests: bool = False
) -> list[int]:
    """The rows to work on: those of ``pairs`` in their order, then, if asked, what somebody asked for."""
    order = {pair: position for position, pair in enumerate(pairs)}
    papers = sorted({paper for paper, _ in pairs})
    found: list[tuple[int, int]] = []
    for some in chunked(papers, ledger.CHUNK):
        rows = Summary.objects.filter(ledger.open_work(now, with_model=with_model), paper__in=some)
        for pk, paper, code in rows.values_list("pk", "paper_id", "language"):
            if (paper, code) in order:
                found.append((order[paper, code], pk))
    ids = [pk for _, pk in sorted(found)]
    if with_requests:
        known = set(ids)
        rest = Summary.objects.filter(
            ledger.open_work(now, with_model=False), ~Q(paper__is_withdrawn=True), is_requested=True
        )
        ids += [pk for pk in rest.order_by("-paper_id").values_list("pk", flat=True) if pk not in known]
    return ids


def _setting(model: Model, second: Second | None, ids: Sequence[int], *, max_seconds: float) -> Setting:
    paper_ids: set[int] = set()
    for some in chunked(ids, ledger.CHUNK):
        paper_ids |= set(Summary.objects.filter(pk__in=some).values_list("paper_id", flat=True))
    return Setting(
        model=model,
        second=second,
        concurrency=settings.MODEL_CONCURRENCY,
        prices=model_prices(),
        judge=_judge(paper_ids),
        max_seconds=max_seconds,
    )


def _glossary() -> Mapping[str, Sequence[Term]]:
    found: dict[str, list[Term]] = {}
    for code, term, translation in GlossaryTerm.objects.values_list("language", "term", "translation"):
        found.setdefault(code, []).append(Term(term, translation))
    return found


def _judge(paper_ids: set[int]) -> Judge:
    """The checks' knowledge of these papers: what they say, and which were announced on the same day."""
    sources: dict[int, Source] = {}
    for some in chunked(sorted(paper_ids), ledger.CHUNK):
        for paper in Paper.objects.filter(pk__in=some).order_by("pk"):
            sources[paper.pk] = ledger.source_of(paper)
    positions = {pk: position for position, pk in enumerate(sources)}
    return Judge(
        day=Neighbours(list(sources.values())),
        others={
            paper: frozenset(positions[other] for other in others if other in positions)
            for paper, others in papers_of_the_day(paper_ids).items()
        },
        glossary=_glossary(),
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
    for some in chunked(ids, ledger.CHUNK):
        now = timezone.now()
        with transaction.atomic():
            jobs = ledger.claim(some, run=run, now=now, with_model=False)
            count += sum(isolation.each(jobs, partial(write_extract, run=run, now=now)))
            for job, reason in isolation.take_failed():
                ledger.release(job, run=run, retry_at=now + pause_after(job.releases), reason=reason)
        progress(len(jobs))
    isolation.close()
    return StageReport({"extracts": count}, tuple(isolation.set_aside))
