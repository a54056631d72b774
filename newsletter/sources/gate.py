"""One polite gate for everything that is asked of arXiv, by all processes on all machines.

arXiv's terms (https://info.arxiv.org/help/api/tou.html) allow one request every three seconds and one
connection at a time over everything a project runs, and its manual asks not to repeat a query within a day.
So: a lock is taken before each request and released after it with a pause; a good answer is cached for
the day in New York; after each failure the pause grows, and after several failures in a row the circuit opens
for a quarter of an hour, which the operator sees (``health``).

Which locks: the processes of one machine share a lock file. If Redis is somewhere else (``REDIS_URL`` names
another host), other machines may be at work too, and its lock is taken as well; when it does not answer, the
gate stays shut rather than guess. An embedded or local Redis serves this machine alone, and the lock file is
enough.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import redis
from django.conf import settings

from lib.backoff import Backoff
from lib.redis_clients import redis_client
from newsletter.errors import SourceError
from newsletter.sources.circuit import Circuit
from newsletter.sources.http import (
    REDIRECTS,
    FetchedResponse,
    FetchLimits,
    fetch,
    host_of,
    raise_for_status,
    redirect_target,
)
from newsletter.sources.locks import FileLock, HeldLocks, Lock, RedisLock, acquire_all
from newsletter.sources.policy import RatePolicy
from newsletter.sources.stores import FileStore, RedisStore, Store

logger = logging.getLogger(__name__)

NEW_YORK = ZoneInfo("America/New_York")
CACHE_SECONDS = 26 * 3600.0

Check = Callable[[FetchedResponse], None]
CacheRule = Callable[[FetchedResponse], bool]


@dataclass(frozen=True, slots=True)
class GateHealth:
    """For the operator: requests on this UTC day, failures in a row, and until when the circuit is open."""

    requests_today: int = 0
    failures: int = 0
    last_error: str = ""
    open_until: datetime | None = None


def epoch(now: datetime) -> str:
    """The day of ``now`` in New York. What arXiv shows is renewed around its midnight, the feeds at it."""
    return now.astimezone(NEW_YORK).date().isoformat()


@contextmanager
def suppress_transient() -> Iterator[None]:
    """Let only permanent ``SourceError`` pass: a refused question (HTTP 400) is not worth a retry."""
    try:
        yield
    except SourceError as error:
        if not error.transient:
            raise


def always(_: FetchedResponse) -> bool:
    """Cache every answer that passed its check."""
    return True


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(tz=UTC)


@dataclass(slots=True)
class Gate:
    """Serialises the requests to one source over all processes: see :meth:`fetch`.

    ``caches`` says whether answers are stored at all. ``now``, ``sleep`` and ``jitter`` (a random number
    between two bounds) are fields, so that a test needs no real waiting.
    """

    name: str
    locks: tuple[Lock, ...]
    store: Store
    policy: RatePolicy = field(default_factory=RatePolicy)
    limits: FetchLimits = field(default_factory=FetchLimits)
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform
    caches: bool = True

    def fetch(
        self,
        url: str,
        *,
        accept: str,
        check: Check,
        cacheable: CacheRule = always,
        largest: int | None = None,
    ) -> FetchedResponse:
        """The answer to ``url`` that ``check`` accepts, cached or fresh.

        ``check`` raises ``SourceError`` for a body that is no use, transient where asking again may help. An
        answer that is ``cacheable`` is not asked for again on the same day in New York. A file of more
        than ``largest`` bytes is refused for good (``Unreadable``); that does not count against the source.
        Raises ``SourceError``: the last failure with the number of attempts, a circuit that is open, or
        locks that did not become free in time.
        """
        key = f"answer:{epoch(self.now())}:{url}" if self.caches else ""
        try:
            return self._fetch(_Request(url, key, accept, check, cacheable, largest))
        except redis.RedisError as error:
            raise self._without_redis(error) from error

    def _fetch(self, request: "_Request") -> FetchedResponse:
        target, hops, attempt = request.url, 0, 0
        while True:
            self._raise_if_circuit_open()
            with self._request_slot() as slot:
                cached = self._cached(request)
                if cached is not None:
                    return cached
                try:
                    answer = self._ask(target, request, slot=slot)
                    redirected = redirect_target(answer)
                except SourceError as error:
                    attempt += 1
                    self._after_failure(error, attempt=attempt, slot=slot)
                    continue
                if redirected is None:
                    self._note_success(slot)
                    if request.key and request.cacheable(answer) and slot.locks.is_held():
                        self._cache(request.key, answer)
                    return answer
            target, hops = redirected, hops + 1
            if hops > self.policy.redirects:
                raise SourceError(f"{host_of(request.url)} redirects in circles.", transient=True)

    def _after_failure(self, error: SourceError, *, attempt: int, slot: "_RequestSlot") -> None:
        """Return where another attempt makes sense, else raise ``SourceError``."""
        if not error.transient:
            self._note_success(slot)  # the source works; the question was wrong
            raise error
        self._note_failure(error, attempt=attempt, slot=slot)
        if attempt >= self.policy.attempts:
            raise SourceError(
                f"{error.message.rstrip('.')}; given up after {attempt} attempts.",
                transient=True,
                retry_after=error.retry_after,
            ) from error
        if not self.locks:
            self.sleep(slot.pause or 0.0)  # no lock carries the pause to the next request

    def remember(self, name: str, value: Any) -> None:
        """Keep a small JSON value for this day in New York."""
        key = f"{name}:{epoch(self.now())}"
        try:
            self.store.put(key, json.dumps(value).encode(), seconds=CACHE_SECONDS)
        except (OSError, redis.RedisError) as error:
            logger.warning("%r of the gate to %s could not be remembered: %s", name, self.name, error)

    def recall(self, name: str) -> Any:
        """What was remembered on this day, None if nothing was."""
        try:
            cached = self.store.get(f"{name}:{epoch(self.now())}")
            return None if cached is None else json.loads(cached)
        except (ValueError, redis.RedisError):
            return None

    def health(self) -> GateHealth:
        """The counts and the circuit as they are shared now; empty where the store does not answer."""
        try:
            circuit = self._circuit.state(self.now())
            requests = self._requests_today()
        except redis.RedisError:
            return GateHealth()
        return GateHealth(requests, circuit.failures, circuit.last_error, circuit.open_until)

    # -- one request ------------------------------------------------------------------------------------

    def _ask(self, url: str, request: "_Request", *, slot: "_RequestSlot") -> FetchedResponse:
        self._count_request()
        slot.pause = self.policy.interval
        limits = self.limits
        if request.largest:
            limits = replace(limits, size=request.largest, is_a_file=True)
        answer = fetch(url, accept=request.accept, limits=limits)
        if answer.status == 400:
            with suppress_transient():
                request.check(answer)  # it may know what the source says about the question
        if answer.status not in REDIRECTS:
            raise_for_status(answer, now=self.now())
            request.check(answer)
        return answer

    @contextmanager
    def _request_slot(self) -> Iterator["_RequestSlot"]:
        slot = _RequestSlot(locks=self._acquire_locks())
        try:
            yield slot
        finally:
            try:
                if not slot.locks.release(pause=slot.pause):
                    logger.warning("The lock of the gate to %s expired before it was released.", self.name)
            except redis.RedisError as error:
                logger.warning(
                    "The lock of the gate to %s could not be released; it expires by itself: %s",
                    self.name,
                    error,
                )

    def _acquire_locks(self) -> HeldLocks:
        waited = 0.0
        while True:
            try:
                locks_or_wait = acquire_all(self.locks)
            except redis.RedisError as error:
                raise self._without_redis(error) from error
            if isinstance(locks_or_wait, HeldLocks):
                return locks_or_wait
            if waited + locks_or_wait > self.policy.patience:
                raise SourceError(
                    f"The gate to {self.name} stayed shut for {waited:.0f} s "
                    f"(free again in {locks_or_wait:.0f} s).",
                    transient=True,
                    retry_after=locks_or_wait,
                )
            pause = locks_or_wait + self.jitter(0.0, 0.02)
            self.sleep(pause)
            waited += pause

    def _without_redis(self, error: redis.RedisError) -> SourceError:
        return SourceError(
            f"The gate to {self.name} needs Redis, which other machines may be using too, and it does not "
            f"answer ({type(error).__name__}); the gate stays shut.",
            transient=True,
        )

    # -- what is remembered -----------------------------------------------------------------------------

    def _cached(self, request: "_Request") -> FetchedResponse | None:
        """The cached answer, if it passes this request's own check and cache rule."""
        body = self.store.get(request.key) if request.key else None
        if body is None:
            return None
        answer = FetchedResponse(url=request.url, status=200, body=body)
        try:
            request.check(answer)
        except SourceError:
            return None
        return answer if request.cacheable(answer) else None

    def _cache(self, key: str, answer: FetchedResponse) -> None:
        try:
            self.store.put(key, answer.body, seconds=CACHE_SECONDS)
        except (OSError, redis.RedisError) as error:
            logger.warning("An answer of %s could not be cached: %s", self.name, error)

    @property
    def _circuit(self) -> Circuit:
        return Circuit(self.store, opens_after=self.policy.opens_after, open_for=self.policy.open_for)

    def _raise_if_circuit_open(self) -> None:
        try:
            health = self.health()
        except OSError:
            return
        if health.open_until is not None:
            left = (health.open_until - self.now()).total_seconds()
            raise SourceError(
                f"{self.name} failed {health.failures} times in a row and is left alone until "
                f"{health.open_until:%Y-%m-%d %H:%M} UTC (last: {health.last_error})",
                transient=True,
                retry_after=left,
            )

    def _note_success(self, slot: "_RequestSlot") -> None:
        if slot.locks.is_held():
            self._circuit.close()

    def _note_failure(self, error: SourceError, *, attempt: int, slot: "_RequestSlot") -> None:
        """Back off with full jitter, never sooner than asked to; open the circuit after too many."""
        ceiling = Backoff(self.policy.base, self.policy.cap).seconds(attempt)
        asked_pause = min(error.retry_after or 0.0, 6 * 3600.0)
        slot.pause = max(self.policy.interval, asked_pause, self.jitter(0.0, ceiling))
        if not slot.locks.is_held():
            return
        state = self._circuit.count_failure(error.message, now=self.now())
        if state.open_until is not None:
            logger.error("%s failed %d times in a row: %s", self.name, state.failures, error.message)

    def _requests_key(self) -> str:
        return f"requests:{self.now():%Y-%m-%d}"

    def _requests_today(self) -> int:
        return int(self.store.get(self._requests_key()) or b"0")

    def _count_request(self) -> None:
        try:
            count = self._requests_today() + 1
            self.store.put(self._requests_key(), str(count).encode(), seconds=2 * 86400.0)
        except (OSError, ValueError, redis.RedisError) as error:
            logger.warning("A request to %s could not be counted: %s", self.name, error)


