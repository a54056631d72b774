"""The operator's mail: what began and what is over, straight to the mail server, without the broker.

It waits for no rate and stands in no queue. Each step of talking to the mail server is bounded in time; one
that is down is tried again with the next look after :data:`~operations.alarms.ledger.LEASE`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User

from newsletter.errors import DeliveryError
from operations.models import Alarm
from subscriptions.delivery.dispatch import kept_connection
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import Envelope, Transport
from subscriptions.delivery.transport import default_transport
from subscriptions.messages.single import SingleMail, build_single

STEP_SECONDS = 10.0
MOST_RECIPIENTS = 10
_STEERS = "subscriptions.steer_delivery"
log = logging.getLogger(__name__)


def recipients() -> list[str]:
    """``OPERATOR_EMAIL``; without it whoever may steer deliveries at the desk, but nobody in the demo."""
    if settings.OPERATOR_EMAIL or settings.DEBUG:
        return list(settings.OPERATOR_EMAIL)
    steering = User.objects.with_perm(_STEERS, backend="django.contrib.auth.backends.ModelBackend")
    addresses = steering.exclude(email="").order_by("pk").values_list("email", flat=True)
    return list(dict.fromkeys(addresses))[:MOST_RECIPIENTS]


def send(subject: str, text: str, *, to: Sequence[str], now: datetime) -> bool:
    """Mail ``text`` to everybody of ``to``; returns whether one mail was taken. Raises for no mail server."""
    taken = 0
    with kept_connection(default_transport(timeout=STEP_SECONDS)) as connection:
        for address in to:
            try:
                taken += _send_one(subject, text, to=address, now=now, connection=connection)
            except (DeliveryError, ValueError) as error:
                log.warning("The operator's mail cannot be sent: %s", error)
    return taken > 0


def _send_one(subject: str, text: str, *, to: str, now: datetime, connection: Transport) -> bool:
    mail = SingleMail(recipient=to, subject=subject, text=text, auto_submitted="auto-generated")
    message = build_single(mail, now=now)
    envelope = Envelope(
        sender=message.sender,
        recipient=message.recipient,
        data=default_signer()(message.data),
        is_canonical=message.is_canonical,
    )
    reply = connection.send(envelope, before_body=lambda: None)
    if not reply.accepted:
        log.warning("The mail server did not take the operator's mail: %s", reply)
    return reply.accepted


def subject_of(alarms: Sequence[Alarm]) -> str:
    """ "Paperpost: The broker does not answer. And 2 more"; what began comes before what is over."""
    begun = [row for row in alarms if row.ended_at is None]
    first = begun[0].sentence if begun else f"Over: {alarms[0].sentence}"
    more = len(begun or alarms) - 1
    return f"{settings.SITE_NAME}: {first}" + (f" (and {more} more)" if more else "")


def text_of(alarms: Sequence[Alarm]) -> str:
    """The mail's words: each alarm that began, with what to do, and each that is over."""
    begun = [row for row in alarms if row.ended_at is None]
    ended = [row for row in alarms if row.ended_at is not None]
    parts = []
    if begun:
        lines = [
            f"- {row.sentence}\n  Since {_moment(row.began_at)}.\n  What to do: {row.remedy}" for row in begun
        ]
        parts += [f"This needs a person at {settings.SITE_URL}/:", *lines]
    if ended:
        lines = [
            f"- {row.sentence}\n  From {_moment(row.began_at)} to {_moment(row.ended_at)}." for row in ended
        ]
        parts += ["This is over:", *lines]
    parts.append(f"The desk lists all alarms: {settings.SITE_URL}/admin/operations/alarm/")
    return "\n\n".join(parts) + "\n"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
