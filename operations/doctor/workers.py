"""What works without being seen: beat, and the workers of each queue."""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.timesince import timesince

from lib.redis_clients import redis_client
from operations.doctor.stores import needs_database, unasked
from operations.findings import Finding, failed, ok, warning
from operations.heartbeats import is_silent, last_beat, last_watch, queue_beats

WATCH_SILENT = timedelta(minutes=10)  # it looks each minute, whatever the ticks are
_START = (
    "Start it: make run, the unit paperpost-{0}, or the service {0} of your Compose file; "
    "docs/operations.md has the commands."
)
LONG = 1000  # messages of a queue; each tick adds a few at most, and they expire


@needs_database("beat")
def beat() -> Finding:
    """Whether beat ticks."""
    at, now = last_beat(), timezone.now()
    if is_silent(at, now):
        sentence = f"Beat {_last(at, now)}: nothing is begun, nobody is written to."
        return failed("beat", sentence, _START.format("beat"))
    return ok("beat", f"Beat {_last(at, now)}.")


@needs_database("watch")
def watch() -> Finding:
    """Whether somebody looks for alarms who needs neither beat nor a broker."""
    at, now = last_watch(), timezone.now()
    remedy = _START.format("watch")
    meaning = "where beat or the broker dies, nobody is told"
    if at is None:
        return warning("watch", f"The watch never ran: {meaning}.", remedy)
    if now - at > WATCH_SILENT:
        return failed("watch", f"The watch {_last(at, now)}: {meaning}.", remedy)
    return ok("watch", f"The watch {_last(at, now)}.")


def queues() -> list[Finding]:
    """Whether a worker answers to each queue, and how many messages wait there."""
    try:
        beats = queue_beats()
    except DatabaseError as error:
        return [unasked("queues", error)]
    now = timezone.now()
    waiting = _waiting(list(beats))
    return [judge_queue(name, at, waiting=waiting.get(name, 0), now=now) for name, at in beats.items()]


def judge_queue(name: str, at: datetime | None, *, waiting: int, now: datetime) -> Finding:
    """One queue, whose worker was last seen ``at``."""
    label = f"queue {name}"
    sentence = f"{waiting} messages wait in {name}; its worker {_last(at, now)}"
    if is_silent(at, now):
        remedy = f"Start a worker that serves it: celery -A config worker --queues {name}"
        return failed(label, f"{sentence}.", remedy)
    if waiting > LONG:
        return warning(label, f"{sentence}.", "Start another worker for this queue.")
    return ok(label, f"{sentence}.")


def _last(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "has never been seen"
    seconds = (now - at).total_seconds()
    return (
        f"was last seen {seconds:.0f} seconds ago"
        if seconds < 120
        else f"was last seen {timesince(at, now)} ago"
    )


def _waiting(names: list[str]) -> dict[str, int]:
    """Messages by queue; empty where the broker does not answer, of which the check "broker" tells."""
    try:
        with redis_client(settings.REDIS_URL, timeout=3) as client:
            return {name: int(str(client.llen(name))) for name in names}
    except (redis.RedisError, ValueError):
        return {}
