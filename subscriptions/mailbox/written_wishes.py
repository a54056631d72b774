"""What is done about a mail that asks to be written to no more (:mod:`subscriptions.mailbox.leaving`)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from newsletter.errors import InvalidInput
from newsletter.set_aside import put_aside
from subscriptions.addresses import normalise
from subscriptions.feedback.records import Incoming
from subscriptions.mailbox import leaving
from subscriptions.models import DeliveryEvent, Subscriber
from subscriptions.models.states import DeliveryEventKind, NoticeKind
from subscriptions.readers import consent, links, owed_notices
from subscriptions.stages import WISHES

SOURCE = "mailbox"
ONCE_IN = timedelta(days=1)  # RFC 3834, section 2, on answering the same sender
logger = logging.getLogger(__name__)


def unsubscribe(incoming: Incoming, *, now: datetime, on_unsubscribe: Callable[[int], object]) -> bool:
    """Unsubscribe whose token the mail has (RFC 2369); a signature is a proof, whoever sent it."""
    for token in leaving.tokens(incoming):
        try:
            subscriber = links.subscriber_of(token, "unsubscribe", now=now)
        except links.LinkError as error:
            logger.info("A mail asks to unsubscribe with a link that opens nothing: %s", error)
            continue
        if consent.unsubscribe(subscriber, now=now, how="mail"):
            on_unsubscribe(subscriber.pk)
        return True
    return False


@transaction.atomic
def answer(incoming: Incoming, *, event_id: str, now: datetime) -> bool:
    """Owe the reader whose address the mail bears the link for leaving; a forged sender changes nothing.

    False, and nothing is owed, if the mail does not ask for that, a program wrote it, no reader has the
    address, or it was answered within a day: then a person has to see it.
    """
    if not leaving.asks_to_leave(incoming) or leaving.is_automatic(incoming):
        return False
    reader = _reader_at(incoming.sender)
    if reader is None or _was_answered(reader, now=now):
        return False
    DeliveryEvent.objects.get_or_create(
        source=SOURCE,
        event_id=event_id[:200],
        defaults={
            "subscriber": reader,
            "kind": DeliveryEventKind.ASKED,
            "detail": "asked by mail to be unsubscribed; the link is sent",
            "at": now,
        },
    )
    owed_notices.owe(NoticeKind.LEAVING, reader.pk, now=now)
    return True


def show(incoming: Incoming, *, key: str, now: datetime) -> None:
    """Tell the desk of a mail that asks to leave and that nobody else will see."""
    if leaving.asks_to_leave(incoming):
        put_aside(
            WISHES,
            WISHES.item(key),
            reason=(
                "Somebody asks by mail to be unsubscribed, and nobody here could be sent the link. The "
                "mail lies in the bounce mailbox; with REPLY_TO_EMAIL such mails are passed on."
            ),
            now=now,
        )


def _reader_at(sender: str) -> Subscriber | None:
    try:
        address = normalise(sender)
    except InvalidInput:
        return None
    return Subscriber.objects.filter(
        email__iexact=address, state__in=(Subscriber.State.ACTIVE, Subscriber.State.PAUSED)
    ).first()


def _was_answered(reader: Subscriber, *, now: datetime) -> bool:
    return reader.events.filter(kind=DeliveryEventKind.ASKED, at__gt=now - ONCE_IN).exists()
