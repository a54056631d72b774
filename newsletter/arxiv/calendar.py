"""When arXiv announces, and why a day is empty. Pure: no clock, no network; ``now`` is an argument.

arXiv's timetable (info.arxiv.org/help/availability), in America/New_York: what was submitted before 14:00
on a working day is announced that evening at 20:00, Friday's on Sunday evening. A paper is *listed* under the
date after that evening, so that the listing days are Monday to Friday: announced Tuesday 20:00, listed
Wednesday.

On a holiday the cut-off of that day is void: what was submitted rolls into the next announcement. A holiday
on a Friday therefore takes away Sunday evening's announcement (recorded: 4 July 2025 was a Friday; nothing
was listed on Monday the 7th, and Tuesday the 8th brought both batches).

The timetable holds since January 2017. Days before that are answered by the same rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from newsletter.errors import InvalidInput

NEW_YORK = ZoneInfo("America/New_York")
CUT_OFF = time(14, 0)
ANNOUNCED = time(20, 0)
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1991, 9990
_MONDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Holidays:
    """The working days of one year whose cut-off is void.

    ``published`` is false where arXiv's own list for the year is not in our table, and US holidays stand in.
    """

    year: int
    days: Mapping[date, str]
    published: bool


@dataclass(frozen=True, slots=True)
class AnnouncementWindow:
    """One evening's announcement. All times are in UTC; the window is half open: [from, until).

    ``day`` is the listing day. ``certain`` is false where the window or the evening rests on a year whose
    holidays arXiv has not told us.
    """

    day: date
    announced_at: datetime
    submitted_from: datetime
    submitted_until: datetime
    certain: bool


class VoidDay(NamedTuple):
    """A day from Monday to Friday under which nothing is listed, and the English name of the holiday."""

    day: date
    holiday: str


class EmptyCause(StrEnum):
    """Why there is nothing for a day."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NOT_YET = "not_yet"
    SOURCE_LATE = "source_late"
    SOURCE_FAILED = "source_failed"


@dataclass(frozen=True, slots=True)
class EmptyReason:
    """Why there is nothing for ``day``, for a page to translate (``cause``) and for a log (``sentence``).

    ``next_day`` is the listing day to wait for and ``expected_at`` the moment, in UTC, when it is announced;
    for a failed or late source both are those of the day itself. ``holiday`` is its English name or empty.
    ``certain`` is false where the answer rests on a year whose holidays arXiv has not told us.
    """

    cause: EmptyCause
    day: date
    next_day: date
    expected_at: datetime
    sentence: str
    holiday: str = ""
    certain: bool = True


# By year, as arXiv publishes them on its page (2023, 2026), or as its listings of the year show (2025).
_PUBLISHED: Mapping[int, Mapping[tuple[int, int], str]] = {
    2023: {
        (1, 16): "Martin Luther King Jr. Day",
        (6, 14): "a day off at arXiv",
        (6, 19): "Juneteenth",
        (7, 4): "Independence Day",
        (9, 4): "Labor Day",
        (11, 23): "Thanksgiving",
        (12, 25): "Christmas",
        (12, 27): "the winter break",
    },
    2025: {
        (1, 1): "New Year's Day",
        (1, 20): "Martin Luther King Jr. Day",
        (6, 19): "Juneteenth",
        (7, 4): "Independence Day",
        (9, 1): "Labor Day",
        (11, 27): "Thanksgiving",
        (12, 25): "Christmas",
        (12, 30): "the winter break",
    },
    2026: {
        (1, 1): "New Year's Day",
        (1, 19): "Martin Luther King Jr. Day",
        (6, 19): "Juneteenth",
        (7, 3): "Independence Day",
        (9, 7): "Labor Day",
        (11, 26): "Thanksgiving",
        (12, 25): "Christmas",
        (12, 29): "the winter break",
        (12, 31): "the winter break",
    },
}


