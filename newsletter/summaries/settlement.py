"""What became of each summary of a run: written to the ledger, counted, and reported in the end."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.models import Summary
from newsletter.records import StageReport
from newsletter.summaries import ledger
from newsletter.summaries.jobs import Job
from newsletter.summaries.judgement import Ready
from newsletter.summaries.originals import OriginalStatus

logger = logging.getLogger(__name__)


class Settlement:
    """Settles claimed summaries. ``on_settled`` is called with each job that is settled."""

    def __init__(self, *, clock: Callable[[], datetime], on_settled: Callable[[Job], object]) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: dict[str, int] = {}
        self._now = clock
        self._on_settled = on_settled

    def ready(self, job: Job, verdict: Ready) -> None:
        """The draft may be shown; the desk sees what was dropped of it, and why."""
        left_out = f"Left out: {'; '.join(verdict.faults)}" if verdict.faults else ""
        is_done = ledger.finish(
            job,
            verdict.draft,
            checked_numbers=verdict.checked_numbers,
            now=self._now(),
            reason=left_out,
        )
        self._count(job, "ready" if is_done else "overtaken")
        if is_done and verdict.is_partial:
            self.counts["ready_in_part"] += 1
        self.counts["takeaways_dropped"] += verdict.dropped

    def extract(self, job: Job, reason: str) -> None:
        """Readers get the labelled extract."""
        ledger.write_extract(job, now=self._now(), reason=reason)
        self._count(job, "extracts")

    def hold(self, job: Job, reason: str, *, title: str = "") -> None:
        """An editor has to look; ``title`` is the translated one where it stands."""
        is_done = ledger.hold(job, state=Summary.State.HELD, reason=reason, title=title)
        self._count(job, "held" if is_done else "overtaken")

    def fail(self, job: Job, reason: str) -> None:
        """Asking again would not help."""
        self.problem(reason)
        is_done = ledger.hold(job, state=Summary.State.FAILED, reason=reason)
        self._count(job, "failed" if is_done else "overtaken")

    def release(self, job: Job, pause: timedelta, reason: str, *, counts: bool = True) -> None:
        """Another run takes it, not before ``pause`` is over."""
        retry_at = self._now() + pause if pause else None
        ledger.release(job, retry_at=retry_at, reason=reason, counts=counts)
        self._count(job, "postponed")

    def like_its_original(self, job: Job) -> None:
        """A rendering whose English summary cannot be rendered: held, failed or an extract as that is."""
        original = job.original
        if original is not None and original.status is OriginalStatus.GIVEN_UP:
            is_done = ledger.hold(job, state=original.state, reason=original.reason)
            self._count(job, original.state if is_done else "overtaken")
        elif original is not None and original.status is OriginalStatus.EXTRACT:
            self.extract(job, "There is only an extract in English.")
        else:
            self.release(job, timedelta(0), "", counts=False)

    def problem(self, text: str) -> None:
        """For the report; the same one is named once, with how often it came."""
        self.problems[text] = self.problems.get(text, 0) + 1

    def report(self) -> StageReport:
        """The counts and problems so far."""
        if self.counts["looks_blind"]:
            logger.warning(
                "%d summaries were checked by the rules alone: the second model gave no readable answer or "
                "accepted a planted false statement. Set JUDGE_MODEL to another model, or to none.",
                self.counts["looks_blind"],
            )
        problems = tuple(f"{text} ({count})" for text, count in self.problems.items())
        return StageReport(dict(self.counts), problems)

    def _count(self, job: Job, name: str) -> None:
        self.counts[name] += 1
        self._on_settled(job)
