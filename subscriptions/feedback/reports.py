"""Pure: what a mail that came back says about mail that was sent. Bytes in, reports out; no judgement here.

Delivery status notifications are read by their fields (RFC 3464), spam complaints by theirs (ARF, RFC 5965),
and the many that follow no standard by ``flufl.bounce`` for whom they concern and by their text for why.
Everything in such a mail is a stranger's claim: sizes are bounded, and no decoding error ends the reading.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from enum import StrEnum

from flufl.bounce import all_failures

logging.getLogger("flufl.bounce").setLevel(logging.WARNING)  # it tells of each of its detectors
LARGEST = 2 * 1024 * 1024  # bytes of a mail that are read
LONGEST_TEXT = 20_000  # characters of its words that are looked at
MOST_REPORTS = 100


class Form(StrEnum):
    """How a report was made."""

    STATUS = "status"  # RFC 3464
    COMPLAINT = "complaint"  # RFC 5965
    WORDS = "words"  # prose of a mail server
    AUTO_REPLY = "auto-reply"  # RFC 3834
    PERSON = "person"  # none of these: somebody wrote it, or it is none of ours


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's fate as somebody told it. Empty where it was not said.

    ``action`` and ``status`` as in RFC 3464, section 2.3 ("failed", "5.1.1"); ``code`` the SMTP reply code;
    ``words`` the diagnostic text, or all of the notification's text; ``feedback`` ARF's Feedback-Type.
    """

    form: Form
    recipient: str = ""
    action: str = ""
    status: str = ""
    code: str = ""
    diagnostic: str = ""
    words: str = ""
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in: whom it was sent to (our tagged addresses), what it is about, and its reports."""

    message_id: str
    sent_to: tuple[str, ...]
    about: tuple[str, ...]  # Message-IDs of our mail that it returns or answers
    subject: str
    sender: str
    reports: tuple[Report, ...]


def read(data: bytes) -> Incoming:
    """Read one mail; never raises for what a stranger wrote."""
    data = _lines(data[:LARGEST])
    message = message_from_bytes(data)
    returned = _returned(message, data)
    return Incoming(
        message_id=_header(message, "Message-ID"),
        sent_to=_sent_to(message, returned),
        about=_about(message, returned),
        subject=_header(message, "Subject"),
        sender=parseaddr(_header(message, "From"))[1],
        reports=tuple(_reports(message, data))[:MOST_REPORTS],
    )


def _reports(message: Message, data: bytes) -> Iterator[Report]:
    complaints = list(_complaints(message))
    if complaints:
        yield from complaints
        return
    words = _words(message) or _body(data)
    notice = _service_notice(words)
    if notice:
        yield notice
        return
    statuses = list(_statuses(message, words)) or list(_forwarded_statuses(message))
    if statuses:
        yield from statuses
        return
    if _is_auto_reply(message):
        yield Report(Form.AUTO_REPLY, recipient=parseaddr(_header(message, "From"))[1])
        return
    found = _failures_in_words(message, words)
    if found:
        yield from found
    elif _LATE_AUTO_REPLY.search(_header(message, "Subject")) or _says_automatic(message):
        yield Report(Form.AUTO_REPLY, recipient=parseaddr(_header(message, "From"))[1])
    else:
        yield Report(Form.PERSON, recipient=parseaddr(_header(message, "From"))[1])


# -- the mail as text -----------------------------------------------------------


def _lines(data: bytes) -> bytes:
    """Line ends as LF, whatever they were, without an mbox's first line."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    return data.partition(b"\n")[2] if data.startswith((b"From ", b">From ")) else data


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(message.get(name, ""))))).split())
    except (LookupError, UnicodeError, ValueError):
        return " ".join(str(message.get(name, "")).split())


def _decoded(part: Message) -> str:
    """A part's text; bytes that are not what they say are shown as they can be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8") or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


_RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/partial")


def _own_parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """The notification's own parts: not those of the mail that it returns."""
    if depth > 8:
        return
    if message.get_content_type() in _RETURNED_TYPES:
        return
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _own_parts(part, depth + 1)
    else:
        yield message


