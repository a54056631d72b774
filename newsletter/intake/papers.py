"""What the sources gave of a day, turned into rows: compared first, written only where something differs.

arXiv's word counts more than Hugging Face's for what a paper says, a higher version more than a lower one,
and what a source does not mention is no reason to forget it. All of it happens in the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.intake.bulk import ROWS_A_STATEMENT, insert
from newsletter.models import Announcement, Paper, PaperVersion, Summary
from newsletter.records import AnnouncementRecord, DailyPaperRecord, PaperRecord
from newsletter.references.index import index_again
from newsletter.set_aside import Isolation
from newsletter.sources.sanity import categories_of, is_notable, is_storable, is_withdrawn

LONGEST_DOI = 300

_NAMES = frozenset({"title", "doi"})  # by which a paper is found
_TEXT = frozenset({"title", "abstract"})  # of which its extract is made

# What a row of PaperVersion repeats, and what makes a record the first from arXiv.
_VERSIONED = frozenset({"version", "title", "abstract", "updated_at", "provenance"})


@dataclass(frozen=True, slots=True, order=True)
class Listing:
    """A paper stood on ``source``'s list of ``day`` as ``kind`` (a value of ``Announcement.Kind``)."""

    arxiv_id: str
    source: str
    day: date
    kind: str


@dataclass(slots=True)
class Collected:
    """All that was collected before anything is written. The dicts are by versionless arXiv id.

    ``papers`` are arXiv's full records, ``daily`` Hugging Face's rows, ``announced`` what a feed or listing
    said (text for want of a full record, and the licence).
    """

    papers: dict[str, PaperRecord] = field(default_factory=dict)
    daily: dict[str, DailyPaperRecord] = field(default_factory=dict)
    announced: dict[str, AnnouncementRecord] = field(default_factory=dict)
    listings: set[Listing] = field(default_factory=set)

    def ids(self) -> list[str]:
        """Every id there is anything to store about: a replacement alone of an unknown paper is nothing."""
        news = {listing.arxiv_id for listing in self.listings}
        return sorted(self.papers.keys() | self.daily.keys() | (self.announced.keys() & news))

    def only(self, ids: Sequence[str]) -> "Collected":
        """What there is of these ids."""
        wanted = frozenset(ids)
        return Collected(
            papers={name: record for name, record in self.papers.items() if name in wanted},
            daily={name: record for name, record in self.daily.items() if name in wanted},
            announced={name: record for name, record in self.announced.items() if name in wanted},
            listings={listing for listing in self.listings if listing.arxiv_id in wanted},
        )


def store_each(collected: Collected, run: Isolation, *, now: datetime) -> Counter[str]:
    """As :func:`store`; a paper that the database does not take is set aside by ``run``."""
    ids = collected.ids()
    counts: Counter[str] = Counter(inserted=0, updated=0, unchanged=0, announced=0)
    for part in run.together(ids, lambda part_ids: store(collected.only(part_ids), now=now)):
        counts.update(part)
    run.refuse_to_blame_items()
    return counts


def store(collected: Collected, *, now: datetime) -> Counter[str]:
    """Insert and update papers, versions and announcements; returns counts of what was done.

    ``inserted``, ``updated`` and ``unchanged`` count papers; ``replaced`` those that got a higher version,
    ``announced`` new announcement rows, ``summaries_outdated`` summaries whose text changed under them.
    """
    ids = collected.ids()
    known = papers_by_id(ids)
    counts: Counter[str] = Counter(inserted=0, updated=0, unchanged=0, announced=0)
    new: list[Paper] = []
    changed: list[Paper] = []
    fields: set[str] = set()
    rewritten: list[Paper] = []
    renamed: list[Paper] = []
    versions: list[PaperVersion] = []
    for arxiv_id in ids:
        paper = known.get(arxiv_id)
        wanted = _wanted(paper, collected=collected, arxiv_id=arxiv_id, now=now)
        if paper is None:
            known[arxiv_id] = Paper(arxiv_id=arxiv_id, **wanted)
            new.append(known[arxiv_id])
            continue
        before = _Text(paper)
        if differing := _apply(paper, wanted):
            changed.append(paper)
            if differing & _TEXT:
                paper.extract_format = None  # it is made anew
                fields.add("extract_format")
            fields |= differing
            if differing & _NAMES:
                renamed.append(paper)
            counts["replaced"] += paper.version > before.version
            if _says_something_else(paper, before=before):
                rewritten.append(paper)
        if arxiv_id in collected.papers and differing & _VERSIONED:
            versions.append(_version_of(paper, before=before, now=now))
    insert(new)
    insert([_version_of(paper, before=None, now=now) for paper in new if paper.arxiv_id in collected.papers])
    if changed:
        Paper.objects.bulk_update(changed, sorted(fields), batch_size=200)
    _store_versions(versions)
    index_again(renamed)
    counts["inserted"] = len(new)
    counts["updated"] = len(changed)
    counts["unchanged"] = len(ids) - len(new) - len(changed)
    counts["announced"] = _store_listings(collected.listings, papers=known, new={paper.pk for paper in new})
    if rewritten:
        counts["summaries_outdated"] = _outdate_summaries(rewritten)
    return counts


