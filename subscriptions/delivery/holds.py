"""Sending that waits for a person's word: after many bounces or complaints, or after a restored backup.

While a hold is open no digest is claimed and no correction is mailed, and a batch that is being sent stops
within seconds once the message at hand is over, for which the mail server has its own time. Readers' hours
pass, and their digests wait in the queue for as long as it takes. What a reader asked for, such as a
confirmation, goes on unless the hold says otherwise. A single day is held by
:mod:`subscriptions.delivery.day_holds`.
"""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from newsletter.errors import StateError
from subscriptions.models import Delivery, SendingHold
from subscriptions.models.states import DeliveryState


def hold_sending(kind: str, sentence: str, *, stops_notices: bool = False) -> SendingHold:
    """Send nothing until :func:`release` of ``kind`` (:class:`SendingHold.Kind`); a second call says it anew.

    ``sentence``: why, for the desk and the log, without an address. ``stops_notices``: nor any mail that a
    reader asked for.
    """
    hold, _ = SendingHold.objects.update_or_create(
        kind=SendingHold.Kind(kind),
        released_at=None,
        defaults={"sentence": sentence, "stops_notices": stops_notices},
        create_defaults={
            "sentence": sentence,
            "stops_notices": stops_notices,
            "began_at": timezone.now(),
        },
    )
    return hold


def release(kind: str, *, by: str) -> None:
    """Let sending go on, as far as ``kind`` held it. Raises StateError if it did not: of two, one may."""
    rows = SendingHold.objects.filter(kind=kind, released_at=None)
    if not rows.update(released_at=timezone.now(), released_by=by):
        raise StateError("Sending was not held for this reason, or somebody else released it.")


def current_holds() -> list[SendingHold]:
    """Why nothing is sent now, the oldest first; empty if sending goes on. One query."""
    return list(SendingHold.objects.filter(released_at=None).order_by("began_at", "pk"))


def problem(holds: list[SendingHold]) -> str:
    """What a run that ``holds`` stopped says of it; empty if there is none."""
    return f"Sending is held: {holds[0].sentence} Release it at the desk." if holds else ""


def released_at(kind: str = "") -> datetime | None:
    """When a person last released ``kind``, or any: what was so before then holds nothing again."""
    rows = SendingHold.objects.filter(kind=kind) if kind else SendingHold.objects.all()
    at: datetime | None = rows.aggregate(at=Max("released_at"))["at"]
    return at


def waiting() -> int:
    """How many digests go out once nothing is held."""
    return Delivery.objects.filter(state__in=(DeliveryState.QUEUED, DeliveryState.DEFERRED)).count()
