"""Locks of the gate: one holder at a time, and none before the pause that the last holder asked for.

``try_acquire`` never waits: it returns a ``HeldLock``, or the number of seconds after which to ask again. The
file lock keeps the processes of one machine apart, the Redis lock those of many; the gate takes both, so that
losing Redis never makes two processes of one machine collide.
"""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import redis
from typing_extensions import override

from newsletter.errors import SourceError

POLL = 0.1  # seconds until a taken lock is asked again
LONGEST_PAUSE = 86400.0  # seconds; a moment further away than this is a broken clock


class HeldLock(Protocol):
    """A lock that this process acquired."""

    def is_held(self) -> bool:
        """Whether it is held still; False if its lease expired."""

    def release(self, *, pause: float | None) -> bool:
        """Give the lock back; nobody gets it for ``pause`` seconds (None: as if it had not been taken).

        False if its lease had expired before.
        """


class Lock(Protocol):
    """What processes acquire before a request."""

    def try_acquire(self) -> HeldLock | float:
        """The held lock, or seconds to wait before the next try."""


class FileLock(Lock):
    """``flock`` on ``path``, which holds the Unix time (seconds) before which nobody may acquire it.

    And the one at which that was written: where a clock shows less than this, it has been set back since, and
    the pause begins anew.

    The kernel releases it when the holder's process ends, however it ends.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock

    @override
    def try_acquire(self) -> HeldLock | float:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise SourceError(
                f"The gate's lock {self.path} cannot be opened ({error.strerror}): nothing is asked."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return POLL
        held = HeldFileLock(handle=handle, clock=self.clock)
        wait = self._wait_of(held)
        if 0 < wait <= LONGEST_PAUSE:
            os.close(handle)
            return wait
        return held

    def _wait_of(self, held: "HeldFileLock") -> float:
        try:
            free_at, written_at = map(float, os.pread(held.handle, 64, 0).split())
        except ValueError:
            return 0.0  # new, or cut by a crash: the holder is gone either way
        now = self.clock()
        if now >= written_at:
            return free_at - now
        held.note(pause=free_at - written_at)
        return free_at - written_at


@dataclass(slots=True)
class HeldFileLock(HeldLock):
    """A held ``FileLock``."""

    handle: int
    clock: Callable[[], float]

    @override
    def is_held(self) -> bool:
        return True

    @override
    def release(self, *, pause: float | None) -> bool:
        if pause is not None:
            self.note(pause=pause)
        os.close(self.handle)  # closing the only handle unlocks
        return True

    def note(self, *, pause: float) -> None:
        """Nobody gets the lock for ``pause`` seconds from now on."""
        now = self.clock()
        os.pwrite(self.handle, f"{now + pause:.6f} {now:.6f}".encode().ljust(64), 0)


# All times are Redis's own, in milliseconds: the machines' clocks need not agree.
_ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 1 then return {0, tonumber(ARGV[2])} end
local free = tonumber(redis.call('GET', KEYS[2]) or '0')
if free > now then return {0, free - now} end
local token = redis.call('INCR', KEYS[3])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return {token, 0}
"""
_LEAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
local pause = tonumber(ARGV[2])
if pause > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('SET', KEYS[2], now + pause, 'PX', pause + 1000)
end
return 1
"""


class RedisLock(Lock):
    """A lease of ``lease`` seconds with a fencing token that only grows.

    The lease is longer than the longest request, so a running holder cannot lose it; a process that was
    suspended meanwhile notices by its token, and its answer changes nothing that is shared.
    """

    def __init__(self, client: redis.Redis, *, prefix: str, lease: float) -> None:
        self.client = client
        self.keys = [f"{prefix}lock", f"{prefix}free_at", f"{prefix}fence"]
        self.lease = lease
        self._acquire = client.register_script(_ACQUIRE)
        self._leave = client.register_script(_LEAVE)

    @override
    def try_acquire(self) -> HeldLock | float:
        token, wait = cast(
            "tuple[int, int]", self._acquire(keys=self.keys, args=[int(self.lease * 1000), int(POLL * 1000)])
        )
        if not token:
            return max(wait, 1) / 1000
        return HeldRedisLock(lock=self, token=int(token), until=time.monotonic() + self.lease)

    def holds(self, token: int) -> bool:
        """Whether the lock is leased under ``token`` now."""
        return cast("bytes | None", self.client.get(self.keys[0])) == str(token).encode()

    def release(self, token: int, *, pause: float) -> bool:
        """End the lease of ``token``; the lock is free after ``pause`` seconds. False if it had expired."""
        reply: Any = self._leave(keys=self.keys[:2], args=[token, round(pause * 1000)])
        return bool(reply)


@dataclass(slots=True)
class HeldRedisLock(HeldLock):
    """A held ``RedisLock``."""

    lock: RedisLock
    token: int
    until: float

    @override
    def is_held(self) -> bool:
        return time.monotonic() < self.until and self.lock.holds(self.token)

    @override
    def release(self, *, pause: float | None) -> bool:
        return self.lock.release(self.token, pause=pause or 0.0)


@dataclass(slots=True)
class HeldLocks(HeldLock):
    """Several locks held together, released in the opposite order."""

    locks: list[HeldLock]

    @override
    def is_held(self) -> bool:
        return all(lock.is_held() for lock in self.locks)

    @override
    def release(self, *, pause: float | None) -> bool:
        were_held = True
        for lock in reversed(self.locks):
            were_held = lock.release(pause=pause) and were_held
        return were_held


def acquire_all(locks: tuple[Lock, ...]) -> HeldLocks | float:
    """All of ``locks`` in order, or none of them and the seconds to wait."""
    held_locks: list[HeldLock] = []
    try:
        for lock in locks:
            lock_or_wait = lock.try_acquire()
            if isinstance(lock_or_wait, float):
                HeldLocks(held_locks).release(pause=None)
                return lock_or_wait
            held_locks.append(lock_or_wait)
    except BaseException:
        with suppress(redis.RedisError):
            HeldLocks(held_locks).release(pause=None)
        raise
    return HeldLocks(held_locks)
