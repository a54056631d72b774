"""How far a source is behind. No queries, and ``now`` is an argument."""

from datetime import UTC, date, datetime, timedelta

from newsletter.arxiv import calendar
from newsletter.models.states import Source

_SATURDAY = 5


def days_behind(source: str, last_good: date | None, *, now: datetime) -> int | None:
    """How many days that ``source`` has given us papers of came after ``last_good``; None if none ever did.

    Of arXiv's days those count that have been announced; of Hugging Face's the working days that are over,
    because its list of today is still being filled.
    """
    if last_good is None or source not in Source.values:
        return None
    if source == Source.ARXIV:
        following = last_good + timedelta(days=1)
        return sum(1 for _ in calendar.announcement_days(following, calendar.latest_day(now)))
    passed = (now.astimezone(UTC).date() - last_good).days
    days = (last_good + timedelta(days=more) for more in range(1, passed))
    return sum(day.weekday() < _SATURDAY for day in days)


def requests_on(day: date, *, counted_on: date | None, count: int) -> int:
    """How many requests were sent on ``day``, where the last that were counted are of ``counted_on``."""
    return count if counted_on == day else 0
