"""The recorded answers of arXiv's query API and of Hugging Face, taken in and compared field by field.

What is compared is what stands in the rows; what it is compared with is read from the recordings without any
code of ours that reads them.
"""

import gzip
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import override_settings
from lxml import etree

from newsletter.arxiv.identifiers import squeeze
from newsletter.arxiv.taxonomy import archive_of
from newsletter.intake import take_in
from newsletter.intake.papers import Collected, store
from newsletter.models import Announcement, Paper, PaperVersion
from newsletter.sources.arxiv import Arxiv
from newsletter.sources.gate import arxiv_gate
from newsletter.sources.huggingface import FILMS
from services.sources import Response, SourceServer
from tests.newsletter.intake.recorded_listings import LONG_AFTER, Tally
from tests.newsletter.sources import faults

ATOM = {
    "a": "http://www.w3.org/2005/Atom",
    "x": "http://arxiv.org/schemas/atom",
    "o": "http://a9.com/-/spec/opensearch/1.1/",
}


def load_days(folder: Path) -> dict[date, bytes]:
    """Every recorded day of ``hf_daily``, compressed as it was recorded."""
    return {
        date.fromisoformat(path.name[:10]): path.read_bytes() for path in sorted(folder.glob("*.json.gz"))
    }


def load_answers(folder: Path) -> list[tuple[str, int | None, bytes]]:
    """Every recorded answer of ``arxiv_api``: the file's name, the HTTP status if it is known, the body."""
    index = json.loads((folder / "index.json").read_text())
    return [(entry["file"], entry["http_status"], (folder / entry["file"]).read_bytes()) for entry in index]


def take_in_days(days: Mapping[date, bytes]) -> Tally:
    """Take in Hugging Face's ``days`` one after the other; each is compared before the next."""
    tally = Tally()
    with SourceServer(daily=days) as server, served(server.url):
        for day, body in days.items():
            now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
            report = take_in(day, now=now, sources=("huggingface",))
            tally.problems += [f"{day}: {problem}" for problem in report.problems]
            rows = json.loads(gzip.decompress(body))
            stored = {
                paper.arxiv_id: paper
                for paper in Paper.objects.filter(arxiv_id__in=[row["paper"]["id"] for row in rows])
            }
            announced = set(
                Announcement.objects.filter(source="huggingface", paper__in=stored.values()).values_list(
                    "paper__arxiv_id", "day"
                )
            )
            tally.compare("rows", of=str(day), got=len(stored), wanted=len(rows))
            for row in rows:
                _compare_daily(stored[row["paper"]["id"]], daily_fields(row, day), announced, tally)
    return tally


def _compare_daily(
    paper: Paper, wanted: Mapping[str, Any], announced: set[tuple[str, date]], tally: Tally
) -> None:
    columns = {"comments": "comments_count"}
    for name, value in wanted.items():
        if name == "day":
            tally.compare("day", of=paper.arxiv_id, got=(paper.arxiv_id, value) in announced, wanted=True)
            continue
        got = getattr(paper, columns.get(name, name))
        tally.compare(name, of=paper.arxiv_id, got=tuple(got) if isinstance(got, list) else got, wanted=value)


def daily_fields(row: Mapping[str, Any], day: date) -> dict[str, Any]:
    """What a reader of the recording would note down of one row of the list of ``day``."""
    paper = row["paper"]
    media = [
        row.get("thumbnail"),
        *(paper.get("mediaUrls") or []),
        *(row.get("mediaUrls") or []),
        row.get("mediaUrl"),
    ]
    media = [url for url in media if url]
    stills = [url for url in media if Path(url).suffix.lower() not in FILMS]
    films = [url for url in media if Path(url).suffix.lower() in FILMS]
    organisation = paper.get("organization") or row.get("organization") or {}
    return {
        "arxiv_id": paper["id"],
        "day": date.fromisoformat(paper.get("submittedOnDailyAt", str(day))[:10]),
        "title": squeeze(paper["title"]),
        "abstract": squeeze(paper["summary"]),
        "authors": tuple(squeeze(who["name"]) for who in paper["authors"]),
        "published_at": datetime.fromisoformat(paper["publishedAt"]),
        "votes": paper["upvotes"],
        "comments": row["numComments"],
        "image_url": stills[0] if stills else "",
        "video_url": films[0] if films else "",
        "code_url": paper.get("githubRepo", ""),
        "code_stars": paper.get("githubStars"),
        "project_url": paper.get("projectPage", "").strip(),
        "organisation": squeeze(organisation.get("fullname", "")),
        "keywords": tuple(dict.fromkeys(word for word in paper.get("ai_keywords", []) if word)),
    }


