"""Pure: a mail as text. All of it is a stranger's claim: sizes are bounded, no decoding error ends it."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from itertools import islice

from newsletter.errors import Unreadable
from newsletter.text.border import clean_line, clean_text, decode_bytes

LONGEST_TEXT = 20_000  # characters of a mail's words that are looked at
LONGEST_FIELD = 10_000  # characters
MOST_PARTS = 200
LONGEST_SOURCE = 200_000  # characters of a part as it came
FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{2,40}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
REPLY_CODE = re.compile(r"(?<![\d./\[-])(?<!\d:)([45]\d\d)(?=[\s\-:,)#]|$)(?!-?\d)")
# "<name@example.org>: 550 …", or "name@example.org" with an indented reason: how failures are listed.
LISTED = re.compile(
    r"^(?:[45]\d\d |[ \t]{0,4})(?:[45]\.\d+\.\d+ )?<?\"?([A-Za-z0-9.!#$%&'*+/=?^_`{|"
    r"}~-]{1,64}@[A-Za-z0-9.-]{3,253})\"?>?"
    r"(?=:[^\n]{0,200}(?:\n[^\n]{0,200}){0,6}?\b[45](?:\d\d\b|\.\d\.\d)|:[ \t]*\n|:[ \t]*[Ss]orry|"
    r"[ \t]*\n[ \t]{4,}\S|\.\.\. )",
    re.MULTILINE,
)
_STATUS_FIELDS = re.compile(
    r"^(?:Final-Recipient|Reporting-MTA|Original-Recipient): ?", re.IGNORECASE | re.MULTILINE
)
_PARAGRAPH_END = re.compile(r"\n[ \t>]*\n")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}\b")
_BRACKETED = re.compile(r"<([^<>\s@]{1,64}@[^<>\s@]{1,255})>")
_ANY_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:\\@]{1,64}@[^\s<>()\[\]\"',;:\\@]{1,255}")


class _PlainHeaders(Compat32):
    """Fields as plain text: eight-bit bytes are UTF-8 or marked, instead of objects that raise later."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - as the library calls it
        return clean_text(value.encode("utf-8", "surrogateescape"), longest=LONGEST_FIELD)


def parsed(data: bytes) -> Message:
    """A mail's parts (RFC 2045); :func:`~subscriptions.feedback.bounds.bounded` comes first.

    Raises Unreadable where a parameter that the parts hang on is in no charset.
    """
    try:
        return message_from_bytes(data, policy=_PLAIN)
    except (LookupError, ValueError, RecursionError) as error:
        raise Unreadable("Its parts cannot be told apart.", reason="broken") from error


_PLAIN = _PlainHeaders()


def header(message: Message, name: str) -> str:
    """A field on one line, its encoded words (RFC 2047) decoded as far as they can be."""
    value = str(message.get(name, ""))
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    words = (
        decode_bytes(piece, charset or "utf-8") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    )
    return clean_line("".join(words), longest=LONGEST_FIELD)


def fields(message: Message, *names: str) -> list[str]:
    """All values of the fields with these names, as they stand."""
    return [str(value) for name in names for value in message.get_all(name, [])]


def addresses_in(text: str) -> list[str]:
    """The addresses that a field such as To names: those in angle brackets, else all that look like one."""
    bracketed = _BRACKETED.findall(text)
    return bracketed or [match.group() for match in _ANY_ADDRESS.finditer(text)]


def decoded(part: Message) -> str:
    """A part's text; bytes that are not what they say are shown as they can be."""
    try:
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset("utf-8")
    except (LookupError, ValueError):
        return ""
    return decode_bytes(payload, charset or "utf-8") if isinstance(payload, bytes) else ""


def source_of(message: Message) -> str:
    """The head, and the body where it is text, as they came: :meth:`Message.as_string` may raise."""
    head = [
        f"{name}: {message.policy.header_fetch_parse(name, value)}" for name, value in message.raw_items()
    ]
    return clean_text("\n".join([*head, "", decoded(message)]), longest=LONGEST_SOURCE)


RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/partial")


def all_parts(message: Message) -> Iterator[Message]:
    """The mail and its parts, as many as are looked at."""
    return islice(message.walk(), MOST_PARTS)


def own_parts(message: Message) -> Iterator[Message]:
    """The notification's own parts: not those of the mail that it returns."""
    return islice(_own_parts(message, 0), MOST_PARTS)


def _own_parts(message: Message, depth: int) -> Iterator[Message]:
    if depth > 8:
        return
    if message.get_content_type() in RETURNED_TYPES:
        return
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _own_parts(part, depth + 1)
    else:
        yield message


