"""The rules of the formats of feeds, as their documents state them; each check raises AssertionError."""

import json
import re
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)


def parse_xml(content: bytes) -> Any:
    """The root of a well-formed document."""
    return etree.fromstring(content, _PARSER)


def check_atom(content: bytes) -> Any:
    """RFC 4287: 4.1.1 and 4.1.2 (what must be there, and how often), 3.3 (dates), 4.2.6 (ids)."""
    feed = parse_xml(content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get(XML_LANG)
    entries = feed.findall(f"{ATOM}entry")
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            (one,) = element.findall(f"{ATOM}{name}")
            assert one.text, name
        assert RFC_3339.fullmatch(element.findtext(f"{ATOM}updated"))
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme, "an IRI"
        for link in element.findall(f"{ATOM}link"):
            assert urlsplit(link.get("href")).scheme in ("http", "https")
        alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(alternates) == 1
        for author in element.findall(f"{ATOM}author"):
            assert len(author.findall(f"{ATOM}name")) == 1
    assert [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert feed.find(f"{ATOM}author") is not None or all(e.find(f"{ATOM}author") is not None for e in entries)
    for entry in entries:
        assert RFC_3339.fullmatch(entry.findtext(f"{ATOM}published"))
        assert len(entry.findall(f"{ATOM}content")) == len(entry.findall(f"{ATOM}summary")) == 1
    ids = [element.findtext(f"{ATOM}id") for element in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    return feed


def check_rss(content: bytes) -> Any:
    """RSS 2.0.11: the elements that a channel, an item and an enclosure must have; RFC 822's dates."""
    rss = parse_xml(content)
    assert (rss.tag, rss.get("version")) == ("rss", "2.0")
    (channel,) = rss
    assert all(channel.findtext(name) for name in ("title", "link", "description", "language"))
    parsedate_to_datetime(channel.findtext("lastBuildDate"))
    items = channel.findall("item")
    for item in items:
        assert item.findtext("title")
        assert item.findtext("description")
        assert item.find("guid").get("isPermaLink") == "false"
        assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo is not None
        for enclosure in item.findall("enclosure"):
            assert int(enclosure.get("length")) >= 0
            assert enclosure.get("type").startswith("image/")
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids)
    return rss


def check_json(content: bytes) -> Any:
    """JSON Feed 1.1: the keys that must be there, their types, and RFC 3339's dates."""
    feed = json.loads(content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert isinstance(feed["items"], list)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["id"]
        assert isinstance(item.get("content_html", item.get("content_text")), str)
        for name in ("date_published", "date_modified"):
            assert RFC_3339.fullmatch(item[name])
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        assert all(author["name"] for author in item.get("authors", []))
        for attachment in item.get("attachments", []):
            assert isinstance(attachment["url"], str)
            assert isinstance(attachment["mime_type"], str)
            assert isinstance(attachment.get("size_in_bytes", 0), int)
        assert all(name.startswith("_") or name in _ITEM_KEYS for name in item)
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    return feed


_ITEM_KEYS = frozenset(
    (
        *(
            "id",
            "url",
            "external_url",
            "title",
            "content_html",
            "content_text",
            "summary",
            "image",
            "language",
        ),
        *("banner_image", "date_published", "date_modified", "authors", "tags", "attachments"),
    )
)
