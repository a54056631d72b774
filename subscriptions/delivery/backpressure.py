"""Pure: whether a refusal is about how much we send, and to whom it applies.

A mail server that is given too much says so in as many ways as there are servers, and in the codes of
greylisting, which is about one recipient. What tells them apart is the command that was answered (at MAIL the
recipient is not known), the enhanced code (RFC 3463), the words, and above all whether it comes again for
others.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from subscriptions.delivery.replies import Reply
from subscriptions.feedback.names import without_names

CERTAIN_IN_A_ROW = 3
POSSIBLE_IN_A_ROW = 10
POSSIBLE_DOMAINS = 3
FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 3600.0
DOUBLES_EVERY = timedelta(minutes=10)  # a learned rate, while nothing is refused
FASTEST = 1000.0  # messages a second: from there on there is no limit


class Pressure(Enum):
    """Whether a refusal is about how much we send."""

    NONE = auto()
    POSSIBLE = auto()  # such as greylisting: about us only if many recipients get it
    CERTAIN = auto()


_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_GREYLISTED = re.compile(
    r"gr[ae]y-?list|postgrey|first (?:contact|time)|unknown sender/recipient", re.IGNORECASE
)
# What is said of a mailbox, not of us.
_THEIRS = re.compile(
    r"mailbox|over ?quota|quota exceeded for|disk quota|user (?:is )?(?:over|receiving)|"
    r"recipient (?:is )?(?:over|receiving)|trying to (?:contact|reach)|inbox",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    r"\btoo (?:much|many)\b|\brates?\b|throttl|\bslow(?:ing)? down\b|\b(?:rate)?limit|\bflood|\bquota|"
    r"overload|\bbusy\b|temporarily deferred|\bunusual|unexpected volume|\bconcurrent|\bnot accepting\b|"
    r"\bconnections? (?:from|per)\b|\bper (?:second|minute|hour|day)\b|\b(?:hour|dai)ly\b|"
    r"\bsystem (?:load|storage|resources)\b|\bload average\b",
    re.IGNORECASE,
)
_QUOTA_OF_OURS = re.compile(
    r"(?:sending|hourly|daily|outgoing|outbound|message|mail|rate|submission)[a-z ]{0,24}"
    r"(?:quota|limit|rate)[a-z ]{0,12} (?:exceed|reach|hit)|too (?:much mail|many (?:messages|mails|emails))",
    re.IGNORECASE,
)
# RFC 3463 and its registry: system full (3.1), not accepting (3.2), congestion (4.5), the sender's own
# domain (1.8), other security (7.0), too many (7.28 by Google's use).
_CERTAIN_STATUS = re.compile(r"4\.(?:3\.[12]|4\.5|1\.8|7\.28)$")
_MAYBE_STATUS = re.compile(r"4\.(?:7\.\d+|3\.\d+|4\.\d+|0\.0|5\.3)$")
_ASKED = re.compile(
    r"(?:try again|retry|wait|delayed)[a-z ]{0,20}?(\d{1,5}) ?(s|sec|m|min|h|hour)", re.IGNORECASE
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def pressure(reply: Reply, *, recipient: str = "") -> Pressure:
    """Whether ``reply`` says that we send too much. ``recipient``'s own words are no part of it."""
    text = without_names(reply.text, recipient=recipient)
    if 500 <= reply.code < 600:
        theirs = _THEIRS.search(text)
        return Pressure.CERTAIN if _QUOTA_OF_OURS.search(text) and not theirs else Pressure.NONE
    if not 400 <= reply.code < 500 or reply.is_own:
        return Pressure.NONE
    if reply.command == "mail":
        return Pressure.CERTAIN  # nobody has been named yet
    match = _STATUS.search(text)
    status = match.group() if match else ""
    if _GREYLISTED.search(text):
        return Pressure.POSSIBLE
    if status.startswith(("4.2.", "4.1.")) and status != "4.1.8":
        return Pressure.NONE
    if _THEIRS.search(text):
        return Pressure.NONE
    if reply.code == 421 or _CERTAIN_STATUS.match(status) or (reply.code == 452 and not status):
        return Pressure.CERTAIN
    if _TOO_MUCH.search(text):
        return Pressure.CERTAIN
    if _MAYBE_STATUS.match(status) or (not status and reply.code == 451):
        return Pressure.POSSIBLE
    return Pressure.NONE


def asked_to_wait(reply: Reply) -> float:
    """The seconds for which a reply asks us to wait, in its words or as a service says it; else 0."""
    match = _ASKED.search(reply.text)
    in_words = float(match[1]) * _SECONDS[match[2].lower()] if match else 0.0
    return min(max(reply.wait, in_words), LONGEST_PAUSE)


class Scope(Enum):
    """Whom a streak of refusals concerns."""

    NOBODY = auto()  # not enough of them yet
    DOMAIN = auto()  # one domain's recipients
    EVERYBODY = auto()


@dataclass(slots=True)
class Streak:
    """Refusals one after the other, no message taken in between. ``taken``: domains that had one before."""

    certain: Counter[str] = field(default_factory=Counter)  # by the recipient's domain
    possible: Counter[str] = field(default_factory=Counter)
    before_recipients: int = 0  # at MAIL
    taken: set[str] = field(default_factory=set)

    def end(self, domain: str) -> None:
        """A message to ``domain`` was taken."""
        self.taken.add(domain)
        if self.certain or self.possible:
            self.certain.clear()
            self.possible.clear()
            self.before_recipients = 0

    def add(self, sign: Pressure, *, domain: str, command: str) -> Scope:
        """One more refusal; says whom the streak concerns by now."""
        (self.certain if sign is Pressure.CERTAIN else self.possible)[domain] += 1
        self.before_recipients += command == "mail"
        if self.before_recipients >= CERTAIN_IN_A_ROW:
            return Scope.EVERYBODY
        domains = self.certain.keys() | self.possible.keys()
        if self.certain.total() >= CERTAIN_IN_A_ROW:
            return Scope.DOMAIN if len(domains) == 1 and self.taken - domains else Scope.EVERYBODY
        many = self.certain.total() + self.possible.total() >= POSSIBLE_IN_A_ROW
        return Scope.EVERYBODY if many and len(domains) >= POSSIBLE_DOMAINS else Scope.NOBODY


def rate_of(taken: int, *, begun_at: datetime, now: datetime) -> float:
    """Messages a second over a whole cycle: what was taken, and the pause until more was taken."""
    return max(taken, 1) / max((now - begun_at).total_seconds(), 1.0)


def recovered(rate: float, *, since: datetime, now: datetime) -> float:
    """A learned rate after it has been kept without a refusal since then; 0 for no limit any more."""
    doubled = min(max((now - since) / DOUBLES_EVERY, 0.0), 60.0)
    grown = float(rate * 2**doubled)
    return grown if grown < FASTEST else 0.0
