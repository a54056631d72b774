"""One run: many summaries at once, each asked for, written down, judged and settled.

The thread that called :meth:`Run.go` is the only one that touches the database; its
:class:`~newsletter.summaries.worker_pool.Crew` asks and judges meanwhile.
"""

import heapq
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from newsletter import stages
from newsletter.errors import ModelError
from newsletter.llm.answers import Answer
from newsletter.llm.budget import Budget
from newsletter.llm.failures import OPERATORS_TURN, ModelFailure
from newsletter.llm.limiter import LONGEST_WAIT, until_tomorrow, waiting_time
from newsletter.llm.questions import Request, estimated_tokens
from newsletter.models import Summary
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, RunRules, StageDown, pause_after
from newsletter.summaries import forms, ledger
from newsletter.summaries.extracts import extract
from newsletter.summaries.forms import Form
from newsletter.summaries.journal import Journal
from newsletter.summaries.judgement import Doubt, Ready, Repair
from newsletter.summaries.ledger import Job, Kept
from newsletter.summaries.order import Order
from newsletter.summaries.originals import Standing
from newsletter.summaries.prompts import Term, shortened
from newsletter.summaries.second_look import request_on
from newsletter.summaries.worker_pool import Asked, Crew, Judged, Setting

logger = logging.getLogger(__name__)

