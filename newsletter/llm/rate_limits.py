"""What a provider's headers say about how fast it may be asked. Pure.

Recorded shapes of a duration: ``6ms``, ``8.64s``, ``1m30.5s``, a bare number of seconds, a moment as seconds
or milliseconds since 1970, an HTTP date. ``Retry-After`` and ``Retry-After-Ms`` may disagree.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 24 * 3600.0  # seconds; whoever says more is mistaken about the unit

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h|d)")
_DURATION = re.compile(r"(?:\d{1,12}(?:\.\d{1,12})?(?:ms|s|m|h|d))+")
_SAID = re.compile(
    r"(?:try again|retry|wait)(?: again)?(?: in| after| for)?:? "
    r"((?:\d+(?:\.\d+)?\s?(?:ms|s|m|h)(?:ec(?:ond)?s?)?)+)\b"
)
_YEAR_2001 = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What is left, and in how many seconds the count starts anew; None where the provider is silent."""

    limit_requests: int | None = None
    remaining_requests: int | None = None
    reset_requests: float | None = None
    limit_tokens: int | None = None
    remaining_tokens: int | None = None
    reset_tokens: float | None = None


def parse_duration(text: str, *, now: datetime) -> float | None:
    """A duration in seconds, never negative; None for what is no duration."""
    text = text.strip().lower()
    if _DURATION.fullmatch(text):
        return _bounded(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    try:
        value = float(text)
    except ValueError:
        return _until_date(text, now=now)
    if not math.isfinite(value):
        return None
    if value > _YEAR_2001 * 1000:
        value = value / 1000 - now.timestamp()
    elif value > _YEAR_2001:
        value -= now.timestamp()
    return _bounded(value)


def _bounded(value: float) -> float:
    return min(max(value, 0.0), LONGEST_WAIT)


def _until_date(text: str, *, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _bounded((moment - now).total_seconds())


def read_rate_limits(headers: Mapping[str, str], *, now: datetime) -> RateLimits:
    """The rate limits in ``headers``, whose names are lower-case."""
    values: dict[str, float | None] = {}
    for unit in ("requests", "tokens"):
        for part in ("limit", "remaining"):
            values[f"{part}_{unit}"] = _count(_first(headers, part, unit))
        values[f"reset_{unit}"] = _duration(_first(headers, "reset", unit), now=now)
    return RateLimits(**values)  # type: ignore[arg-type]


def _first(headers: Mapping[str, str], part: str, unit: str) -> str:
    for name in (f"x-ratelimit-{part}-{unit}", f"ratelimit-{part}-{unit}", f"x-ratelimit-{unit}-{part}"):
        if name in headers:
            return headers[name]
    if unit == "requests":
        return headers.get(f"x-ratelimit-{part}", headers.get(f"ratelimit-{part}", ""))
    return ""


def _count(text: str) -> int | None:
    text = text.strip().partition(".")[0].partition(";")[0]
    return max(int(text), 0) if text.lstrip("-").isdecimal() and text.isascii() else None


def _duration(text: str, *, now: datetime) -> float | None:
    return parse_duration(text, now=now) if text else None


def requested_wait(headers: Mapping[str, str], *, message: str = "", now: datetime) -> float | None:
    """How many seconds a refused caller should wait; None if nothing says.

    Where ``Retry-After`` and ``Retry-After-Ms`` disagree the longer one counts: the shorter has been seen to
    be 0 beside a real limit. Without either, the count that is used up says when it starts again, or the
    message does.
    """
    waits = [_duration(headers.get("retry-after", ""), now=now)]
    milliseconds = headers.get("retry-after-ms", "").strip()
    if milliseconds.replace(".", "", 1).isdecimal():
        waits.append(_bounded(float(milliseconds) / 1000))
    known_waits = [value for value in waits if value is not None]
    if known_waits:
        return max(known_waits)
    limits = read_rate_limits(headers, now=now)
    used_up = [
        reset
        for remaining, reset in (
            (limits.remaining_requests, limits.reset_requests),
            (limits.remaining_tokens, limits.reset_tokens),
        )
        if remaining == 0 and reset is not None
    ]
    if used_up:
        return max(used_up)
    match = _SAID.search(message.lower())
    if not match:
        return None
    return parse_duration(re.sub(r"(?<=s)ec(?:ond)?s?|\s", "", match[1]), now=now)
