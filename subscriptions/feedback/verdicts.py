"""Pure: what a report means for its reader. The words of the refusal count more than its number.

Servers say "550 5.7.1" for an unknown user and "550 5.1.1" for a blocked sender; RFC 3463's codes are a hint
and no more. A refusal that is the SENDER's fault (a block list, authentication, no PTR, policy, size, spam)
is :data:`Kind.BLOCKED`: it says nothing against the reader, and it is the operator's to mend. A full mailbox
or a suspended account is soft. Hard is only what says that this address does not exist or takes no mail.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from subscriptions.feedback.phrases import PHRASES
from subscriptions.feedback.records import Form, Report


class Kind(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is one of the names in :mod:`~subscriptions.feedback.phrases`, or how it was decided."""

    kind: Kind
    reason: str


# RFC 3463 and the IANA registry of enhanced status codes, where no words were understood.
_BY_STATUS: tuple[tuple[str, Kind, str], ...] = (
    (r"5\.1\.(?:1|2|3|6|10)$", Kind.HARD, "unknown"),
    (r"5\.4\.4$", Kind.HARD, "no such host"),
    (r"5\.2\.2$", Kind.SOFT, "mailbox full"),
    (r"[45]\.2\.", Kind.SOFT, "mailbox unavailable"),
    (r"[45]\.3\.4$|5\.2\.3$", Kind.BLOCKED, "too big"),
    (r"[45]\.7\.|5\.6\.|5\.5\.|5\.1\.[78]$", Kind.BLOCKED, "refused by policy"),
    (r"[45]\.", Kind.SOFT, "not delivered"),
)
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
# ARF (RFC 5965, section 7.3; RFC 6591): "not-spam" takes a complaint back, "auth-failure" is about our DNS.
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "opt-out-list", "miscategorized", "other"})


def judge(report: Report) -> Verdict:
    """The verdict on one report. A delay that was only announced is soft, a success is none."""
    if report.form is Form.COMPLAINT:
        return _complaint(report.feedback)
    if report.form is Form.AUTO_REPLY:
        return Verdict(Kind.AUTO_REPLY, "automatic reply")
    if report.form is Form.PERSON:
        return Verdict(Kind.NONE, "not a report")
    if report.action in _DELIVERED or report.status.startswith("2."):
        return Verdict(Kind.NONE, "delivered")
    verdict = (
        judge_words(report.diagnostic) or judge_words(report.words) or _by_status(report.status, report.code)
    )
    if verdict.kind is Kind.HARD and (
        report.action == "delayed"
        or _FULL.search(report.words)
        or report.status.startswith(("4.0", "4.2", "4.3", "4.4", "4.7"))
        or (verdict.reason == "unknown user" and _is_second_thought(report))
    ):
        return Verdict(Kind.SOFT, verdict.reason)
    return verdict


# A server that took RCPT knows the user; "unknown" in answer to the message itself is a filter speaking. So a
# 550 counts as hard with a second witness only: a status X.1.Z, or RCPT as the command that it answers.
_AFTER_DATA = re.compile(
    r">>> DATA\s+<<< 5\d\d|(?:reply|response|answer) to (?:end of )?DATA|after (?:end of )?DATA|end of DATA|"
    r"our final DATA|SMTP command\s+DATA",
    re.IGNORECASE,
)
_AT_RCPT = re.compile(
    r"(?:reply to|after|our|>>>|command|recipient)\s+RCPT|^RCPT: <|not like recipient|SMTP:RCPT|"
    r"RCPT TO generated following response|BounceCategory: bad-mailbox|"
    r"requested action not taken: mailbox unavailable \(",
    re.IGNORECASE | re.MULTILINE,
)
_REJECTED_ADDRESS = re.compile(r"has rejected address", re.IGNORECASE)
_NOT_AFTER_DATA = re.compile(r"<<< 50[13] .{0,40}(?:RCPT|recipient)|no valid recipient", re.IGNORECASE)
# A bounce that somebody's rule in Amazon SES wrote after the message was taken, in words of their choice.
_BY_RULE = re.compile(r"Reporting-MTA: dns; ?inbound-smtp\.[a-z0-9-]+\.amazonaws\.com", re.IGNORECASE)
_FULL = re.compile(r"not enough disk space|mailbox (?:is )?full|over ?quota", re.IGNORECASE)
_SAYS_UNDEFINED = re.compile(r"\b55\d 5\.0\.0\b")


def _is_second_thought(report: Report) -> bool:
    """Whether it is doubtful that "unknown user" means that there is no such user."""
    said = f"{report.words}\n{report.diagnostic}"
    if report.status == "5.2.0" or _BY_RULE.search(said) or _SAYS_UNDEFINED.search(report.diagnostic):
        return True  # X.2.0 is about a mailbox that exists (RFC 3463, section 3.3)
    if report.status.startswith(("4.1.", "5.1.")) or _NOT_AFTER_DATA.search(said):
        return False
    if _AFTER_DATA.search(said):
        return True
    if _AT_RCPT.search(said) or (report.status != "5.2.1" and _REJECTED_ADDRESS.search(said)):
        return False
    return bool(report.code) or "[user unknown]" in said.lower()


def judge_reply(code: int, text: str, *, after_body: bool = False) -> Verdict:
    """The verdict on a mail server's own refusal of our message (4yz or 5yz), before or after its body."""
    found = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", text)
    status = found.group() if found else ""
    verdict = judge_words(text) or _by_status(status, str(code))
    if verdict.kind is Kind.HARD and (code < 500 or (after_body and not status.startswith("5.1."))):
        return Verdict(Kind.SOFT, verdict.reason)
    return verdict


def judge_words(text: str) -> Verdict | None:
    """By the first phrase in ``text`` that is understood; None if none is."""
    plain = " ".join(text.split())
    if not plain:
        return None
    for reason, kind, pattern in PHRASES:
        if pattern.search(plain):
            return Verdict(Kind(kind), reason)
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
