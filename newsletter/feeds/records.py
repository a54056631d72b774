"""What a feed and its entries say, whatever the format: the one record that the writers write. Pure.

All texts are plain Unicode that XML 1.0 can hold, without markup but for ``html``; all addresses are
absolute; all moments are in UTC, to the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture of ours. ``size`` is in bytes; 0 where it is not known."""

    url: str
    media_type: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One paper in one language.

    ``id`` is a URN that no edit changes; ``identifier`` is the paper's name (``arxiv:2403.03163``). ``url``
    is the paper's page here and ``source_url`` its page at the source. ``published`` is when it was first
    listed, ``updated`` when what is said of it last changed.
    """

    id: str
    identifier: str
    url: str
    source_url: str
    language: str
    title: str
    original_title: str
    authors: tuple[str, ...]
    sentence: str
    html: str
    categories: tuple[str, ...]
    published: datetime
    updated: datetime
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed. ``url`` is the page for people of the same papers; ``changed_at`` is when the feed last did."""

    id: str
    title: str
    description: str
    language: str
    publisher: str
    url: str
    changed_at: datetime
    entries: Sequence[FeedEntry]


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed in a list of feeds: its own ``address`` and the page for people of the same papers."""

    title: str
    address: str
    url: str
    language: str
