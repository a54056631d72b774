"""How long to wait before the next attempt: exponential back-off with a cap and jitter.

Pure: chance is an argument. https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
says why each part is there.
"""

from dataclasses import dataclass
from datetime import timedelta

_MOST_DOUBLINGS = 60  # more would overflow long after any cap


@dataclass(frozen=True, slots=True)
class Backoff:
    """``first`` seconds after the first failure in a row, doubled with each further one, up to ``longest``.

    ``jitter``: between which shares of that a wait lies. (1, 1) is no jitter, (0, 1) is "full jitter".
    """

    first: float
    longest: float
    jitter: tuple[float, float] = (1.0, 1.0)

    def seconds(self, failures: int, *, chance: float = 1.0) -> float:
        """The wait after ``failures`` in a row (from 1); ``chance``, 0 to 1, chooses within the jitter."""
        doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
        low, high = self.jitter
        return min(self.first * 2.0**doublings, self.longest) * (low + (high - low) * chance)

    def delay(self, failures: int, *, chance: float = 1.0) -> timedelta:
        """The same as a ``timedelta``."""
        return timedelta(seconds=self.seconds(failures, chance=chance))
