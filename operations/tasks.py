"""What the workers do for the operator. Each task is a few lines and may run twice."""

import time
from typing import Any

from celery import shared_task

from operations import heartbeats


@shared_task(bind=True)
def record_queue_heartbeat(self: Any, queue: str) -> None:
    """A worker serves ``queue``: say so, and how long this message waited there."""
    sent_at = self.request.get("sent_at")
    heartbeats.record_queue(queue, waited=None if sent_at is None else time.time() - sent_at)
