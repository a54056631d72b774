"""A hard bounce with one indication only: it acts when it comes again, unless the mailbox worked in between.

"No such user" is said by mistake, by filters and by servers that are being moved. The same of another mail a
day later is a second indication; a mail that arrived in between, or a vote, shows that the mailbox is there.
"""

from datetime import datetime, timedelta

from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Vote
from subscriptions.models.states import DeliveryEventKind, DeliveryState, EventStanding
from subscriptions.readers import consent

# A day, less what a queue or a clock may take of it: a reader's digests leave at the same hour.
APART = timedelta(hours=20)
REMEMBERED = timedelta(days=60)  # an older bounce does not count any more


def comes_again(reader: Subscriber, delivery: Delivery | None, *, at: datetime) -> bool:
    """Whether an earlier mail, sent a day or more before this one, was said to have no mailbox as well."""
    sent_at = delivery.created_at if delivery else at
    earlier = _first_doubt(reader, delivery, sent_at=sent_at)
    return earlier is not None and not _shows_life(reader, after=earlier, until=sent_at, at=at)


def _first_doubt(reader: Subscriber, delivery: Delivery | None, *, sent_at: datetime) -> datetime | None:
    """When the latest earlier mail that was doubted had been sent; None if none was."""
    doubted = DeliveryEvent.objects.filter(
        subscriber=reader,
        kind=DeliveryEventKind.HARD_BOUNCE,
        standing=EventStanding.DOUBTFUL,
        at__gte=sent_at - REMEMBERED,
    )
    if delivery is not None:
        doubted = doubted.exclude(delivery=delivery)
    moved = consent.moves(reader)
    moments = [
        created_at or told_at for created_at, told_at in doubted.values_list("delivery__created_at", "at")
    ]
    return max(
        (moment for moment in moments if sent_at - moment >= APART and (not moved or moment > moved[-1][0])),
        default=None,
    )


def _shows_life(reader: Subscriber, *, after: datetime, until: datetime, at: datetime) -> bool:
    """A mail that was sent in between and did not come back, a vote, or a confirmation."""
    bounces = (DeliveryEventKind.HARD_BOUNCE, DeliveryEventKind.SOFT_BOUNCE, DeliveryEventKind.BLOCKED)
    came_back = DeliveryEvent.objects.filter(subscriber=reader, kind__in=bounces, final=True)
    between = Delivery.objects.filter(
        subscriber=reader, state=DeliveryState.SENT, created_at__gt=after, created_at__lt=until
    )
    if between.exclude(pk__in=came_back.exclude(delivery=None).values("delivery")).exists():
        return True
    if Vote.objects.filter(subscriber=reader, at__gt=after, at__lte=at).exists():
        return True
    return ConsentEvent.objects.filter(
        subscriber=reader, kind=ConsentEvent.Kind.CONFIRMED, at__gt=after
    ).exists()
