"""What the operator does to rows that are over: failed ones again, uncertain ones one way or the other."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import SetAside
from subscriptions import stages
from subscriptions.models import Delivery, Subscriber
from subscriptions.models.states import DeliveryReason, DeliveryState
from subscriptions.readers import welcomes


def retry_failed(rows: QuerySet[Delivery], *, now: datetime) -> int:
    """failed → queued, for active readers; returns how many. What bounced is not tried again."""
    again = rows.filter(state=DeliveryState.FAILED, subscriber__state=Subscriber.State.ACTIVE).exclude(
        reason_code=DeliveryReason.CAME_BACK  # the address was tried, and its owner's server said no
    )
    ids = list(again.values_list("pk", flat=True))
    count = _settle(ids, DeliveryState.FAILED, attempts=0, **_queued(now))
    for some in chunked(ids, IDS_A_QUERY):
        names = [stages.MESSAGES.item(pk) for pk in some]
        SetAside.objects.filter(stage=stages.MESSAGES.slug, item__in=names).delete()
        welcomes.take_up_again(Delivery.objects.filter(pk__in=some, state=DeliveryState.QUEUED))
    return count


def settle_uncertain(rows: QuerySet[Delivery], *, arrived: bool, by: str, now: datetime) -> int:
    """uncertain → sent, if they ``arrived``; else → queued, to be sent again. Returns how many."""
    ids = list(rows.filter(state=DeliveryState.UNCERTAIN).values_list("pk", flat=True))
    if arrived:
        reason = f"settled as arrived by {by}"
        return _settle(ids, DeliveryState.UNCERTAIN, state=DeliveryState.SENT, reason=reason, settled_at=now)
    reason = f"sent again by {by}"
    return _settle(ids, DeliveryState.UNCERTAIN, reason=reason, **_queued(now))


def _queued(now: datetime) -> dict[str, object]:
    """What rows get that are sent again: they could not be sent before ``now``."""
    return {"state": DeliveryState.QUEUED, "settled_at": None, "waits_from": now}


def _settle(ids: Iterable[int], was: DeliveryState, **fields: object) -> int:
    """Only rows that still are what they were: of two operators one changes a row."""
    fields.setdefault("reason_code", DeliveryReason.PLAIN)
    changed = 0
    for some in chunked(ids, IDS_A_QUERY):
        changed += Delivery.objects.filter(pk__in=some, state=was).update(retry_at=None, **fields)
    return changed
