"""arXiv's listing page ``/list/cs/new``: the third way to learn what was announced, made for people.

It knows neither versions nor licences. It is asked only when the feed fails or shows another day.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from lxml import html

from newsletter.arxiv.identifiers import split_id, squeeze
from newsletter.errors import SourceError
from newsletter.records import AnnouncementRecord
from newsletter.sources.feed import Feed, join
from newsletter.sources.gate import Gate, arxiv_gate
from newsletter.sources.http import HTML

_DAY = re.compile(r"listings? for \w+, (\d{1,2} \w+ \d{4})")
_SHOWN = re.compile(r"showing (?:first )?(\d+) of (\d+) entries")
_TOTAL = re.compile(rb"Total of (\d+) entries")
_CATEGORY = re.compile(r"\(([a-z-]+(?:\.[A-Za-z-]+)?)\)")

PAGE_SIZE = 2000
MOST_ENTRIES = 20_000  # ten pages: no archive has ever announced a tenth of it


class ListingPage:
    """The page behind the gate."""

    def __init__(self, *, gate: Gate | None = None, base_url: str | None = None) -> None:
        self.base_url = (base_url or settings.ARXIV_SITE_URL).rstrip("/")
        self.gate = gate or arxiv_gate()

    def announced(self, archives: Iterable[str], *, day: date) -> Feed:
        """What the pages of ``archives`` ("cs", "hep-th") show under ``day``; nothing for another day.

        Raises ``SourceError``.
        """
        return join(self._read(archive, day=day) for archive in sorted(set(archives)))

    def _read(self, archive: str, *, day: date) -> Feed:
        """All pages of one archive: a section may run over several, each with its own heading."""
        pages: list[Feed] = []
        total, skip = 1, 0
        while skip < min(total, MOST_ENTRIES):
            answer = self.gate.fetch(
                f"{self.base_url}/list/{archive}/new?skip={skip}&show={PAGE_SIZE}",
                accept=HTML,
                check=lambda answer: self._check(answer.body),
                cacheable=lambda answer: read_listing(answer.body)[0] == day,
            )
            shown, feed = read_listing(answer.body)
            if shown != day:
                return Feed()
            pages.append(feed)
            total = _entries_in_all(answer.body)
            skip += PAGE_SIZE
        return pages[0] if len(pages) == 1 else _without_cuts(pages, total=total)

    @staticmethod
    def _check(body: bytes) -> None:
        if read_listing(body)[0] is None:
            raise SourceError("arXiv's listing page does not say which day it shows.", transient=True)


def read_listing(body: bytes) -> tuple[date | None, Feed]:
    """The day a page shows, and its papers; replacements and cross-lists by the heading above them."""
    try:
        root = html.document_fromstring(body)
    except (ValueError, html.etree.LxmlError) as error:
        raise SourceError("arXiv's listing page is empty or broken.", transient=True) from error
    day = _shown_day(root)
    if day is None:
        return None, Feed()
    items: list[AnnouncementRecord] = []
    problems: list[str] = []
    for part in root.iterfind(".//dl"):
        before = part.getprevious()
        over = [*part.iterfind("h3"), *([] if before is None else [before])]
        heading = squeeze(" ".join("".join(map(str, node.itertext())) for node in over[:1]))
        shown = _SHOWN.search(heading)
        if shown and int(shown[1]) < int(shown[2]):
            problems.append(
                f"arXiv's listing page shows {shown[1]} of {shown[2]} papers under {heading[:40]!r}."
            )
        for term in part.iterfind("dt"):
            item = _read_item(term, term.getnext(), heading=heading.lower(), day=day)
            if item is not None:
                items.append(item)
    return day, Feed(items=tuple(items), problems=tuple(problems))


def _entries_in_all(body: bytes) -> int:
    """How many entries all pages have together; 0 where the page does not say."""
    counted = _TOTAL.search(body)
    return int(counted[1]) if counted else 0


def _without_cuts(pages: list[Feed], *, total: int) -> Feed:
    """One feed of all pages. That each shows a part is no problem if the parts make the whole."""
    feed = join(pages)
    shown = sum(len(page.items) for page in pages)
    missing = (f"arXiv's listing pages show {shown} of {total} papers.",) if shown < total else ()
    return Feed(items=feed.items, problems=missing)


def _shown_day(root: html.HtmlElement) -> date | None:
    for node in root.iterfind(".//h3"):
        match = _DAY.search(squeeze(node.text_content()))
        if match:
            for form in ("%d %B %Y", "%d %b %Y"):
                try:
                    return datetime.strptime(match[1], form).date()  # noqa: DTZ007 - a day has no zone
                except ValueError:
                    continue
    return None


def _read_item(
    term: html.HtmlElement, detail: html.HtmlElement | None, *, heading: str, day: date
) -> AnnouncementRecord | None:
    """The paper of a ``dt`` and the ``dd`` behind it; None if it has no arXiv id."""
    addresses = (link.get("href") or "" for link in term.iterfind(".//a"))
    address = next((target for target in addresses if "/abs/" in target), None)
    id_and_version = None if address is None else split_id(address.partition("/abs/")[2])
    if id_and_version is None:
        return None
    kind = "cross" if heading.startswith("cross") else "replace" if heading.startswith("replace") else "new"
    paragraph = None if detail is None else detail.find(".//p")
    return AnnouncementRecord(
        arxiv_id=id_and_version[0],
        version=id_and_version[1],
        kind=kind,
        day=day,
        title=_field(detail, "list-title"),
        abstract=squeeze(paragraph.text_content()) if paragraph is not None else "",
        authors=_authors(detail),
        categories=tuple(dict.fromkeys(_CATEGORY.findall(_field(detail, "list-subjects")))),
    )


def _field(detail: html.HtmlElement | None, name: str) -> str:
    """The text of the ``div`` of class ``name``, without the label before its colon."""
    for node in () if detail is None else detail.iterfind(".//div"):
        if name in (node.get("class") or "").split():
            return squeeze(node.text_content().partition(":")[2] or node.text_content())
    return ""


def _authors(detail: html.HtmlElement | None) -> tuple[str, ...]:
    for node in () if detail is None else detail.iterfind(".//div"):
        if "list-authors" in (node.get("class") or ""):
            links = ", ".join(squeeze(link.text_content()) for link in node.iterfind(".//a"))
            return tuple(name for name in links.split(", ") if name)
    return ()