@lru_cache(maxsize=64)
def holidays(year: int) -> Holidays:
    """The year's void cut-offs: arXiv's published list, else the US holidays that arXiv keeps in every year.

    Of the eleven US federal holidays arXiv keeps seven; on Presidents' Day, Memorial Day, Columbus Day and
    Veterans Day it announces (recorded: Memorial Day 2025, Presidents' Day 2026).
    """
    if year in _PUBLISHED:
        days = {date(year, month, day): name for (month, day), name in _PUBLISHED[year].items()}
        return Holidays(year, MappingProxyType(days), published=True)
    fixed = {
        date(year, 1, 1): "New Year's Day",
        date(year, 6, 19): "Juneteenth",
        date(year, 7, 4): "Independence Day",
        date(year, 12, 25): "Christmas",
        date(year + 1, 1, 1): "New Year's Day",
    }
    days = {_observed(day): name for day, name in fixed.items() if _observed(day).year == year}
    days[_nth_weekday(year, 1, _MONDAY, 3)] = "Martin Luther King Jr. Day"
    days[_nth_weekday(year, 9, _MONDAY, 1)] = "Labor Day"
    days[_nth_weekday(year, 11, _THURSDAY, 4)] = "Thanksgiving"
    return Holidays(year, MappingProxyType(days), published=False)


def is_announcement_day(day: date) -> bool:
    """Whether papers are listed under this date."""
    return _deadline(day) is not None


def announcement_of(day: date) -> AnnouncementWindow | None:
    """The announcement listed under ``day``, or None for a weekend or what a holiday took away."""
    deadline = _deadline(day)
    if deadline is None:
        return None
    before = _cut_off_of(previous_day(day))
    return AnnouncementWindow(
        day=day,
        announced_at=_announced_at(day),
        submitted_from=_utc(before, CUT_OFF),
        submitted_until=_utc(deadline, CUT_OFF),
        certain=all(holidays(year).published for year in range(before.year, deadline.year + 1)),
    )


def submission_window(day: date) -> tuple[datetime, datetime] | None:
    """From and until when papers were submitted that ``day`` lists, in UTC, half open; None for an empty day.

    Moderation holds papers back for days, so a listing also has older ones; it has none that are newer.
    """
    announcement = announcement_of(day)
    return None if announcement is None else (announcement.submitted_from, announcement.submitted_until)


def day_of_submission(at: datetime) -> date:
    """The first listing day that can hold a paper submitted at this moment (aware)."""
    local = at.astimezone(NEW_YORK)
    deadline = local.date() if local.time() < CUT_OFF else local.date() + _DAY
    day = _listing_day(deadline)
    while _deadline(day) is None:
        day += _DAY
    return day


def previous_day(day: date) -> date:
    """The last listing day before ``day``."""
    day = _checked(day) - _DAY
    while _deadline(day) is None:
        day -= _DAY
    return day


def next_day(day: date) -> date:
    """The first listing day after ``day``."""
    day = _checked(day) + _DAY
    while _deadline(day) is None:
        day += _DAY
    return day


def latest_day(now: datetime) -> date:
    """The listing day of the last announcement that has been made at ``now`` (aware)."""
    day = now.astimezone(NEW_YORK).date() + 2 * _DAY
    while not is_announcement_day(day) or _announced_at(day) > now:
        day -= _DAY
    return day


def expected_day(now: datetime) -> date:
    """The newest Monday-to-Friday day that would be listed at ``now`` (aware) if there were no holidays."""
    day = now.astimezone(NEW_YORK).date() + 2 * _DAY
    while day.weekday() in (_SATURDAY, _SUNDAY) or _announced_at(day) > now:
        day -= _DAY
    return day


def void_days(after: date, until: date) -> list[VoidDay]:
    """The days that holidays took away, after the first to the last, oldest first."""
    days = [after + number * _DAY for number in range(1, (until - after).days + 1)]
    return [
        VoidDay(day, holidays(_cut_off_of(day).year).days[_cut_off_of(day)])
        for day in days
        if day.weekday() not in (_SATURDAY, _SUNDAY) and _deadline(day) is None
    ]


def announcement_days(first: date, last: date) -> Iterator[date]:
    """The listing days from ``first`` to ``last``, both included, oldest first."""
    day = first
    while day <= last:
        if is_announcement_day(day):
            yield day
        day += _DAY


