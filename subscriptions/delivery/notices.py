"""The short mails that answer something a person did: please confirm, welcome, you were already here.

A notice is built when it is sent, from the row as it then is, so a queue holds ids and never an address.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from newsletter.rendering import render_email
from subscriptions.addresses import readable_address
from subscriptions.delivery.dispatch import NotPermittedError, RejectedError, dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.messages.single import SingleMail, build_single
from subscriptions.messages.welcomes import clock_of, next_digest
from subscriptions.models import Subscriber
from subscriptions.readers.consent import wishes_of_form
from subscriptions.readers.links import address, form_of, reader_links, token
from subscriptions.readers.welcomes import next_turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail to be: its folder of templates, the bare address it goes to, and what the templates see."""

    template: str
    recipient: str
    context: Mapping[str, object]
    language: str = ""  # empty: the reader's own


def send(kind: str, subscriber: Subscriber, *, now: datetime) -> bool:
    """Write and send one notice of :data:`KINDS`.

    Returns False when it no longer fits the row, such as a second request to confirm, when its address must
    not be written to, and when the mail server refuses it for good. Raises
    :class:`~subscriptions.delivery.dispatch.DeferredError` when it is to be tried again.
    """
    notice = KINDS[kind](subscriber, now)
    if notice is None:
        return False
    mail = render_email(notice.template, notice.context, language=notice.language or subscriber.language)
    message = build_single(
        SingleMail(recipient=notice.recipient, subject=mail.subject, text=mail.text, html=mail.html), now=now
    )
    try:
        dispatch(MailKind(kind), message, reader=subscriber, now=now)
    except NotPermittedError as error:
        log.info("The %s notice for reader %s is not sent: %s", kind, subscriber.pk, error)
        return False
    except RejectedError as error:
        log.warning("The %s notice for reader %s was refused for good: %s", kind, subscriber.pk, error)
        return False
    return True


def _confirm(subscriber: Subscriber, now: datetime) -> Notice | None:
    if subscriber.state in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        return None
    confirm_token = token(subscriber, "confirm", now=now)
    wishes = wishes_of_form(subscriber, form_of(confirm_token))
    if wishes is None and subscriber.state != Subscriber.State.PENDING:
        return None
    context = {"confirm_url": address("confirm", confirm_token)}
    return Notice("confirm", subscriber.email, context, language=wishes.language if wishes else "")


def _already(subscriber: Subscriber, _now: datetime) -> Notice | None:
    if subscriber.state not in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        return None
    return Notice("already-subscribed", subscriber.email, _links(subscriber))


def _welcome(subscriber: Subscriber, now: datetime) -> Notice | None:
    if subscriber.state != Subscriber.State.ACTIVE:
        return None
    due = subscriber.next_due_at
    next_at = clock_of(due if due and due > now else next_turn(subscriber, now=now), subscriber.time_zone)
    said = {"next_digest": next_digest(next_at, language=subscriber.language, now=now)}
    return Notice("welcome", subscriber.email, said | _links(subscriber))


def _goodbye(subscriber: Subscriber, now: datetime) -> Notice | None:
    if subscriber.state != Subscriber.State.UNSUBSCRIBED or subscriber.confirmed_at is None:
        return None
    url = address("undo", token(subscriber, "undo", now=now))
    return Notice("goodbye", subscriber.email, {"resubscribe_url": url})


def _my_data(subscriber: Subscriber, now: datetime) -> Notice | None:
    url = address("my-data", token(subscriber, "my-data", now=now))
    return Notice("my-data", subscriber.email, {"my_data_url": url})


def _reach_new_address(subscriber: Subscriber, now: datetime) -> Notice | None:
    if not subscriber.new_email:
        return None
    url = address("email-confirm", token(subscriber, "email-confirm", now=now))
    context = {"confirm_url": url, "new_email": readable_address(subscriber.new_email)}
    return Notice("change-of-address", subscriber.new_email, context)


def _leaving(subscriber: Subscriber, _now: datetime) -> Notice | None:
    if subscriber.state not in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        return None
    links = reader_links(subscriber.public_id, subscriber.links_epoch)
    return Notice("leaving", subscriber.email, {"unsubscribe_url": links.unsubscribe})


def _links(subscriber: Subscriber) -> dict[str, object]:
    links = reader_links(subscriber.public_id, subscriber.links_epoch)
    return {"links": links, "preferences_url": links.preferences}


KINDS: dict[str, Callable[[Subscriber, datetime], Notice | None]] = {
    "confirm": _confirm,
    "already": _already,
    "welcome": _welcome,
    "goodbye": _goodbye,
    "my-data": _my_data,
    "email-confirm": _reach_new_address,
    "leaving": _leaving,
}
