"""Takes papers from the sources into the database: days, papers, and how far a source is behind."""

from newsletter.intake.days import (
    FIRST_DAY,
    SOURCES,
    due_days,
    is_done,
    refresh_recent_votes,
    take_in,
    take_in_due,
)
from newsletter.intake.wanted import fetch_wanted

__all__ = [
    "FIRST_DAY",
    "SOURCES",
    "due_days",
    "fetch_wanted",
    "is_done",
    "refresh_recent_votes",
    "take_in",
    "take_in_due",
]