MAX_TRIES = 6  # of one call within a run
MAX_REFUSALS = 40  # a rate limit is no fault of the call: the pace answers it
COME_BACK = timedelta(minutes=5)  # doubled for each time that a summary was released
LATEST = timedelta(hours=6)
MAX_RELEASES = 12
OPERATORS_PAUSE = timedelta(minutes=15)
NO_ANSWERS = 3  # in a row from the first call on: then the address is wrong, not the papers
MAX_OVERFLOWS = 3
MANY = 32  # summaries in a run, from which a process of their own pays for the checks
ANSWER_TOKENS = 900  # about what an answer has, for the budget


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
        self.counts: Counter[str] = Counter()
        self.problems: dict[str, int] = {}
        self._now = clock
        self._progress = progress
        self._waiting: list[int] = []  # the next one last
        self._followers: dict[int, list[int]] = {}  # what follows a paper's English summary
        self._later: list[tuple[float, int, Job]] = []
        self._succeeded = False
        self._stopped = ""
        self._broke = False
        self._in_a_row = 0
        self._ends = time.monotonic() + setting.max_seconds
        # The rows of summaries say which are tried and when. Each step can be what fails for all of them.
        steps = partial(Isolation, stages.SUMMARIES, now=clock(), items=ItemKind(key=_summary_id))
        one_of_several = RunRules(leaves_alone=False, clears=False)
        self._storing, self._asking = steps(rules=one_of_several), steps(rules=one_of_several)
        self._judging = steps(rules=RunRules(leaves_alone=False))

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
        if self.counts["looks_blind"]:
            logger.warning(
                "%d summaries rest on the rules alone: the second look gave no answer that can be read, or "
                "accepted a statement that is false on purpose. Choose another JUDGE_MODEL, or none.",
                self.counts["looks_blind"],
            )
        return StageReport(dict(self.counts), tuple(f"{text} ({n})" for text, n in self.problems.items()))

    def _work_through(self, order: Order) -> None:
        threads = self.setting.concurrency
        self._waiting = order.first[::-1]
        self._followers = {paper: list(ids) for paper, ids in order.after.items()}
        apart = len(self._waiting) + sum(map(len, self._followers.values())) >= MANY
        with Crew(self.setting, journal=self.journal, clock=self._now, apart=apart) as self._crew:
            try:
                while self._waiting or self._later or self._crew.at_work:
                    if time.monotonic() > self._ends:
                        self._stop("")
                    if self._is_over:
                        self._give_up()
                    self._refill(ahead=threads + min(threads, 16))
                    if self._crew.at_work or self._later:
                        self._take_in()
            except BaseException:
                # Broken off from outside: what has been paid for is still written down.
                ledger.keep(self._crew.paid_meanwhile(), journal=self.journal)
                raise

    # -- sending out ---------------------------------------------------------------------------------------

    def _refill(self, *, ahead: int) -> None:
        waiting = self._waiting
        while self._later and self._later[0][0] <= time.monotonic():
            self._start(heapq.heappop(self._later)[2])
        # Claimed a batch at a time: one transaction for many, and a slot that falls free never waits for it.
        least = max(1, min(self.setting.concurrency // 2, len(waiting)))
        while (
            waiting
            and not self._is_over
            and self._crew.asking <= ahead - least
            and len(self._later) < 4 * ahead
        ):
            batch = [waiting.pop() for _ in range(min(16, ahead - self._crew.asking, len(waiting)))]
            for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=True):
                self._apart(job, self._start, job)

    @property
    def _is_over(self) -> bool:
        return bool(self._stopped) or self._broke

    def _start(self, job: Job) -> None:
        """Judge what has been answered already, else ask."""
        if not job.can_be_asked:
            self._without_english(job)
        elif job.refusal:
            self._hold(job, job.refusal)
        elif job.answers:
            self._crew.judge(job)
        else:
            self._ask(job, self._question(job))

    def _without_english(self, job: Job) -> None:
        """A rendering whose English summary cannot be rendered shares its lot."""
        original = job.original
        if original is not None and original.standing is Standing.GIVEN_UP:
            done = ledger.hold(job, state=original.state, run=self.id, reason=original.reason)
            self._count(job, original.state if done else "overtaken")
        elif original is not None and original.standing is Standing.EXTRACT:
            write_extract(job, run=self.id, now=self._now(), reason="There is only an extract in English.")
            self._count(job, "extracts")
        else:
            self._release(job, timedelta(0), "", counts=False)

    def _question(self, job: Job) -> Request:
        return first_question(job, self.setting.judge.glossary)

    def _ask(self, job: Job, request: Request) -> None:
        tokens = estimated_tokens(request.messages) + ANSWER_TOKENS
        if self._may_take(job, tokens):
            self._crew.ask(job, request, reserved=tokens)

    def _look(self, job: Job, doubt: Doubt) -> None:
        requests = map(request_on, doubt.questions)
        tokens = sum(estimated_tokens(each.messages) + each.max_tokens for each in requests)
        if self._may_take(job, tokens):
            self.counts["looks"] += 1
            self._crew.look(job, doubt.questions, reserved=tokens)

    def _may_take(self, job: Job, tokens: int) -> bool:
        """Whether the run goes on and the budget holds so many; if not, the job is settled."""
        if not self._is_over and not self.budget.reserve(tokens):
            self._broke = True
        if self._is_over:
            self._unasked(job)
        return not self._is_over

    # -- taking in -----------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        due = max(0.0, self._later[0][0] - time.monotonic()) if self._later else 5.0
        asked, judged = self._crew.collect(timeout=min(due, 5.0))
        for each in asked:
            self._note(each)
        kept = [call for each in asked for call in each.kept]
        unsettled: list[tuple[Job, Repair | Doubt]] = []
        if kept or judged:
            with transaction.atomic():
                kept = self._stored(kept)
                unsettled = self._settled(judged)
        stored = set(map(id, kept))
        for each in asked:
            if each.is_paid and all(id(call) in stored for call in each.kept):
                self._apart(each.job, self._after, each.kept[-1])
        for job, verdict in unsettled:
            self._apart(job, self._ask_further, job, verdict)
        for each in asked:
            if not each.is_paid:
                self._not_paid(each)

    def _note(self, asked: Asked) -> None:
        """What a call says of the provider's pace and took from the budget."""
        outcome = asked.outcome
        if isinstance(outcome, Answer):
            self._crew.pace.answered(outcome.limits)
            self._in_a_row = 0
            self._succeeded = True
        self.budget.settle(asked.reserved, asked.used)
        self.counts["calls"] += len(asked.kept)

    def _after(self, call: Kept) -> None:
        job = call.job
        kind = call.error.partition(":")[0]
        if call.is_opinion:
            self._crew.judge(job)
        elif kind in ledger.REFUSED:
            self._hold(job, call.error)
        elif kind == ModelFailure.CONTEXT_OVERFLOW:
            if job.overflows > MAX_OVERFLOWS:
                self._hold(job, call.error)
            else:
                self._start(job)
        else:
            self._crew.judge(job)

    def _not_paid(self, asked: Asked) -> None:
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
            self._crew.pace.refused(error.retry_after)
        else:
            self._in_a_row += 1
        job.tries += 1
        self.counts["retries"] += 1
        wait = waiting_time(job.tries, error.retry_after)
        most_in_a_row = 2 * self.setting.concurrency + 8
        if error.kind == ModelFailure.NO_ANSWER and not self._succeeded:
            most_in_a_row = NO_ANSWERS - 1
        if self._in_a_row > most_in_a_row:
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

    def _stored(self, kept: list[Kept]) -> list[Kept]:
        """Those of the paid calls that the database has taken."""
        parts = self._storing.together(kept, self._keep)
        self._put_off_failed(self._storing)
        return [call for part in parts for call in part]

    def _keep(self, kept: Sequence[Kept]) -> Sequence[Kept]:
        ledger.keep(kept, journal=self.journal)
        return kept

    def _settled(self, judged: Sequence[Judged]) -> list[tuple[Job, Repair | Doubt]]:
        for one in judged:
            if one.fault is not None:
                self._judging.failed(one.job, one.fault)
        parts = self._judging.together([one for one in judged if one.fault is None], self._settle_all)
        self._put_off_failed(self._judging)
        return [each for part in parts for each in part]

    def _settle_all(self, judged: Sequence[Judged]) -> list[tuple[Job, Repair | Doubt]]:
        """As :meth:`_settle`; if it raises, nothing has been counted."""
        before = self.counts.copy(), self.problems.copy()
        try:
            return self._settle(judged)
        except Exception:
            self.counts, self.problems = before
            raise

    def _put_off_failed(self, step: Isolation) -> None:
        for item, reason in step.take_failed():
            job: Job = _job_of(item)
            if job.releases >= MAX_RELEASES:
                self._fail(job, reason)
            else:
                self._release(job, pause_after(job.releases), reason)

    # -- settling ------------------------------------------------------------------------------------------

    def _settle(self, judged: Sequence[Judged]) -> list[tuple[Job, Repair | Doubt]]:
        """Store what was decided; what the model has to be asked about comes back."""
        further: list[tuple[Job, Repair | Doubt]] = []
        findings = {
            pk: found
            for one in judged
            for pk, found in zip(one.job.attempt_ids, one.decision.findings, strict=False)
        }
        ledger.note_findings(findings)
        for one in judged:
            verdict = one.decision.verdict
            if isinstance(verdict, Repair | Doubt):
                further.append((one.job, verdict))
            elif isinstance(verdict, Ready):
                self.counts["looks_blind"] += one.decision.is_blind
                self._ready(one.job, verdict)
            else:
                self._hold(one.job, verdict.reason, title=verdict.title)
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

    def _ready(self, job: Job, verdict: Ready) -> None:
        done = ledger.finish(
            job,
            verdict.draft,
            author=ledger.Author.MODEL,
            run=self.id,
            now=self._now(),
            reason=_left_out(verdict),
        )
        self._count(job, "ready" if done else "overtaken")
        if done and verdict.is_partial:
            self.counts["ready_in_part"] += 1
        self.counts["takeaways_dropped"] += verdict.dropped

    def _hold(self, job: Job, reason: str, *, title: str = "") -> None:
        done = ledger.hold(job, state=Summary.State.HELD, run=self.id, reason=reason, title=title)
        self._count(job, "held" if done else "overtaken")

    def _fail(self, job: Job, reason: str) -> None:
        self._problem(reason)
        done = ledger.hold(job, state=Summary.State.FAILED, run=self.id, reason=reason)
        self._count(job, "failed" if done else "overtaken")

    def _release(self, job: Job, pause: timedelta, reason: str, *, counts: bool = True) -> None:
        retry_at = self._now() + pause if pause else None
        ledger.release(job, run=self.id, retry_at=retry_at, reason=reason, counts=counts)
        self._count(job, "postponed")

    def _unasked(self, job: Job) -> None:
        """The run ends before this job was asked: an extract if the budget is used up, else later."""
        if self._broke and not job.answers:
            write_extract(job, run=self.id, now=self._now(), reason="The day's token budget is used up.")
            self._count(job, "extracts")
        else:
            pause = until_tomorrow(self._now()) if self._broke else timedelta(0)
            self._release(job, pause, "", counts=False)

    def _give_up(self) -> None:
        """No new calls. After the budget's end what waits becomes an extract; otherwise it keeps waiting."""
        while self._later:
            self._unasked(heapq.heappop(self._later)[2])
        waiting = [*self._waiting, *(pk for ids in self._followers.values() for pk in ids)]
        self._waiting, self._followers = [], {}
        if self._broke:
            while waiting:
                batch = [waiting.pop() for _ in range(min(ledger.CHUNK, len(waiting)))]
                with transaction.atomic():
                    for job in ledger.claim(batch, run=self.id, now=self._now(), with_model=False):
                        self._unasked(job)
            text = f"The budget of {self.budget.total} tokens a day is used up; papers shown as extracts"
            self.problems[text] = self.counts["extracts"]

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = reason or "The run's time is over."
            self._crew.pace.close()
            if reason:
                self._problem(reason)
                logger.error("Summaries stopped: %s", reason)

    def _problem(self, text: str) -> None:
        self.problems[text] = self.problems.get(text, 0) + 1

    def _count(self, job: Job, name: str) -> None:
        """A summary is settled; what follows it is next. The claim sees in the database what became of it."""
        self.counts[name] += 1
        self._progress(1)
        if job.form is Form.FACTS:
            self._waiting += self._followers.pop(job.paper_id, [])[::-1]


def _left_out(verdict: Ready) -> str:
    """For the desk: what was dropped of an answer, and why; nothing where all of it stands."""
    return f"Left out: {'; '.join(verdict.faults)}" if verdict.faults else ""


def _job_of(item: Job | Kept | Judged) -> Job:
    return item if isinstance(item, Job) else item.job


def _summary_id(item: Job | Kept | Judged) -> int:
    return _job_of(item).summary_id


def first_question(job: Job, glossary: Mapping[str, Sequence[Term]]) -> Request:
    """What a model is asked for a summary; of the text only as much as has not overflowed its context."""
    abstract, english = job.source.abstract, job.english
    for _ in range(job.overflows):
        abstract = shortened(abstract) or abstract[: len(abstract) // 2]
        if english is not None:
            english = replace(english, takeaways=english.takeaways[: len(english.takeaways) // 2])
    return forms.request(
        job.form,
        source=replace(job.source, abstract=abstract),
        language=job.language,
        english=english,
        glossary=glossary.get(job.language, ()),
        hint=job.hint,
    )


def write_extract(job: Job, *, run: uuid.UUID, now: datetime, reason: str = "") -> bool:
    """The labelled extract as the row's content, until a model or an editor writes something better."""
    draft = extract(job.source.title, job.source.abstract)
    return ledger.finish(job, draft, author=ledger.Author.EXTRACT, run=run, now=now, reason=reason)
