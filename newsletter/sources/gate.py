"""One polite gate for everything that is asked of arXiv, by all processes on all machines.

arXiv's terms (https://info.arxiv.org/help/api/tou.html) allow one request every three seconds and one
connection at a time over everything a project runs, and its manual asks not to repeat a query within a day.
So: a turn is taken before each request and left after it with a pause; an answer that was good is kept for
the day in New York; a source that fails is left alone for longer each time, and after several failures
in a row for a quarter of an hour, which the operator sees (``health``).

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

from lib.redis_clients import redis_client
from newsletter.errors import SourceError
from newsletter.sources.http import (
    REDIRECTS,
    Answer,
    Limits,
    fetch,
    host_of,
    raise_for_status,
    redirect_target,
)
from newsletter.sources.locks import FileLock, Lock, RedisLock, Turns, acquire_all
from newsletter.sources.stores import FileStore, RedisStore, Store

logger = logging.getLogger(__name__)

NEW_YORK = ZoneInfo("America/New_York")
KEEP_SECONDS = 26 * 3600.0

Check = Callable[[Answer], None]
Keep = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a source wants to be asked. All times in seconds.

    ``interval`` from the end of one request to the start of the next; ``base`` and ``cap`` of the back-off;
    ``patience`` is the longest anybody waits for a turn; the circuit opens for ``open_for`` after
    ``opens_after`` failed requests in a row.
    """

    interval: float = 3.0
    attempts: int = 5
    base: float = 3.0
    cap: float = 120.0
    patience: float = 900.0
    opens_after: int = 8
    open_for: float = 900.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class GateHealth:
    """What the operator may want to know: requests on this UTC day, and the circuit."""

    requests_today: int = 0
    failures: int = 0
    last_error: str = ""
    open_until: datetime | None = None


def epoch(now: datetime) -> str:
    """The day of ``now`` in New York. What arXiv shows is renewed around its midnight, the feeds at it."""
    return now.astimezone(NEW_YORK).date().isoformat()


@contextmanager
def suppress_transient() -> Iterator[None]:
    """A wrong question does not become right by asking again, whatever its answer looks like."""
    try:
        yield
    except SourceError as error:
        if not error.transient:
            raise


def always(_: Answer) -> bool:
    """Every answer that passed its check may be kept."""
    return True


def utc_now() -> datetime:
    return datetime.now(tz=UTC)