def papers_by_id(ids: Iterable[str]) -> dict[str, Paper]:
    """The papers that are there, by versionless id."""
    return {
        paper.arxiv_id: paper
        for part in chunked(sorted(ids), IDS_A_QUERY)
        for paper in Paper.objects.filter(arxiv_id__in=part)
    }


@dataclass(slots=True)
class _Text:
    """The text of a paper before an update."""

    version: int
    title: str
    abstract: str
    from_arxiv: bool

    def __init__(self, paper: Paper) -> None:
        self.version, self.title, self.abstract = paper.version, paper.title, paper.abstract
        self.from_arxiv = _is_from_arxiv(paper)


def _wanted(paper: Paper | None, *, collected: Collected, arxiv_id: str, now: datetime) -> dict[str, Any]:
    """What the sources say that ``paper`` (None: a new one) shall hold, by the names of its fields."""
    wanted: dict[str, Any] = {}
    record, daily = collected.papers.get(arxiv_id), collected.daily.get(arxiv_id)
    announced = collected.announced.get(arxiv_id)
    complete = paper is not None and _is_from_arxiv(paper)
    if record is not None:
        if paper is None or not complete or record.version >= paper.version:
            wanted |= _facts_of(record)
    elif not complete:
        if announced is not None and announced.title:
            wanted |= _facts_of_announcement(announced)
        elif daily is not None and (paper is None or paper.provenance == Paper.Provenance.HUGGINGFACE):
            wanted |= _facts_of_daily(daily)
    if announced is not None and is_storable(announced.licence) and announced.licence.startswith("http"):
        wanted["licence"] = announced.licence
    if daily is not None:
        wanted |= _signals_of(daily, paper=paper, now=now)
    return wanted


def _is_from_arxiv(paper: Paper) -> bool:
    """Whether it holds arXiv's full record."""
    return paper.provenance == Paper.Provenance.ARXIV and paper.published_at is not None


def _apply(paper: Paper, wanted: Mapping[str, Any]) -> set[str]:
    """Put ``wanted`` into ``paper``; the names of the fields that differ from before."""
    differing = {name for name, value in wanted.items() if getattr(paper, name) != value}
    for name in differing:
        setattr(paper, name, wanted[name])
    return differing


def _facts_of(record: PaperRecord) -> dict[str, Any]:
    categories = categories_of(record.categories)
    return {
        "version": record.version,
        "provenance": Paper.Provenance.ARXIV.value,
        "title": record.title,
        "abstract": record.abstract,
        "authors": list(record.authors),
        "categories": categories,
        "primary_category": categories[0] if categories else "",
        "comment": record.comment,
        "doi": record.doi if len(record.doi) <= LONGEST_DOI else "",
        "journal_ref": record.journal_ref,
        "published_at": record.published_at,
        "updated_at": record.updated_at,
        "is_withdrawn": is_withdrawn(comment=record.comment, abstract=record.abstract),
    }


