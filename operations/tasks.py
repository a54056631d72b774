"""What the workers do for the operator. Each task is a few lines and may run twice."""

import logging
import time
from typing import Any

from celery import shared_task
from django.utils import timezone

from lib.locks import run_lock
from operations import heartbeats
from operations.alarms.looking import CONDITIONS_OF_WORKERS
from operations.alarms.telling import evaluate
from operations.metrics import counted, tallies
from operations.pruning.run import prune

PRUNING_SECONDS = 20 * 60.0  # of one run; a large backlog takes several days
log = logging.getLogger(__name__)


@shared_task(bind=True)
def record_queue_heartbeat(self: Any, queue: str) -> None:
    """A worker serves ``queue``: say so, and how long this message waited there."""
    sent_at = self.request.get("sent_at")
    heartbeats.record_queue(queue, waited=None if sent_at is None else time.time() - sent_at)


@shared_task
def prune_due() -> dict[str, int]:
    """Let go of what is older than its period."""
    with run_lock("prune") as acquired:
        if not acquired:
            return {}
        report = prune(timezone.now(), seconds=PRUNING_SECONDS)
    for problem in report.problems:
        log.warning("Pruning: %s", problem)
    return report.counts


@shared_task
def count_events() -> int:
    """Add to the counters of /metrics what happened since, and count what its gauges say of many rows.

    Returns of how many tables something was new.
    """
    new = tallies.count_events()
    counted.count_due(timezone.now())
    return new


@shared_task
def look_for_alarms() -> int:
    """Do what the watch does, in case it is dead. Returns how many alarms are open."""
    return len(evaluate(timezone.now(), conditions=CONDITIONS_OF_WORKERS).open)
