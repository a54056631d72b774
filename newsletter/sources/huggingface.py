"""Hugging Face's daily papers: ``GET /api/daily_papers?date=YYYY-MM-DD``.

The shape grew over the years and every field but ``paper.id`` may be missing, so a row is read field by field
and a field of a wrong type counts as missing. A row without an arXiv id is left out and named. A body that is
no list of objects is refused whole: an error object, a page of HTML, a list of strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from newsletter.arxiv.identifiers import LONGEST, split_id, squeeze
from newsletter.errors import SourceError
from newsletter.records import DailyPaperRecord
from newsletter.sources.gate import Gate, huggingface_gate
from newsletter.sources.http import JSON, FetchedResponse
from newsletter.text.border import clean_json, load_json

PAGE = 50  # rows that one answer holds at most
MOST_PAGES = 20
FILMS = (".mp4", ".webm", ".mov", ".qt", ".m4v")
LONGEST_URL = 1000
MOST_VOTES = 1_000_000


@dataclass(frozen=True, slots=True)
class DailyList:
    """One day's list in the source's order; ``problems`` name the rows that were left out."""

    papers: tuple[DailyPaperRecord, ...] = ()
    problems: tuple[str, ...] = ()


class HuggingFace:
    """The daily papers API."""

    def __init__(self, *, gate: Gate | None = None, base_url: str | None = None) -> None:
        self.gate = gate or huggingface_gate()
        self.base_url = (base_url or settings.HUGGINGFACE_URL).rstrip("/")

    def daily(self, day: date) -> DailyList:
        """The papers listed on ``day``; none on many a weekend. Raises ``SourceError``."""
        papers: dict[str, DailyPaperRecord] = {}
        problems: list[str] = []
        for page in range(MOST_PAGES):
            try:
                rows = self._rows(day, page=page)
            except SourceError as error:
                if not page:
                    raise
                problems.append(
                    f"Hugging Face's list of {day} may be cut after {len(papers)}: {error.message}"
                )
                break
            listing = read_rows(rows, day=day)
            problems.extend(listing.problems)
            fresh = {paper.arxiv_id: paper for paper in listing.papers if paper.arxiv_id not in papers}
            papers.update(fresh)
            if len(rows) < PAGE or not fresh:
                break
        return DailyList(papers=tuple(papers.values()), problems=tuple(problems))

    def _rows(self, day: date, *, page: int) -> list[Any]:
        query = {"date": day.isoformat()} | ({"p": str(page)} if page else {})
        bodies: list[list[Any]] = []
        self.gate.fetch(
            f"{self.base_url}/api/daily_papers?{urlencode(query)}",
            accept=JSON,
            check=lambda answer: bodies.append(read_body(answer)),
        )
        return bodies[-1]


def read_body(answer: FetchedResponse) -> list[Any]:
    """The rows of an answer; raises ``SourceError`` where it is no list of objects."""
    try:
        body = clean_json(load_json(answer.body), longest=LONGEST)
    except ValueError as error:
        kind = "an HTML page" if b"<html" in answer.body[:2000].lower() else "a broken document"
        raise SourceError(f"Hugging Face sent {kind} where JSON was due.", transient=True) from error
    if isinstance(body, dict) and "error" in body:
        # Only 400 blames the question; other errors may pass.
        raise SourceError(
            f"Hugging Face refuses the query: {squeeze(str(body['error']))[:200]}.",
            transient=answer.status != 400,
        )
    if not isinstance(body, list) or (body and not any(isinstance(row, dict) for row in body)):
        kind = f"a list of {type(body[0]).__name__}" if isinstance(body, list) else type(body).__name__
        raise SourceError(f"Hugging Face sent {kind} where a list of objects was due; nothing was taken.")
    return body


def read_rows(rows: list[Any], *, day: date) -> DailyList:
    """The records of ``rows`` as listed on ``day``."""
    papers: dict[str, DailyPaperRecord] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        record = read_row(row, day=day)
        if record is None:
            problems.append(f"Hugging Face's list of {day}: row {number} has no arXiv id and was left out.")
        else:
            papers.setdefault(record.arxiv_id, record)
    return DailyList(papers=tuple(papers.values()), problems=tuple(problems))


def read_row(row: Any, *, day: date) -> DailyPaperRecord | None:
    """One row as a record; None if it names no arXiv paper."""
    paper = _object(row, "paper")
    id_and_version = split_id(_text(paper, "id"))
    if id_and_version is None:
        return None
    media = [*_addresses(paper, "mediaUrls"), *_addresses(row, "mediaUrls"), *_addresses(row, "mediaUrl")]
    media = [url for url in [_address(row, "thumbnail"), *media] if url]
    listed = _moment(paper, "submittedOnDailyAt")
    organisation = _object(paper, "organization") or _object(row, "organization")
    return DailyPaperRecord(
        arxiv_id=id_and_version[0],
        day=listed.date() if listed else day,
        title=_text(paper, "title") or _text(row, "title"),
        abstract=_text(paper, "summary") or _text(row, "summary"),
        authors=tuple(name for author in _list(paper, "authors") if (name := _text(author, "name"))),
        published_at=_moment(paper, "publishedAt"),
        votes=_count(paper, "upvotes") or 0,
        comments=_count(row, "numComments") or 0,
        image_url=next((url for url in media if not _is_film(url)), ""),
        video_url=next((url for url in media if _is_film(url)), ""),
        code_url=_address(paper, "githubRepo"),
        code_stars=_count(paper, "githubStars"),
        project_url=_address(paper, "projectPage"),
        organisation=(_text(organisation, "fullname") or _text(organisation, "name"))[:300],
        keywords=tuple(dict.fromkeys(_words(paper, "ai_keywords"))),
    )


def _object(row: Any, name: str) -> Mapping[str, Any]:
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    return value if isinstance(value, list) else []


def _text(row: Any, name: str) -> str:
    value = row.get(name) if isinstance(row, Mapping) else None
    return squeeze(value) if isinstance(value, str) else ""


def _words(row: Mapping[str, Any], name: str) -> list[str]:
    return [word for value in _list(row, name) if isinstance(value, str) and (word := squeeze(value)[:120])]


def _count(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_VOTES else None


def _moment(row: Mapping[str, Any], name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(row, name))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _address(row: Any, name: str) -> str:
    """A web address that is safe to keep; empty for anything else."""
    text = _text(row, name)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    good = parts.scheme in {"http", "https"} and parts.hostname and len(text) <= LONGEST_URL
    return text if good and text.isprintable() and not set(text) & set(" \"'<>\\`") else ""


def _addresses(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name)
    values = value if isinstance(value, list) else [value]
    return [url for address in values if (url := _address({name: address}, name))]


def _is_film(url: str) -> bool:
    return urlsplit(url).path.lower().endswith(FILMS)
