"""What the tests of delivering share: small digests, queued rows, a sender with all else real."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from subscriptions.delivery.checkpoints import CheckpointStore
from subscriptions.delivery.rates import SendLimits, SendRateLimiter
from subscriptions.delivery.sender import SendSetup, send
from subscriptions.delivery.sending import SendRun
from subscriptions.delivery.transport import Server, SmtpTransport
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import Picks
from tests.factories import NOW, make_subscriber
from tests.smtp_sink import SmtpSink

DAY = date(2026, 3, 18)


@dataclass(frozen=True)
class PlainMessage:
    sender: str
    recipient: str
    message_id: str
    subject: str
    data: bytes
    is_canonical: bool = False


@dataclass(frozen=True)
class PlainChoice:
    subscriber_id: int
    day: date
    picks: Picks | None
    reason: str = ""
    edition_day: date | None = None


def build(deliveries: Sequence[Delivery], *, now: datetime) -> Mapping[int, PlainMessage]:
    """One short message a row, with a Message-ID that depends on the row alone."""
    found = {}
    for row in deliveries:
        message_id = f"<{row.pk}.{row.day:%Y%m%d}@paperpost.example>"
        data = (
            f"From: digest@paperpost.example\r\nTo: {row.subscriber.email}\r\nMessage-ID: {message_id}\r\n"
            f"Subject: The papers of {row.day}\r\n\r\nHello,\r\n.a line with a dot first\r\n.\r\nBye\r\n"
        ).encode()
        found[row.pk] = PlainMessage(
            "digest@paperpost.example", row.subscriber.email, message_id, f"The papers of {row.day}", data
        )
    return found


def choose(subscribers: Sequence[Subscriber], *, now: datetime) -> list[PlainChoice]:
    return [PlainChoice(reader.pk, now.date(), Picks(), edition_day=DAY) for reader in subscribers]


def queue(count: int, *, domain: str = "example.org", day: date = DAY) -> list[Delivery]:
    """``count`` queued rows of as many new readers, in the order of their ids."""
    readers = Subscriber.objects.bulk_create(
        Subscriber(email=f"r{uuid.uuid4().hex[:12]}@{domain}", state="active", confirmed_at=NOW)
        for _ in range(count)
    )
    Delivery.objects.bulk_create(
        Delivery(subscriber=reader, day=day, language="en", created_at=NOW) for reader in readers
    )
    return list(Delivery.objects.filter(subscriber__in=readers).select_related("subscriber").order_by("pk"))


def queue_one(**fields: Any) -> Delivery:
    reader = make_subscriber(**fields)
    return Delivery.objects.create(subscriber=reader, day=DAY, language="en", created_at=NOW)


def transport_to(sink: SmtpSink, **options: Any) -> SmtpTransport:
    return SmtpTransport(Server(host=sink.host, port=sink.port, timeout=5), **options)


def send_all(sink: SmtpSink, *, checkpoints: CheckpointStore, **options: Any) -> SendRun:
    """Send until nothing is due, over the real server ``sink``."""
    transport = transport_to(sink)
    parts: dict[str, Any] = {
        "build": build,
        "transport": transport,
        "checkpoints": checkpoints,
        "rate_limiter": SendRateLimiter(SendLimits()),
    }
    parts |= {name: options.pop(name) for name in parts if name in options}
    try:
        return send(**{"seconds": 60, "setup": SendSetup(**parts), **options})
    finally:
        transport.close()


def states() -> dict[str, int]:
    """How many rows are in which state."""
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found
