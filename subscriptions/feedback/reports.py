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

from subscriptions.feedback.envelopes import TAG_FIELD
from subscriptions.feedback.prose import LATE_AUTO_REPLY, failures_in_words, is_auto_reply, says_automatic
from subscriptions.feedback.records import Form, Incoming, Report
from subscriptions.feedback.statuses import complaints, forwarded_statuses, service_notice, statuses
from subscriptions.feedback.texts import (
    ADDRESS,
    LONGEST_TEXT,
    QUOTE,
    RETURNED_TYPES,
    address_in,
    body_of,
    decoded,
    header,
    own_parts,
    status_text,
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
        tags=tuple(_fields(returned, TAG_FIELD)),
        links=tuple(
            re.findall(r"<(https?://[^<>\s]{1,500})>", " ".join(_fields(returned, "List-Unsubscribe")))
        ),
        mentioned=_mentioned(message, data),
        returned_to=tuple(address_in(value) for value in _fields(returned, "To")),
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


def _fields(head: str, name: str) -> list[str]:
    """The values of the fields ``name`` in the text of a head, unfolded; at most 1,000 characters of each."""
    pattern = rf"^{re.escape(name)}:[ \t]*(.*(?:\n[ \t]+.*)*)"
    found = re.findall(pattern, head, re.MULTILINE | re.IGNORECASE)
    return [" ".join(str(value)[:1000].split()) for value in found]


def _sent_to(message: Message, returned: str) -> tuple[str, ...]:
    """Where the mail arrived, and the envelope senders that it shows: one of them is tagged."""
    values = [
        str(value)
        for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
        for value in message.get_all(name, [])
    ]
    addresses = [address for _, address in getaddresses(values) if "@" in address]
    for name in ("Return-Path", "X-Envelope-From", "Envelope-From"):
        addresses += [address_in(value) for value in _fields(returned, name)]
    for part in own_parts(message):
        if part.get_content_type() in ("message/feedback-report", "message/delivery-status"):
            # RFC 5965, section 3.2; the second is Postfix's.
            for name in ("Original-Mail-From", "X-Postfix-Sender"):
                addresses += [address_in(value) for value in _fields(status_text(part), name)]
    return tuple(dict.fromkeys(filter(None, addresses)))


MOST_MENTIONED = 200


def _mentioned(message: Message, data: bytes) -> tuple[str, ...]:
    """The addresses in the notification's own words, and in the field in which Exim names who failed."""
    words = f"{header(message, 'X-Failed-Recipients')}\n{words_of(message) or body_of(data)}"
    found = dict.fromkeys(address.lower().rstrip(".") for address in ADDRESS.findall(words))
    return tuple(found)[:MOST_MENTIONED]


def _about(message: Message, returned: str) -> tuple[str, ...]:
    named: Iterable[str] = re.findall(
        r"<[^>\s]{1,250}>", f"{header(message, 'In-Reply-To')} {header(message, 'References')}"
    )
    return tuple(dict.fromkeys([*_MESSAGE_ID.findall(returned), *named]))
