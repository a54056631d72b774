"""The welcome of who has just confirmed: part of the first digest, or a mail of its own if there is none.

It is owed from the confirmation on. Whoever enters the first digest into the ledger takes the debt into the
same transaction; where nothing is to be sent it becomes due as a notice, and so it does after
:data:`PATIENCE`, should no digest be chosen by then. Both hold the reader's row, so that one
of them welcomes. A first digest that is given up before it leaves gives the debt back.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models.functions import Cast

from subscriptions.models import Delivery, OwedNotice, Subscriber
from subscriptions.models.states import NoticeKind, SubscriberState
from subscriptions.readers import clock, owed_notices
from subscriptions.stored_picks import WELCOMES

PATIENCE = timedelta(hours=1)


def owe(subscriber_id: int, *, now: datetime) -> None:
    """From the caller's commit on the reader has a welcome coming."""
    owed_notices.owe(NoticeKind.WELCOME, subscriber_id, now=now + PATIENCE)


def awaited_by(readers: Iterable[Subscriber]) -> set[int]:
    """The ids of those of ``readers`` who have a welcome coming that nobody has tried to send yet."""
    owed = _owed([reader.pk for reader in readers]).filter(attempts=0)
    return set(owed.values_list("subscriber_id", flat=True))


def said_by_digest(readers: Collection[int]) -> None:
    """Their first digest, which is entered into the ledger in the same transaction, welcomes ``readers``."""
    if readers:
        _owed(readers).delete()


def owe_again(lost: models.QuerySet[Delivery], *, now: datetime) -> None:
    """The first digests among ``lost`` will not leave: a notice welcomes their readers at once.

    In the transaction that gives them up; two queries, one where none is a first digest.
    """
    readers = _welcomed_by(lost.filter(subscriber__state=SubscriberState.ACTIVE))
    if readers:
        owed_notices.owe_all(NoticeKind.WELCOME, readers, now=now)


def take_up_again(rows: models.QuerySet[Delivery]) -> None:
    """``rows`` are sent after all: the first digests among them welcome, unless a notice has."""
    said_by_digest(_welcomed_by(rows))


def fall_due(readers: Collection[int], *, now: datetime) -> None:
    """There is no digest for ``readers`` now: the notice goes out, unless it is on its way."""
    if readers:
        _owed(readers).filter(attempts=0).update(due_at=now)


def due(*, now: datetime) -> list[int]:
    """Whom a notice should welcome by now."""
    return [reader for kind, reader in owed_notices.due(now=now) if kind == NoticeKind.WELCOME]


@transaction.atomic
def take(subscriber_id: int, *, now: datetime) -> bool:
    """Whether the notice is owed, due, and now the caller's alone to send.

    A digest that the reader was still waiting for comes at the reader's own hour then, as the notice says.
    """
    reader = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
    if reader is None or not owed_notices.take(NoticeKind.WELCOME, subscriber_id, now=now):
        return False
    if reader.state == SubscriberState.ACTIVE and reader.next_due_at and reader.next_due_at <= now:
        reader.next_due_at = next_turn(reader, now=now)
        reader.save(update_fields=["next_due_at"])
    return True


def next_turn(reader: Subscriber, *, now: datetime) -> datetime:
    """The reader's next hour after ``now``."""
    return clock.next_due(
        now, zone=reader.time_zone, hour=reader.hour, cadence=reader.cadence, weekday=reader.weekday
    )


def _welcomed_by(rows: models.QuerySet[Delivery]) -> list[int]:
    stored = rows.annotate(stored=Cast("picks", models.TextField())).filter(stored__contains=WELCOMES)
    return list(dict.fromkeys(stored.order_by("subscriber_id").values_list("subscriber_id", flat=True)))


def _owed(readers: Collection[int]) -> models.QuerySet[OwedNotice]:
    return OwedNotice.objects.filter(kind=NoticeKind.WELCOME, subscriber__in=readers)