def why_empty(
    day: date, *, now: datetime, source_failed: bool | str = False, received: int = 0
) -> EmptyReason | None:
    """Why nothing is there for a listing day at ``now`` (aware); None where ``received`` papers are there.

    ``source_failed`` says that the last attempt failed, if a text then how. A weekend or a holiday explains
    an empty day whatever the source does, and before the announcement nobody is at fault.
    """
    if received > 0:
        return None
    announcement = announcement_of(day)
    if announcement is None:
        return _why_none(day)
    expected = announcement.announced_at
    papers = f"the papers of {_spoken(day)}"
    if now < expected:
        cause, sentence = EmptyCause.NOT_YET, f"arXiv announces {papers} on {_moment(expected)}."
    elif source_failed:
        how = f" ({source_failed})" if isinstance(source_failed, str) else ""
        cause = EmptyCause.SOURCE_FAILED
        sentence = f"arXiv announced {papers} on {_moment(expected)}, but fetching them failed{how}."
    else:
        cause = EmptyCause.SOURCE_LATE
        minutes = int((now - expected).total_seconds() // 60)
        since = f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
        sentence = f"arXiv was due to announce {papers} on {_moment(expected)}; {since} later it shows none."
    sentence += _doubt(day.year, certain=announcement.certain)
    return EmptyReason(cause, day, day, expected, sentence, certain=announcement.certain)


def _why_none(day: date) -> EmptyReason:
    following = next_day(day)
    expected = _announced_at(following)
    if day.weekday() in (_SATURDAY, _SUNDAY):
        sentence = f"arXiv lists no papers on a weekend; the next are those of {_spoken(following)}."
        return EmptyReason(EmptyCause.WEEKEND, day, following, expected, sentence)
    cut_off = _cut_off_of(day)
    name, certain = holidays(cut_off.year).days[cut_off], holidays(cut_off.year).published
    sentence = (
        f"arXiv lists no papers on {_spoken(day)} because of {name} on {_spoken(cut_off)}; "
        f"they follow on {_spoken(following)}."
    ) + _doubt(cut_off.year, certain=certain)
    return EmptyReason(EmptyCause.HOLIDAY, day, following, expected, sentence, holiday=name, certain=certain)


def _doubt(year: int, *, certain: bool) -> str:
    if certain:
        return ""
    return f" (arXiv's holidays of {year} are not in our table; this assumes the usual US ones.)"


def _spoken(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _moment(at: datetime) -> str:
    local = at.astimezone(NEW_YORK)
    return f"{local:%A} {local.day} {local:%B, %H:%M} New York time ({at:%H:%M} UTC)"


def _cut_off_of(day: date) -> date:
    """The working day before a Monday-to-Friday listing day: its 14:00 closes the listing."""
    return day - (3 if day.weekday() == _MONDAY else 1) * _DAY


def _deadline(day: date) -> date | None:
    """The day whose 14:00 closes the listing of ``day``; None if nothing is listed then."""
    if _checked(day).weekday() in (_SATURDAY, _SUNDAY):
        return None
    cut_off = _cut_off_of(day)
    return None if cut_off in holidays(cut_off.year).days else cut_off


def _listing_day(deadline: date) -> date:
    """The Monday-to-Friday listing day that a cut-off on ``deadline`` would close at the earliest."""
    skip = {_FRIDAY: 3, _SATURDAY: 3, _SUNDAY: 2}.get(deadline.weekday(), 1)
    return deadline + skip * _DAY


def _announced_at(day: date) -> datetime:
    return _utc(day - _DAY, ANNOUNCED)


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


def _checked(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidInput(
            f"The calendar knows the years {_FIRST_YEAR} to {_LAST_YEAR}, not {day.isoformat()}."
        )
    return day


def _observed(day: date) -> date:
    """The working day on which a fixed US holiday is kept: Friday for a Saturday, Monday for a Sunday."""
    return day + {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0) * _DAY


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (nth - 1)) * _DAY
