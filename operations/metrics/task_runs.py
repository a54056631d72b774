"""How long tasks take, how many fail and what they do: counted in Redis by every worker, for all processes.

Numbers in one hash, a few for each task that exists, so that it does not grow. They begin anew with a broker
that lost its memory, as a counter of Prometheus may.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import redis
from django.conf import settings

from lib.redis_clients import shared_client

LIMITS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, float("inf"))  # seconds, of the histogram
SENDS = "subscriptions.tasks.send_queued"
_RUNS = "paperpost:metrics:task-runs"
_SENT = "paperpost:metrics:sent"
_SPAN = 10  # seconds that one count of what was sent stands for
_SPANS = 6
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskRuns:
    """The runs of one task. ``counts``: how many took no longer than each of :data:`LIMITS`."""

    task: str
    counts: tuple[tuple[float, int], ...]
    seconds: float
    failures: int
    items: int


def record_run(task: str, *, seconds: float, failed: bool, items: int) -> None:
    """One run of ``task`` is over. Without Redis it is not counted: no task fails for that."""
    try:
        with shared_client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            limit = next(place for place, most in enumerate(LIMITS) if seconds <= most)
            pipe.hincrby(_RUNS, f"{task} {limit}", 1)
            pipe.hincrby(_RUNS, f"{task} microseconds", round(seconds * 1e6))
            if failed:
                pipe.hincrby(_RUNS, f"{task} failures", 1)
            if items > 0:
                pipe.hincrby(_RUNS, f"{task} items", items)
            if task == SENDS and items > 0:
                span = f"{_SENT}:{int(time.time()) // _SPAN}"
                pipe.incrby(span, items)
                pipe.expire(span, _SPAN * (_SPANS + 2))
            pipe.execute()
    except redis.RedisError as error:
        log.debug("A run of %s is not counted: %s", task, error)


def task_runs(client: redis.Redis) -> Iterator[TaskRuns]:
    """What was counted, task by task. Raises redis.RedisError."""
    fields: dict[bytes, bytes] = client.hgetall(_RUNS)  # type: ignore[assignment]  # redis-py's unions with async
    by_task: dict[str, dict[str, int]] = {}
    for name, number in fields.items():
        task, _, part = name.decode().partition(" ")
        by_task.setdefault(task, {})[part] = int(number)
    for task, parts in sorted(by_task.items()):
        cumulative = accumulate(parts.get(str(place), 0) for place in range(len(LIMITS)))
        yield TaskRuns(
            task,
            counts=tuple(zip(LIMITS, cumulative, strict=True)),
            seconds=parts.get("microseconds", 0) / 1e6,
            failures=parts.get("failures", 0),
            items=parts.get("items", 0),
        )


def sent_per_second(client: redis.Redis) -> float:
    """Digests a second that were settled in the last minute that is over. Raises redis.RedisError."""
    now = int(time.time()) // _SPAN
    counts = client.mget([f"{_SENT}:{now - back}" for back in range(1, _SPANS + 1)])
    return sum(int(count or 0) for count in counts) / (_SPAN * _SPANS)
