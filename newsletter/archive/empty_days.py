"""Why days of the archive list nothing: as causes, for a page to say in its language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from newsletter.arxiv import calendar
from newsletter.arxiv.calendar import EmptyCause
from newsletter.models import Announcement, IntakeDay
from newsletter.models.states import IntakeState, Source


class Cause(StrEnum):
    """Why a day lists nothing. ``IN_PREPARATION``: its papers are here, its edition may yet come."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NOT_YET = "not_yet"
    LATE = "late"
    FAILED = "failed"
    NOTHING_ANNOUNCED = "nothing_announced"
    IN_PREPARATION = "in_preparation"
    NOT_RELEASED = "not_released"
    UNKNOWN = "unknown"


_OF_CALENDAR = {
    EmptyCause.WEEKEND: Cause.WEEKEND,
    EmptyCause.HOLIDAY: Cause.HOLIDAY,
    EmptyCause.NOT_YET: Cause.NOT_YET,
    EmptyCause.SOURCE_LATE: Cause.LATE,
    EmptyCause.SOURCE_FAILED: Cause.FAILED,
}


@dataclass(frozen=True, slots=True)
class EmptyDay:
    """A day without papers. ``next_day`` is the listing day to wait for, ``holiday`` its English name."""

    day: date
    cause: Cause
    next_day: date
    holiday: str = ""


def empty_days(
    days: Collection[date], *, now: datetime, states: Mapping[date, str] | None = None
) -> dict[date, EmptyDay]:
    """The cause for each of ``days`` (which list nothing) that has come by ``now`` (aware). Two queries; one
    with ``states``, those of arXiv's intake days, where they are known.
    """
    today = now.astimezone(UTC).date()
    past = [day for day in days if day <= today]
    if states is None:
        rows = IntakeDay.objects.filter(source=Source.ARXIV, day__in=past)
        states = dict(rows.values_list("day", "state"))
    news = Announcement.objects.filter(day__in=past, kind__in=Announcement.Kind.news())
    announced = set(news.values_list("day", flat=True).distinct())
    return {
        day: _why(day, states.get(day), now=now, is_announced=day in announced, is_today=day == today)
        for day in past
    }


def _why(day: date, state: str | None, *, now: datetime, is_announced: bool, is_today: bool) -> EmptyDay:
    if is_announced:
        return EmptyDay(day, Cause.IN_PREPARATION if is_today else Cause.NOT_RELEASED, day)
    reason = calendar.why_empty(day, now=now, source_failed=state == IntakeState.FAILED)
    if reason is None:
        return EmptyDay(day, Cause.UNKNOWN, day)
    cause = _OF_CALENDAR[reason.cause]
    if cause == Cause.LATE and not is_today:
        # The calendar expected papers; what became of the day says what there was.
        cause = Cause.NOTHING_ANNOUNCED if state == IntakeState.EMPTY else Cause.UNKNOWN
    return EmptyDay(day, cause, reason.next_day, reason.holiday)
