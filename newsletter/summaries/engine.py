"""One run: many summaries at once, each asked for, written down, judged and settled.

The thread that called :meth:`Run.go` is the only one that touches the database; its
:class:`~newsletter.summaries.worker_pool.WorkerPool` asks and judges meanwhile.
"""

import heapq
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from newsletter import stages
from newsletter.errors import ModelError
from newsletter.llm.answers import Answer
from newsletter.llm.budget import Budget, until_next_day
from newsletter.llm.failures import OPERATORS_TURN, ModelFailure
from newsletter.llm.limiter import retry_delay
from newsletter.llm.questions import ModelRequest, estimated_tokens
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, RunRules, StageDown, pause_after
from newsletter.summaries import calls, forms, ledger
from newsletter.summaries.calls import PaidCall
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.jobs import Job, first_question
from newsletter.summaries.journal import Journal
from newsletter.summaries.judgement import Doubt, Ready, Repair
from newsletter.summaries.order import Order
from newsletter.summaries.retries import MAX_RELEASES, FailureRow, may_try_again, pause_between_runs
from newsletter.summaries.second_look import request_on
from newsletter.summaries.settlement import Settlement
from newsletter.summaries.worker_pool import CallResult, JudgeResult, RunConfig, WorkerPool

logger = logging.getLogger(__name__)

OPERATORS_PAUSE = timedelta(minutes=15)
MAX_OVERFLOWS = 3
MANY = 32  # summaries in a run, from which a process of their own pays for the checks
CLAIMED_AT_ONCE = 16  # in one transaction
LONGEST_TICK = 5.0  # seconds that the loop waits for a result at most
ANSWER_TOKENS = 900  # about what an answer has, for the budget


