"""One run: many summaries at once, each asked for, written down, judged and settled.

Threads only ask the model and judge answers; the thread that called :meth:`Run.go` is the only one that
touches the database. An answer is in the journal before anything else is done with it.
"""

import heapq
import logging
import queue
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction

from newsletter.errors import ModelError
from newsletter.models import Summary
from newsletter.records import StageReport
from newsletter.summaries import ledger
from newsletter.summaries.answers import Answer
from newsletter.summaries.budget import Budget, Prices, estimated_tokens
from newsletter.summaries.extracts import extract
from newsletter.summaries.failures import OPERATORS_TURN, ModelFailure
from newsletter.summaries.journal import Journal
from newsletter.summaries.judgement import Decision, Hold, Ready, Repair
from newsletter.summaries.judging import Judge, JudgeProcess
from newsletter.summaries.ledger import Job, Kept
from newsletter.summaries.pace import LONGEST_WAIT, Pace, until_tomorrow, waiting_time
from newsletter.summaries.prompts import (
    ANSWER_SCHEMA,
    brief_messages,
    repair_messages,
    shortened,
)
from newsletter.summaries.questions import Message, Request

logger = logging.getLogger(__name__)

MAX_TRIES = 6  # of one call within a run
MAX_REFUSALS = 40  # a rate limit is no fault of the call: the pace answers it
COME_BACK = timedelta(minutes=5)  # doubled for each time that a summary was released
LATEST = timedelta(hours=6)
MAX_RELEASES = 12
OPERATORS_PAUSE = timedelta(minutes=15)
MAX_OVERFLOWS = 3
MANY = 32  # summaries in a run, from which a process of their own pays for the checks
ANSWER_TOKENS = 900  # about what an answer has, for the budget

MOMENT = 0.1  # seconds that a result waits for others, to be stored in one transaction

# Failures that answer the question all the same; the others are tried again.
_PAID = ledger.REFUSED | {ModelFailure.MALFORMED, ModelFailure.CONTEXT_OVERFLOW}


