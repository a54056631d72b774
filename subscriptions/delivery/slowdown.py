"""How fast the mail server lets all senders send, learned from its refusals; one row, read once a batch.

A server that refuses more mail is left alone for a while, which doubles as long as it goes on refusing. When
it takes mail again, a cycle is over: what was taken in it, divided by how long it lasted, pause and all, is
the rate from then on. The rate doubles every ten minutes without a refusal, until there is none to keep.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from subscriptions.delivery.backpressure import FIRST_PAUSE, LONGEST_PAUSE, rate_of, recovered
from subscriptions.models import SendingPace

_THE_ROW = 1
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slowdown:
    """``rate``: messages a second, 0 for no limit. ``until``: nothing before then, and then a trial first."""

    rate: float = 0.0
    until: datetime | None = None
    problem: str = ""

    @property
    def is_trial(self) -> bool:
        """Whether nothing was taken since the last refusal."""
        return self.until is not None

    @property
    def holds(self) -> bool:
        """Whether there is anything to keep to."""
        return self.is_trial or self.rate > 0


def current_slowdown(now: datetime) -> Slowdown:
    """What holds at ``now``. One query."""
    row = SendingPace.objects.filter(pk=_THE_ROW).first()
    return _slowdown_of(row, now) if row is not None else Slowdown()


def _slowdown_of(row: SendingPace, now: datetime) -> Slowdown:
    rate = recovered(row.rate, since=row.since, now=now) if row.rate else 0.0
    return Slowdown(rate, row.until, row.problem)


def slow_down(
    problem: str, *, asked_seconds: float, taken: int, begun_at: datetime, now: datetime
) -> datetime:
    """Note that the mail server refuses us; returns until when it is left alone.

    ``asked_seconds``: for how long it asks us to wait. ``taken``: how many messages it took of the caller
    since ``begun_at`` that are not yet counted. While a pause lasts, other senders' refusals change nothing.
    """
    with transaction.atomic():
        row, is_new = SendingPace.objects.select_for_update().get_or_create(
            pk=_THE_ROW, defaults={"since": now}
        )
        if row.until is not None and row.until > now:
            return row.until
        if row.until is not None:  # the trial failed
            row.pause = min(max(row.pause * 2, asked_seconds, FIRST_PAUSE), LONGEST_PAUSE)
        else:
            known = not is_new and _slowdown_of(row, now).holds and row.begun_at is not None
            if known and row.begun_at is not None:
                row.taken += taken
                of_all = rate_of(row.taken, begun_at=row.begun_at, now=now)
            # What all senders had taken counts, unless they were idle for most of the time.
            if not known or rate_of(taken, begun_at=begun_at, now=now) > 2 * of_all:
                row.begun_at, row.taken = begun_at, taken
            row.pause = min(max(asked_seconds, FIRST_PAUSE), LONGEST_PAUSE)
        row.since, row.problem = now, problem
        row.until = now + timedelta(seconds=row.pause)
        row.save()
    logger.warning("%s Sending waits for %g seconds.", problem, row.pause)
    return row.until


def count_taken(taken: int) -> None:
    """``taken`` more messages of the present cycle."""
    SendingPace.objects.filter(pk=_THE_ROW, until=None).update(taken=F("taken") + taken)


def resume(now: datetime) -> Slowdown:
    """The mail server takes mail again: the cycle is over, and what it took is the rate."""
    with transaction.atomic():
        row = SendingPace.objects.select_for_update().filter(pk=_THE_ROW).first()
        if row is None:
            return Slowdown()
        if row.until is not None:
            row.rate = rate_of(row.taken, begun_at=row.begun_at or row.since, now=now)
            row.begun_at, row.taken, row.until, row.since = now, 0, None, now
            row.save()
            logger.warning("The mail server takes mail again: %.2g messages a second from now on.", row.rate)
    return _slowdown_of(row, now)
