"""What the next digests would show, chosen without sending: which papers, in which language, how often.

The choice is made by the very function that chooses for sending (:func:`subscriptions.digests.choose_batch`),
for the moment at which each reader is due, from the editions as they are now, with the drafts that the clock
will release. A reader counts once the editions that lie ready by then are there; before, the choice would be
of yesterday's papers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.db.models import Max, Q

from newsletter.arxiv import calendar
from newsletter.languages import LANGUAGES
from newsletter.models import Edition
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.digests import choose_batch
from subscriptions.digests.candidates import LATE_DAYS, READY, CandidateIndexCache
from subscriptions.models import Delivery, Subscriber
from subscriptions.models.states import DeliveryState
from subscriptions.picks import PINNED, Picks

AT_ONCE = 1000  # readers
LAST_CALL = timedelta(hours=3)
"""So long before a digest is due its papers are known, whether or not the day's editions came."""
JUST_LEFT = timedelta(hours=24)
"""What left so lately is still read, in the browser too: its summaries are written after the mail, too."""
_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(slots=True)
class Showing:
    """How many digests show a paper, and the best place that it has in any of them; 0 where it is pinned."""

    readers: int = 0
    place: int = 1000


Showings = dict[tuple[int, str], Showing]
"""By paper and language."""


def forecast(now: datetime) -> Showings:
    """What the digests show that are to come and those that just left; never more than a batch is read.

    A constant number of queries for a batch of readers. Whoever cannot be chosen for is left out: the run
    that sends says so.
    """
    shown: Showings = {}
    horizon = _horizon(now)
    with isolating(stages.CHOOSING, now=now, keeps=False) as run:
        for states in _states(now):
            for day in _days(now.astimezone(UTC).date(), horizon.astimezone(UTC).date()):
                index_cache = CandidateIndexCache(states=states)
                for readers in _due_on(day, now=now, before=horizon):
                    run.together(readers, partial(_count, shown=shown, index_cache=index_cache, now=now))
    _count_deliveries(shown, now=now)
    return shown


def _horizon(now: datetime) -> datetime:
    """Until when what is due is chosen from editions that are there: until arXiv announces the next ones."""
    newest = Edition.objects.filter(day__lte=calendar.latest_day(now)).aggregate(day=Max("day"))["day"]
    soon = now + LAST_CALL
    if newest is None:
        return soon
    following = calendar.announcement_of(calendar.next_day(newest))
    return max(soon, following.announced_at) if following else soon


def _states(now: datetime) -> Iterator[tuple[str, ...]]:
    """The states of editions to choose from. What an editor holds may come or not: both are counted."""
    open_states = (*READY, Edition.State.DRAFT)
    yield open_states
    since = now.astimezone(UTC).date() - timedelta(days=LATE_DAYS)
    if Edition.objects.filter(state=Edition.State.HELD, day__gt=since).exists():
        yield (*open_states, Edition.State.HELD)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _due_on(day: date, *, now: datetime, before: datetime) -> Iterator[list[Subscriber]]:
    """The readers who are due on ``day`` (UTC) before that moment; on the first day those overdue as well."""
    begins = datetime.combine(day, time(), tzinfo=UTC)
    due = Subscriber.objects.active().filter(next_due_at__lt=min(before, begins + timedelta(days=1)))
    if begins > now:
        due = due.filter(next_due_at__gte=begins)
    last = 0
    while readers := list(due.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield readers
        last = readers[-1].pk


def _count(
    readers: Sequence[Subscriber], *, shown: Showings, index_cache: CandidateIndexCache, now: datetime
) -> None:
    due = [reader.next_due_at for reader in readers if reader.next_due_at is not None]
    choices = choose_batch(readers, now=max(now, *due), index_cache=index_cache, is_dry=True)
    for reader, choice in zip(readers, choices, strict=True):
        if choice.picks is not None:
            _add(shown, choice.picks, reader.language)


def _count_deliveries(shown: Showings, *, now: datetime) -> None:
    left = now - JUST_LEFT
    # A reader's own day may be one behind that of UTC; the day is what an index knows.
    lately = Q(day__gte=left.date() - timedelta(days=1), created_at__gt=left)
    rows = Delivery.objects.arrived().filter(Q(state__in=_OPEN) | lately)
    for picks, language in rows.values_list("picks", "language").iterator(chunk_size=AT_ONCE):
        _add(shown, picks, language)


def _add(shown: Showings, picks: Picks, language: str) -> None:
    if language not in LANGUAGES:
        return
    for place, pick in enumerate(picks.papers, 1):
        showing = shown.setdefault((pick.paper, language), Showing())
        showing.readers += 1
        showing.place = min(showing.place, 0 if PINNED in pick.reasons else place)
