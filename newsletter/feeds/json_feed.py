"""Writes feeds as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

import json
from typing import Any

from newsletter.feeds.records import Feed, FeedEntry

JSON_TYPE = "application/feed+json; charset=utf-8"
VERSION = "https://jsonfeed.org/version/1.1"


def write_json(feed: Feed, address: str) -> bytes:
    """The feed as JSON; ``address`` is its own. What the format has no key for is under ``_paperpost``."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": address,
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.publisher}],
        "_paperpost": {"id": feed.id, "changed_at": feed.changed_at.isoformat()},
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.source_url,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.sentence,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "language": entry.language,
        "authors": [{"name": name} for name in entry.authors],
        "tags": list(entry.categories),
        "_paperpost": {"identifier": entry.identifier, "original_title": entry.original_title},
    }
    if picture := entry.attachment:
        item["image"] = picture.url
        size = {"size_in_bytes": picture.size} if picture.size else {}
        item["attachments"] = [{"url": picture.url, "mime_type": picture.media_type, **size}]
    return {name: value for name, value in item.items() if value != []}
