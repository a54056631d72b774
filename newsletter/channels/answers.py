"""What a service's answer means for a post. Pure.

A message that was answered by a refusal did not go out. Where no answer came, or one that says that somebody
on the way gave up waiting, nobody knows: that is UNCERTAIN, and never sent again by itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

LONGEST_REASON = 300
LONGEST_WAIT = 6 * 3600.0  # seconds; a service that asks for more is asked again before that
_GONE = frozenset({401, 403, 404, 410})
_LATER = frozenset({408, 425, 429})
_UNANSWERED = frozenset({504, 522, 524})  # a gateway waited in vain (RFC 9110, section 15.6.5; Cloudflare)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it holds."""
        return self.body.decode("utf-8", "replace").strip()

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty for anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


class Verdict(Enum):
    """What became of a message."""

    SENT = "sent"
    LATER = "later"  # refused for now
    REFUSED = "refused"  # this message, for good
    GONE = "gone"  # whatever is sent there
    UNREACHED = "unreached"  # nothing was sent
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``wait``: seconds that the service asks for, None where it says nothing. ``message_id``: its own."""

    verdict: Verdict
    reason: str = ""
    wait: float | None = None
    message_id: str = ""


def accepted(message_id: object = "") -> Outcome:
    """The service has taken the message."""
    return Outcome(Verdict.SENT, message_id=str(message_id)[:120])


def refused(words: str, *, is_later: bool, wait: float | None = None) -> Outcome:
    """The service says with the status of a success that it has not taken the message."""
    return Outcome(Verdict.LATER if is_later else Verdict.REFUSED, words, wait=wait if is_later else None)


def judged(
    answer: Answer,
    *,
    now: datetime,
    words: str = "",
    wait: float | None = None,
    gone: frozenset[int] = _GONE,
) -> Outcome:
    """What an answer that is no acceptance means, by its status.

    ``words`` are the service's own, ``wait`` the seconds it asks for elsewhere than in ``Retry-After``.
    """
    status = answer.status
    reason = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    seconds = asked_wait(answer, now=now) if wait is None else bounded(wait)
    if status in _LATER:
        return Outcome(Verdict.LATER, reason, wait=seconds)
    if status in _UNANSWERED or 200 <= status < 300:  # taken, but not in the service's own words
        return Outcome(Verdict.UNCERTAIN, reason)
    if status >= 500:
        return Outcome(Verdict.LATER, reason, wait=seconds)
    if status in gone:
        return Outcome(Verdict.GONE, reason)
    if 300 <= status < 400:
        reason = f"HTTP {status}: redirects are not followed. Paste the address that it leads to."
    return Outcome(Verdict.REFUSED, reason)


def asked_wait(answer: Answer, *, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` header: a number or a date (RFC 9110, section 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return bounded(float(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return bounded(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


def number_of(value: object) -> float | None:
    """A number of seconds in an untrusted answer; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if seconds == seconds else None  # not a NaN


def bounded(seconds: float) -> float:
    """``seconds`` between nothing and :data:`LONGEST_WAIT`."""
    return min(max(seconds, 0.0), LONGEST_WAIT)


def shown(text: object, secrets: tuple[str, ...] = ()) -> str:
    """A stranger's words on one line, cut, without ``secrets``."""
    line = " ".join(str(text).split())
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        line = line.replace(secret, "********")
    return "".join(sign for sign in line if sign.isprintable())[:LONGEST_REASON]