class Run:
    """One pass over some summaries. ``progress`` is called with 1 for each that is settled."""

    def __init__(
        self,
        config: RunConfig,
        *,
        journal: Journal,
        budget: Budget,
        clock: Callable[[], datetime],
        progress: Callable[[int], object] = lambda _: None,
    ) -> None:
        self.id = uuid.uuid4()
        self.config = config
        self.journal = journal
        self.budget = budget
        self._settlement = Settlement(clock=clock, on_settled=self._on_settled)
        self._failures = FailureRow(config.concurrency)
        self._now = clock
        self._progress = progress
        self._waiting: list[int] = []  # the next one last
        self._followers: dict[int, list[int]] = {}  # what follows a paper's English summary
        self._later: list[tuple[float, int, Job]] = []
        self._stopped = ""
        self._is_budget_spent = False
        self._ends = time.monotonic() + config.max_seconds
        # The rows of summaries say which are tried and when. Each step can be what fails for all of them.
        steps = partial(Isolation, stages.SUMMARIES, now=clock(), items=ItemKind(key=_summary_id))
        one_of_several = RunRules(leaves_alone=False, clears=False)
        self._storing, self._asking = steps(rules=one_of_several), steps(rules=one_of_several)
        self._judging = steps(rules=RunRules(leaves_alone=False))

    @property
    def counts(self) -> Counter[str]:
        """What was done so far, by name."""
        return self._settlement.counts

    def go(self, order: Order) -> StageReport:
        """Work, the most urgent first, until nothing is left or the run has to stop.

        What follows an English summary is claimed as soon as that one is settled. Whatever was claimed is
        settled or released in the end, and every answer that came is written down.
        """
        try:
            self._work_through(order)
            for step in (self._storing, self._asking, self._judging):
                step.close()
        except StageDown as error:
            self._judging.tell_that_it_is_down(error)
            raise
        return self._settlement.report()

    def _work_through(self, order: Order) -> None:
        threads = self.config.concurrency
        self._waiting = order.first[::-1]
        self._followers = {paper: list(ids) for paper, ids in order.after.items()}
        apart = len(self._waiting) + sum(map(len, self._followers.values())) >= MANY
        with WorkerPool(self.config, journal=self.journal, clock=self._now, apart=apart) as self._pool:
            try:
                while self._waiting or self._later or self._pool.at_work:
                    if time.monotonic() > self._ends:
                        self._stop("")
                    if self._is_over:
                        self._give_up()
                    self._refill(ahead=threads + min(threads, CLAIMED_AT_ONCE))
                    if self._pool.at_work or self._later:
                        self._take_in()
            except BaseException:
                # Broken off from outside: what has been paid for is still written down.
                calls.store_calls(self._pool.paid_meanwhile(), journal=self.journal)
                raise

    # -- sending out ---------------------------------------------------------------------------------------

    def _refill(self, *, ahead: int) -> None:
        waiting = self._waiting
        while self._later and self._later[0][0] <= time.monotonic():
            self._start(heapq.heappop(self._later)[2])
        # Claimed a batch at a time, ahead of need: one transaction for many, and no free slot waits for it.
        least = max(1, min(self.config.concurrency // 2, len(waiting)))
        while (
            waiting
            and not self._is_over
            and self._pool.asking <= ahead - least
            and len(self._later) < 4 * ahead
        ):
            size = min(CLAIMED_AT_ONCE, ahead - self._pool.asking, len(waiting))
            batch = [waiting.pop() for _ in range(size)]
            for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=True):
                self._apart(job, self._start, job)

    @property
    def _is_over(self) -> bool:
        return bool(self._stopped) or self._is_budget_spent

    def _start(self, job: Job) -> None:
        """Judge what has been answered already, else ask."""
        if not job.can_be_asked:
            self._settlement.like_its_original(job)
        elif job.refusal:
            self._settlement.hold(job, job.refusal)
        elif job.answers:
            self._pool.judge(job)
        else:
            self._ask(job, self._question(job))

    def _question(self, job: Job) -> ModelRequest:
        return first_question(job, self.config.judge.glossary)

    def _ask(self, job: Job, request: ModelRequest) -> None:
        tokens = estimated_tokens(request.messages) + ANSWER_TOKENS
        if self._may_take(job, tokens):
            self._pool.ask(job, request, reserved=tokens)

    def _look(self, job: Job, doubt: Doubt) -> None:
        requests = map(request_on, doubt.questions)
        tokens = sum(estimated_tokens(each.messages) + each.max_tokens for each in requests)
        if self._may_take(job, tokens):
            self.counts["looks"] += 1
            self._pool.look(job, doubt.questions, reserved=tokens)

    def _may_take(self, job: Job, tokens: int) -> bool:
        """Whether the run goes on and the budget holds so many; if not, the job is settled."""
        if not self._is_over and not self.budget.reserve(tokens):
            self._is_budget_spent = True
        if self._is_over:
            self._unasked(job)
        return not self._is_over

    # -- taking in -----------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        due = max(0.0, self._later[0][0] - time.monotonic()) if self._later else LONGEST_TICK
        call_results, judge_results = self._pool.collect(timeout=min(due, LONGEST_TICK))
        for result in call_results:
            self._note(result)
        paid = [call for result in call_results for call in result.paid_calls]
        unsettled: list[tuple[Job, Repair | Doubt]] = []
        if paid or judge_results:
            with transaction.atomic():
                paid = self._stored(paid)
                unsettled = self._settled(judge_results)
        stored = set(map(id, paid))
        for result in call_results:
            if result.is_paid and all(id(call) in stored for call in result.paid_calls):
                self._apart(result.job, self._after, result.paid_calls[-1])
        for job, verdict in unsettled:
            self._apart(job, self._ask_further, job, verdict)
        for result in call_results:
            if not result.is_paid:
                self._not_paid(result)

    def _note(self, result: CallResult) -> None:
        """What a call says of the provider's rate limits and took from the budget."""
        if isinstance(result.outcome, Answer):
            self._pool.limiter.record_answer(result.outcome.limits)
            self._failures.note_answer()
        self.budget.settle(result.reserved, result.used)
        self.counts["calls"] += len(result.paid_calls)

    def _after(self, call: PaidCall) -> None:
        """A call is stored: judge its answer, hold what was refused, shorten what was too long."""
        job, kind = call.job, call.error.partition(":")[0]
        if call.is_opinion:
            self._pool.judge(job)
        elif kind in calls.REFUSED or (
            kind == ModelFailure.CONTEXT_OVERFLOW and job.overflows > MAX_OVERFLOWS
        ):
            self._settlement.hold(job, call.error)
        elif kind == ModelFailure.CONTEXT_OVERFLOW:
            self._start(job)
        else:
            self._pool.judge(job)

    def _not_paid(self, result: CallResult) -> None:
        outcome, job = result.outcome, result.job
        if outcome is None:
            self._unasked(job)
        elif isinstance(outcome, ModelError) and outcome.transient:
            self._again(job, outcome)
        elif isinstance(outcome, ModelError) and outcome.kind in {*OPERATORS_TURN, ModelFailure.BAD_REQUEST}:
            if outcome.kind == ModelFailure.BAD_REQUEST and self._failures.has_succeeded:
                self._settlement.fail(job, outcome.message)
                return
            self._stop(outcome.message)
            self._settlement.release(job, OPERATORS_PAUSE, outcome.message, counts=False)

    def _again(self, job: Job, error: ModelError) -> None:
        """Later: soon if the provider lets us, else in another run."""
        if error.kind == ModelFailure.RATE_LIMITED:
            self._pool.limiter.record_refusal(error.retry_after)
        self._failures.note_failure(error)
        job.tries += 1
        self.counts["retries"] += 1
        wait = retry_delay(job.tries, error.retry_after)
        if self._failures.is_too_long_after(error):
            self._stop(error.message)
        if may_try_again(error, tries=job.tries, wait=wait) and not self._is_over:
            heapq.heappush(self._later, (time.monotonic() + wait, job.summary_id, job))
        else:
            self._put_off(job, pause_between_runs(job.releases, wait=wait), error.message)

    def _put_off(self, job: Job, pause: timedelta, reason: str) -> None:
        """To another run, unless as many have tried as may."""
        if job.releases >= MAX_RELEASES:
            self._settlement.fail(job, reason)
        else:
            self._settlement.release(job, pause, reason)

    # -- one by one where one of them fails ----------------------------------------------------------------

    def _apart(self, job: Job, act: Callable[..., None], *arguments: object) -> None:
        """``act`` for ``job``; what it raises puts this summary off and no other."""
        try:
            act(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever one summary raises, the next is written
            self._asking.failed(job, error)
            self._put_off_failed(self._asking)
        else:
            self._asking.succeeded([job])

    def _stored(self, paid: list[PaidCall]) -> list[PaidCall]:
        """Those of the paid calls that the database has taken."""
        parts = self._storing.together(paid, self._store)
        self._put_off_failed(self._storing)
        return [call for part in parts for call in part]

    def _store(self, paid: Sequence[PaidCall]) -> Sequence[PaidCall]:
        calls.store_calls(paid, journal=self.journal)
        return paid

    def _settled(self, results: Sequence[JudgeResult]) -> list[tuple[Job, Repair | Doubt]]:
        for result in results:
            if result.fault is not None:
                self._judging.failed(result.job, result.fault)
        parts = self._judging.together(
            [result for result in results if result.fault is None], self._settle_all
        )
        self._put_off_failed(self._judging)
        return [pair for part in parts for pair in part]

    def _settle_all(self, results: Sequence[JudgeResult]) -> list[tuple[Job, Repair | Doubt]]:
        """As :meth:`_settle`; if it raises, nothing has been counted."""
        settlement = self._settlement
        before = settlement.counts.copy(), settlement.problems.copy()
        try:
            return self._settle(results)
        except Exception:
            settlement.counts, settlement.problems = before
            raise

    def _put_off_failed(self, step: Isolation) -> None:
        for item, reason in step.take_failed():
            job: Job = _job_of(item)
            self._put_off(job, pause_after(job.releases), reason)

    # -- settling ------------------------------------------------------------------------------------------

    def _settle(self, results: Sequence[JudgeResult]) -> list[tuple[Job, Repair | Doubt]]:
        """Store what was decided; what the model has to be asked about comes back."""
        further: list[tuple[Job, Repair | Doubt]] = []
        findings_by_attempt = {
            pk: findings
            for result in results
            for pk, findings in zip(result.job.attempt_ids, result.decision.findings, strict=False)
        }
        calls.note_findings(findings_by_attempt)
        for result in results:
            verdict = result.decision.verdict
            if isinstance(verdict, Repair | Doubt):
                further.append((result.job, verdict))
            elif isinstance(verdict, Ready):
                self.counts["looks_blind"] += result.decision.is_blind
                self._settlement.ready(result.job, verdict)
            else:
                self._settlement.hold(result.job, verdict.reason, title=verdict.title)
        return further

    def _ask_further(self, job: Job, verdict: Repair | Doubt) -> None:
        if isinstance(verdict, Doubt):
            self._look(job, verdict)
            return
        self.counts["repairs"] += 1
        request = forms.repair(
            job.form,
            self._question(job),
            answer=verdict.answer,
            faults=verdict.faults,
            language=job.language,
        )
        self._ask(job, request)

    def _unasked(self, job: Job) -> None:
        """The run ends before this job was asked: an extract if the budget is used up, else later."""
        if self._is_budget_spent and not job.answers:
            self._settlement.extract(job, "The day's token budget is used up.")
        else:
            pause = until_next_day(self._now()) if self._is_budget_spent else timedelta(0)
            self._settlement.release(job, pause, "", counts=False)

    def _give_up(self) -> None:
        """No new calls. After the budget's end what waits becomes an extract; otherwise it keeps waiting."""
        while self._later:
            self._unasked(heapq.heappop(self._later)[2])
        waiting = [*self._waiting, *(pk for ids in self._followers.values() for pk in ids)]
        self._waiting, self._followers = [], {}
        if self._is_budget_spent:
            while waiting:
                batch = [waiting.pop() for _ in range(min(ledger.CHUNK, len(waiting)))]
                with transaction.atomic():
                    for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=False):
                        self._unasked(job)
            text = f"The budget of {self.budget.total} tokens a day is used up; papers shown as extracts"
            self._settlement.problems[text] = self.counts["extracts"]

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = reason or "The run's time is over."
            self._pool.limiter.close()
            if reason:
                self._settlement.problem(reason)
                logger.error("The run of summaries ends early: %s The rest waits for the next run.", reason)

    def _on_settled(self, job: Job) -> None:
        """A summary is settled; what follows it is next. The claim sees in the database what became of it."""
        self._progress(1)
        if job.form is SummaryForm.FACTS:
            self._waiting += self._followers.pop(job.paper_id, [])[::-1]


def _job_of(item: Job | PaidCall | JudgeResult) -> Job:
    return item if isinstance(item, Job) else item.job


def _summary_id(item: Job | PaidCall | JudgeResult) -> int:
    return _job_of(item).summary_id
