"""arXiv's announcement feeds: what was announced today, as what, and under which licence.

``/atom/cs.AI+cs.CL`` and ``/rss/…`` hold the same items, at most 2,000 (https://info.arxiv.org/help/rss.html),
and are renewed at midnight in New York. A feed's own dates prove nothing: feeds have gone stale under a fresh
``lastBuildDate``. So an item's day is the item's, and ``is_stale`` compares contents.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from lxml import etree

from newsletter.arxiv.identifiers import split_id, squeeze
from newsletter.errors import SourceError
from newsletter.records import AnnouncementRecord
from newsletter.sources.gate import Gate, arxiv_gate
from newsletter.sources.http import FEED

NEW_YORK = ZoneInfo("America/New_York")
MOST_ITEMS = 2000
KINDS = frozenset({"new", "cross", "replace", "replace-cross"})

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"


@dataclass(frozen=True, slots=True)
class Feed:
    """The items in the feed's order; ``problems`` name those that were left out.

    ``shows`` is the day of most of what was read, None if there was nothing.
    """

    items: tuple[AnnouncementRecord, ...] = ()
    problems: tuple[str, ...] = ()
    shows: date | None = None


class AnnouncementFeed:
    """The feed behind the gate."""

    def __init__(self, *, gate: Gate | None = None, base_url: str | None = None) -> None:
        base = (base_url or settings.ARXIV_FEED_URL).rstrip("/")
        self.base_url = base if base.endswith(("/atom", "/rss")) else f"{base}/atom"
        self.gate = gate or arxiv_gate()

    def announced(self, categories: Collection[str], *, day: date, insist: bool = True) -> Feed:
        """What the feed shows for ``categories`` under listing day ``day``; items of other days are left out.

        A feed as long as the limit may be cut, so it is asked for again in halves. One that shows another day
        is asked for again the next time, for it will be renewed, unless nobody insists. Raises
        ``SourceError``.
        """
        wanted = sorted(categories)
        feed = self._read(wanted, day=day if insist else None)
        if len(feed.items) >= MOST_ITEMS and len(wanted) > 1:
            middle = len(wanted) // 2
            feed = join(
                self.announced(half, day=day, insist=insist) for half in (wanted[:middle], wanted[middle:])
            )
        days = Counter(item.day for item in feed.items)
        return Feed(
            items=tuple(item for item in feed.items if item.day == day),
            problems=feed.problems,
            shows=max(days, key=days.__getitem__, default=None),
        )

    def _read(self, categories: list[str], *, day: date | None) -> Feed:
        read: list[Feed] = []
        self.gate.fetch(
            f"{self.base_url}/{'+'.join(categories)}",
            accept=FEED,
            check=lambda answer: read.append(read_feed(answer.body)),
            cacheable=lambda _: day is None or any(item.day == day for item in read[-1].items),
        )
        return read[-1]


def join(feeds: Iterable[Feed]) -> Feed:
    """One feed of several; a paper that several show keeps its most newsworthy kind."""
    rank = ("new", "cross", "replace", "replace-cross")
    items: dict[str, AnnouncementRecord] = {}
    problems: list[str] = []
    for feed in feeds:
        problems.extend(feed.problems)
        for item in feed.items:
            known = items.get(item.arxiv_id)
            if known is None or rank.index(item.kind) < rank.index(known.kind):
                items[item.arxiv_id] = item
    return Feed(items=tuple(items.values()), problems=tuple(problems))


def is_stale(items: Iterable[AnnouncementRecord], *, announced_before: Collection[str]) -> bool:
    """Whether a feed repeats an earlier day: nearly all it calls new was announced as new before.

    ``announced_before`` are the ids announced as new on earlier days. Three papers or fewer prove nothing.
    """
    new = {item.arxiv_id for item in items if item.kind == "new"}
    return len(new) > 3 and len(new & set(announced_before)) >= 0.9 * len(new)


def read_feed(body: bytes) -> Feed:
    """The items of an Atom or RSS feed. Raises ``SourceError``, transient, for what is neither."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        kind = "an HTML page" if b"<html" in body[:2000].lower() else "a broken document"
        raise SourceError(f"arXiv's feed is {kind} ({error.msg}).", transient=True) from error
    if root.tag == _ATOM + "feed":
        entries, built = root.findall(_ATOM + "entry"), root.findtext(_ATOM + "updated")
    elif root.tag == "rss":
        entries = root.findall("channel/item")
        built = root.findtext("channel/pubDate") or root.findtext("channel/lastBuildDate")
    else:
        raise SourceError(f"arXiv's feed is a <{str(root.tag)[:60]}>, neither Atom nor RSS.", transient=True)
    items: list[Feed] = []
    for entry in entries:
        name = squeeze(entry.findtext(_ATOM + "id") or entry.findtext("guid") or entry.findtext("link"))
        item = _read_entry(entry, name=name, built=built)
        if item is None:
            items.append(
                Feed(problems=(f"arXiv's feed has an item that is no announcement: {name[:100]!r}.",))
            )
        else:
            items.append(Feed(items=(item,)))
    return join(items)


def _read_entry(entry: etree._Element, *, name: str, built: str | None) -> AnnouncementRecord | None:
    id_and_version = split_id(name)
    kind = squeeze(entry.findtext(_ARXIV + "announce_type")).lower()
    day = _day(entry.findtext(_ATOM + "published") or entry.findtext("pubDate") or built)
    if id_and_version is None or kind not in KINDS or day is None:
        return None
    terms = cast("list[str | None]", [node.get("term") for node in entry.findall(_ATOM + "category")])
    terms += [node.text for node in entry.findall("category")]
    text = entry.findtext(_ATOM + "summary") or entry.findtext("description") or ""
    creators = squeeze(entry.findtext(_DC + "creator"))
    return AnnouncementRecord(
        arxiv_id=id_and_version[0],
        version=id_and_version[1],
        kind=kind,
        day=day,
        licence=squeeze(entry.findtext(_DC + "rights"))[:300],
        title=squeeze(entry.findtext(_ATOM + "title") or entry.findtext("title")),
        abstract=squeeze(text.partition("Abstract:")[2]),
        authors=tuple(name for part in creators.split(", ") if (name := part.strip())),
        categories=tuple(dict.fromkeys(squeeze(term) for term in terms if term)),
        doi=squeeze(entry.findtext(_ARXIV + "DOI")),
        journal_ref=squeeze(entry.findtext(_ARXIV + "journal_reference")),
    )


def _day(text: str | None) -> date | None:
    """The New York day of an ISO 8601 or RFC 5322 date."""
    text = (text or "").strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment.astimezone(NEW_YORK).date() if moment.tzinfo else moment.date()
    return None
