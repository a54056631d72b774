"""Pure: what a report means for its reader. The words of the refusal count more than its number.

Servers say "550 5.7.1" for an unknown user and "550 5.1.1" for a blocked sender; RFC 3463's codes are a hint
and no more. A refusal that is the SENDER's fault (a block list, authentication, no PTR, policy, size, spam)
is :data:`Kind.BLOCKED`: it says nothing against the reader, and it is the operator's to mend. A full mailbox
or a suspended account is soft. Hard is only what says that this address does not exist or takes no mail, and
it is certain only with two indications: words and number agree, or the server said so when it was asked for
this recipient. No name takes part in it (:mod:`~subscriptions.feedback.names`), nor what the notification
says of other things than this recipient.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from subscriptions.feedback.names import without_names
from subscriptions.feedback.phrases import FAMILIES, Family
from subscriptions.feedback.records import Form, Report


class Kind(StrEnum):
    """What something that came back means: for the reader (hard, soft, complaint) or for us (blocked)."""

    HARD = "hard"
    SOFT = "soft"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is one of the names in :mod:`~subscriptions.feedback.phrases`, or how it was decided.

    ``doubtful``: hard by one indication only; it counts when it comes again.
    """

    kind: Kind
    reason: str
    doubtful: bool = False


# RFC 3463 and the IANA registry of enhanced status codes, where no words were understood.
_BY_STATUS: tuple[tuple[str, Kind, str], ...] = (
    (r"5\.1\.(?:1|2|3|6|10)$", Kind.HARD, "unknown user"),
    (r"5\.4\.(?:4|310)$", Kind.HARD, "no such host"),
    (r"5\.2\.2$", Kind.SOFT, "mailbox full"),
    (r"[45]\.2\.", Kind.SOFT, "mailbox unavailable"),
    (r"[45]\.3\.4$|5\.2\.3$", Kind.BLOCKED, "too big"),
    (r"[45]\.7\.|5\.6\.|5\.5\.|5\.1\.[78]$", Kind.BLOCKED, "refused by policy"),
    (r"[45]\.", Kind.SOFT, "not delivered"),
)
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
# ARF (RFC 5965, section 7.3; RFC 6591): "not-spam" takes a complaint back, "auth-failure" is about our DNS.
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "opt-out-list", "miscategorized", "other"})


def judge(report: Report, *, families: Sequence[Family] = FAMILIES) -> Verdict:
    """The verdict on one report. A delay that was only announced is soft, a success is none."""
    if report.form is Form.COMPLAINT:
        return _complaint(report.feedback)
    if report.form is Form.AUTO_REPLY:
        return Verdict(Kind.AUTO_REPLY, "automatic reply")
    if report.form is Form.PERSON:
        return Verdict(Kind.NONE, "not a report")
    if report.action in _DELIVERED or report.status.startswith("2."):
        return Verdict(Kind.NONE, "delivered")
    status = _status_of(report)
    words = _by_protocol(report) or _words_of(report, status, families)
    verdict = words or _by_status(status, report.code)
    if verdict.kind is not Kind.HARD:
        return verdict
    if report.action == "delayed" or _is_passing(report, status):
        return Verdict(Kind.SOFT, verdict.reason)
    if verdict.reason == "unknown user" and _is_second_thought(report, status):
        return Verdict(Kind.SOFT, verdict.reason)
    beside = judge_words(without_names(report.own, recipient=report.recipient), families=families)
    is_contradicted = beside is not None and beside.kind is not Kind.HARD
    doubtful = is_contradicted or not _has_two_indications(report, status, words)
    return Verdict(verdict.kind, verdict.reason, doubtful=doubtful)


_AT_MAIL = re.compile(
    r"(?:after|reply to|command:?) MAIL(?: FROM)?\b|>>> MAIL FROM[^\n]{0,300}\s{1,9}<<< [45]", re.IGNORECASE
)


def _by_protocol(report: Report) -> Verdict | None:
    """What was refused before anybody was named is our address; 521 and 556 are about a whole host or domain.

    RFC 5321, section 3.3, and RFC 7504.
    """
    if _AT_MAIL.search(f"{report.own}\n{report.diagnostic}"):
        return Verdict(Kind.BLOCKED, "sender refused")
    return Verdict(Kind.HARD, "no such host") if report.code in ("521", "556") else None


def _words_of(report: Report, status: str, families: Sequence[Family]) -> Verdict | None:
    """By the recipient's own lines; by what follows or goes before them only where nothing else tells."""
    parts = [report.diagnostic, report.own]
    if not status or status.endswith(".0.0"):
        where = report.words.lower().find(report.recipient) if report.recipient else -1
        parts += [report.words[where:], report.words] if where >= 0 else [report.words]
    for part in parts:
        verdict = judge_words(without_names(part, recipient=report.recipient), families=families)
        if verdict is not None:
            return verdict
    return None


_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")


def _status_of(report: Report) -> str:
    """The enhanced status code that tells most: many write 5.0.0 into the field, the true one in the text."""
    if report.status and not report.status.endswith(".0.0"):
        return report.status
    status = _STATUS.search(without_names(report.diagnostic or report.own, recipient=report.recipient))
    return status.group() if status else report.status


