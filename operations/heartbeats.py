"""Signs of life: beat writes one when it ticks, and a worker writes one of each queue that it serves.

They stand in the database, so that any process can tell whether the engine works. With each tick beat sends a
tiny task into every queue (``operations.tasks.record_queue_heartbeat``): a queue that nobody serves, or whose
workers are busy for minutes, falls silent.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from operations.folder_mark import folder_mark
from operations.models import Heartbeat
from operations.queues import SILENT_AFTER_TICKS, served_queues

BEAT = "beat"
QUEUE = "queue:"
WATCH = "watch"


def record_beat(*, at: datetime | None = None) -> None:
    """Beat has just looked at its schedule."""
    _record(BEAT, at=at or timezone.now(), detail={})


def record_watch(*, at: datetime | None = None) -> None:
    """The watch has just looked for alarms."""
    _record(WATCH, at=at or timezone.now(), detail={})


def last_watch() -> datetime | None:
    """When the watch last looked for alarms; None if it never ran."""
    return Heartbeat.objects.filter(name=WATCH).values_list("beat_at", flat=True).first()


def record_queue(queue: str, *, waited: float | None = None, at: datetime | None = None) -> None:
    """A worker has just taken a message from ``queue``, in which it had ``waited``, in seconds.

    The row says also which VAR_DIR the worker sees.
    """
    detail: dict[str, Any] = {"folder": folder_mark()}
    if waited is not None:
        detail["waited"] = round(max(waited, 0.0), 3)
    _record(f"{QUEUE}{queue}", at=at or timezone.now(), detail=detail)


def _record(name: str, *, at: datetime, detail: dict[str, Any]) -> None:
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, beat_at=at, detail=detail)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["beat_at", "detail"],
    )


def all_heartbeats() -> dict[str, Heartbeat | None]:
    """The sign of life of beat and of each queue, by name ("beat", "queue:send"); None if never seen."""
    names = [BEAT, *(f"{QUEUE}{queue}" for queue in served_queues())]
    rows = Heartbeat.objects.in_bulk(names)
    return {name: rows.get(name) for name in names}


def last_beat() -> datetime | None:
    """When beat last looked at its schedule; None if it never did."""
    row = all_heartbeats()[BEAT]
    return row.beat_at if row else None


def queue_beats() -> dict[str, datetime | None]:
    """When a worker last took a message from each queue ("send"); None if that was never seen."""
    return {
        name.removeprefix(QUEUE): row.beat_at if row else None
        for name, row in all_heartbeats().items()
        if name != BEAT
    }


def silent_after() -> timedelta:
    """How old a sign of life may become before it means silence."""
    return timedelta(seconds=SILENT_AFTER_TICKS * settings.TICK_SECONDS)


def is_silent(beat_at: datetime | None, now: datetime) -> bool:
    """Whether what was last alive at ``beat_at`` is silent; what was never seen is.

    A sign of life that lies hours ahead is from before a clock was set back, and says nothing of the present.
    """
    return beat_at is None or abs(now - beat_at) > silent_after()
