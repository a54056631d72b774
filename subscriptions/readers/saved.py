"""A reader's saved papers: kept with notes, taken off the list, put back."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import F, Max

from newsletter.errors import StateError
from newsletter.models import Paper
from subscriptions.models import Delivery, ReadingList, SavedPaper, Subscriber
from subscriptions.models.states import Cadence
from subscriptions.readers.links import FEEDS

MOST_SAVED = 5000
LONGEST_NOTE = 4000  # characters
WEEK = timedelta(days=7)

_SALT = "paperpost.removed-paper"
_FRIDAY = 4


@transaction.atomic
def save(subscriber: Subscriber, paper: Paper, *, now: datetime) -> bool:
    """Put ``paper`` on the reader's list; whether it is new there. Its note and date stay if it is not.

    Raises :class:`~newsletter.errors.StateError` for a full list.
    """
    saved = SavedPaper.objects.filter(subscriber=subscriber)
    if saved.filter(paper=paper).exists():
        return False
    if saved.count() >= MOST_SAVED:
        raise StateError(f"A reading list holds at most {MOST_SAVED} papers.")
    return _put(subscriber, paper.pk, note="", saved_at=now, now=now)


def _put(subscriber: Subscriber, paper: int, *, note: str, saved_at: datetime, now: datetime) -> bool:
    _row, is_new = SavedPaper.objects.get_or_create(
        subscriber=subscriber, paper_id=paper, defaults={"note": note, "saved_at": saved_at}
    )
    if is_new:
        ReadingList.objects.update_or_create(subscriber=subscriber, defaults={"changed_at": now})
    return is_new


def write_note(subscriber: Subscriber, saved_id: int, note: str) -> bool:
    """Keep the reader's own words about a saved paper; whether it is still on the list."""
    rows = SavedPaper.objects.filter(subscriber=subscriber, pk=saved_id)
    return bool(rows.update(note=note.replace("\0", "")[:LONGEST_NOTE].strip()))


@transaction.atomic
def remove(subscriber: Subscriber, saved_id: int, *, now: datetime) -> tuple[Paper, str] | None:
    """Take a paper off the list, and its note with it: nothing of it is kept.

    Returns the paper, and a signed text with which :func:`restore` puts it back; None if it is not there.
    """
    saved = SavedPaper.objects.select_related("paper").filter(subscriber=subscriber, pk=saved_id).first()
    if saved is None:
        return None
    saved.delete()
    ReadingList.objects.filter(subscriber=subscriber).update(changed_at=now)
    what = [subscriber.pk, saved.paper_id, saved.note, saved.saved_at.isoformat()]
    return saved.paper, signing.dumps(what, salt=_SALT, compress=True)


@transaction.atomic
def restore(subscriber: Subscriber, removed: str, *, now: datetime) -> bool:
    """Undo a :func:`remove`, with note and date; whether ``removed`` is such a text of this reader."""
    try:
        reader, paper, note, saved_at = signing.loads(removed, salt=_SALT, max_age=timedelta(hours=1))
    except (signing.BadSignature, ValueError):
        return False
    if reader != subscriber.pk or not Paper.objects.filter(pk=paper).exists():
        return False
    _put(subscriber, paper, note=note, saved_at=datetime.fromisoformat(saved_at), now=now)
    return True


def wants_weekly(subscriber: Subscriber) -> bool:
    """Whether the digest may name once a week what the reader saved: yes, until the reader says no."""
    chosen = ReadingList.objects.filter(subscriber=subscriber).values_list("wants_weekly", flat=True).first()
    return chosen is None or chosen


def choose_weekly(subscriber: Subscriber, *, is_wanted: bool) -> None:
    """Switch the weekly part of the digest on or off."""
    ReadingList.objects.update_or_create(subscriber=subscriber, defaults={"wants_weekly": is_wanted})


@transaction.atomic
def renew_feed(subscriber: Subscriber, purpose: str) -> None:
    """End the address of one of the reader's private feeds; the next one is signed for another number."""
    number = FEEDS[purpose]
    ReadingList.objects.get_or_create(subscriber=subscriber)
    ReadingList.objects.filter(subscriber=subscriber).update(**{number: F(number) + 1})


def last_change(subscriber: Subscriber) -> datetime | None:
    """When the list, or a source's facts about a paper on it, last changed; None for a list never used."""
    changed = ReadingList.objects.filter(subscriber=subscriber).values_list("changed_at", flat=True).first()
    newest = SavedPaper.objects.filter(subscriber=subscriber).aggregate(
        saved=Max("saved_at"), updated=Max("paper__updated_at")
    )
    return max([moment for moment in (changed, *newest.values()) if moment], default=None)


def saved_last_week(deliveries: Iterable[Delivery]) -> Mapping[int, tuple[int, ...]]:
    """By delivery, the papers that its reader saved in the seven days before it was chosen, newest first.

    Only deliveries of the day on which the reader is told of them: the one of a weekly digest, else Monday or
    the day chosen for one. Readers who switched this off, and digests that were asked for, have none. One
    query, however many deliveries.
    """
    by_reader = {row.subscriber_id: row for row in deliveries if not row.picks.requested and row.created_at}
    if not by_reader:
        return {}
    rows = SavedPaper.objects.filter(
        subscriber__in=list(by_reader),
        subscriber__reading_list__wants_weekly=True,
        saved_at__gt=min(row.created_at for row in by_reader.values()) - WEEK,
    ).order_by("-saved_at", "-pk")
    told: dict[int, tuple[int, ...]] = {}
    columns = ("subscriber_id", "subscriber__cadence", "subscriber__weekday", "paper_id", "saved_at")
    for reader, cadence, weekday, paper, saved_at in rows.values_list(*columns):
        row = by_reader[reader]
        if row.day.weekday() == _day_of_week(cadence, weekday) and _is_in_week(saved_at, row.created_at):
            told[row.pk] = (*told.get(row.pk, ()), paper)
    return told


def _is_in_week(saved_at: datetime, until: datetime) -> bool:
    return until - WEEK < saved_at <= until


def _day_of_week(cadence: str, weekday: int) -> int:
    """The day on which a reader is told: 0 (Monday) to 6. Who gets nothing at weekends is told on Monday."""
    return 0 if cadence == Cadence.WEEKDAYS and weekday > _FRIDAY else weekday
