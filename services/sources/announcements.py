"""What arXiv announces on a day: the Atom and RSS feeds of ``rss.arxiv.org`` and the listing page
``/list/…/new``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape as escape_html
from itertools import islice
from xml.sax.saxutils import quoteattr

from services.sources.atom import text
from services.sources.papers import EASTERN, Paper, Shelf, submission_window

MAX_ITEMS = 2000
_SUBJECT = re.compile(r"[a-z-]+(?:\.[A-Za-z-]{2,20})?")
_SECTIONS = {
    "new": "New submissions",
    "cross": "Cross submissions",
    "replace": "Replacement submissions",
}


class UnknownSubjectError(ValueError):
    """A feed was asked for something that is no category's name."""


@dataclass(frozen=True)
class Announcement:
    """One paper in one day's announcement."""

    paper: Paper
    kind: str
    """``new``, ``cross``, ``replace`` or ``replace-cross``, as seen from the subjects asked for."""


class Announcements:
    """The announcements of any day: as ``listings`` say (day -> ids), else by arXiv's submission windows."""

    def __init__(self, shelf: Shelf, listings: Mapping[date, Sequence[str]]) -> None:
        self.shelf = shelf
        self.listings = listings

    def of(self, day: date, subjects: str) -> list[Announcement]:
        """What is announced on ``day`` in ``subjects`` ("cs.AI+cs.CL" or "cs"), new ones first."""
        names = subjects.split("+")
        if not all(_SUBJECT.fullmatch(name) for name in names):
            raise UnknownSubjectError(subjects)

        def belongs(category: str) -> bool:
            return any(category == name or category.startswith(f"{name}.") for name in names)

        found = []
        for paper, replaces in self._papers(day):
            if any(map(belongs, paper.categories)):
                at_home = belongs(paper.categories[0])
                kind = (
                    ("replace" if at_home else "replace-cross")
                    if replaces
                    else ("new" if at_home else "cross")
                )
                found.append(Announcement(paper, kind))
        order = ["new", "cross", "replace", "replace-cross"]
        return sorted(found, key=lambda announcement: order.index(announcement.kind))

    def _papers(self, day: date) -> Iterator[tuple[Paper, bool]]:
        start, end = submission_window(day)
        last = end - timedelta(seconds=1)
        if day in self.listings:
            # A listing repeats cross-lists within the day.
            for arxiv_id in dict.fromkeys(self.listings[day]):
                paper = self.shelf.find(arxiv_id)
                if paper is not None:
                    yield paper, paper.version > 1 and paper.published < start <= paper.updated <= last
            return
        submitted = self.shelf.between("submitted", start, last)
        replaced = self.shelf.between("updated", start, last) - submitted
        for number in self.shelf.order("submitted"):
            if number in submitted or number in replaced:
                yield self.shelf.latest[number], number in replaced


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EASTERN)


def _description(announcement: Announcement) -> str:
    paper = announcement.paper
    return f"arXiv:{paper.versioned_id} Announce Type: {announcement.kind} \nAbstract: {paper.abstract}"


def atom(subjects: str, day: date, announcements: Sequence[Announcement]) -> bytes:
    """The Atom feed of a day; the ids carry the version, the links do not."""
    built = _midnight(day).astimezone(UTC).isoformat()
    address = quoteattr(f"http://rss.arxiv.org/atom/{subjects}")
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="en-us">\n'
        f"  <id>http://rss.arxiv.org/atom/{text(subjects)}</id>\n"
        f"  <title>{text(subjects)} updates on arXiv.org</title>\n"
        f"  <updated>{built}</updated>\n"
        f'  <link href={address} rel="self" type="application/atom+xml"/>\n'
        f"  <subtitle>{text(subjects)} updates on the arXiv.org e-print archive.</subtitle>\n"
    )
    parts = [head]
    for announcement in islice(announcements, MAX_ITEMS):
        paper = announcement.paper
        parts.append(
            f"  <entry>\n    <id>oai:arXiv.org:{paper.versioned_id}</id>\n"
            f"    <title>{text(paper.title)}</title>\n    <updated>{built}</updated>\n"
            f'    <link href="https://arxiv.org/abs/{paper.id}" rel="alternate" type="text/html"/>\n'
            f"    <summary>{text(_description(announcement))}</summary>\n"
            + "".join(f"    <category term={quoteattr(name)}/>\n" for name in paper.categories)
            + f"    <published>{_midnight(day).isoformat()}</published>\n"
            + _extensions(announcement, indent="    ")
            + "  </entry>\n"
        )
    return "".join([*parts, "</feed>\n"]).encode()


