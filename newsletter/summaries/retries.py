"""When a call that brought no answer is made again, and when a run had better stop. Pure.

Within a run a call is tried a few times, after the pause that the provider asks for. Then its summary waits
for another run, longer each time.
"""

from dataclasses import dataclass
from datetime import timedelta

from lib.backoff import Backoff
from newsletter.errors import ModelError
from newsletter.llm.failures import ModelFailure
from newsletter.llm.limiter import LONGEST_WAIT

MAX_TRIES = 6  # of one call within a run
MAX_REFUSALS = 40  # a rate limit is no fault of the call: the limiter answers it
MAX_RELEASES = 12  # runs that may give a summary back
NO_ANSWERS = 3  # in a row from the first call on: then the address is wrong, not the papers
BACKOFF = Backoff(first=5 * 60, longest=6 * 3600)  # seconds between two runs


@dataclass(slots=True)
class FailureRow:
    """The failed calls since the last answer, of a run that asks ``concurrency`` questions at a time."""

    concurrency: int
    length: int = 0
    has_succeeded: bool = False

    def note_answer(self) -> None:
        """An answer came: the endpoint works."""
        self.length = 0
        self.has_succeeded = True

    def note_failure(self, error: ModelError) -> None:
        """A call brought no answer. A rate limit does not count: the endpoint works."""
        self.length += error.kind != ModelFailure.RATE_LIMITED

    def is_too_long_after(self, error: ModelError) -> bool:
        """Whether so many failed that the endpoint is down, and the run should stop."""
        most = 2 * self.concurrency + 8
        if error.kind == ModelFailure.NO_ANSWER and not self.has_succeeded:
            most = NO_ANSWERS - 1
        return self.length > most


def may_try_again(error: ModelError, *, tries: int, wait: float) -> bool:
    """Whether a call that failed ``tries`` times is made again in this run, after ``wait`` seconds."""
    most = MAX_REFUSALS if error.kind == ModelFailure.RATE_LIMITED else MAX_TRIES
    return tries < most and wait <= LONGEST_WAIT


def pause_between_runs(releases: int, *, wait: float) -> timedelta:
    """How long a summary waits that runs gave back ``releases`` times; at least ``wait`` seconds."""
    return max(BACKOFF.delay(releases + 1), timedelta(seconds=wait))
