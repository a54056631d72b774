"""Which digests say that arXiv had no papers on a day, because it kept a holiday."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from newsletter.arxiv import calendar
from newsletter.arxiv.calendar import VoidDay
from newsletter.models import IntakeDay
from newsletter.models.states import IntakeState, Source
from newsletter.rendering.layout import DayWithoutPapers
from subscriptions.models import Delivery

REACH = timedelta(days=5)  # how far back: Thanksgiving's day to the Tuesday after it

_HAD = (Delivery.State.SENT, Delivery.State.UNCERTAIN)


def load_days_without_papers(deliveries: Sequence[Delivery]) -> dict[int, DayWithoutPapers]:
    """By delivery (id), the day without papers that its reader has not been told of.

    That is the newest since the reader's last digest, or for a first one since arXiv's last list. Who gets
    digests further apart than :data:`REACH` misses no single day and is told of none. What was taken in for a
    day counts more than the calendar. Two queries; none while no holiday is near.
    """
    moments = {delivery.pk: delivery.created_at for delivery in deliveries if delivery.created_at is not None}
    expected = {moment: calendar.expected_day(moment) for moment in set(moments.values())}
    near = {day: calendar.void_days(day - REACH, day) for day in set(expected.values())}
    if not any(near.values()):
        return {}
    listed = _listed({void.day for voids in near.values() for void in voids})
    last = _last_digests(deliveries, since=min(expected.values()) - 2 * REACH)
    told = {}
    for delivery in deliveries:
        moment = moments.get(delivery.pk)
        if moment is None:
            continue
        before = max((at for at in last.get(delivery.subscriber_id, ()) if at < moment), default=None)
        news = _untold(near[expected[moment]], expected[moment], before, listed)
        if news is not None:
            is_today = news.day == expected[moment] and not _is_over(news.day, moment)
            told[delivery.pk] = DayWithoutPapers(*news, is_today=is_today)
    return told


def _untold(
    voids: Sequence[VoidDay], expected: date, before: datetime | None, listed: set[date]
) -> VoidDay | None:
    """The newest of ``voids`` that came after the digest of the moment ``before``."""
    known = calendar.expected_day(before) if before is not None else calendar.previous_day(expected)
    if before is not None and expected - known > REACH:
        return None
    news = [void for void in voids if void.day > known and void.day not in listed]
    return news[-1] if news else None


def _is_over(day: date, moment: datetime) -> bool:
    """Whether ``day`` has ended where arXiv is: at a weekend Friday's list is still the newest."""
    return day < moment.astimezone(calendar.NEW_YORK).date()


def _listed(days: set[date]) -> set[date]:
    """Those of ``days`` for which arXiv had papers, whatever the calendar says."""
    taken = IntakeDay.objects.filter(source=Source.ARXIV, state=IntakeState.DONE, day__in=days)
    return set(taken.values_list("day", flat=True))


def _last_digests(deliveries: Sequence[Delivery], *, since: date) -> Mapping[int, list[datetime]]:
    """When the digests of the last days were chosen, by reader."""
    rows = Delivery.objects.filter(
        subscriber__in={delivery.subscriber_id for delivery in deliveries}, day__gte=since, state__in=_HAD
    )
    chosen: dict[int, list[datetime]] = {}
    for reader, moment in rows.values_list("subscriber_id", "created_at"):
        chosen.setdefault(reader, []).append(moment)
    return chosen
