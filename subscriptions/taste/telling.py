"""Readers are told of profiling before it starts.

A reader who agreed to an older text gets a digest with a word on it. Once such a digest was sent, and did not
come back, the reader's votes count from the next one on.
"""

from collections.abc import Sequence

from django.db.models import TextField
from django.db.models.functions import Cast

from subscriptions.models import Delivery, DeliveryEvent, Subscriber
from subscriptions.stored_picks import TELLS

_AT_ONCE = 2000  # deliveries


def start_for_the_told(readers: Sequence[Subscriber]) -> None:
    """Switch the taste of those of ``readers`` on who were told by a digest. At most two queries.

    The instances are changed as their rows are. May run twice.
    """
    untold = {reader.pk: reader for reader in readers if reader.taste == Subscriber.Taste.UNTOLD}
    if not untold:
        return
    came_back = DeliveryEvent.objects.filter(kind=DeliveryEvent.Kind.HARD_BOUNCE, final=True)
    sent = (
        Delivery.objects.annotate(stored=Cast("picks", TextField()))
        .filter(subscriber__in=list(untold), state=Delivery.State.SENT, stored__contains=TELLS)
        .exclude(pk__in=came_back.filter(delivery__subscriber__in=list(untold)).values("delivery"))
        .order_by()
        .values_list("subscriber_id", "picks")
    )
    told = {reader for reader, picks in sent.iterator(chunk_size=_AT_ONCE) if picks.tells_of_taste}
    if told:
        rows = Subscriber.objects.filter(pk__in=told, taste=Subscriber.Taste.UNTOLD)
        rows.update(taste=Subscriber.Taste.ON)
        for reader in told:
            untold[reader].taste = Subscriber.Taste.ON
