"""Pure: a mail as text. All of it is a stranger's claim: sizes are bounded, no decoding error ends it."""

import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message

LONGEST_TEXT = 20_000  # characters of a mail's words that are looked at
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


def unix_lines(data: bytes) -> bytes:
    """Line ends as LF, whatever they were, without an mbox's first line."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    return data.partition(b"\n")[2] if data.startswith((b"From ", b">From ")) else data


def header(message: Message, name: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(message.get(name, ""))))).split())
    except (LookupError, UnicodeError, ValueError):
        return " ".join(str(message.get(name, "")).split())


def decoded(part: Message) -> str:
    """A part's text; bytes that are not what they say are shown as they can be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8") or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/partial")


def own_parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """The notification's own parts: not those of the mail that it returns."""
    if depth > 8:
        return
    if message.get_content_type() in RETURNED_TYPES:
        return
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from own_parts(part, depth + 1)
    else:
        yield message


_TAG = re.compile(r"<[^>]{0,500}>")
# Where a notification in plain text begins to quote what it returns.
QUOTE = re.compile(
    r"^(?:[ \t>|*-]*(?:"
    r"-{2,}.{0,30}(?:(?:original|returned|unsent|undelivered|bounced) (?:message|mail)|copy of|"
    r"below this line|"
    r"(?:message|mail) header|forwarded message|returned text|included message).{0,60}|"
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


def _plain_tag(found: re.Match[str]) -> str:
    """Tags vanish, addresses in angle brackets stay."""
    return found.group() if "@" in found.group() and " " not in found.group() else " "


def status_text(part: Message) -> str:
    """The fields of a delivery-status part; the parser makes a list of blocks of them."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(block.as_string() for block in payload if isinstance(block, Message))
    return decoded(part)


def failure_status(text: str) -> str:
    found = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", text)
    return found.group() if found else ""


def part_about(recipient: str, words: str) -> str:
    """Of a notification about several recipients, what is said of this one."""
    listed = [found.start() for found in LISTED.finditer(words) if found[1].lower() == recipient]
    where = listed[0] if listed else words.lower().find(recipient) if recipient else -1
    if where < 0:
        return words
    others = [
        found.start()
        for found in LISTED.finditer(words, where + len(recipient))
        if found[1].lower() != recipient
    ]
    line = words.rfind("\n", 0, where) + 1
    earlier = any(found[1].lower() != recipient for found in LISTED.finditer(words, 0, line))
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
    found = re.search(r"[^\s<>;,\"'()\[\]]+@[^\s<>;,\"'()]+", text)
    return found.group().lower().rstrip(".") if found else ""
