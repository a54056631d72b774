"""The threads of a run: many ask the model, one judges. None of them touches the database.

An answer is in the journal before anything else is done with it.
"""

import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from newsletter.errors import ModelError
from newsletter.summaries import ledger
from newsletter.summaries.answers import Answer
from newsletter.summaries.budget import Prices
from newsletter.summaries.failures import OPERATORS_TURN, ModelFailure
from newsletter.summaries.journal import Journal
from newsletter.summaries.judgement import Decision, Hold
from newsletter.summaries.judging import Judge, JudgeProcess
from newsletter.summaries.ledger import Job, Kept
from newsletter.summaries.pace import Pace
from newsletter.summaries.questions import Request

logger = logging.getLogger(__name__)

MOMENT = 0.1  # seconds that a result waits for others, to be stored in one transaction


_NO_OPINION = frozenset({ModelFailure.BAD_REQUEST})


class Model(Protocol):
    """What a run needs of :class:`~newsletter.summaries.llm.LanguageModel`."""

    @property
    def model(self) -> str: ...

    @property
    def is_known(self) -> bool: ...

    def complete(self, request: Request) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change during a run. ``second`` is asked whether the evidence bears what was said."""

    model: Model
    concurrency: int
    second: Model | None = None
    judge: Judge = field(default_factory=Judge)
    prices: Prices = field(default_factory=Prices)
    max_seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class Asked:
    job: Job
    reserved: int
    outcome: Answer | ModelError | None  # None: the gate was closed
    kept: Kept | None = None  # what was paid for, written down already


@dataclass(frozen=True, slots=True)
class Judged:
    """``fault``: why the checks could not be run."""

    job: Job
    decision: Decision
    fault: Exception | None = None


class Crew:
    """Ask and judge without waiting; :meth:`collect` brings what came of it. A context manager."""

    def __init__(
        self, setting: Setting, *, journal: Journal, clock: Callable[[], datetime], apart: bool
    ) -> None:
        self.setting = setting
        # A model that nobody has had an answer from is met with one question.
        self.pace = Pace(setting.concurrency, start=None if setting.model.is_known else 1)
        self.asking = self.judging = 0
        self._journal = journal
        self._now = clock
        self._results: queue.SimpleQueue[Asked | Judged] = queue.SimpleQueue()
        self._several = max(1, setting.concurrency // 2)
        self._stack = ExitStack()
        # Leaving goes the other way round: nobody asks any more, then everybody is waited for.
        self._judge = (
            self._stack.enter_context(closing(JudgeProcess(setting.judge))) if apart else setting.judge
        )
        self._judges = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="judge"))
        self._askers = self._stack.enter_context(
            ThreadPoolExecutor(setting.concurrency, thread_name_prefix="ask")
        )
        self._stack.callback(self.pace.close)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def at_work(self) -> int:
        return self.asking + self.judging

    # -- asking --------------------------------------------------------------------------------------------

    def ask(self, job: Job, request: Request, *, reserved: int, opinion_on: str = "") -> None:
        """Ask when the pace allows. ``opinion_on`` is the fingerprint of what the second model looks at."""
        self.asking += 1
        self._askers.submit(self._call, job, request, reserved, opinion_on).add_done_callback(_log_fault)

    def _call(self, job: Job, request: Request, reserved: int, opinion_on: str) -> None:
        """In a thread: ask once. Whatever happens, a result arrives."""
        outcome: Answer | ModelError | None = None
        kept: Kept | None = None
        model = self.setting.second if opinion_on and self.setting.second else self.setting.model
        try:
            with self.pace.turn() as may:
                if may:
                    outcome = _complete(model, request)
                    if isinstance(outcome, ModelError) and outcome.kind in OPERATORS_TURN:
                        self.pace.close()  # before the next in line is asked: nobody will fare better
                    kept = self._written(job, outcome, model.model, opinion_on)
        finally:
            self._results.put(Asked(job, reserved, outcome, kept))

    def _written(self, job: Job, outcome: Answer | ModelError, model: str, opinion_on: str) -> Kept | None:
        """The call in the journal; None for one that brought no answer and will be repeated."""
        error = ""
        if isinstance(outcome, ModelError):
            # Without an opinion it is the rules that decide: not even a question that is refused comes again.
            if outcome.kind not in ledger.PAID and not (opinion_on and outcome.kind in _NO_OPINION):
                return None
            error, outcome = f"{outcome.kind}: {outcome.message}", Answer(text="")
        return ledger.paid(
            job,
            outcome,
            error=error,
            opinion_on=opinion_on,
            model=model,
            prices=self.setting.prices,
            now=self._now(),
            journal=self._journal,
        )

    # -- judging -------------------------------------------------------------------------------------------

    def judge(self, job: Job) -> None:
        self.judging += 1
        self._judges.submit(self._judge_now, job).add_done_callback(_log_fault)

    def _judge_now(self, job: Job) -> None:
        """In a thread: all checks. A check that fails to run lets nothing through."""
        judged = Judged(job, Decision(Hold("The checks could not be run; see the log.")))
        try:
            decision = self._judge.decide(
                job.answers,
                paper_id=job.paper_id,
                source=job.source,
                language=job.language,
                opinions=dict(job.opinions) if self.setting.second else None,
            )
            judged = Judged(job, decision)
        except Exception as error:  # noqa: BLE001 - the run says what becomes of it
            judged = replace(judged, fault=error)
        finally:
            self._results.put(judged)

    # -- results -------------------------------------------------------------------------------------------

    def collect(self, *, timeout: float) -> tuple[list[Asked], list[Judged]]:
        """All results that are there; waits ``timeout`` seconds for one, and a moment for more.

        A transaction for several costs little more than for one. Nobody waits for it: those who ask have
        their next questions already.
        """
        found: list[Asked | Judged] = []
        until = time.monotonic() + timeout
        try:
            while len(found) < min(self._several, self.at_work) or not found:
                found.append(self._results.get(timeout=max(0.0, until - time.monotonic())))
                if len(found) == 1:
                    until = time.monotonic() + MOMENT
            while True:
                found.append(self._results.get_nowait())
        except queue.Empty:
            pass
        asked = [each for each in found if isinstance(each, Asked)]
        judged = [each for each in found if isinstance(each, Judged)]
        self.asking -= len(asked)
        self.judging -= len(judged)
        return asked, judged

    def paid_meanwhile(self) -> list[Kept]:
        """When a run is broken off from outside: every call that was paid for and not collected."""
        self.pace.close()
        self._askers.shutdown(wait=True, cancel_futures=True)
        paid = []
        while not self._results.empty():
            result = self._results.get()
            if isinstance(result, Asked) and result.kept is not None:
                paid.append(result.kept)
        return paid


def _complete(model: Model, request: Request) -> Answer | ModelError:
    try:
        return model.complete(request)
    except ModelError as error:
        return error


def _log_fault(done: Future[None]) -> None:
    """A fault in a thread is ours, not the model's: it goes to the log with its traceback."""
    if not done.cancelled() and (fault := done.exception()) is not None:
        logger.error("A summary's thread failed.", exc_info=fault)