class Model(Protocol):
    """What a run needs of :class:`~newsletter.summaries.llm.LanguageModel`."""

    @property
    def model(self) -> str: ...

    def complete(self, request: Request) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change during a run."""

    model: Model
    concurrency: int
    judge: Judge = field(default_factory=Judge)
    prices: Prices = field(default_factory=Prices)
    max_seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class _Asked:
    job: Job
    reserved: int
    outcome: Answer | ModelError | None  # None: the gate was closed
    kept: Kept | None = None  # what was paid for, written down already


@dataclass(frozen=True, slots=True)
class _Judged:
    job: Job
    decision: Decision


class Run:
    """One pass over some summaries. ``progress`` is called with 1 for each that is settled."""

    def __init__(
        self,
        setting: Setting,
        *,
        journal: Journal,
        budget: Budget,
        clock: Callable[[], datetime],
        progress: Callable[[int], object] = lambda _: None,
    ) -> None:
        self.id = uuid.uuid4()
        self.setting = setting
        self.journal = journal
        self.budget = budget
        self.pace = Pace(setting.concurrency)
        self.counts: Counter[str] = Counter()
        self.problems: dict[str, int] = {}
        self._now = clock
        self._progress = progress
        self._results: queue.SimpleQueue[_Asked | _Judged] = queue.SimpleQueue()
        self._later: list[tuple[float, int, Job]] = []
        self._asking = 0
        self._judging = 0
        self._succeeded = False
        self._stopped = ""
        self._broke = False
        self._in_a_row = 0
        self._several = max(1, setting.concurrency // 2)
        self._ends = time.monotonic() + setting.max_seconds

    def go(self, summary_ids: Iterable[int]) -> StageReport:
        """Work, the most urgent first, until nothing is left or the run has to stop.

        Whatever was claimed is settled or released in the end, and every answer that came is written down.
        """
        waiting = list(summary_ids)[::-1]
        threads = self.setting.concurrency
        judge = self.setting.judge
        with (
            ThreadPoolExecutor(threads, thread_name_prefix="ask") as self._askers,
            ThreadPoolExecutor(1, thread_name_prefix="judge") as self._judges,
            closing(JudgeProcess(judge)) if len(waiting) >= MANY else nullcontext(judge) as self._judge,
        ):
            try:
                while waiting or self._later or self._under_way:
                    if time.monotonic() > self._ends:
                        self._stop("")
                    if self._is_over:
                        waiting = self._give_up(waiting)
                    self._refill(waiting, ahead=threads + min(threads, 16))
                    if self._under_way or self._later:
                        self._take_in(self._collected())
            except BaseException:
                self._rescue()
                raise
            finally:
                self.pace.close()
        return StageReport(dict(self.counts), tuple(f"{text} ({n})" for text, n in self.problems.items()))

    def _rescue(self) -> None:
        """The run is being broken off from outside: what has been paid for is still written down."""
        self.pace.close()
        self._askers.shutdown(wait=True, cancel_futures=True)
        paid = []
        while not self._results.empty():
            result = self._results.get()
            if isinstance(result, _Asked) and result.kept is not None:
                paid.append(result.kept)
        ledger.keep(paid, journal=self.journal)

    # -- sending out ---------------------------------------------------------------------------------------

    def _refill(self, waiting: list[int], *, ahead: int) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            self._start(heapq.heappop(self._later)[2])
        # Claimed a batch at a time: one transaction for many, and a slot that falls free never waits for it.
        least = max(1, min(self._several, len(waiting)))
        while (
            waiting and not self._is_over and self._asking <= ahead - least and len(self._later) < 4 * ahead
        ):
            batch = [waiting.pop() for _ in range(min(16, ahead - self._asking, len(waiting)))]
            for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=True):
                self._start(job)

    @property
    def _under_way(self) -> int:
        return self._asking + self._judging

    @property
    def _is_over(self) -> bool:
        return bool(self._stopped) or self._broke

    def _start(self, job: Job) -> None:
        """Judge what has been answered already, else ask."""
        if job.refusal:
            self._hold(job, job.refusal)
        elif job.answers:
            self._judge_later(job)
        else:
            self._ask(job, self._messages(job))

    def _messages(self, job: Job) -> tuple[Message, ...]:
        abstract = job.source.abstract
        for _ in range(job.overflows):
            abstract = shortened(abstract) or abstract[: len(abstract) // 2]
        glossary = self.setting.judge.glossary.get(job.language, ())
        return brief_messages(
            title=job.source.title, abstract=abstract, code=job.language, glossary=glossary, hint=job.hint
        )

    def _ask(self, job: Job, messages: tuple[Message, ...]) -> None:
        tokens = estimated_tokens(messages) + ANSWER_TOKENS
        if self._is_over or not self.budget.reserve(tokens):
            if not self._is_over:
                self._broke = True
            self._unasked(job)
            return
        self._asking += 1
        request = Request(messages=messages, schema=ANSWER_SCHEMA)
        self._askers.submit(self._call, job, request, tokens).add_done_callback(_log_fault)

    def _call(self, job: Job, request: Request, tokens: int) -> None:
        """In a thread: ask once. Whatever happens, a result arrives."""
        outcome: Answer | ModelError | None = None
        kept: Kept | None = None
        try:
            with self.pace.turn() as may:
                if may:
                    outcome = self._complete(request)
                    kept = self._written(job, outcome)
        finally:
            self._results.put(_Asked(job, tokens, outcome, kept))

    def _complete(self, request: Request) -> Answer | ModelError:
        try:
            return self.setting.model.complete(request)
        except ModelError as error:
            return error

    def _written(self, job: Job, outcome: Answer | ModelError) -> Kept | None:
        """The call in the journal; None for one that brought no answer and will be repeated."""
        error = ""
        if isinstance(outcome, ModelError):
            if outcome.kind not in _PAID:
                return None
            error, outcome = f"{outcome.kind}: {outcome.message}", Answer(text="")
        setting = self.setting
        return ledger.paid(
            job,
            outcome,
            error=error,
            model=setting.model.model,
            prices=setting.prices,
            now=self._now(),
            journal=self.journal,
        )

    def _judge_later(self, job: Job) -> None:
        self._judging += 1
        self._judges.submit(self._judge_now, job).add_done_callback(_log_fault)

    def _judge_now(self, job: Job) -> None:
        """In a thread: all checks. A check that fails to run lets nothing through."""
        decision = Decision(Hold("The checks could not be run; see the log."))
        try:
            decision = self._judge.decide(
                job.answers, paper_id=job.paper_id, source=job.source, language=job.language
            )
        finally:
            self._results.put(_Judged(job, decision))

    # -- taking in -----------------------------------------------------------------------------------------

    def _collected(self) -> list[_Asked | _Judged]:
        """All results that are there; waits for one until the next retry is due, and a moment for more.

        A transaction for several costs little more than for one. Nobody waits for it: those who ask have
        their next questions already.
        """
        found: list[_Asked | _Judged] = []
        timeout = max(0.0, self._later[0][0] - time.monotonic()) if self._later else 5.0
        until = time.monotonic() + min(timeout, 5.0)
        try:
            while len(found) < min(self._several, self._under_way) or not found:
                found.append(self._results.get(timeout=max(0.0, until - time.monotonic())))
                if len(found) == 1:
                    until = time.monotonic() + MOMENT
            while True:
                found.append(self._results.get_nowait())
        except queue.Empty:
            return found

    def _take_in(self, results: Sequence[_Asked | _Judged]) -> None:
        asked = [each for each in results if isinstance(each, _Asked)]
        self._asking -= len(asked)
        judged = [each for each in results if isinstance(each, _Judged)]
        self._judging -= len(judged)
        for each in asked:
            self._note(each)
        kept = [each.kept for each in asked if each.kept is not None]
        repairs: list[tuple[Job, Repair]] = []
        if kept or judged:
            with transaction.atomic():
                ledger.keep(kept, journal=self.journal)
                repairs = self._settle(judged) if judged else []
        for call in kept:
            self._after(call)
        for job, repair in repairs:
            self._ask_for_repair(job, repair)
        for each in asked:
            self._not_paid(each)

    def _note(self, asked: _Asked) -> None:
        """What a call says of the provider's pace and took from the budget."""
        outcome = asked.outcome
        used = 0
        if isinstance(outcome, Answer):
            self.pace.answered(outcome.limits)
            self._in_a_row = 0
            self._succeeded = True
            used = outcome.prompt_tokens + outcome.completion_tokens
        self.budget.settle(asked.reserved, used)
        self.counts["calls"] += asked.kept is not None

    def _after(self, call: Kept) -> None:
        job = call.job
        kind = call.error.partition(":")[0]
        if kind in ledger.REFUSED:
            self._hold(job, call.error)
        elif kind == ModelFailure.CONTEXT_OVERFLOW:
            if job.overflows > MAX_OVERFLOWS:
                self._hold(job, call.error)
            else:
                self._start(job)
        else:
            self._judge_later(job)

    def _not_paid(self, asked: _Asked) -> None:
        outcome, job = asked.outcome, asked.job
        if outcome is None:
            self._unasked(job)
        elif isinstance(outcome, ModelError) and outcome.transient:
            self._again(job, outcome)
        elif isinstance(outcome, ModelError) and outcome.kind in {*OPERATORS_TURN, ModelFailure.BAD_REQUEST}:
            if outcome.kind == ModelFailure.BAD_REQUEST and self._succeeded:
                self._fail(job, outcome.message)
                return
            self._stop(outcome.message)
            self._release(job, OPERATORS_PAUSE, outcome.message, counts=False)

    def _again(self, job: Job, error: ModelError) -> None:
        """Later: soon if the provider lets us, else in another run."""
        if error.kind == ModelFailure.RATE_LIMITED:
            self.pace.refused(error.retry_after)
        else:
            self._in_a_row += 1
        job.tries += 1
        self.counts["retries"] += 1
        wait = waiting_time(job.tries, error.retry_after)
        if self._in_a_row > 2 * self.setting.concurrency + 8:
            self._stop(error.message)
        most = MAX_REFUSALS if error.kind == ModelFailure.RATE_LIMITED else MAX_TRIES
        if job.tries >= most or wait > LONGEST_WAIT or self._is_over:
            self._come_back(job, error, wait)
            return
        heapq.heappush(self._later, (time.monotonic() + wait, job.summary_id, job))

    def _come_back(self, job: Job, error: ModelError, wait: float) -> None:
        if job.releases >= MAX_RELEASES:
            self._fail(job, error.message)
            return
        pause = min(COME_BACK * 2 ** min(job.releases, 8), LATEST)
        self._release(job, max(pause, timedelta(seconds=wait)), error.message)

    # -- settling ------------------------------------------------------------------------------------------

    def _settle(self, judged: Sequence[_Judged]) -> list[tuple[Job, Repair]]:
        """Store what was decided; what is to be repaired comes back."""
        repairs: list[tuple[Job, Repair]] = []
        findings = {
            pk: each.findings
            for one in judged
            for pk, each in zip(one.job.attempt_ids, one.decision.judgements, strict=False)
        }
        ledger.note_findings(findings)
        for one in judged:
            verdict = one.decision.verdict
            if isinstance(verdict, Repair):
                repairs.append((one.job, verdict))
            elif isinstance(verdict, Ready):
                self._ready(one.job, verdict)
            else:
                self._hold(one.job, verdict.reason)
        return repairs

    def _ask_for_repair(self, job: Job, repair: Repair) -> None:
        messages = self._messages(job)
        self.counts["repairs"] += 1
        self._ask(
            job, repair_messages(messages, answer=repair.answer, faults=repair.faults, code=job.language)
        )

    def _ready(self, job: Job, verdict: Ready) -> None:
        done = ledger.finish(job, verdict.draft, author=ledger.Author.MODEL, run=self.id, now=self._now())
        self._count("ready" if done else "overtaken")
        self.counts["takeaways_dropped"] += verdict.dropped

    def _hold(self, job: Job, reason: str) -> None:
        self._count(
            "held" if ledger.hold(job, state=Summary.State.HELD, run=self.id, reason=reason) else "overtaken"
        )

    def _fail(self, job: Job, reason: str) -> None:
        self._problem(reason)
        done = ledger.hold(job, state=Summary.State.FAILED, run=self.id, reason=reason)
        self._count("failed" if done else "overtaken")

    def _release(self, job: Job, pause: timedelta, reason: str, *, counts: bool = True) -> None:
        retry_at = self._now() + pause if pause else None
        ledger.release(job, run=self.id, retry_at=retry_at, reason=reason, counts=counts)
        self._count("postponed")

    def _unasked(self, job: Job) -> None:
        """The run ends before this job was asked: an extract if the budget is used up, else later."""
        if self._broke and not job.answers:
            write_extract(job, run=self.id, now=self._now(), reason="The day's token budget is used up.")
            self._count("extracts")
        else:
            pause = until_tomorrow(self._now()) if self._broke else timedelta(0)
            self._release(job, pause, "", counts=False)

    def _give_up(self, waiting: list[int]) -> list[int]:
        """No new calls. After the budget's end what waits becomes an extract; otherwise it keeps waiting."""
        while self._later:
            self._unasked(heapq.heappop(self._later)[2])
        if self._broke:
            while waiting:
                batch = [waiting.pop() for _ in range(min(ledger.CHUNK, len(waiting)))]
                with transaction.atomic():
                    for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=False):
                        self._unasked(job)
            text = f"The budget of {self.budget.total} tokens a day is used up; papers shown as extracts"
            self.problems[text] = self.counts["extracts"]
        return []

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = reason or "The run's time is over."
            self.pace.close()
            if reason:
                self._problem(reason)
                logger.error("Summaries stopped: %s", reason)

    def _problem(self, text: str) -> None:
        self.problems[text] = self.problems.get(text, 0) + 1

    def _count(self, name: str) -> None:
        self.counts[name] += 1
        self._progress(1)


def write_extract(job: Job, *, run: uuid.UUID, now: datetime, reason: str = "") -> bool:
    """The labelled extract as the row's content, until a model or an editor writes something better."""
    draft = extract(job.source.title, job.source.abstract)
    return ledger.finish(job, draft, author=ledger.Author.EXTRACT, run=run, now=now, reason=reason)


def _log_fault(done: Future[None]) -> None:
    """A fault in a thread is ours, not the model's: it goes to the log with its traceback."""
    if not done.cancelled() and (fault := done.exception()) is not None:
        logger.error("A summary's thread failed.", exc_info=fault)
