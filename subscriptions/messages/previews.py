"""A reader's digest as it would be sent, without sending it: for the command, the admin and the curious."""

import email
import email.policy
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from newsletter.errors import InvalidInput
from subscriptions.digests import choose_batch
from subscriptions.messages import MimeMessage, assemble, compose_digest, fit_digest
from subscriptions.messages.render_cache import load_render_cache
from subscriptions.messages.rows import Recipient
from subscriptions.models import Delivery, Subscriber
from subscriptions.picks import NOTHING
from subscriptions.readers.clock import moment_of, zone_of
from subscriptions.readers.links import reader_links

_UNSAVED = -1


@dataclass(frozen=True, slots=True)
class MailPreview:
    """The message, and its two parts as a mail program decodes them."""

    message: MimeMessage
    html: str
    text: str


def preview(reader: Subscriber, *, day: date | None, now: datetime, to: str = "") -> MailPreview:
    """What ``reader`` was sent on ``day``, else what would be chosen at the reader's hour of that day.

    Without a day: what would be chosen at ``now``. Reads the same rows through the same functions as sending
    does, and changes nothing. With ``to`` it is written to that address and its links are nobody's: staff see
    what a reader gets, and cannot act as that reader. Raises InvalidInput when there is nothing to show,
    saying why.
    """
    moment = now
    if day is not None:
        moment = moment_of(day, reader.hour, zone_of(reader.time_zone)) or now
        stored = Delivery.objects.filter(subscriber=reader, day=day).exclude(picks=NOTHING).first()
        if stored is not None:
            return _shown(stored, now=moment, to=to)
        # As on that day: what came later has not been had yet.
        before = moment.astimezone(UTC).date() - timedelta(days=1)
        if reader.last_edition_day is not None and reader.last_edition_day > before:
            reader.last_edition_day = before
    (choice,) = choose_batch([reader], now=moment)
    if choice.picks is None:
        raise InvalidInput(f"There is no digest for {choice.day:%Y-%m-%d}: {choice.reason}")
    row = Delivery(
        pk=_UNSAVED,
        subscriber=reader,
        day=choice.day,
        picks=choice.picks,
        language=reader.language,
        created_at=moment,
    )
    return _shown(row, now=moment, to=to)


def _shown(row: Delivery, *, now: datetime, to: str) -> MailPreview:
    cache = load_render_cache([row])
    digest = compose_digest(row, cache)
    reader = nobody(to) if to else cache.recipients.get(row.subscriber_id)
    if digest is None or reader is None:
        raise InvalidInput(
            f"Nothing is left of the digest of {row.day:%Y-%m-%d}: its papers are gone or hidden."
        )
    return opened(assemble(row, reader, *fit_digest(digest), now=now))


def nobody(address: str) -> Recipient:
    """Whoever reads at ``address``, with links that lead nowhere."""
    public_id = uuid.uuid4()
    return Recipient(address, public_id, reader_links(public_id, 0))


def opened(message: MimeMessage) -> MailPreview:
    """A message with its two parts decoded."""
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    return MailPreview(message=message, html=html, text=text)