@dataclass(slots=True)
class Gate:
    """``fetch`` asks a URL when it is this process's turn, as often as needed and as rarely as possible.

    The clock, the sleep and the dice are arguments, so that a test needs no real waiting.
    """

    name: str
    locks: tuple[Lock, ...]
    store: Store
    pace: Pace = field(default_factory=Pace)
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    dice: Callable[[float, float], float] = random.uniform
    keep: bool = True

    def fetch(
        self, url: str, *, accept: str, check: Check, keep: Keep = always, largest: int | None = None
    ) -> Answer:
        """The answer to ``url`` that ``check`` accepts, kept or fresh.

        ``check`` raises ``SourceError`` for a body that is no use, transient where asking again may help. An
        answer for which ``keep`` holds is not asked for again on the same day in New York. A file of more
        than ``largest`` bytes is refused for good (``Unreadable``); that says nothing against the source.
        Raises ``SourceError``: the last failure with the number of attempts, a circuit that is open, or a
        turn that did not come.
        """
        try:
            key = f"answer:{epoch(self.now())}:{url}" if self.keep else ""
            return self._fetch(url, key=key, accept=accept, check=check, keep=keep, largest=largest)
        except redis.RedisError as error:
            raise self._without_redis(error) from error

    def _fetch(
        self, url: str, *, key: str, accept: str, check: Check, keep: Keep, largest: int | None
    ) -> Answer:
        target, hops, attempt = url, 0, 0
        while True:
            self._mind_the_circuit()
            with self._turn() as turn:
                kept = self._kept(key, url=url, check=check, keep=keep)
                if kept is not None:
                    return kept
                try:
                    answer = self._ask(target, turn=turn, accept=accept, check=check, largest=largest)
                    redirected = redirect_target(answer)
                except SourceError as error:
                    attempt += 1
                    self._after_failure(error, attempt=attempt, turn=turn)
                    continue
                if redirected is None:
                    self._note_success(turn)
                    if key and keep(answer) and turn.held.still_mine():
                        self._keep(key, answer)
                    return answer
            target, hops = redirected, hops + 1
            if hops > self.pace.redirects:
                raise SourceError(f"{host_of(url)} redirects in circles.", transient=True)

    def _after_failure(self, error: SourceError, *, attempt: int, turn: "_Held") -> None:
        """Return where another attempt makes sense, else raise ``SourceError``."""
        if not error.transient:
            self._note_success(turn)  # the source works; the question was wrong
            raise error
        self._note_failure(error, attempt=attempt, turn=turn)
        if attempt >= self.pace.attempts:
            raise SourceError(
                f"{error.message.rstrip('.')}; given up after {attempt} attempts.",
                transient=True,
                retry_after=error.retry_after,
            ) from error
        if not self.locks:
            self.sleep(turn.pause or 0.0)  # there is no turn to wait for

    def remember(self, name: str, value: Any) -> None:
        """Keep a small JSON value for this day in New York."""
        key = f"{name}:{epoch(self.now())}"
        try:
            self.store.put(key, json.dumps(value).encode(), seconds=KEEP_SECONDS)
        except (OSError, redis.RedisError) as error:
            logger.warning("%s of %s could not be kept: %s", name, self.name, error)

    def recall(self, name: str) -> Any:
        """What was remembered on this day, None if nothing was."""
        try:
            kept = self.store.get(f"{name}:{epoch(self.now())}")
            return None if kept is None else json.loads(kept)
        except (ValueError, redis.RedisError):
            return None

    def health(self) -> GateHealth:
        """The counts and the circuit as they are shared now; empty where the store does not answer."""
        try:
            state = self._state()
            requests = self._requests_today()
        except redis.RedisError:
            return GateHealth()
        until = float(state.get("until", 0))
        return GateHealth(
            requests_today=requests,
            failures=int(state.get("failures", 0)),
            last_error=str(state.get("error", "")),
            open_until=datetime.fromtimestamp(until, tz=UTC) if until > self.now().timestamp() else None,
        )

    # -- one request ------------------------------------------------------------------------------------

    def _ask(self, url: str, *, turn: "_Held", accept: str, check: Check, largest: int | None) -> Answer:
        self._count_request()
        turn.pause = self.pace.interval
        limits = replace(self.limits, size=largest, is_a_file=True) if largest else self.limits
        answer = fetch(url, accept=accept, limits=limits)
        if answer.status == 400:
            with suppress_transient():
                check(answer)  # it may know what the source says about the question
        if answer.status not in REDIRECTS:
            raise_for_status(answer, now=self.now())
            check(answer)
        return answer

    @contextmanager
    def _turn(self) -> Iterator["_Held"]:
        held = _Held(held=self._wait_for_turn())
        try:
            yield held
        finally:
            try:
                if not held.held.leave(pause=held.pause):
                    logger.warning("A turn at the gate of %s ran out before it was left.", self.name)
            except redis.RedisError as error:
                logger.warning("A turn at the gate of %s could not be left: %s", self.name, error)

    def _wait_for_turn(self) -> Turns:
        waited = 0.0
        while True:
            try:
                got = acquire_all(self.locks)
            except redis.RedisError as error:
                raise self._without_redis(error) from error
            if isinstance(got, Turns):
                return got
            if waited + got > self.pace.patience:
                raise SourceError(
                    f"The gate to {self.name} stayed shut for {waited:.0f} s (next turn in {got:.0f} s).",
                    transient=True,
                    retry_after=got,
                )
            pause = got + self.dice(0.0, 0.02)
            self.sleep(pause)
            waited += pause

    def _without_redis(self, error: redis.RedisError) -> SourceError:
        return SourceError(
            f"The gate to {self.name} needs Redis, which other machines may be using too, and it does not "
            f"answer ({type(error).__name__}); the gate stays shut.",
            transient=True,
        )

    # -- what is remembered -----------------------------------------------------------------------------

    def _kept(self, key: str, *, url: str, check: Check, keep: Keep) -> Answer | None:
        """The kept answer, if it is one that this question too would keep."""
        body = self.store.get(key) if key else None
        if body is None:
            return None
        answer = Answer(url=url, status=200, body=body)
        try:
            check(answer)
        except SourceError:
            return None
        return answer if keep(answer) else None

    def _keep(self, key: str, answer: Answer) -> None:
        try:
            self.store.put(key, answer.body, seconds=KEEP_SECONDS)
        except (OSError, redis.RedisError) as error:
            logger.warning("An answer of %s could not be kept: %s", self.name, error)

    def _state(self) -> dict[str, Any]:
        try:
            state = json.loads(self.store.get("circuit") or b"{}")
        except ValueError:
            return {}
        return state if isinstance(state, dict) else {}

    def _mind_the_circuit(self) -> None:
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

    def _note_success(self, turn: "_Held") -> None:
        if turn.held.still_mine():
            self.store.drop("circuit")

    def _note_failure(self, error: SourceError, *, attempt: int, turn: "_Held") -> None:
        """Back off with full jitter, never sooner than asked to; open the circuit after too many."""
        ceiling = min(self.pace.cap, self.pace.base * 2 ** (attempt - 1))
        wish = min(error.retry_after or 0.0, 6 * 3600.0)
        turn.pause = max(self.pace.interval, wish, self.dice(0.0, ceiling))
        if not turn.held.still_mine():
            return
        failures = int(self._state().get("failures", 0)) + 1
        now = self.now().timestamp()
        until = now + self.pace.open_for if failures >= self.pace.opens_after else 0.0
        state = {"failures": failures, "error": error.message, "until": until}
        # A circuit that has been open lets one request try; if that fails, it opens again at once.
        self.store.put("circuit", json.dumps(state).encode(), seconds=6 * 3600.0)
        if until:
            logger.error("%s failed %d times in a row: %s", self.name, failures, error.message)

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


@dataclass(slots=True)
class _Held:
    """A turn that is held, and how long the gate rests after it; None if nothing was asked."""

    held: Turns
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
    limits = Limits()
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
        pace=Pace(interval=settings.ARXIV_INTERVAL, base=settings.ARXIV_INTERVAL),
        limits=limits,
        now=now,
    )


def huggingface_gate(*, now: Callable[[], datetime] = utc_now) -> Gate:
    """Hugging Face allows 500 requests in five minutes: no turns, but the same back-off and circuit."""
    return Gate(
        name="Hugging Face",
        locks=(),
        store=FileStore(settings.VAR_DIR / "cache" / "huggingface"),
        pace=Pace(interval=0.0, attempts=4, base=2.0, cap=60.0, patience=300.0),
        limits=Limits(total=60.0, size=32 * 1024 * 1024),
        now=now,
        keep=False,
    )
