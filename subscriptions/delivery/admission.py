"""Who of what is queued may go now: the day's share while warming up, and each domain's turn."""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from lib.locks import run_lock
from subscriptions.delivery import ledger
from subscriptions.delivery.rates import SendLimits, SendRateLimiter, warm_up_left, warm_up_limit
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryReason

SHORTEST_WAIT = 0.005  # seconds
TURN_PAUSE = 0.5  # seconds: rows that wait for their turns are taken together, not one by one
logger = logging.getLogger(__name__)


@contextmanager
def warm_up(limits: SendLimits, *, batch: int, now: datetime) -> Iterator[int]:
    """How many of a batch the day's share leaves. While one sender counts and claims, the others wait.

    Counted in the ledger, where what died senders did not send is free again; a counter apart would not know.
    """
    if warm_up_limit(now.date(), first=limits.warm_up_from) is None:
        yield batch
        return
    with run_lock("warm-up", wait=True):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        left = warm_up_left(now=now, first=limits.warm_up_from, sent_today=ledger.gone_since(midnight))
        yield batch if left is None else min(left, batch)


def in_turn(rows: Sequence[Delivery], rate_limiter: SendRateLimiter) -> list[Delivery]:
    """Those of the claimed ``rows`` that may go now. The others are put off, each to a slot of its own."""
    late = rate_limiter.delays(
        [row.subscriber.email.rpartition("@")[2] for row in rows],
        has_turn={
            position for position, row in enumerate(rows) if row.reason_code == DeliveryReason.HAS_SLOT
        },
    )
    now = timezone.now()
    by_second: dict[int, list[Delivery]] = {}
    for position, delay in late.items():
        by_second.setdefault(math.ceil(delay.total_seconds()), []).append(rows[position])
    for second, waiting in by_second.items():
        retry_at = now + timedelta(seconds=second)
        ledger.put_back(
            waiting, retry_at=retry_at, reason=DeliveryReason.HAS_SLOT.label, code=DeliveryReason.HAS_SLOT
        )
    return [row for position, row in enumerate(rows) if position not in late]


def wait_for_turn(rate_limiter: SendRateLimiter, *, now: datetime, until: float) -> bool:
    """Wait for the next slot of a domain; False if there is none before ``until`` (monotonic seconds)."""
    at = ledger.next_retry(now) if rate_limiter.limits.per_domain else None
    return at is not None and wait(max((at - now).total_seconds(), TURN_PAUSE), until=until)


def wait(seconds: float, *, until: float) -> bool:
    """Wait; False, and at once, if that would last beyond ``until``."""
    if seconds > until - time.monotonic():
        return False
    time.sleep(max(seconds, SHORTEST_WAIT))  # the rate itself, not an event, is what we wait for
    return True
