"""The threads of a run: many ask the model, one judges. None of them touches the database.

An answer is written to the journal before anything else is done with it.
"""

import logging
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.errors import ModelError
from newsletter.llm.answers import Answer
from newsletter.llm.budget import BLIND, Prices
from newsletter.llm.failures import OPERATORS_TURN, ModelFailure
from newsletter.llm.limiter import AdaptiveLimiter
from newsletter.llm.protocols import Model
from newsletter.llm.questions import ModelRequest
from newsletter.summaries.calls import PAID, PaidCall, Reply, record_call
from newsletter.summaries.jobs import Job
from newsletter.summaries.journal import Journal
from newsletter.summaries.judgement import Decision, Hold
from newsletter.summaries.judging import Judge, JudgeProcess, Submission
from newsletter.summaries.second_look import (
    LIMIT,
    Opinions,
    SupportQuestion,
    blindness,
    kept_opinion,
    request_on,
)

logger = logging.getLogger(__name__)

PATIENCE = 2  # runs in which no answer of the second model came; in the next one the rules decide
MOMENT = 0.1  # seconds that a result waits for others, to be stored in one transaction


# A question that is refused for good has no answer: the rules decide, and it is not asked again.
_NO_OPINION = frozenset({ModelFailure.BAD_REQUEST, ModelFailure.LIMIT_TOO_SMALL})


@dataclass(frozen=True, slots=True)
class SecondModel:
    """The model of the second look, in which ``languages`` (None: in all), and the least P(yes) in each."""

    model: Model
    languages: frozenset[str] | None = None
    limits: Mapping[str, float] = field(default_factory=dict)

    def opinions(self, job: Job) -> Opinions | None:
        """What was said about a summary so far; None for one that is not looked at."""
        if self.languages is not None and job.language not in self.languages:
            return None
        return Opinions(dict(job.opinions), self.limits.get(job.language, LIMIT))


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What does not change during a run. ``second`` is asked whether the evidence bears each statement."""

    model: Model
    concurrency: int
    second: SecondModel | None = None
    judge: Judge = field(default_factory=Judge)
    prices: Prices = field(default_factory=Prices)
    max_seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of one question, or of several about one draft; ``outcome`` is the last one's.

    ``outcome`` is None where the limiter was closed before the question was asked. ``paid_calls`` are in the
    journal already. ``is_paid``: each of the questions is answered for good. ``used`` are tokens.
    """

    job: Job
    reserved: int
    outcome: Answer | ModelError | None = None
    paid_calls: tuple[PaidCall, ...] = ()
    is_paid: bool = False
    used: int = 0


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """``fault``: why the checks could not be run."""

    job: Job
    decision: Decision
    fault: Exception | None = None


