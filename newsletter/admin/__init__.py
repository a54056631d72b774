"""The desk of the content. Its pages and buttons call stage functions; the rules are there."""

from newsletter.admin import (
    audit,
    channels,
    corrections,
    costs,
    day_settings,
    editions,
    papers,
    readings,
    reports,
    sources,
    summaries,
    topics,
    users,
)

__all__ = [
    "audit",
    "channels",
    "corrections",
    "costs",
    "day_settings",
    "editions",
    "papers",
    "readings",
    "reports",
    "sources",
    "summaries",
    "topics",
    "users",
]
