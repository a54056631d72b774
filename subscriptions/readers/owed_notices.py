"""Notices that readers have coming: each is a row until it is sent, so that no broker can lose one.

A notice may be sent twice if a sender dies between the mail server's reply and its own commit; none is lost.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from lib.backoff import Backoff
from subscriptions.models import OwedNotice

MOST_ATTEMPTS = 12
LEASE = timedelta(minutes=5)  # how long one that is being sent is left to its sender
_BACKOFF = Backoff(first=30, longest=30 * 60)  # seconds between two attempts
_AT_ONCE = 1000


def owe(kind: str, subscriber_id: int, *, now: datetime) -> None:
    """From the caller's commit on the reader has this notice coming. One of a kind at a time."""
    owe_all(kind, [subscriber_id], now=now)


def owe_all(kind: str, subscriber_ids: Iterable[int], *, now: datetime) -> None:
    """The same for many readers."""
    OwedNotice.objects.bulk_create(
        [OwedNotice(subscriber_id=reader, kind=kind, due_at=now) for reader in subscriber_ids],
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["subscriber", "kind"],
        update_fields=["due_at", "attempts"],
    )


def due(*, now: datetime) -> list[tuple[str, int]]:
    """(kind, subscriber id) of what should be on its way by now, the longest due first."""
    rows = OwedNotice.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(rows.values_list("kind", "subscriber_id")[:_AT_ONCE])


def take(kind: str, subscriber_id: int, *, now: datetime) -> bool:
    """Whether the notice is owed, due, and now the caller's alone to send."""
    rows = OwedNotice.objects.filter(subscriber=subscriber_id, kind=kind, due_at__lte=now)
    return bool(rows.update(due_at=now + LEASE, attempts=F("attempts") + 1))


def settle(kind: str, subscriber_id: int) -> None:
    """It was sent, or is not wanted any more."""
    OwedNotice.objects.filter(subscriber=subscriber_id, kind=kind).delete()


def put_off(kind: str, subscriber_id: int, *, now: datetime) -> bool:
    """The mail server did not take it: later again, each time after twice as long. False: it was given up."""
    row = OwedNotice.objects.filter(subscriber=subscriber_id, kind=kind).first()
    if row is None:
        return False
    if row.attempts >= MOST_ATTEMPTS:
        row.delete()
        return False
    row.due_at = now + _BACKOFF.delay(row.attempts)
    row.save(update_fields=["due_at"])
    return True
