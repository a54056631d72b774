"""Writes the list of all feeds in a language as OPML 2.0 (http://opml.org/spec2.opml)."""

from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import rfc2822_date
from django.utils.xmlutils import SimplerXMLGenerator

from newsletter.feeds.records import ListedFeed

OPML_TYPE = "text/x-opml; charset=utf-8"


def write_opml(feeds: Iterable[ListedFeed], *, title: str, owner: str, changed_at: datetime) -> bytes:
    """One outline for each feed, which a reader of feeds subscribes to."""
    document = StringIO()
    xml = SimplerXMLGenerator(document, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("opml", AttributesImpl({"version": "2.0"}))
    xml.startElement("head", AttributesImpl({}))
    xml.addQuickElement("title", title)
    xml.addQuickElement("dateModified", rfc2822_date(changed_at))
    xml.addQuickElement("ownerName", owner)
    xml.endElement("head")
    xml.startElement("body", AttributesImpl({}))
    for feed in feeds:
        xml.addQuickElement("outline", attrs=_outline(feed))
    xml.endElement("body")
    xml.endElement("opml")
    return document.getvalue().encode()


def _outline(feed: ListedFeed) -> dict[str, str]:
    return {
        "type": "rss",  # the format's word for any feed
        "version": "RSS2",
        "text": feed.title,
        "title": feed.title,
        "xmlUrl": feed.address,
        "htmlUrl": feed.url,
        "language": feed.language,
    }