def take_in_answers(answers: list[tuple[str, int | None, bytes]]) -> Tally:
    """Read arXiv's recorded ``answers`` through the real client into empty tables, one after the other."""
    tally = Tally()
    for name, status, body in answers:
        if status == 400:  # of some answers the recording does not tell the status
            continue
        PaperVersion.objects.all().delete()
        Announcement.objects.all().delete()
        Paper.objects.all().delete()
        root = etree.fromstring(body)
        nodes = {_id_of(node): node for node in root.findall("a:entry", ATOM)}
        page = Response(body=as_one_page(body), content_type="application/atom+xml")
        with SourceServer(before=faults.always(page)) as server, served(server.url):
            found = Arxiv(gate=arxiv_gate(), page_size=1000).search(name)
        tally.problems += [f"{name}: {problem}" for problem in found.problems]
        store(Collected(papers={paper.arxiv_id: paper for paper in found.papers}), now=LONG_AFTER)
        stored = {paper.arxiv_id: paper for paper in Paper.objects.all()}
        tally.compare("entries", of=name, got=set(stored), wanted=set(nodes))
        for arxiv_id, paper in stored.items():
            for field, got, wanted in _atom_fields(paper, nodes[arxiv_id]):
                tally.compare(field, of=f"{name} {arxiv_id}", got=got, wanted=wanted)
    return tally


def as_one_page(body: bytes) -> bytes:
    """Byte for byte but for the count: what was recorded is one page, the rest of its query is not ours."""
    count = str(len(etree.fromstring(body).findall("a:entry", ATOM))).encode()
    return re.sub(rb"(totalResults[^>]*>)\d+(?=<)", rb"\g<1>" + count, body)


def _id_of(node: Any) -> str:
    return str(node.findtext("a:id", namespaces=ATOM).split("/abs/")[1].rpartition("v")[0])


def _atom_fields(paper: Paper, node: Any) -> Iterator[tuple[str, object, object]]:
    def text(path: str) -> str:
        return squeeze(node.findtext(path, namespaces=ATOM))

    terms = [one.get("term") for one in node.findall("a:category", ATOM)]
    # Classes of MSC and ACM stand among the categories, several in one string.
    names = [name for term in terms for name in term.replace(",", " ").split()]
    people = [squeeze(who.text) for who in node.findall("a:author/a:name", ATOM) if who.text]
    yield "version", f"v{paper.version}", "v" + text("a:id").rpartition("v")[2]
    yield "title", paper.title, text("a:title")
    yield "abstract", paper.abstract, text("a:summary")
    yield "authors", paper.authors, people
    yield "primary category", paper.primary_category, node.find("x:primary_category", ATOM).get("term")
    yield "categories", set(paper.categories), {n for n in names if n[0].islower() and archive_of(n)}
    yield "comment", paper.comment, text("x:comment")
    yield "doi", paper.doi, text("x:doi")
    yield "journal reference", paper.journal_ref, text("x:journal_ref")
    yield "published", paper.published_at, datetime.fromisoformat(text("a:published"))
    yield "updated", paper.updated_at, datetime.fromisoformat(text("a:updated"))


@contextmanager
def served(url: str) -> Iterator[None]:
    """Every source is at ``url``, the gate does not wait, and what is kept is kept nowhere else."""
    names = ("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL")
    with (
        tempfile.TemporaryDirectory(prefix="paperpost-answers-") as folder,
        override_settings(
            VAR_DIR=Path(folder), REDIS_URL="", ARXIV_INTERVAL=0.0, **dict.fromkeys(names, url)
        ),
    ):
        yield
