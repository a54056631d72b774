"""Whether readers' servers and readers themselves refuse us: then sending is held until a person has looked.

Counted are readers, not reports, and only what is proved to be about a mail of ours
(:mod:`subscriptions.feedback.attribution`): of a report that a stranger sends, nothing follows. A reader can
forge what comes back of the reader's own mails alone, so ten readers are the least that holds sending.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from operations.alarms.kinds import Problem
from subscriptions.delivery import holds
from subscriptions.models import Delivery, DeliveryEvent
from subscriptions.models.states import DeliveryEventKind, DeliveryState, EventStanding, SendingHoldKind

FEWEST_READERS = 10
_LEFT = (DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.FAILED)
DAYS = 4  # of deliveries: most of what comes back comes within hours


@dataclass(frozen=True, slots=True)
class Limit:
    """``share`` of the readers of a day's deliveries, of whom events of ``kinds`` hold sending."""

    hold: SendingHoldKind
    kinds: Collection[DeliveryEventKind]
    share: float
    verb: str


LIMITS = (
    Limit(
        SendingHoldKind.BOUNCES,
        (DeliveryEventKind.HARD_BOUNCE, DeliveryEventKind.SOFT_BOUNCE),
        0.05,
        "bounced",
    ),
    Limit(SendingHoldKind.COMPLAINTS, (DeliveryEventKind.COMPLAINT,), 0.001, "were complained of as spam"),
)


def hold_sending_if_refused(now: datetime) -> None:
    """Hold sending where a day's deliveries have reached a limit, by events since it was last released."""
    for limit in LIMITS:
        if sentence := _too_many(limit, now=now):
            holds.hold_sending(limit.hold, sentence)


def _too_many(limit: Limit, *, now: datetime) -> str:
    """What is too much, in a sentence; empty if nothing is. The worst day counts."""
    first_day = now.date() - timedelta(days=DAYS)
    since = now - timedelta(days=DAYS + 1)
    events = DeliveryEvent.objects.filter(
        at__gte=max(since, holds.released_at(limit.hold) or since),
        kind__in=limit.kinds,
        final=True,
        delivery__day__gte=first_day,
    ).exclude(standing=EventStanding.UNPROVEN)
    by_day = events.order_by().values_list("delivery__day").annotate(Count("subscriber", distinct=True))
    worst = ""
    most = 0.0
    for day, readers in by_day:
        if readers < FEWEST_READERS:
            continue
        sent = Delivery.objects.for_day(day).filter(state__in=_LEFT).count()
        share = readers / max(sent, readers)
        if share >= max(limit.share, most):
            most = share
            worst = (
                f"{readers:,} of the {max(sent, readers):,} digests of {day:%A, %d %B} {limit.verb} "
                f"({share:.1%}; the limit is {limit.share:.1%})."
            )
    return worst


def held(kind: str, _: datetime) -> list[Problem]:
    """Whether sending is held for the reason ``kind``, until a person releases it."""
    return [
        Problem(hold.kind, f"Sending is held: {hold.sentence}"[:500])
        for hold in holds.current_holds()
        if hold.kind == kind
    ]
