"""What the operator does to a day: pause it, let it go on, or cancel it. It holds from the next claim on."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from newsletter.errors import StateError
from subscriptions.models import DayHold, Delivery
from subscriptions.models.states import DeliveryState
from subscriptions.readers import welcomes

_CANCELLED = "the day was cancelled by the operator"


def paused_days() -> list[date]:
    """The days of which nothing is to be claimed now."""
    return list(DayHold.objects.filter(state=DayHold.State.PAUSED).values_list("day", flat=True))


def cancelled_days(days: Iterable[date]) -> set[date]:
    """Those of ``days`` that the operator cancelled."""
    return set(
        DayHold.objects.filter(state=DayHold.State.CANCELLED, day__in=list(days)).values_list(
            "day", flat=True
        )
    )


def pause(day: date, *, now: datetime, by: str = "") -> None:
    """Nothing of ``day`` is claimed until :func:`resume`. Raises StateError if the day was cancelled."""
    paused = {"state": DayHold.State.PAUSED, "at": now, "by": by}
    with transaction.atomic():
        DayHold.objects.get_or_create(day=day, defaults=paused)
    DayHold.objects.filter(day=day, state=DayHold.State.RESUMED).update(**paused)
    if cancelled_days([day]):
        raise StateError(f"{day:%F} was cancelled; what is cancelled cannot be paused.")


def resume(day: date, *, now: datetime, by: str = "") -> None:
    """Let ``day`` go on: what waited can be sent from ``now`` on. Raises StateError if it was cancelled.

    A day that is not paused stays as it is. No delivery is written: a day may have a million.
    """
    paused = DayHold.objects.filter(day=day, state=DayHold.State.PAUSED)
    paused.update(state=DayHold.State.RESUMED, at=now, by=by)
    if cancelled_days([day]):
        raise StateError(f"{day:%F} was cancelled; its rows say so and cannot be resumed.")


def cancel(day: date, *, now: datetime, by: str = "") -> int:
    """Skip everything of ``day`` that has not been claimed yet, for good; returns how many rows.

    A welcome does not wait for another day: who would have got it with a digest gets it alone.
    Rows that are enqueued for the day later are skipped at their claim.
    """
    with transaction.atomic():
        DayHold.objects.update_or_create(
            day=day, defaults={"state": DayHold.State.CANCELLED, "at": now, "by": by}
        )
        count = Delivery.objects.filter(
            day=day, state__in=(DeliveryState.QUEUED, DeliveryState.DEFERRED)
        ).update(
            state=DeliveryState.SKIPPED, reason=_CANCELLED, reason_code="", settled_at=now, retry_at=None
        )
        skipped = Delivery.objects.filter(day=day, state=DeliveryState.SKIPPED, reason=_CANCELLED)
        welcomes.owe_again(skipped.filter(settled_at=now), now=now)
        return count