# A server that took RCPT knows the user; "unknown" in answer to the message itself is a filter speaking.
_AFTER_DATA = re.compile(
    r">>> DATA\s+<<< 5\d\d|(?:reply|response|answer) to (?:end of )?DATA|after (?:end of )?DATA|end of DATA|"
    r"our final DATA|SMTP command\s+DATA",
    re.IGNORECASE,
)
_AT_RCPT = re.compile(
    r"(?:reply to|after|our|>>>|command|recipient)\s+RCPT|^RCPT: <|SMTP:RCPT|not like recipient|"
    r"RCPT TO generated following response|BounceCategory: bad-mailbox",
    re.IGNORECASE | re.MULTILINE,
)
_NO_ACCOUNT = r"does ?n[o']t have an? \S{1,80} account"  # Yahoo looks the user up after the message only
_NOT_AFTER_DATA = re.compile(
    rf"<<< 50[13] .{{0,40}}(?:RCPT|recipient)|no valid recipient|{_NO_ACCOUNT}", re.IGNORECASE
)
# What is said beside "no such user" and does not go with it: a mailbox that is there but closed, and a bounce
# that somebody's rule in Amazon SES wrote after the message was taken, in words of their choice.
_DOUBTED = re.compile(
    r"(?:account|mailbox|user)(?:\(s\))?.{0,20} (?:disabled|suspended|locked|inactive)|"
    r"Reporting-MTA: dns; ?inbound-smtp\.[a-z0-9-]{1,40}\.amazonaws\.com",
    re.IGNORECASE,
)
_FULL = re.compile(r"not enough disk space|mailbox (?:is )?full|over ?quota", re.IGNORECASE)


def _is_passing(report: Report, status: str) -> bool:
    """Whether the number, or something beside the words, says that it may be otherwise tomorrow."""
    words = without_names(report.words, recipient=report.recipient)
    return bool(status.startswith(("4.0", "4.2", "4.3", "4.4", "4.7")) or _FULL.search(words))


def _is_second_thought(report: Report, status: str) -> bool:
    """Whether "no such user" was said by a server that had taken the address: a filter, a mailbox's rule."""
    text = f"{report.words}\n{report.diagnostic}"
    if status.startswith(("4.1.", "5.1.")) or _NOT_AFTER_DATA.search(text):
        return False
    if _AFTER_DATA.search(text):
        return True
    # X.2.Z is about a mailbox that exists (RFC 3463, section 3.3).
    return status.startswith("5.2.") and (status == "5.2.0" or not _AT_RCPT.search(text))


def _has_two_indications(report: Report, status: str, words: Verdict | None) -> bool:
    """Words, number and the moment of the refusal are three; one alone is often somebody's carelessness."""
    number = bool(re.match(r"5\.(?:1\.(?:[0-46]|10)|4\.(?:4|310))$", status))
    if report.form is Form.STATUS and report.action == "failed" and status == "5.0.0":
        # No server was asked: the one that reports knows it by itself, in the form that says "for ever".
        number = not report.code
    moment = bool(_AT_RCPT.search(f"{report.words}\n{report.diagnostic}"))
    return (words is not None) + number + moment >= 2 and not _DOUBTED.search(report.words)


def judge_reply(code: int, text: str, *, after_body: bool = False, recipient: str = "") -> Verdict:
    """The verdict on a mail server's own refusal of our message (4yz or 5yz), before or after its body."""
    plain = without_names(text, recipient=recipient)
    match = _STATUS.search(plain)
    status = match.group() if match else ""
    verdict = judge_words(plain) or _by_status(status, str(code))
    if verdict.kind is not Kind.HARD or (code >= 500 and (not after_body or status.startswith("5.1."))):
        return verdict
    if code >= 500 and _NOT_AFTER_DATA.search(plain):
        return Verdict(verdict.kind, verdict.reason, doubtful=True)
    return Verdict(Kind.SOFT, verdict.reason)


def judge_words(text: str, *, families: Sequence[Family] = FAMILIES) -> Verdict | None:
    """By the first family with a phrase in ``text``, which has no names in it; None if there is none."""
    plain = " ".join(text.split())
    if not plain:
        return None
    for family in families:
        if family.pattern.search(plain):
            return Verdict(Kind(family.kind), family.reason)
    return None


def _by_status(status: str, code: str) -> Verdict:
    for pattern, kind, reason in _BY_STATUS:
        if re.match(pattern, status):
            return Verdict(kind, reason)
    return Verdict(Kind.SOFT, "refused" if code.startswith("5") else "not delivered")


def _complaint(feedback: str) -> Verdict:
    if feedback in _COMPLAINTS:
        return Verdict(Kind.COMPLAINT, f"complaint: {feedback}")
    if feedback.startswith("auth"):
        return Verdict(Kind.BLOCKED, "authentication failed")
    return Verdict(Kind.NONE, f"feedback: {feedback}")