def _facts_of_announcement(announced: AnnouncementRecord) -> dict[str, Any]:
    categories = categories_of(announced.categories)
    return {
        "version": announced.version or 1,
        "provenance": Paper.Provenance.ARXIV.value,
        "title": announced.title,
        "abstract": announced.abstract,
        "authors": list(announced.authors),
        "categories": categories,
        "primary_category": categories[0] if categories else "",
        "doi": announced.doi if len(announced.doi) <= LONGEST_DOI else "",
        "journal_ref": announced.journal_ref,
    }


def _facts_of_daily(daily: DailyPaperRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "provenance": Paper.Provenance.HUGGINGFACE.value,
        "title": daily.title,
        "abstract": daily.abstract,
        "authors": list(daily.authors),
    }
    return facts | ({"published_at": daily.published_at} if daily.published_at else {})


def _signals_of(daily: DailyPaperRecord, *, paper: Paper | None, now: datetime) -> dict[str, Any]:
    signals: dict[str, Any] = {"votes": daily.votes, "comments_count": daily.comments}
    if (
        paper is None
        or paper.votes_at is None
        or (paper.votes, paper.comments_count) != (daily.votes, daily.comments)
    ):
        signals["votes_at"] = now
    links = {
        "image_url": daily.image_url,
        "video_url": daily.video_url,
        "code_url": daily.code_url,
        "project_url": daily.project_url,
        "organisation": daily.organisation,
        "keywords": [word for word in daily.keywords if is_storable(word)],
    }
    signals |= {name: value for name, value in links.items() if value and is_storable("".join(value))}
    if daily.code_stars is not None:
        signals["code_stars"] = daily.code_stars
    return signals


def _version_of(paper: Paper, *, before: _Text | None, now: datetime) -> PaperVersion:
    """The row of the version that ``paper`` now has."""
    notable = (
        before is not None
        and before.from_arxiv
        and paper.version > before.version
        and _says_something_else(paper, before=before)
    )
    return PaperVersion(
        paper_id=paper.pk,
        version=paper.version,
        title=paper.title,
        abstract=paper.abstract,
        updated_at=paper.updated_at,
        is_notable=notable,
        seen_at=now,
    )


def _says_something_else(paper: Paper, *, before: _Text) -> bool:
    """Whether title or abstract differ from before in more than white space."""
    return is_notable(
        old_title=before.title, old_abstract=before.abstract, title=paper.title, abstract=paper.abstract
    )


def _store_versions(rows: Sequence[PaperVersion]) -> None:
    """Add versions of papers that were there; one that was, too, gets the newer text."""
    PaperVersion.objects.bulk_create(
        rows,
        batch_size=ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["paper", "version"],
        update_fields=["title", "abstract", "updated_at"],
    )


def _store_listings(listings: set[Listing], *, papers: Mapping[str, Paper], new: set[int]) -> int:
    """Add the announcements that are not there yet; one row a paper, source and day. How many were added.

    ``new`` are the keys of papers that cannot have any.
    """
    wanted: dict[tuple[int, str, date], str] = {}
    rank = ["new", "daily", "cross", "replace", "replace-cross"]
    for listing in sorted(listings, key=lambda listing: rank.index(listing.kind)):
        paper = papers.get(listing.arxiv_id)
        if paper is not None:
            wanted.setdefault((paper.pk, listing.source, listing.day), listing.kind)
    for source, day in {(source, day) for paper_id, source, day in wanted if paper_id not in new}:
        there = Announcement.objects.filter(source=source, day=day)
        for paper_id in there.values_list("paper_id", flat=True):
            wanted.pop((paper_id, source, day), None)
    insert(
        [
            Announcement(paper_id=paper_id, source=source, day=day, kind=kind)
            for (paper_id, source, day), kind in wanted.items()
        ]
    )
    return len(wanted)


def _outdate_summaries(papers: Sequence[Paper]) -> int:
    """Mark the summaries of changed papers as outdated; an editor's stays ready. Returns how many."""
    count = 0
    for part in chunked((paper.pk for paper in papers), IDS_A_QUERY):
        of_these = Summary.objects.filter(paper__in=part)
        count += of_these.filter(author=Summary.Author.EDITOR).update(is_outdated=True)
        count += of_these.exclude(author=Summary.Author.EDITOR).release(
            state=Summary.State.WANTED,
            is_outdated=True,
            attempts_count=0,
            retry_at=None,
            reason="",
        )
    return count
