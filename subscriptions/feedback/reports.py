"""Pure: what a mail that came back says about mail that was sent. Bytes in, reports out; no judgement here.

Delivery status notifications are read by their fields (RFC 3464), spam complaints by theirs (ARF, RFC 5965),
and the many that follow no standard by ``flufl.bounce`` for whom they concern and by their text for why.
Everything in such a mail is a stranger's claim: sizes are bounded, and no decoding error ends the reading.
"""

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parseaddr

from subscriptions.feedback.prose import LATE_AUTO_REPLY, failures_in_words, is_auto_reply, says_automatic
from subscriptions.feedback.records import Form, Incoming, Report
from subscriptions.feedback.statuses import complaints, forwarded_statuses, service_notice, statuses
from subscriptions.feedback.texts import (
    LONGEST_TEXT,
    QUOTE,
    RETURNED_TYPES,
    body_of,
    decoded,
    header,
    unix_lines,
    words_of,
)

LARGEST = 2 * 1024 * 1024  # bytes of a mail that are read
MOST_REPORTS = 100


def read(data: bytes) -> Incoming:
    """Read one mail; never raises for what a stranger wrote."""
    data = unix_lines(data[:LARGEST])
    message = message_from_bytes(data)
    returned = _returned(message, data)
    return Incoming(
        message_id=header(message, "Message-ID"),
        sent_to=_sent_to(message, returned),
        about=_about(message, returned),
        subject=header(message, "Subject"),
        sender=parseaddr(header(message, "From"))[1],
        reports=tuple(_reports(message, data))[:MOST_REPORTS],
    )


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
    told = list(statuses(message, words)) or list(forwarded_statuses(message))
    if told:
        yield from told
        return
    if is_auto_reply(message):
        yield Report(Form.AUTO_REPLY, recipient=parseaddr(header(message, "From"))[1])
        return
    found = failures_in_words(message, words)
    if found:
        yield from found
    elif LATE_AUTO_REPLY.search(header(message, "Subject")) or says_automatic(message):
        yield Report(Form.AUTO_REPLY, recipient=parseaddr(header(message, "From"))[1])
    else:
        yield Report(Form.PERSON, recipient=parseaddr(header(message, "From"))[1])


# -- which of our mails ---------------------------------------------------------

_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


def _returned(message: Message, data: bytes) -> str:
    """The head of the mail that came back, as text; empty if it did not."""
    for part in message.walk():
        if part.get_content_type() in RETURNED_TYPES:
            payload = part.get_payload()
            if isinstance(payload, list) and payload:
                return str(payload[0].as_string() if isinstance(payload[0], Message) else "")[:LONGEST_TEXT]
            return decoded(part)[:LONGEST_TEXT]
    text = data.decode("utf-8", "replace")
    quote = QUOTE.search(text, text.find("\n\n") + 1)
    return text[quote.start() : quote.start() + LONGEST_TEXT] if quote else ""


def _sent_to(message: Message, returned: str) -> tuple[str, ...]:
    """Where the mail arrived, and the envelope sender that the returned mail shows: one of them is tagged."""
    found = [
        str(value)
        for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
        for value in message.get_all(name, [])
    ]
    addresses = [address for _, address in getaddresses(found) if "@" in address]
    back = re.findall(
        r"^(?:Return-Path|X-Envelope-From|Envelope-From):\s*<?([^>\s]+@[^>\s]+)>?",
        returned,
        re.MULTILINE | re.IGNORECASE,
    )
    return tuple(dict.fromkeys([*addresses, *back]))


def _about(message: Message, returned: str) -> tuple[str, ...]:
    named: Iterable[str] = re.findall(
        r"<[^>\s]{1,250}>", f"{header(message, 'In-Reply-To')} {header(message, 'References')}"
    )
    return tuple(dict.fromkeys([*_MESSAGE_ID.findall(returned), *named]))
