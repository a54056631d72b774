"""Whether what works without being seen is alive: the broker, beat, the workers of each queue, the watch."""

from datetime import datetime, timedelta

import redis
from django.conf import settings

from lib.redis_clients import redis_client
from operations import heartbeats
from operations.alarms.conditions import CannotTellError
from operations.alarms.kinds import Problem


def broker_down(_: datetime) -> list[Problem]:
    """The broker answers, or not: its address is not said, because it may hold a password."""
    if _broker_answers():
        return []
    return [Problem("broker_down", "The broker (REDIS_URL) does not answer: nothing reaches the workers.")]


def silent_beat(now: datetime) -> list[Problem]:
    """Beat's last sign of life is too old."""
    beat_at = heartbeats.last_beat()
    if not heartbeats.is_silent(beat_at, now):
        return []
    sentence = f"Beat {_silence(beat_at)}: nothing periodic begins, digests included."
    # Once more as long, because after a start all signs are old.
    return [Problem("silent_beat", sentence, patience=heartbeats.silent_after())]


def silent_queue(now: datetime) -> list[Problem]:
    """Queues that no worker serves. Beat sends through the broker what the workers answer."""
    if heartbeats.is_silent(heartbeats.last_beat(), now) or not _broker_answers():
        raise CannotTellError("Nothing is sent into the queues.")
    return [
        Problem(
            "silent_queue",
            f"The queue {queue} {_silence(beat_at)}: no worker serves it.",
            subject=queue,
            patience=heartbeats.silent_after(),
        )
        for queue, beat_at in heartbeats.queue_beats().items()
        if heartbeats.is_silent(beat_at, now)
    ]


def silent_watch(now: datetime) -> list[Problem]:
    """The watch's last sign of life is too old; who never ran it does without."""
    looked_at = heartbeats.last_watch()
    if looked_at is None or watch_looked_of_late(now):
        return []
    return [
        Problem("silent_watch", f"The watch {_silence(looked_at)}: alarms depend on beat and the broker.")
    ]


WATCH_SILENT_AFTER = timedelta(minutes=10)


def watch_looked_of_late(now: datetime) -> bool:
    """Whether the watch is alive. A look that lies hours ahead is from before a clock was set back."""
    looked_at = heartbeats.last_watch()
    return looked_at is not None and abs(now - looked_at) <= WATCH_SILENT_AFTER


def _silence(beat_at: datetime | None) -> str:
    return f"is silent since {beat_at:%d %B, %H:%M} UTC" if beat_at else "was never seen"


def _broker_answers() -> bool:
    try:
        with redis_client(settings.REDIS_URL, timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return False
    return True
