"""The desk of the content. Its pages show and its buttons call stage functions; no rule lives here."""

from newsletter.admin import (
    audit,
    costs,
    day_settings,
    editions,
    papers,
    readings,
    sources,
    summaries,
    topics,
    users,
)

__all__ = [
    "audit",
    "costs",
    "day_settings",
    "editions",
    "papers",
    "readings",
    "sources",
    "summaries",
    "topics",
    "users",
]
