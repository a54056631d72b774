"""Gauges and counters of the engine: heartbeats, queues, tasks, what was set aside, alarms."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.db.models import Count, Q

from lib.redis_clients import redis_client
from newsletter.models import SetAside
from operations import heartbeats
from operations.metrics.catalogue import Histogram, Sample
from operations.metrics.task_runs import sent_per_second, task_runs
from operations.models import Alarm
from operations.queues import served_queues

log = logging.getLogger(__name__)


def signs_of_life(now: datetime) -> Iterator[Sample]:
    """Ages of heartbeats, and how long their messages waited. One query."""
    for name, row in heartbeats.all_heartbeats().items():
        beat_at = row.beat_at if row else None
        yield Sample("paperpost_silent", heartbeats.is_silent(beat_at, now), (name,))
        if row is None:
            continue
        yield Sample("paperpost_heartbeat_age_seconds", (now - row.beat_at).total_seconds(), (name,))
        if "waited" in row.detail:
            queue = name.removeprefix(heartbeats.QUEUE)
            yield Sample("paperpost_queue_wait_seconds", row.detail["waited"], (queue,))


def set_aside(_: datetime) -> Iterator[Sample]:
    """What stages went on without, and stages of which nothing works. One query."""
    rows = SetAside.objects.order_by().values_list("stage", "state")
    for stage, state, items, whole in rows.annotate(
        items=Count("pk", filter=~Q(item="")), whole=Count("pk", filter=Q(item=""))
    ):
        if items:
            yield Sample("paperpost_set_aside", items, (stage, state))
        if whole and state == SetAside.State.WAITING:
            yield Sample("paperpost_stage_down", 1, (stage,))


def alarms(_: datetime) -> Iterator[Sample]:
    """Open alarms by their kind. One query."""
    rows = Alarm.objects.open().order_by().values_list("kind").annotate(Count("pk"))
    for kind, number in rows:
        yield Sample("paperpost_alarms_open", number, (kind,))


def broker(_: datetime) -> Iterator[Sample | Histogram]:
    """Queues and tasks, as the broker knows them; of one that does not answer, that alone."""
    try:
        with redis_client(settings.REDIS_URL, timeout=2, connect_timeout=1) as client:
            samples = [*_queues(client), *_tasks(client)]
    except redis.RedisError as error:
        log.debug("The broker does not answer: %s", error)
        yield Sample("paperpost_broker_up", 0)
        return
    yield Sample("paperpost_broker_up", 1)
    yield from samples


def _queues(client: redis.Redis) -> Iterator[Sample]:
    names = served_queues()
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.llen(name)
            pipe.lindex(name, -1)  # kombu puts messages in at the left
        answers = pipe.execute()
    for name, depth, oldest in zip(names, answers[::2], answers[1::2], strict=True):
        yield Sample("paperpost_queue_messages", depth, (name,))
        yield Sample("paperpost_queue_oldest_age_seconds", _age(oldest), (name,))


def _age(message: bytes | None) -> float:
    """Seconds since a message was sent; 0 without one, or where it does not say."""
    try:
        sent_at = float(json.loads(message)["headers"]["sent_at"]) if message else None
    except (ValueError, KeyError, TypeError):
        return 0.0
    return 0.0 if sent_at is None else max(time.time() - sent_at, 0.0)


def _tasks(client: redis.Redis) -> Iterator[Sample | Histogram]:
    yield Sample("paperpost_sending_per_second", sent_per_second(client))
    for runs in task_runs(client):
        yield Histogram("paperpost_task_seconds", runs.counts, runs.seconds, (runs.task,))
        yield Sample("paperpost_task_failures_total", runs.failures, (runs.task,))
        yield Sample("paperpost_task_items_total", runs.items, (runs.task,))
