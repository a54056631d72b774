"""Whether digests leave: chosen in time, sent in time, and not held."""

import math
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.conf import settings

from newsletter.arxiv import calendar
from newsletter.day_rules import current_rules
from newsletter.editions.composition import approval_time
from newsletter.models import Edition
from operations.alarms.kinds import Problem
from subscriptions.delivery import day_holds, holds
from subscriptions.delivery.rates import warm_up_limit
from subscriptions.models import Delivery, Subscriber
from subscriptions.models.states import DeliveryReason, DeliveryState, SubscriberState

OVERDUE_AFTER = timedelta(hours=1)
FEWEST_OVERDUE = 10
OVERDUE_SHARE = 0.005  # of the digests of the last day: some mailboxes put mail off for hours on any day
LOOKED_AT = 5_000  # rows of a state at most: more need no counting


def late_digests(now: datetime) -> list[Problem]:
    """Readers whose hour passed ``DIGESTS_LATE_HOURS`` ago and who were not looked at since.

    Who had nothing new is looked at again each hour, and is none of them.
    """
    late = timedelta(hours=settings.DIGESTS_LATE_HOURS)
    count = Subscriber.objects.due(now - late).order_by()[:LOOKED_AT].count()
    if not count:
        return []
    sentence = f"{_many(count, 'reader')} should have had a digest {_hours(late)} ago, and none was chosen."
    return [Problem("late_digests", sentence)]


def late_edition(now: datetime) -> list[Problem]:
    """The newest day that should be released by now: is anything of it ready for readers?

    The demo has days of its own.
    """
    if settings.DEBUG:
        return []
    late = timedelta(hours=settings.DIGESTS_LATE_HOURS)
    hour = current_rules().approve_hour
    day = calendar.latest_day(now - late)
    if approval_time(day, hour=hour) + late > now:
        day = calendar.previous_day(day)
    waiting = Subscriber.objects.active().filter(confirmed_at__lt=approval_time(day, hour=hour))
    if Edition.objects.ready().filter(day__gte=day).exists() or not waiting.exists():
        return []
    due = f"its release at {hour:02}:00 UTC was due {_hours(late)} ago or more"
    sentence = f"No edition of {day:%A, %d %B} is ready; {due}."
    return [Problem("late_edition", sentence)]


def overdue_mail(now: datetime) -> list[Problem]:
    """Digests that could have been sent for more than an hour and are neither sent nor given up.

    What a hold or a pause kept back is counted from its end, not from when it was due. Nobody misses what
    waits for a reader who has paused or left: it is skipped at its next turn.
    """
    if holds.current_holds():
        return []  # that is an alarm of its own
    before = now - OVERDUE_AFTER
    released_at = holds.released_at()
    if released_at is not None and released_at >= before:
        return []
    open_states = [DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.SENDING]
    if warm_up_limit(now.date(), first=settings.WARM_UP_FROM) is None:
        open_states.append(DeliveryState.QUEUED)  # else they wait for tomorrow's share, as they should
    paused = day_holds.paused_days()
    waiting: list[tuple[date, datetime]] = []
    for state in open_states:
        rows = Delivery.objects.filter(state=state, subscriber__state=SubscriberState.ACTIVE)
        rows = rows.exclude(reason_code=DeliveryReason.HAS_SLOT).exclude(day__in=paused)
        # The oldest first by the index of open rows, and no more than say how bad it is.
        oldest = rows.with_waiting_since().order_by("pk")
        waiting += oldest.values_list("day", "waiting_since")[:LOOKED_AT]
    overdue = [(day, at) for day, at in waiting if at < before]
    if not overdue or not _is_much([day for day, _ in overdue], now=now):
        return []
    first = min(at for _, at in overdue)
    waited = _hours(now - max(first, released_at or first))
    count = f"At least {len(overdue):,}" if len(overdue) >= LOOKED_AT else f"{len(overdue):,}"
    sentence = (
        f"{count} digests are overdue: due more than an hour ago, not sent. The oldest waits for {waited}."
    )
    return [Problem("overdue_mail", sentence)]


def _is_much(overdue: Collection[date], *, now: datetime) -> bool:
    """Half of all is much for a handful of readers; else ten, and a share of the day.

    ``overdue``: of which days. Of an earlier one may be what a reader missed in a pause.
    """
    count = len(overdue)
    days = [now.date() + timedelta(days=more) for more in (-1, 0, 1)]
    rows = Delivery.objects.filter(day__in=days).exclude(state=DeliveryState.SKIPPED)
    enough = math.ceil(count / OVERDUE_SHARE)
    total = rows.order_by()[: enough + 1].count() + sum(day not in days for day in overdue)
    return total <= 2 * count or (count >= FEWEST_OVERDUE and total <= enough)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _hours(length: timedelta) -> str:
    hours = length.total_seconds() / 3600
    return _many(round(hours), "hour") if hours < 48 else _many(round(hours / 24), "day")
