"""The settings of the day: what an editor set at the desk, else what the environment says.

They are read each time, which costs one small query, so that a change counts at the next tick.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache

from newsletter.languages import LANGUAGES
from newsletter.models import DaySettings

KEPT = 15  # seconds that the offered languages are cached

# Each setting of the day, and the one of the environment that counts while it is left empty.
DEFAULTS = {
    "approve_hour": "AUTO_APPROVE_HOUR",
    "edition_size": "EDITION_SIZE",
    "late_summaries": "LATE_SUMMARIES",
    "readings_a_day": "READINGS_PER_DAY",
    "reading_min_votes": "READING_MIN_VOTES",
    "tokens_a_day": "DAILY_TOKEN_BUDGET",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """``approve_hour`` in UTC; ``edition_size`` papers of one topic and day that pages show at first;
    ``late_summaries`` "extract" or
    "next-day"; ``languages`` are the codes that forms offer.
    """

    approve_hour: int
    edition_size: int
    late_summaries: str
    readings_a_day: int
    reading_min_votes: int
    tokens_a_day: int
    languages: tuple[str, ...]


def current_rules() -> Rules:
    """The rules in force now. One query."""
    row = DaySettings.objects.filter(pk=DaySettings.ONLY).first() or DaySettings()
    values: dict[str, Any] = {}
    for name, default in DEFAULTS.items():
        value = getattr(row, name)
        values[name] = getattr(settings, default) if value in (None, "") else value
    offered = tuple(code for code in LANGUAGES if code in row.languages) or tuple(LANGUAGES)
    return Rules(**values, languages=offered)


def offered_languages() -> tuple[str, ...]:
    """The languages that forms offer; cached for some seconds, because every visitor asks."""
    codes: tuple[str, ...] = cache.get_or_set(
        "offered-languages", lambda: current_rules().languages, KEPT
    ) or tuple(LANGUAGES)
    return codes