_TAG = re.compile(r"<[^>]{0,500}>")
# Where a notification in plain text begins to quote what it returns.
_QUOTE = re.compile(
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


def _words(message: Message) -> str:
    """All that the notification itself says, without the mail that it returns."""
    texts = []
    for part in _own_parts(message):
        kind = part.get_content_type()
        if part.get_content_maintype() == "text":
            text = _decoded(part)
            texts.append(_TAG.sub(_plain_tag, text) if kind == "text/html" else text)
        elif kind == "message/delivery-status":
            texts.append(_status_text(part))
    whole = "\n".join(texts)
    first = _QUOTE.search(whole, 40)
    return (whole[: first.start()] if first else whole)[:LONGEST_TEXT]


def _body(data: bytes) -> str:
    """All after the head, of a mail whose parts cannot be told apart."""
    text = data.partition(b"\n\n")[2].decode("utf-8", "replace")
    first = _QUOTE.search(text, 40)
    return (text[: first.start()] if first else text)[:LONGEST_TEXT]


def _plain_tag(found: re.Match[str]) -> str:
    """Tags vanish, addresses in angle brackets stay."""
    return found.group() if "@" in found.group() and " " not in found.group() else " "


def _status_text(part: Message) -> str:
    """The fields of a delivery-status part; the parser makes a list of blocks of them."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(block.as_string() for block in payload if isinstance(block, Message))
    return _decoded(part)


# -- RFC 3464 -------------------------------------------------------------------

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{2,40}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_FIELDS = {
    "final-recipient": "recipient",
    "original-recipient": "original",
    "x-actual-recipient": "actual",
    "action": "action",
    "status": "status",
    "diagnostic-code": "diagnostic",
    "x-postfix-queue-id": "",
}
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"(?<![\d./\[-])(?<!\d:)([45]\d\d)(?=[\s\-:,)#]|$)(?!-?\d)")


def _statuses(message: Message, words: str) -> Iterator[Report]:
    """A report for each block that names a recipient, an action or a status."""
    blocks = [_status_text(part) for part in _own_parts(message) if _is_status(part)]
    if not blocks and re.search(r"^final-recipient:", words, re.IGNORECASE | re.MULTILINE):
        blocks = [words]  # a damaged multipart
    for text in blocks:
        for fields in _blocks(text):
            yield _report_of(fields, words)


def _is_status(part: Message) -> bool:
    return part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """The per-recipient groups of fields, by the field that begins one."""
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(text[:LONGEST_TEXT]):
        name = _FIELDS.get(found[1].lower())
        if not name:
            continue
        value = " ".join(found[2].split())
        begins = name in ("recipient", "original") and (name in fields or "recipient" in fields)
        if begins and ("action" in fields or "status" in fields):
            yield fields
            fields = {}
        fields[name] = f"{fields[name]} {value}" if name == "diagnostic" and name in fields else value
    if fields.keys() & {"recipient", "original", "actual"} or {"action", "status"} <= fields.keys():
        yield fields


def _forwarded_statuses(message: Message) -> Iterator[Report]:
    """A report that another machine passed on as the mail it returned."""
    for part in message.walk():
        if part is not message and part.get_content_type() == "multipart/report":
            yield from _statuses(part, _words(part))
            return


# Amazon SES tells in JSON (through SNS to a mailbox) what others tell in fields.
_NOTICE = re.compile(r'\\?"(?:notificationType|eventType)\\?"\s*:\s*\\?"(Bounce|Complaint|Delivery)\b')
_NOTICE_TEXT = re.compile(r'\\?"diagnosticCode\\?"\s*:\s*\\?"(.{0,1000}?)\\?"\s*[,}]')


def _service_notice(words: str) -> Report | None:
    found = _NOTICE.search(words)
    if not found:
        return None
    about = _ADDRESS.search(words[words.find("emailAddress") :])
    recipient = about.group().lower() if about else ""
    if found[1] == "Complaint":
        return Report(Form.COMPLAINT, recipient=recipient, feedback="abuse")
    if found[1] == "Delivery":
        return Report(Form.STATUS, recipient=recipient, action="delivered")
    said = _NOTICE_TEXT.search(words)
    return Report(
        Form.STATUS,
        recipient=recipient,
        action="failed" if "Permanent" in words else "delayed",
        status=_failure_status(words),
        diagnostic=said[1] if said else "",
        words=words,
    )


def _failure_status(text: str) -> str:
    found = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", text)
    return found.group() if found else ""


def _report_of(fields: dict[str, str], words: str) -> Report:
    diagnostic = re.sub(r"^[A-Za-z0-9-]{2,20} ?; ?", "", fields.get("diagnostic", ""))
    status = _STATUS.search(fields.get("status", ""))
    code = _REPLY.search(diagnostic)
    recipient = fields.get("recipient") or fields.get("actual") or fields.get("original") or ""
    return Report(
        Form.STATUS,
        recipient=_address(recipient),
        action=fields.get("action", "").lower().split(" ")[0].strip(".,;"),
        status=status.group() if status else "",
        code=code[1] if code else "",
        diagnostic=diagnostic[:2000],
        words=_part_about(_address(recipient), words),
    )


def _part_about(recipient: str, words: str) -> str:
    """Of a notification about several recipients, what is said of this one."""
    listed = [found.start() for found in _LISTED.finditer(words) if found[1].lower() == recipient]
    where = listed[0] if listed else words.lower().find(recipient) if recipient else -1
    if where < 0:
        return words
    others = [
        found.start()
        for found in _LISTED.finditer(words, where + len(recipient))
        if found[1].lower() != recipient
    ]
    line = words.rfind("\n", 0, where) + 1
    earlier = any(found[1].lower() != recipient for found in _LISTED.finditer(words, 0, line))
    return words[line if earlier else 0 : others[0] if others else len(words)]


def _address(text: str) -> str:
    """The address of ``rfc822; <name@example.org>`` in lower case."""
    found = re.search(r"[^\s<>;,\"'()\[\]]+@[^\s<>;,\"'()]+", text)
    return found.group().lower().rstrip(".") if found else ""


# -- RFC 5965 -------------------------------------------------------------------


_UNSUBSCRIBE = re.compile(r"(?:re: ?)?(?:list-)?unsubscribe", re.IGNORECASE)


def _complaints(message: Message) -> Iterator[Report]:
    subject = _header(message, "Subject")
    if message.get("X-Apple-Unsubscribe") or _UNSUBSCRIBE.fullmatch(subject):
        yield Report(Form.COMPLAINT, recipient=_address(_header(message, "From")), feedback="opt-out")
        return
    if subject.lower().startswith("complaint about message from"):  # Microsoft's JMRP has a form of its own
        theirs = re.search(
            r"^X-HmXmrOriginalRecipient: *(\S+)", message.as_string(), re.MULTILINE | re.IGNORECASE
        )
        yield Report(Form.COMPLAINT, recipient=_address(theirs[1]) if theirs else "", feedback="abuse")
        return
    for part in _own_parts(message):
        if part.get_content_type() != "message/feedback-report":
            continue
        text = _status_text(part)
        fields: dict[str, list[str]] = {}
        for found in _FIELD.finditer(text[:LONGEST_TEXT]):
            fields.setdefault(found[1].lower(), []).append(" ".join(found[2].split()))
        kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
        recipients = [_address(value) for value in fields.get("original-rcpt-to", [])]
        for recipient in [found for found in recipients if found] or [""]:
            yield Report(Form.COMPLAINT, recipient=recipient, feedback=kind)


# -- RFC 3834 -------------------------------------------------------------------

_AUTO_SUBJECT = re.compile(
    r"^(?:re: ?)?(?:auto(?:matic|mated|matische)?[ -]?(?:reply|response|responder|antwort)|autoreply|"
    r"out of (?:the )?office|away from|i am away|on vacation|vacation|abwesen|abwesenheit|"
    r"réponse automatique|respuesta automática|risposta automatica|resposta automática|"
    r"automatisch antwoord|自動返信|自动回复|自動回覆|부재중|자동 ?회신|رد تلقائي)",
    re.IGNORECASE,
)
_LATE_AUTO_REPLY = re.compile(
    r"\b(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office)\b", re.IGNORECASE
)
_FROM_DAEMON = re.compile(
    r"mailer-?daemon|post_?master|no-?reply@|mail delivery (?:sub)?system|mail administrator", re.IGNORECASE
)


def _is_auto_reply(message: Message) -> bool:
    """Whether a person's program answered. Bounces in prose may say "auto-generated": that is not enough."""
    submitted = _header(message, "Auto-Submitted").lower()
    if submitted.startswith(("auto-replied", "auto-notified")) and not _from_daemon(message):
        return True
    if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-From")):
        return True
    if _header(message, "X-Auto-Response-Suppress") and _AUTO_SUBJECT.search(_header(message, "Subject")):
        return True
    if _header(message, "Precedence").lower() == "auto_reply":
        return True
    return bool(_AUTO_SUBJECT.search(_header(message, "Subject"))) and not _from_daemon(message)


def _says_automatic(message: Message) -> bool:
    return _header(message, "Auto-Submitted").lower() not in ("", "no")


def _from_daemon(message: Message) -> bool:
    return bool(_FROM_DAEMON.search(_header(message, "From")))


# -- prose ----------------------------------------------------------------------

_SUBJECT = re.compile(
    r"undeliver|deliver|メールエラー|returned mail|return(?:ed)? to sender|"
    r"fail(?:ure|ed)|bounce|could not send|"
    r"non ?remis|"
    r"unzustell|nicht zugestellt|not sent|error|warning|delayed|rejected|blocked|problem|"
    r"non[- ]?livr|no entregad|エラー|配信|届|退信|投递|반송|전송 ?실패",
    re.IGNORECASE,
)
# "<name@example.org>: 550 …", or "name@example.org" with an indented reason: how failures are listed.
_LISTED = re.compile(
    r"^(?:[45]\d\d |[ \t]{0,4})(?:[45]\.\d+\.\d+ )?<?\"?([A-Za-z0-9.!#$%&'*+/=?^_`{|"
    r"}~-]{1,64}@[A-Za-z0-9.-]{3,253})\"?>?"
    r"(?=:[^\n]{0,200}(?:\n[^\n]{0,200}){0,6}?\b[45](?:\d\d\b|\.\d\.\d)|:[ \t]*\n|:[ \t]*[Ss]orry|"
    r"[ \t]*\n[ \t]{4,}\S|\.\.\. )",
    re.MULTILINE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}\b")


def _failures_in_words(message: Message, words: str) -> list[Report]:
    """What a server said in its own way: for whom by ``flufl.bounce``, why by its words."""
    temporary: Iterable[bytes] = ()
    permanent: Iterable[bytes] = ()
    # A damaged mail may be one that the library's detectors were not made for.
    with suppress(AttributeError, LookupError, TypeError, ValueError, AssertionError):
        temporary, permanent = all_failures(message)
    found = {**dict.fromkeys(permanent, "failed"), **dict.fromkeys(temporary, "delayed")}
    machine = _from_daemon(message) or _has_null_sender(message)
    if not found and machine and _looks_like_bounce(message, words):
        concerned = _ADDRESS.search(words)
        found = {concerned.group().encode() if concerned else b"": ""}
    if found:
        for listed in _LISTED.finditer(words):
            found.setdefault(listed[1].lower().encode(), "failed")
    by_recipient = {_address(address.decode("utf-8", "replace")): action for address, action in found.items()}
    return [_report_in_words(recipient, action, words) for recipient, action in by_recipient.items()]


def _report_in_words(recipient: str, action: str, words: str) -> Report:
    said = _part_about(recipient, words)
    code = _REPLY.search(said)
    return Report(
        Form.WORDS,
        recipient=recipient,
        action=action,
        status=_failure_status(said),
        code=code[1] if code else "",
        words=said,
    )


def _has_null_sender(message: Message) -> bool:
    return _header(message, "Return-Path").replace(" ", "") == "<>"


def _looks_like_bounce(message: Message, words: str) -> bool:
    return bool(
        _SUBJECT.search(_header(message, "Subject"))
        or re.search(r"\b[45]\d\d[ -]|\b[45]\.\d\.\d|(?:not|unable to) (?:be )?deliver", words)
    )


# -- which of our mails ---------------------------------------------------------

_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


def _returned(message: Message, data: bytes) -> str:
    """The head of the mail that came back, as text; empty if it did not."""
    for part in message.walk():
        if part.get_content_type() in _RETURNED_TYPES:
            payload = part.get_payload()
            if isinstance(payload, list) and payload:
                return str(payload[0].as_string() if isinstance(payload[0], Message) else "")[:LONGEST_TEXT]
            return _decoded(part)[:LONGEST_TEXT]
    text = data.decode("utf-8", "replace")
    quote = _QUOTE.search(text, text.find("\n\n") + 1)
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
        r"<[^>\s]{1,250}>", f"{_header(message, 'In-Reply-To')} {_header(message, 'References')}"
    )
    return tuple(dict.fromkeys([*_MESSAGE_ID.findall(returned), *named]))
