"""From a page that a digest's link opened, back to that digest in the browser.

Whoever was given one link of a vote has no more than that: the way back stays behind the same token, and the
digest at its end has no link to the preferences, to leaving or to other digests.
"""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from newsletter.models import Paper
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers.links import token

# A mail can be read before the ledger knows that it has arrived.
ARRIVED = (Delivery.State.SENT, Delivery.State.SENDING, Delivery.State.UNCERTAIN)
"""States of digests that have a page: they were sent, or may have been."""
LOOKED_AT = 60  # of a reader's digests, the newest first


def newest_with(reader: Subscriber, paper: Paper) -> Delivery | None:
    """The newest digest of ``reader`` that had ``paper``, among the last :data:`LOOKED_AT`."""
    sent = reader.deliveries.filter(state__in=ARRIVED).order_by("-day")
    return next((row for row in sent[:LOOKED_AT] if paper.pk in row.picks.on_page), None)


def way_back(reader: Subscriber, paper: Paper) -> dict[str, Any]:
    """The context of a page: the address of the newest digest that had ``paper``, "" if there is none."""
    if newest_with(reader, paper) is None:
        return {"back_url": ""}
    path = reverse("digest-of-paper", args=[token(reader, "vote")])
    return {"back_url": f"{path}?{urlencode({'paper': paper.arxiv_id})}"}
