"""What the readers of a batch had: which papers, when the last digest was, how long each topic has waited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q, TextField
from django.db.models.functions import Cast

from subscriptions.digests.candidates import CandidateIndex
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import Wish
from subscriptions.stored_picks import read_named, read_picks

NEWS_DAYS = 21
"""A paper that was first announced longer ago is not news, whichever list brings it up again. It bounds how
far back a reader's history has to be read to send nothing twice."""
WEEKLY_DAYS = 14
"""How far back a weekly digest looks if the one before was missed."""
TURN_DAYS = 7
"""Within so many days every topic of a reader who follows more topics than a digest holds has its turn."""


@dataclass(frozen=True, slots=True)
class History:
    """What one reader had: the papers, when the last was chosen, how many days each topic has waited."""

    papers: Collection[int] = ()
    last_at: datetime | None = None
    waiting: Mapping[Wish, int] = field(default_factory=dict)


NOTHING_YET = History()


def news_after(today: date) -> date:
    """Papers that were first announced after this day may be news to somebody."""
    return today - timedelta(days=max(NEWS_DAYS, settings.MAX_EDITION_AGE))


def _last_digests(readers: Collection[int], today: date) -> dict[int, datetime]:
    """When the last digest that may have held news was chosen, by reader. One query."""
    since = news_after(today) - timedelta(days=1)
    rows = Delivery.objects.filter(subscriber__in=readers, day__gte=since).order_by()
    return dict(rows.values_list("subscriber").annotate(Max("created_at")))


def news_since(reader: Subscriber, today: date) -> date:
    """The day after which editions are news to the reader.

    That is the last that the reader has had, but not before the oldest that is still sent.
    """
    is_weekly = reader.cadence == Subscriber.Cadence.WEEKLY and reader.last_edition_day is not None
    back = settings.MAX_EDITION_AGE
    earliest = today - timedelta(days=max(back, WEEKLY_DAYS) if is_weekly else back)
    return max(earliest, reader.last_edition_day or earliest)


def load_histories(
    subscribers: Sequence[Subscriber],
    *,
    topics: Mapping[int, tuple[int, ...]],
    since: Mapping[int, date],
    index: CandidateIndex,
    today: date,
) -> dict[int, History]:
    """What the readers had, as far back as a candidate of today could have been sent to them.

    A paper cannot have been sent before it was announced: that bounds how much has to be read. Readers with
    more topics than places are read for :data:`TURN_DAYS`, to see which topic has waited longest.
    """
    last_at = _last_digests([reader.pk for reader in subscribers], today)
    back: dict[date, list[int]] = {}
    crowded: set[int] = set()
    for reader in subscribers:
        if reader.pk in last_at:
            first = index.first_day(since=since[reader.pk], late_after=last_at[reader.pk])
            first -= timedelta(days=1)  # the reader's date may be one behind that of the list
            if len(topics.get(reader.pk, ())) > reader.size:
                crowded.add(reader.pk)
                first = min(first, today - timedelta(days=TURN_DAYS))
            back.setdefault(first, []).append(reader.pk)
    if not back:
        return {}
    papers: dict[int, list[int]] = {}
    served: dict[int, dict[Wish, int]] = {}
    for reader_id, day, stored in _stored_picks(back):
        papers.setdefault(reader_id, []).extend(read_named(stored))
        if reader_id in crowded:
            wishes = read_picks(stored).wishes
            served.setdefault(reader_id, {}).update(dict.fromkeys(wishes, day.toordinal()))
    never = (today - timedelta(days=10 * TURN_DAYS)).toordinal()
    return {
        reader_id: History(
            papers=papers.get(reader_id, ()),
            last_at=at,
            waiting={
                ("topic", topic): today.toordinal() - served.get(reader_id, {}).get(("topic", topic), never)
                for topic in topics[reader_id]
            }
            if reader_id in crowded
            else {},
        )
        for reader_id, at in last_at.items()
    }


def _stored_picks(back: Mapping[date, Collection[int]]) -> list[tuple[int, date, str]]:
    """The reader, day and stored picks of what readers were sent from a day on, by that day."""
    wanted = Q()
    for first, readers in back.items():
        wanted |= Q(subscriber__in=readers, day__gte=first)
    rows = Delivery.objects.arrived().filter(wanted).order_by("day")
    # As text: most of what picks hold is not needed, and reading all of it takes ten times as long.
    return list(rows.values_list("subscriber_id", "day", Cast("picks", TextField())))
