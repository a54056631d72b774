"""How many requests may be under way: as many as allowed, fewer when the provider says so.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681). A provider that refuses a few at random
gets a few less; where it refuses most, no request is sent until the time that it names.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lib.backoff import Backoff
from newsletter.llm.rate_limits import RateLimits

GENTLE, SHARP = 0.95, 0.5
MANY = 0.5  # the share of refusals among the last answers from which all requests wait
LONGEST_WAIT = 60.0  # seconds between two tries of a call
_BACKOFF = Backoff(first=1.0, longest=LONGEST_WAIT, jitter=(0.5, 1.0))
MARGIN = 2  # requests left at the provider at which new ones wait for the count to start anew


class AdaptiveLimiter:
    """A limiter for threads. ``most`` is the operator's limit; ``limit`` what is used now, at least 1.

    ``start`` is the limit at first; until something is refused, each answer raises it by one (TCP's slow
    start), so that an endpoint that is broken for everybody is asked a few times and not ``most`` times.
    """

    def __init__(
        self, most: int, *, start: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self._limit = float(most if start is None else min(start, most))
        self._is_starting = self._limit < most
        self._clock = clock
        self._active = 0
        self._quiet_until = 0.0
        self._changed_at = float("-inf")
        self._last: deque[bool] = deque(maxlen=max(8, most))
        self._condition = threading.Condition()
        self._closed = False

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return max(1, round(self._limit))

    @contextmanager
    def slot(self) -> Iterator[bool]:
        """Wait until one more request may be sent. False: the limiter was closed meanwhile, do not ask."""
        with self._condition:
            while not self._closed and (self._active >= self.limit or self._quiet_for() > 0):
                self._condition.wait(timeout=self._quiet_for() or None)
            self._active += 1
            may = not self._closed
        try:
            yield may
        finally:
            with self._condition:
                self._active -= 1
                self._condition.notify_all()

    def close(self) -> None:
        """No more requests: every caller that waits gets False."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def record_answer(self, limits: RateLimits) -> None:
        """An answer came: allow a little more, unless the provider's count is about to run out."""
        with self._condition:
            self._last.append(True)
            step = 1.0 if self._is_starting else 1 / max(self._limit, 1)
            self._limit = min(self._limit + step, self.most)
            for remaining, reset in (
                (limits.remaining_requests, limits.reset_requests),
                (limits.remaining_tokens, limits.reset_tokens),
            ):
                if remaining is not None and reset and remaining < MARGIN:
                    self._quiet(reset)
            self._condition.notify_all()

    def record_refusal(self, retry_after: float | None) -> None:
        """The provider refused: allow less, at most once a second for the same reason.

        ``retry_after`` is in seconds, None where the provider names none.
        """
        with self._condition:
            self._last.append(False)
            self._is_starting = False
            share = self._last.count(False) / len(self._last)
            all_of_us = share > MANY and len(self._last) >= min(8, self.most)
            if all_of_us:
                self._quiet(retry_after or 1.0)
            if self._clock() - self._changed_at >= 1.0:
                self._changed_at = self._clock()
                self._limit = max(1.0, self._limit * (SHARP if all_of_us else GENTLE))

    def _quiet(self, seconds: float) -> None:
        self._quiet_until = max(self._quiet_until, self._clock() + seconds)

    def _quiet_for(self) -> float:
        return max(0.0, self._quiet_until - self._clock())


def retry_delay(tries: int, retry_after: float | None) -> float:
    """Seconds until the next try: what the provider asks, else longer each time; never all at once."""
    if retry_after is not None:
        return max(retry_after, 0.1) * random.uniform(1.0, 1.1)  # noqa: S311 - to spread, not to hide
    return _BACKOFF.seconds(tries, chance=random.random())  # noqa: S311 - to spread, not to hide