def rss(subjects: str, day: date, announcements: Sequence[Announcement]) -> bytes:
    """The RSS 2.0 feed of a day."""
    published = format_datetime(_midnight(day))
    address = f"http://rss.arxiv.org/rss/{subjects}"
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'version="2.0">\n  <channel>\n'
        f"    <title>{text(subjects)} updates on arXiv.org</title>\n    <link>{text(address)}</link>\n"
        f"    <description>{text(subjects)} updates on the arXiv.org e-print archive.</description>\n"
        f'    <atom:link href={quoteattr(address)} rel="self" type="application/rss+xml"/>\n'
        "    <docs>http://www.rssboard.org/rss-specification</docs>\n    <language>en-us</language>\n"
        f"    <lastBuildDate>{format_datetime(_midnight(day).astimezone(UTC))}</lastBuildDate>\n"
        f"    <managingEditor>rss-help@arxiv.org</managingEditor>\n    <pubDate>{published}</pubDate>\n"
        "    <skipDays>\n      <day>Saturday</day>\n      <day>Sunday</day>\n    </skipDays>\n"
    )
    parts = [head]
    for announcement in islice(announcements, MAX_ITEMS):
        paper = announcement.paper
        parts.append(
            f"    <item>\n      <title>{text(paper.title)}</title>\n"
            f"      <link>https://arxiv.org/abs/{paper.id}</link>\n"
            f"      <description>{text(_description(announcement))}</description>\n"
            f'      <guid isPermaLink="false">oai:arXiv.org:{paper.versioned_id}</guid>\n'
            + "".join(f"      <category>{text(name)}</category>\n" for name in paper.categories)
            + f"      <pubDate>{published}</pubDate>\n"
            + _extensions(announcement, indent="      ")
            + "    </item>\n"
        )
    return "".join([*parts, "  </channel>\n</rss>\n"]).encode()


def _extensions(announcement: Announcement, *, indent: str) -> str:
    paper = announcement.paper
    doi = f"{indent}<arxiv:DOI>{text(paper.doi)}</arxiv:DOI>\n" if paper.doi else ""
    journal = paper.journal_ref
    return (
        f"{indent}<arxiv:announce_type>{announcement.kind}</arxiv:announce_type>\n"
        f"{indent}<dc:rights>{text(paper.licence)}</dc:rights>\n"
        f"{doi}"
        + (f"{indent}<arxiv:journal_reference>{text(journal)}</arxiv:journal_reference>\n" if journal else "")
        + f"{indent}<dc:creator>{text(', '.join(paper.authors))}</dc:creator>\n"
    )


def listing(subject: str, day: date, announcements: Sequence[Announcement]) -> bytes:
    """The page ``/list/SUBJECT/new``: a ``dl`` with one ``dt``/``dd`` pair a paper, under a heading a
    section.
    """
    head = (
        "<!DOCTYPE html>\n<html lang='en'>\n"
        f"<head><meta charset='utf-8'><title>{escape_html(subject)}</title></head>\n<body>\n"
        f"<div id='dlpage'>\n<h1>{escape_html(subject)}</h1>\n"
        f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B} {day.year}</h3>\n"
        f"<div class='paging'>Total of {len(announcements)} entries</div>\n"
    )
    parts = [head]
    number = 0
    for kind, heading in _SECTIONS.items():
        section = [a for a in announcements if a.kind.removesuffix("-cross") == kind]
        if not section:
            continue
        count = f"(showing {len(section)} of {len(section)} entries)"
        parts.append(f"<dl id='articles'>\n<h3>{heading} {count}</h3>\n")
        for announcement in section:
            number += 1
            parts.append(_item(number, announcement))
        parts.append("</dl>\n")
    return "".join([*parts, "</div>\n</body>\n</html>\n"]).encode()


def _item(number: int, announcement: Announcement) -> str:
    paper = announcement.paper
    note = {"cross": " (cross-list from %s)", "replace": " (replaced)", "replace-cross": " (replaced)"}
    label = note.get(announcement.kind, "").replace("%s", paper.categories[0])
    authors = ", ".join(
        f"<a href='/search/?searchtype=author&amp;query={escape_html(name)}'>{escape_html(name)}</a>"
        for name in paper.authors
    )
    subjects = "; ".join(
        [f"<span class='primary-subject'>({paper.categories[0]})</span>"]
        + [f"({name})" for name in paper.categories[1:]]
    )
    comment = (
        f"<div class='list-comments mathjax'><span class='descriptor'>Comments:</span>"
        f"{escape_html(paper.comment)}</div>\n"
        if paper.comment
        else ""
    )
    abstract = "" if announcement.kind.startswith("replace") else escape_html(paper.abstract)
    return (
        f"<dt><a name='item{number}'>[{number}]</a>\n"
        f'<a href ="/abs/{paper.id}" title="Abstract" id="{paper.id}">arXiv:{paper.id}</a>{label}\n'
        f'[<a href="/pdf/{paper.id}" title="Download PDF" id="pdf-{paper.id}">pdf</a>]</dt>\n'
        f"<dd><div class='meta'>\n"
        f"<div class='list-title mathjax'><span class='descriptor'>Title:</span>"
        f"{escape_html(paper.title)}</div>\n"
        f"<div class='list-authors'>{authors}</div>\n{comment}"
        f"<div class='list-subjects'><span class='descriptor'>Subjects:</span> {subjects}</div>\n"
        + (f"<p class='mathjax'>{abstract}</p>\n" if abstract else "")
        + "</div></dd>\n"
    )
