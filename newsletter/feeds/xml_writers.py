"""Writes feeds as Atom 1.0 (RFC 4287) and RSS 2.0 (rssboard.org/rss-specification), by Django's generators.

Those write the documents and their dates; here is what they lack: several authors of an entry, the content
beside its summary, and the moment of the last change of a feed that lost an entry or has none.
"""

from datetime import datetime
from typing import Any, cast
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.xmlutils import SimplerXMLGenerator
from typing_extensions import override

from newsletter.feeds.records import Feed, FeedEntry

ATOM_TYPE = "application/atom+xml; charset=utf-8"
RSS_TYPE = "application/rss+xml; charset=utf-8"


def write_atom(feed: Feed, address: str) -> bytes:
    """The feed as Atom 1.0; ``address`` is its own."""
    return _write(_Atom, feed, address)


def write_rss(feed: Feed, address: str) -> bytes:
    """The feed as RSS 2.0 with Dublin Core's authors and the whole content; ``address`` is its own."""
    return _write(_Rss, feed, address)


class _Atom(Atom1Feed):
    @override
    def latest_post_date(self) -> datetime:
        return cast(datetime, self.feed["changed_at"])

    @override
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        entry: FeedEntry = item["entry"]
        for name in entry.authors:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            handler.endElement("author")
        handler.addQuickElement("link", "", {"rel": "via", "href": entry.source_url})
        handler.addQuickElement("summary", entry.sentence)
        handler.addQuickElement("content", entry.html, {"type": "html"})


class _Rss(Rss201rev2Feed):
    @override
    def latest_post_date(self) -> datetime:
        return cast(datetime, self.feed["changed_at"])

    @override
    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    @override
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        entry: FeedEntry = item["entry"]
        for name in entry.authors:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("content:encoded", entry.html)


def _write(generator: type[SyndicationFeed], feed: Feed, address: str) -> bytes:
    document = generator(
        title=feed.title,
        link=feed.url,
        description=feed.description,
        subtitle=feed.description,
        language=feed.language,
        author_name=feed.publisher,
        feed_url=address,
        feed_guid=feed.id,
        changed_at=feed.changed_at,
    )
    for entry in feed.entries:
        picture = entry.attachment
        document.add_item(
            title=entry.title,
            link=entry.url,
            # Atom's summary is written beside the content; RSS has none but this. Only the stubs want one.
            description=None if generator is _Atom else entry.sentence,  # type: ignore[arg-type]  # see above
            unique_id=entry.id,
            unique_id_is_permalink=False,
            pubdate=entry.published,
            updateddate=entry.updated,
            categories=entry.categories,
            enclosures=[Enclosure(picture.url, str(picture.size), picture.media_type)] if picture else None,
            entry=entry,
        )
    return str(document.writeString("utf-8")).encode()
