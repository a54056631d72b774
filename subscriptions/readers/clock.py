"""A reader's own clock: which day it is there, and when the reader's hour comes next. Pure.

A stored zone that no zone data know any more counts as UTC, for its reader alone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.errors import InvalidInput
from subscriptions.readers import zones

MINUTES_ASKED = 180  # the longest gap that a change of clocks has opened, with room to spare


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone that somebody names, under today's name. Raises InvalidInput."""
    known = zones.todays_name(name)
    if not known:
        raise InvalidInput(f"Unknown time zone {name[:64]!r}; use a name such as Europe/Berlin.")
    return ZoneInfo(known)


def zone_of(stored: str) -> ZoneInfo:
    """The time zone of a stored row; UTC if nobody knows it."""
    return zones.stored_zone(stored) or ZoneInfo(zones.UTC)


def local_day(now: datetime, zone: str) -> date:
    """The date on the reader's calendar at the moment ``now`` (aware)."""
    return now.astimezone(zone_of(zone)).date()


def next_due(after: datetime, *, zone: str, hour: int, cadence: str = "daily", weekday: int = 0) -> datetime:
    """The first moment after ``after`` (aware) at which the reader's digest is due, in UTC.

    ``cadence`` is daily, weekdays (Monday to Friday) or weekly on ``weekday`` (0 is Monday). Where clocks
    jump over the reader's hour, the first moment after the jump counts; an hour that comes twice counts once,
    the first time. A day that a zone skipped altogether (Samoa, 30 December 2011) has no digest.
    """
    info = zone_of(zone)
    day = after.astimezone(info).date() - timedelta(days=1)
    for _ in range(16):
        if _is_a_day(day, cadence, weekday):
            moment = moment_of(day, hour, info)
            if moment is not None and moment > after:
                return moment
        day += timedelta(days=1)
    raise InvalidInput(f"Unknown cadence {cadence!r}; use daily, weekdays or weekly.")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a reader wants digests; the fields are as for :func:`next_due`."""

    zone: str
    hour: int
    cadence: str = "daily"
    weekday: int = 0


def next_of(schedule: Schedule, *, after: datetime) -> datetime:
    """:func:`next_due` of a reader with this ``schedule``."""
    return next_due(
        after,
        zone=schedule.zone,
        hour=schedule.hour,
        cadence=schedule.cadence,
        weekday=schedule.weekday,
    )


def last_of(schedule: Schedule, *, before: datetime) -> datetime:
    """The last turn of a reader with this ``schedule`` up to ``before``; ``before`` if it had none lately."""
    turn, following = before, next_of(schedule, after=before - timedelta(days=9))
    while following <= before:
        turn, following = following, next_of(schedule, after=following)
    return turn


def end_of_day(moment: datetime, zone: str) -> datetime:
    """When the day ends that the reader's calendar shows at ``moment`` (aware), in UTC."""
    info = zone_of(zone)
    tomorrow = moment.astimezone(info).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=info).astimezone(UTC)


def due_after_change(due: datetime | None, now: datetime, schedule: Schedule) -> datetime:
    """When a reader with this new ``schedule`` is due, who before was due at ``due``, in UTC.

    What was still to come today comes today: at the new hour, or when it was due if that hour has passed.
    """
    zone, cadence, weekday = schedule.zone, schedule.cadence, schedule.weekday
    following = next_due(now, zone=zone, hour=schedule.hour, cadence=cadence, weekday=weekday)
    today = local_day(now, zone)
    is_owed = due is not None and local_day(due, zone) <= today and _is_a_day(today, cadence, weekday)
    return due if due is not None and is_owed and local_day(following, zone) > today else following


def moment_of(day: date, hour: int, zone: ZoneInfo) -> datetime | None:
    """When the clock of ``zone`` first shows ``hour`` or later on ``day``, in UTC; None on a skipped day."""
    wanted = datetime.combine(day, time(hour), tzinfo=zone)
    moment = wanted.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return moment
    # The hour does not exist on this day. Read with the offset from before the jump (PEP 495, fold=0) it is
    # as far behind the jump as the hour is into the gap: walk back to the first moment that does exist.
    for minutes in range(MINUTES_ASKED, -1, -1):
        earlier = (moment - timedelta(minutes=minutes)).astimezone(zone)
        if earlier.date() == day and earlier.hour >= hour:
            return earlier.astimezone(UTC)
    return None


def _is_a_day(day: date, cadence: str, weekday: int) -> bool:
    if cadence == "weekly":
        return day.weekday() == weekday
    if cadence == "weekdays":
        return day.weekday() < 5
    return cadence == "daily"
