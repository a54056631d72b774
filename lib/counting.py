"""How often is too often: counters in Redis, in fixed windows.

Only this module counts. While Redis does not answer, each process counts for itself: looser than one count
for all, and far from none.
"""

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import redis
from redis.commands.core import Script

from lib.redis_clients import shared_client

LOOK_AGAIN = 5.0  # seconds in which a Redis that did not answer is not asked again
MOST_KEYS = 20_000  # of a process' own counts: some 4 MB
log = logging.getLogger(__name__)

# ARGV[place] more for each key; a key that is new is forgotten after as many seconds as come next.
_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
  local more = tonumber(ARGV[2 * place - 1])
  counts[place] = redis.call("INCRBY", key, more)
  if counts[place] == more then redis.call("EXPIRE", key, ARGV[2 * place]) end
end
return counts
"""


class OwnCounts:
    """The counts of one process, for as long as Redis is away. Its memory is bounded: the oldest key goes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._redis_is_away = False
        self._ask_again_at = 0.0

    def are_needed(self) -> bool:
        """Whether Redis was away a moment ago, and is not asked yet again."""
        return self._redis_is_away and time.monotonic() < self._ask_again_at

    def redis_failed(self, error: Exception) -> None:
        """From now on this process counts; said once."""
        self._ask_again_at = time.monotonic() + LOOK_AGAIN
        if not self._redis_is_away:
            self._redis_is_away = True
            log.warning(
                "Redis does not answer (%s): until it does, each process keeps the limits by itself.",
                type(error).__name__,
            )

    def redis_answered(self) -> None:
        """Redis counts again; said once, too."""
        if self._redis_is_away:
            with self._lock:
                self._redis_is_away = False
                self._counts.clear()
            log.info("Redis answers again and keeps the limits.")

    def add(self, key: str, more: int = 1) -> int:
        """``more`` for ``key``. Returns how many it has now."""
        with self._lock:
            self._counts[key] = count = self._counts.get(key, 0) + more
            if len(self._counts) > MOST_KEYS:
                self._counts.popitem(last=False)
            return count


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in each window of ``seconds``."""

    name: str
    most: int
    seconds: int

    def seconds_left(self, now: datetime) -> int:
        """How long the window of ``now`` still lasts, at least a second."""
        return self.seconds - int(now.timestamp()) % self.seconds


def count(url: str, limits: Mapping[Limit, str], *, now: datetime, more: int = 1) -> dict[Limit, int]:
    """``more`` for what each of ``limits`` counts (a network, a mailbox); how many each has in its window.

    ``url`` is of Redis. -1 takes one back.
    """
    seconds = int(now.timestamp())
    keys = [
        f"paperpost:limit:{limit.name}:{counted}:{seconds // limit.seconds}"
        for limit, counted in limits.items()
    ]
    counts = _count(url, keys, [limit.seconds for limit in limits], more)
    return dict(zip(limits, counts, strict=True))


def is_within(url: str, limits: Mapping[Limit, str], *, now: datetime) -> bool:
    """Whether one more of each is still within all ``limits``; it is counted."""
    return all(number <= limit.most for limit, number in count(url, limits, now=now).items())


def _count(url: str, keys: list[str], seconds: list[int], more: int) -> list[int]:
    own = own_counts(url)
    if not own.are_needed():
        try:
            arguments = [value for each in seconds for value in (more, each)]
            counts: list[int] = _counter(url)(keys, arguments)
        except redis.RedisError as error:
            own.redis_failed(error)
        else:
            own.redis_answered()
            return counts
    return [own.add(key, more) for key in keys]


@lru_cache(maxsize=4)
def own_counts(_url: str) -> OwnCounts:
    """What this process counts by itself while the Redis at this URL is away."""
    return OwnCounts()


@lru_cache(maxsize=4)
def _counter(url: str) -> Script:
    return shared_client(url).register_script(_COUNT)


os.register_at_fork(after_in_child=_counter.cache_clear)
