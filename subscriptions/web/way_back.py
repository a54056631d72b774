"""From a page that a digest's link opened, back to that digest in the browser."""

from typing import Any

from django.urls import reverse

from newsletter.models import Paper
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers.links import token

# A mail can be read before the ledger knows that it has arrived.
ARRIVED = (Delivery.State.SENT, Delivery.State.SENDING, Delivery.State.UNCERTAIN)
"""States of digests that have a page: they were sent, or may have been."""
LOOKED_AT = 60  # of a reader's digests, the newest first


def way_back(reader: Subscriber, paper: Paper) -> dict[str, Any]:
    """The context of a page: the address of the newest digest that had ``paper``, "" if there is none.

    Whoever has a digest has its links, and may read past digests by them: nothing is handed on here.
    """
    sent = reader.deliveries.filter(state__in=ARRIVED).order_by("-day")
    for day, picks in sent.values_list("day", "picks")[:LOOKED_AT]:
        if paper.pk in picks.on_page:
            return {"back_url": reverse("digest", args=[token(reader, "view"), day.isoformat()])}
    return {"back_url": ""}