_TAG = re.compile(r"<[^>]{0,500}>")
# Where a notification in plain text begins to quote what it returns: a line of its own that says so, set off
# by at least two hyphens, or in words that say it by themselves. The quantifiers are possessive: a line of
# hyphens is gone through once.
QUOTE = re.compile(
    r"^(?:(?=[ \t>|*]*+(?:-[ \t>|*]++)*+--)[ \t>|*-]*+.{0,30}"
    r"(?:(?:original|returned|unsent|undelivered|bounced) (?:message|mail)|copy of|below this line|"
    r"(?:message|mail) header|forwarded message|returned text|included message).{0,60}|"
    r"[ \t>|*-]*+(?:"
    r"(?:this is a |here is a |below this line is a )?copy of (?:the|your|the original) message.{0,60}|"
    r"(?:the )?(?:original|returned) message (?:follows|was|header|text|is).{0,40}|"
    r"(?:the )?header(?:s)? of the (?:original )?message.{0,40}|"
    r"message header(?:s)? follow.{0,20}|"
    r"\[?start of (?:the )?(?:original|returned) message.{0,40}"
    r")|received: (?:from|by) .*|return-path: .*)$",
    re.IGNORECASE | re.MULTILINE,
)


def words_of(message: Message) -> str:
    """All that the notification itself says, without the mail that it returns."""
    texts = []
    for part in own_parts(message):
        kind = part.get_content_type()
        if part.get_content_maintype() == "text":
            text = decoded(part)
            texts.append(_TAG.sub(_plain_tag, text) if kind == "text/html" else text)
        elif kind == "message/delivery-status":
            texts.append(status_text(part))
    whole = "\n".join(texts)
    first = QUOTE.search(whole, 40)
    return (whole[: first.start()] if first else whole)[:LONGEST_TEXT]


def body_of(data: bytes) -> str:
    """All after the head, of a mail whose parts cannot be told apart."""
    text = data.partition(b"\n\n")[2].decode("utf-8", "replace")
    first = QUOTE.search(text, 40)
    return (text[: first.start()] if first else text)[:LONGEST_TEXT]


def _plain_tag(match: re.Match[str]) -> str:
    """Tags vanish, addresses in angle brackets stay."""
    return match.group() if "@" in match.group() and " " not in match.group() else " "


def status_text(part: Message) -> str:
    """The fields of a delivery-status part; the parser makes a list of blocks of them."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(source_of(block) for block in payload if isinstance(block, Message))
    return decoded(part)


def failure_status(text: str) -> str:
    """The first enhanced status code of a failure (RFC 3463), such as 5.1.1; empty if there is none."""
    match = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", text)
    return match.group() if match else ""


def part_about(recipient: str, words: str) -> str:
    """Of a notification about several recipients, what is said of this one."""
    listed = [match.start() for match in LISTED.finditer(words) if match[1].lower() == recipient]
    where = listed[0] if listed else words.lower().find(recipient) if recipient else -1
    if where < 0:
        return words
    others = [
        match.start()
        for match in LISTED.finditer(words, where + len(recipient))
        if match[1].lower() != recipient
    ]
    line = words.rfind("\n", 0, where) + 1
    earlier = any(match[1].lower() != recipient for match in LISTED.finditer(words, 0, line))
    return words[line if earlier else 0 : others[0] if others else len(words)]


def own_lines(recipient: str, part: str) -> str:
    """What ``part`` (:func:`part_about`) says of ``recipient``: the paragraphs in which it is named.

    The first counts from the line with the name: before it stands what is said to everybody. A paragraph ends
    at an empty line; fields of a status notification are none. Empty if the recipient is not named, or if
    nothing is said beside the name.
    """
    if not recipient:
        return ""
    paragraphs: list[str] = []
    for paragraph in _PARAGRAPH_END.split(part):
        where = paragraph.lower().find(recipient)
        if where >= 0 and not _STATUS_FIELDS.search(paragraph):
            first = paragraph.rfind("\n", 0, where) + 1
            paragraphs.append(paragraph[0 if paragraphs else first :].strip())
    whole = "\n".join(paragraphs)
    says = re.sub(re.escape(recipient), " ", whole, flags=re.IGNORECASE)
    return whole if len(re.findall(r"\w{2,}", says)) > 1 else ""


def address_in(text: str) -> str:
    """The address of ``rfc822; <name@example.org>`` in lower case."""
    match = re.search(r"[^\s<>;,\"'()\[\]]{1,100}@[^\s<>;,\"'()]{1,255}", text)
    return match.group().lower().rstrip(".") if match else ""
