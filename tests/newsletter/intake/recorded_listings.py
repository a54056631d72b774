"""The recorded listings of ``arxiv_meta``, served in arXiv's formats, taken in and compared field by field.

Papers whose dates were recorded are announced on the day that their submission leads to, the others on the
day they were listed on; a listing of a day without an announcement (weekends repeat Friday's) belongs to the
next. Days that list nothing for the first time are left out. On every other day of an undated recording the
feed is broken, so that the listing page has to do; all other days come by feed, query and look-up.
"""

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.test import override_settings

from newsletter.arxiv import calendar
from newsletter.arxiv.taxonomy import CATEGORIES, archive_of
from newsletter.intake import take_in
from newsletter.models import Announcement, Paper, Topic
from services.sources import Request, Response, SourceServer

NAMES = (
    "astro_ph_listing",
    "cs_ai_cl_cv_lg_dated",
    "cs_daily_listing",
    "cs_ro_cv_doi_jref",
    "hep_grqc_versions",
    "kaggle_oai_snapshot_sample",
    "math_qa_rt_listing",
)
LISTED = frozenset({"astro_ph_listing", "cs_ai_cl_cv_lg_dated", "cs_daily_listing", "math_qa_rt_listing"})
LONG_AFTER = datetime(2026, 7, 1, 12, tzinfo=UTC)
MORNING = time(9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recording:
    """``papers`` as the server takes them, by id; ``days`` the ids that each announcement lists."""

    name: str
    papers: Mapping[str, Mapping[str, Any]]
    days: Mapping[date, list[str]]

    @property
    def is_dated(self) -> bool:
        return all("published" in row for row in self.papers.values())

    def part(self, days: int) -> "Recording":
        """So many of its days, from all over it, with their papers."""
        step = max(1, len(self.days) // days)
        chosen = dict(list(self.days.items())[step // 2 :: step][:days])
        ids = {arxiv_id for listed in chosen.values() for arxiv_id in listed}
        return Recording(self.name, {arxiv_id: self.papers[arxiv_id] for arxiv_id in sorted(ids)}, chosen)


@dataclass(slots=True)
class Tally:
    """How many values were compared and equal, by field; the first few differences and all problems."""

    compared: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def compare(self, name: str, *, of: str, got: object, wanted: object) -> None:
        self.compared[name] += 1
        self.equal[name] += got == wanted
        if got != wanted and len(self.differences) < 20:
            self.differences.append(f"{of} {name}: {got!r:.200} for {wanted!r:.200}")

    def line(self) -> str:
        return ", ".join(f"{name} {self.equal[name]}/{self.compared[name]}" for name in self.compared)


def load(name: str, *, folder: Path) -> Recording:
    """The whole recording ``name`` of ``folder`` (``arxiv_meta``)."""
    papers: dict[str, Mapping[str, Any]] = {}
    if name == "kaggle_oai_snapshot_sample":
        lines = (folder / f"{name}.jsonl").read_text().splitlines()
        papers = {row["id"]: _from_oai(row) for row in map(json.loads, lines)}
    else:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt") as file:
            papers = {row["id"]: row for row in map(_with_archive, map(json.loads, file))}
    listed: dict[str, list[str]] = {}
    if name in LISTED:
        with gzip.open(folder / f"{name}.days.json.gz", "rt") as file:
            listed = json.load(file)
    else:
        for arxiv_id, row in papers.items():
            day = calendar.day_of_submission(_moment(row["published"]))
            listed.setdefault(day.isoformat(), []).append(arxiv_id)
    days: dict[date, list[str]] = {}
    known: set[str] = set()
    for text in sorted(listed):
        day = date.fromisoformat(text)
        day = day if calendar.is_announcement_day(day) else calendar.next_day(day)
        if not known.issuperset(listed[text]):
            days[day] = list(dict.fromkeys([*days.get(day, ()), *listed[text]]))
        known.update(listed[text])
    return Recording(name, papers, days)


def take_in_recording(recording: Recording) -> Tally:
    """Take all of its days in, oldest first, into empty tables, and compare what then stands in the rows."""
    Topic.objects.all().delete()
    every = {category for row in recording.papers.values() for category in row["categories"]}
    names = {name if name in CATEGORIES else f"{name}.*" for name in every if archive_of(name)}
    Topic.objects.create(slug="recorded", names={"en": "Recorded"}, categories=sorted(names))
    tally = Tally()
    broken = False

    def break_feed(request: Request) -> Response | None:
        return Response(404, b"Not found.") if broken and request.path.startswith("/atom/") else None

    server = SourceServer(papers=recording.papers.values(), listings=recording.days, before=break_feed)
    with server, tempfile.TemporaryDirectory(prefix="paperpost-listings-") as folder:
        for number, day in enumerate(recording.days):
            server.today = day
            broken = not recording.is_dated and number % 2 == 1
            with override_settings(
                VAR_DIR=Path(folder) / day.isoformat(),  # every day is asked as on a day of its own
                REDIS_URL="",
                ARXIV_INTERVAL=0.0,
                ARXIV_API_URL=server.url,
                ARXIV_FEED_URL=server.url,
                ARXIV_SITE_URL=server.url,
            ):
                now = datetime.combine(day, MORNING) if broken else LONG_AFTER
                report = take_in(day, now=now, sources=("arxiv",))
            tally.problems += [f"{day}: {problem}" for problem in report.problems]
    _compare_papers(recording, tally)
    _compare_days(recording, tally)
    return tally


def _compare_papers(recording: Recording, tally: Tally) -> None:
    seen = 0
    for paper in Paper.objects.iterator(chunk_size=1000):
        seen += 1
        for name, got, wanted in _fields(paper, recording.papers[paper.arxiv_id]):
            tally.compare(name, of=paper.arxiv_id, got=got, wanted=wanted)
    tally.compare("papers", of=recording.name, got=seen, wanted=len(recording.papers))


def _compare_days(recording: Recording, tally: Tally) -> None:
    """Each paper is announced under the first day that listed it."""
    rows = Announcement.objects.filter(source="arxiv", kind__in=Announcement.Kind.news())
    announced = set(rows.values_list("paper__arxiv_id", "day"))
    told: set[str] = set()
    for day, ids in recording.days.items():
        for arxiv_id in ids:
            if arxiv_id not in told:
                told.add(arxiv_id)
                found = (arxiv_id, day) in announced
                tally.compare("first listed", of=arxiv_id, got=found, wanted=True)


def _fields(paper: Paper, row: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Name, stored and recorded value of every field that the recording has."""
    # Classes of MSC and ACM, such as "68T45, 62H30" and "I.2.10", are written like no category.
    names = [name for text in row["categories"] for name in text.replace(",", " ").split()]
    categories = [name for name in dict.fromkeys(names) if name[0].islower() and archive_of(name)]
    yield "title", paper.title, _squeezed(row["title"])
    yield "abstract", paper.abstract, _squeezed(row["abstract"])
    yield "authors", paper.authors, [_squeezed(name) for name in row["authors"]]
    yield "categories", paper.categories, categories
    yield "primary category", paper.primary_category, row["categories"][0]
    yield "provenance", paper.provenance, "arxiv"
    yield "comment", paper.comment, _squeezed(row.get("comment"))
    yield "doi", paper.doi, _squeezed(row.get("doi"))
    yield "journal reference", paper.journal_ref, _squeezed(row.get("journal_ref"))
    yield "version", paper.version, int(str(row.get("version", "1")).lstrip("v"))
    if "published" in row:
        yield "published", paper.published_at, _moment(row["published"])
    if "updated" in row:
        yield "updated", paper.updated_at, _moment(row["updated"])
    if "license" in row:
        yield "licence", paper.licence, row["license"]


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def _moment(text: str) -> datetime:
    """Times that were recorded without a zone are in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _with_archive(row: dict[str, Any]) -> dict[str, Any]:
    """Two old papers were recorded without the archive that stands before their number."""
    if "/" not in row["id"] and "." not in row["id"]:
        return {**row, "id": f"{row['categories'][0].partition('.')[0]}/{row['id']}"}
    return row


def _from_oai(row: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the snapshot that arXiv's OAI interface feeds, in the words of the other recordings."""
    moments = [parsedate_to_datetime(version["created"]) for version in row["versions"]]
    return {
        "id": row["id"],
        "version": row["versions"][-1]["version"],
        "title": row["title"],
        "abstract": row["abstract"],
        "authors": [
            " ".join(filter(None, (first, last, *more))) for last, first, *more in row["authors_parsed"]
        ],
        "categories": row["categories"].split(),
        "published": moments[0].isoformat(),
        "updated": moments[-1].isoformat(),
        "comment": row["comments"],
        "doi": row["doi"],
        "journal_ref": row["journal-ref"],
        **({"license": row["license"]} if row["license"] else {}),
    }
