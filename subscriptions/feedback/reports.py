"""Pure: what a mail that came back says about mail that was sent. Bytes in, reports out; no judgement here.

Delivery status notifications are read by their fields (RFC 3464), spam complaints by theirs (ARF, RFC 5965),
and the many that follow no standard by ``flufl.bounce`` for whom they concern and by their text for why.
Everything in such a mail is a stranger's claim: sizes are bounded, and no decoding error ends the reading.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict
from email.message import Message
from itertools import islice
from typing import Any

from subscriptions.feedback.bounds import bounded
from subscriptions.feedback.prose import LATE_AUTO_REPLY, failures_in_words, is_auto_reply, says_automatic
from subscriptions.feedback.records import (
    KEPT_HEADERS,
    LONGEST_TEXT,
    TAG_FIELD,
    Form,
    Incoming,
    Report,
)
from subscriptions.feedback.statuses import complaints, forwarded_statuses, service_notice, statuses
from subscriptions.feedback.texts import (
    ADDRESS,
    QUOTE,
    RETURNED_TYPES,
    address_in,
    addresses_in,
    all_parts,
    body_of,
    decoded,
    fields,
    header,
    own_parts,
    parsed,
    source_of,
    status_text,
    words_of,
)

MOST_REPORTS = 20  # of one mail; ours go to one recipient each
MOST_ADDRESSES = 100  # of ours, and Message-IDs
LONGEST_NAME = 1_000  # characters of a subject, an id or a field
LONGEST_RETURNED = 20_000  # characters of the mail that came back


def read(data: bytes) -> Incoming:
    """Read one mail. Raises :class:`~newsletter.errors.Unreadable` for what is beyond all bounds."""
    data = bounded(data)
    message = parsed(data)
    returned = _returned(message, data)
    return Incoming(
        message_id=header(message, "Message-ID")[:LONGEST_NAME],
        sent_to=_sent_to(message, returned),
        about=_about(message, returned),
        subject=header(message, "Subject")[:LONGEST_NAME],
        sender=_sender(message),
        reports=tuple(islice(_reports(message, data), MOST_REPORTS)),
        tags=tuple(_fields(returned, TAG_FIELD)),
        links=tuple(_LINK.findall(" ".join(_fields(returned, "List-Unsubscribe")))),
        mentioned=_mentioned(message, data),
        returned_to=tuple(address_in(value) for value in _fields(returned, "To")),
        headers={
            name.lower(): header(message, name)[:LONGEST_NAME] for name in KEPT_HEADERS if name in message
        },
        text=(words_of(message) or body_of(data))[:LONGEST_TEXT],
    )


def read_json(data: bytes) -> dict[str, Any]:
    """:func:`read` for a confined process, which answers in JSON."""
    return asdict(read(data))


def _sender(message: Message) -> str:
    return next(iter(addresses_in(header(message, "From"))), "")


def _reports(message: Message, data: bytes) -> Iterator[Report]:
    complained = list(complaints(message))
    if complained:
        yield from complained
        return
    words = words_of(message) or body_of(data)
    notice = service_notice(words)
    if notice:
        yield notice
        return
    by_fields = list(statuses(message, words)) or list(forwarded_statuses(message))
    if by_fields:
        yield from by_fields
        return
    if is_auto_reply(message):
        yield Report(Form.AUTO_REPLY, recipient=_sender(message))
        return
    by_words = failures_in_words(message, words)
    if by_words:
        yield from by_words
    elif LATE_AUTO_REPLY.search(header(message, "Subject")) or says_automatic(message):
        yield Report(Form.AUTO_REPLY, recipient=_sender(message))
    else:
        yield Report(Form.PERSON, recipient=_sender(message))


# -- which of our mails ---------------------------------------------------------

_MESSAGE_ID = re.compile(r"^Message-ID:\s{0,80}(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_NAMED = re.compile(r"<[^<>\s]{1,250}>")
_LINK = re.compile(r"<(https?://[^<>\s]{1,500})>")


def _returned(message: Message, data: bytes) -> str:
    """The head of the mail that came back, as text; empty if it did not."""
    for part in all_parts(message):
        if part.get_content_type() in RETURNED_TYPES:
            payload = part.get_payload() if part.is_multipart() else ""
            if isinstance(payload, list) and payload:
                return source_of(payload[0])[:LONGEST_RETURNED] if isinstance(payload[0], Message) else ""
            return decoded(part)[:LONGEST_RETURNED]
    text = data.decode("utf-8", "replace")
    quote = QUOTE.search(text, text.find("\n\n") + 1)
    return text[quote.start() : quote.start() + LONGEST_RETURNED] if quote else ""


def _fields(head: str, name: str) -> list[str]:
    """The values of the fields ``name`` in the text of a head, unfolded; at most 1,000 characters of each."""
    pattern = rf"^{re.escape(name)}:[ \t]*(.*(?:\n[ \t]+.*)*)"
    values = re.findall(pattern, head, re.MULTILINE | re.IGNORECASE)
    return [" ".join(str(value)[:1000].split()) for value in values]


def _sent_to(message: Message, returned: str) -> tuple[str, ...]:
    """Where the mail arrived, and the envelope senders that it shows: one of them is tagged."""
    values = fields(message, "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    addresses = [address for value in values for address in addresses_in(value)]
    for name in ("Return-Path", "X-Envelope-From", "Envelope-From"):
        addresses += [address_in(value) for value in _fields(returned, name)]
    for part in own_parts(message):
        if part.get_content_type() in ("message/feedback-report", "message/delivery-status"):
            # RFC 5965, section 3.2; the second is Postfix's.
            for name in ("Original-Mail-From", "X-Postfix-Sender"):
                addresses += [address_in(value) for value in _fields(status_text(part), name)]
    return tuple(islice(dict.fromkeys(filter(None, addresses)), MOST_ADDRESSES))


MOST_MENTIONED = 200


def _mentioned(message: Message, data: bytes) -> tuple[str, ...]:
    """The addresses in the notification's own words, and in the field in which Exim names who failed."""
    words = f"{header(message, 'X-Failed-Recipients')}\n{words_of(message) or body_of(data)}"
    addresses = dict.fromkeys(address.lower().rstrip(".") for address in ADDRESS.findall(words))
    return tuple(addresses)[:MOST_MENTIONED]


def _about(message: Message, returned: str) -> tuple[str, ...]:
    named = _NAMED.findall(f"{header(message, 'In-Reply-To')} {header(message, 'References')}")
    return tuple(islice(dict.fromkeys([*_MESSAGE_ID.findall(returned), *named]), MOST_ADDRESSES))