class WorkerPool:
    """Ask and judge without waiting; :meth:`collect` brings what came of it. A context manager."""

    def __init__(
        self, config: RunConfig, *, journal: Journal, clock: Callable[[], datetime], apart: bool
    ) -> None:
        self.config = config
        # A model that has not answered before gets one question first.
        self.limiter = AdaptiveLimiter(config.concurrency, start=None if config.model.is_known else 1)
        self.asking = self.judging = 0
        self._journal = journal
        self._now = clock
        self._results: queue.SimpleQueue[CallResult | JudgeResult] = queue.SimpleQueue()
        self._several = max(1, config.concurrency // 2)
        self._stack = ExitStack()
        # Closed in the reverse order: no new calls, then all threads are waited for.
        self._judge = (
            self._stack.enter_context(closing(JudgeProcess(config.judge))) if apart else config.judge
        )
        self._judges = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="judge"))
        self._askers = self._stack.enter_context(
            ThreadPoolExecutor(config.concurrency, thread_name_prefix="ask")
        )
        self._stack.callback(self.limiter.close)

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def at_work(self) -> int:
        """How many results are to come."""
        return self.asking + self.judging

    # -- asking --------------------------------------------------------------------------------------------

    def ask(self, job: Job, request: ModelRequest, *, reserved: int) -> None:
        """Ask as soon as the limiter has a slot."""
        self.asking += 1
        self._askers.submit(self._call, job, request, reserved).add_done_callback(_log_fault)

    def look(self, job: Job, questions: Sequence[SupportQuestion], *, reserved: int) -> None:
        """Ask the second model, one statement after the other."""
        self.asking += 1
        self._askers.submit(self._look, job, questions, reserved).add_done_callback(_log_fault)

    def _call(self, job: Job, request: ModelRequest, reserved: int) -> None:
        """In a thread: ask once. Whatever happens, a result arrives."""
        result = CallResult(job, reserved)
        try:
            result = self._ask_once(result, self.config.model, request)
        finally:
            self._results.put(result)

    def _look(self, job: Job, questions: Sequence[SupportQuestion], reserved: int) -> None:
        """In a thread: ask until all is answered, a call fails, or the planted statement is accepted."""
        result = CallResult(job, reserved)
        judge = self.config.second.model if self.config.second else self.config.model
        try:
            for each in questions:
                result = self._ask_once(result, judge, request_on(each), about=each)
                if not result.is_paid or (each.is_planted and result.paid_calls[-1].error):
                    break
        finally:
            self._results.put(result)

    def _ask_once(
        self, result: CallResult, model: Model, request: ModelRequest, *, about: SupportQuestion | None = None
    ) -> CallResult:
        """``result`` and what came of one more question."""
        with self.limiter.slot() as is_open:
            if not is_open:
                return replace(result, outcome=None, is_paid=False)
            outcome = _complete(model, request)
            is_answered = about is not None and _is_no_opinion(outcome, result.job)
            if _kind(outcome) in OPERATORS_TURN and not is_answered:
                self.limiter.close()  # before the next call: it would fail in the same way
            call = self._recorded(result.job, outcome, model.model, about, is_answered=is_answered)
        used = outcome.prompt_tokens + outcome.completion_tokens if isinstance(outcome, Answer) else 0
        return replace(
            result,
            outcome=outcome,
            paid_calls=(*result.paid_calls, call) if call else result.paid_calls,
            is_paid=call is not None,
            used=result.used + used,
        )

    def _recorded(
        self,
        job: Job,
        outcome: Answer | ModelError,
        model: str,
        about: SupportQuestion | None,
        *,
        is_answered: bool,
    ) -> PaidCall | None:
        """The call in the journal; None for one that brought no answer and will be repeated."""
        error = ""
        if isinstance(outcome, ModelError):
            if outcome.kind not in PAID and not is_answered:
                return None
            error, outcome = f"{outcome.kind}: {outcome.message}", Answer(text="")
        elif about is not None:
            outcome = replace(outcome, text=kept_opinion(outcome))
        if about is not None and about.is_planted:
            error = self._blindness(job, about, outcome.text) or error
        reply = Reply(outcome, model, self._now(), self.config.prices, error)
        return record_call(job, reply, about=about, journal=self._journal)

    def _blindness(self, job: Job, planted: SupportQuestion, opinion: str) -> str:
        """Why whoever answered so about a statement that is false has not looked; "" if it has."""
        opinions = self.config.second.opinions(job) if self.config.second else None
        if opinions is None:
            return ""
        fault = blindness(planted, replace(opinions, answers={planted.fingerprint: opinion}))
        return f"{BLIND}{fault}" if fault else ""

    # -- judging -------------------------------------------------------------------------------------------

    def judge(self, job: Job) -> None:
        """Check the answers that a job has."""
        self.judging += 1
        self._judges.submit(self._judge_now, job).add_done_callback(_log_fault)

    def _judge_now(self, job: Job) -> None:
        """In a thread: all checks. A check that fails to run lets nothing through."""
        judged = JudgeResult(job, Decision(Hold("The checks could not be run; see the log.")))
        try:
            decision = self._judge.decide(
                Submission(
                    answers=tuple(job.answers),
                    paper_id=job.paper_id,
                    source=job.source,
                    language=job.language,
                    opinions=self.config.second.opinions(job) if self.config.second else None,
                    form=job.form,
                    english=job.english,
                )
            )
            judged = JudgeResult(job, decision)
        except Exception as error:  # noqa: BLE001 - the run says what becomes of it
            judged = replace(judged, fault=error)
        finally:
            self._results.put(judged)

    # -- results -------------------------------------------------------------------------------------------

    def collect(self, *, timeout: float) -> tuple[list[CallResult], list[JudgeResult]]:
        """All results that are there; waits ``timeout`` seconds for one, and a moment for more.

        A transaction for several costs little more than for one. Nobody waits for it: those who ask have
        their next questions already.
        """
        results: list[CallResult | JudgeResult] = []
        until = time.monotonic() + timeout
        try:
            while len(results) < min(self._several, self.at_work) or not results:
                results.append(self._results.get(timeout=max(0.0, until - time.monotonic())))
                if len(results) == 1:
                    until = time.monotonic() + MOMENT
            while True:
                results.append(self._results.get_nowait())
        except queue.Empty:
            pass
        calls = [each for each in results if isinstance(each, CallResult)]
        judged = [each for each in results if isinstance(each, JudgeResult)]
        self.asking -= len(calls)
        self.judging -= len(judged)
        return calls, judged

    def paid_meanwhile(self) -> list[PaidCall]:
        """When a run is broken off from outside: every call that was paid for and not collected."""
        self.limiter.close()
        self._askers.shutdown(wait=True, cancel_futures=True)
        paid: list[PaidCall] = []
        while not self._results.empty():
            result = self._results.get()
            if isinstance(result, CallResult):
                paid += result.paid_calls
        return paid


def _complete(model: Model, request: ModelRequest) -> Answer | ModelError:
    try:
        return model.complete(request)
    except ModelError as error:
        return error


def _is_no_opinion(outcome: Answer | ModelError, job: Job) -> bool:
    """Whether the rules decide: the question was refused for good, or a judge is away in run after run."""
    if not isinstance(outcome, ModelError):
        return False
    is_away = outcome.transient and outcome.kind != ModelFailure.RATE_LIMITED
    return outcome.kind in _NO_OPINION or (is_away and job.releases >= PATIENCE and job.tries > 0)


def _kind(outcome: Answer | ModelError) -> str:
    return outcome.kind if isinstance(outcome, ModelError) else ""


def _log_fault(done: Future[None]) -> None:
    """A fault in a thread is ours, not the model's: it goes to the log with its traceback."""
    if not done.cancelled() and (fault := done.exception()) is not None:
        logger.error("A thread that asks or judges failed; its summary is settled.", exc_info=fault)
