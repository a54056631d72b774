"""Pure: reports that are made of fields: status notifications (RFC 3464), complaints (ARF, RFC 5965).

Amazon writes in JSON what others write in fields.
"""

import re
from collections.abc import Iterator
from email.message import Message

from subscriptions.feedback.records import Form, Report
from subscriptions.feedback.texts import (
    ADDRESS,
    FIELD,
    LONGEST_TEXT,
    REPLY_CODE,
    address_in,
    all_parts,
    failure_status,
    header,
    own_lines,
    own_parts,
    part_about,
    source_of,
    status_text,
    words_of,
)

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


def statuses(message: Message, words: str) -> Iterator[Report]:
    """A report for each block that names a recipient, an action or a status."""
    blocks = [status_text(part) for part in own_parts(message) if _is_status(part)]
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
    for field in FIELD.finditer(text[:LONGEST_TEXT]):
        name = _FIELDS.get(field[1].lower())
        if not name:
            continue
        value = " ".join(field[2].split())
        begins = name in ("recipient", "original") and (name in fields or "recipient" in fields)
        if begins and ("action" in fields or "status" in fields):
            yield fields
            fields = {}
        fields[name] = f"{fields[name]} {value}" if name == "diagnostic" and name in fields else value
    if fields.keys() & {"recipient", "original", "actual"} or {"action", "status"} <= fields.keys():
        yield fields


def forwarded_statuses(message: Message) -> Iterator[Report]:
    """A report that another machine passed on as the mail it returned."""
    for part in all_parts(message):
        if part is not message and part.get_content_type() == "multipart/report":
            yield from statuses(part, words_of(part))
            return


# Amazon SES writes JSON (through SNS to a mailbox) where others write fields.
_NOTICE = re.compile(r'\\?"(?:notificationType|eventType)\\?"\s*:\s*\\?"(Bounce|Complaint|Delivery)\b')
_NOTICE_TEXT = re.compile(r'\\?"diagnosticCode\\?"\s*:\s*\\?"(.{0,1000}?)\\?"\s*[,}]')


def service_notice(words: str) -> Report | None:
    """The report that Amazon SES wrote as JSON into ``words``; None if there is none."""
    notice = _NOTICE.search(words)
    if not notice:
        return None
    about = ADDRESS.search(words[words.find("emailAddress") :])
    recipient = about.group().lower() if about else ""
    if notice[1] == "Complaint":
        return Report(
            Form.COMPLAINT, recipient=recipient, named=(recipient,) if recipient else (), feedback="abuse"
        )
    if notice[1] == "Delivery":
        return Report(Form.STATUS, recipient=recipient, action="delivered")
    diagnostic = _NOTICE_TEXT.search(words)
    return Report(
        Form.STATUS,
        recipient=recipient,
        action="failed" if "Permanent" in words else "delayed",
        status=failure_status(words),
        diagnostic=diagnostic[1] if diagnostic else "",
        words=words,
        named=(recipient,) if recipient else (),
    )


def _report_of(fields: dict[str, str], words: str) -> Report:
    diagnostic = re.sub(r"^[A-Za-z0-9-]{2,20} ?; ?", "", fields.get("diagnostic", ""))
    status = _STATUS.search(fields.get("status", ""))
    code = REPLY_CODE.search(diagnostic)
    named = [address_in(fields.get(name, "")) for name in ("recipient", "actual", "original")]
    recipient = next(filter(None, named), "")
    part = part_about(recipient, words)
    return Report(
        Form.STATUS,
        recipient=recipient,
        action=fields.get("action", "").lower().split(" ")[0].strip(".,;"),
        status=status.group() if status else "",
        code=code[1] if code else "",
        diagnostic=diagnostic[:2000],
        own=own_lines(recipient, part),
        words=part,
        named=tuple(dict.fromkeys(filter(None, named))),
    )


# -- RFC 5965 -------------------------------------------------------------------


_COMPLAINER = re.compile(r"^X-HmXmrOriginalRecipient: *(\S{1,320})", re.MULTILINE | re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"(?:re: ?)?(?:list-)?unsubscribe", re.IGNORECASE)


def complaints(message: Message) -> Iterator[Report]:
    """A report for each recipient who complained: ARF (RFC 5965), Apple's and Microsoft's own forms."""
    subject = header(message, "Subject")
    if message.get("X-Apple-Unsubscribe") or _UNSUBSCRIBE.fullmatch(subject):
        yield Report(Form.COMPLAINT, recipient=address_in(header(message, "From")), feedback="opt-out")
        return
    if subject.lower().startswith("complaint about message from"):  # Microsoft's JMRP has a form of its own
        theirs = next(filter(None, map(_COMPLAINER.search, map(source_of, all_parts(message)))), None)
        recipient = address_in(theirs[1]) if theirs else ""
        yield Report(
            Form.COMPLAINT, recipient=recipient, named=(recipient,) if recipient else (), feedback="abuse"
        )
        return
    for part in own_parts(message):
        if part.get_content_type() != "message/feedback-report":
            continue
        text = status_text(part)
        fields: dict[str, list[str]] = {}
        for field in FIELD.finditer(text[:LONGEST_TEXT]):
            fields.setdefault(field[1].lower(), []).append(" ".join(field[2].split()))
        kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
        recipients = [address_in(value) for value in fields.get("original-rcpt-to", [])]
        for recipient in list(filter(None, recipients)) or [""]:
            named = (recipient,) if recipient else ()
            yield Report(Form.COMPLAINT, recipient=recipient, named=named, feedback=kind)