@dataclass(frozen=True, slots=True)
class _Request:
    """The arguments of :meth:`Gate.fetch`, and the cache key of its answer ("": it is not cached)."""

    url: str
    key: str
    accept: str
    check: Check
    cacheable: CacheRule
    largest: int | None


@dataclass(slots=True)
class _RequestSlot:
    """The locks held for one request, and the pause in seconds after it; None if nothing was asked."""

    locks: HeldLocks
    pause: float | None = None


def redis_is_elsewhere() -> bool:
    """Whether ``REDIS_URL`` names another host, which other machines may share."""
    parts = urlsplit(str(settings.REDIS_URL))
    return parts.scheme in {"redis", "rediss"} and (parts.hostname or "localhost") not in {
        "localhost",
        "127.0.0.1",
        "::1",
    }


def arxiv_gate(*, now: Callable[[], datetime] = utc_now) -> Gate:
    """The one gate to arXiv, as the settings say."""
    limits = FetchLimits()
    folder = settings.VAR_DIR / "cache" / "arxiv"
    locks: tuple[Lock, ...] = (FileLock(settings.VAR_DIR / "arxiv.gate"),)
    store: Store = FileStore(folder)
    if redis_is_elsewhere():
        client = redis_client(settings.REDIS_URL, connect_timeout=5, retries=3)
        prefix = "paperpost:{arxiv}:"
        locks += (RedisLock(client, prefix=prefix, lease=limits.total + limits.connect + limits.read + 15),)
        store = RedisStore(client, prefix=prefix)
    return Gate(
        name="arXiv",
        locks=locks,
        store=store,
        policy=RatePolicy(interval=settings.ARXIV_INTERVAL, base=settings.ARXIV_INTERVAL),
        limits=limits,
        now=now,
    )


def huggingface_gate(*, now: Callable[[], datetime] = utc_now) -> Gate:
    """Hugging Face allows 500 requests in five minutes: no turns, but the same back-off and circuit."""
    return Gate(
        name="Hugging Face",
        locks=(),
        store=FileStore(settings.VAR_DIR / "cache" / "huggingface"),
        policy=RatePolicy(interval=0.0, attempts=4, base=2.0, cap=60.0, patience=300.0),
        limits=FetchLimits(total=60.0, size=32 * 1024 * 1024),
        now=now,
        caches=False,
    )
