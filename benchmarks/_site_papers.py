"""The recorded papers as an archive of years would hold them: when each came, and which topics it is about.

All papers of ``../shared/data``, each once. Recorded are some 72,300; up to the number wanted the oldest come
a second time, under other numbers. A topic has the papers of which the title or the first
words hold a term of its query, which is quicker found than what the query says and comes to about as many.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ahocorasick

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\d{4}\.\d{5}")
_TERM = re.compile(r'"([^"]+)"|(?<![\w:])([a-z][\w-]{3,})')
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A paper and the day on which a list first had it; ``topics`` are slugs of the catalogue."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    day: date
    comment: str = ""
    votes: int = 0
    code_url: str = ""
    image_url: str = ""
    is_daily: bool = False
    topics: tuple[str, ...] = ()


def read_archive(count: int) -> list[Recorded]:
    """``count`` papers with their topics, the oldest first: the newest of those that are recorded."""
    papers = sorted(_recorded(), key=lambda paper: (paper.day, paper.id))[-count:]
    missing = count - len(papers)
    again = [replace(paper, id=f"{paper.id[:4]}.{90_000 + at}") for at, paper in enumerate(papers[:missing])]
    papers = sorted([*again, *papers], key=lambda paper: (paper.day, paper.id))
    return list(_with_topics(papers))


def _recorded() -> Iterator[Recorded]:
    """Every recorded paper once; Hugging Face's first, which know most of it."""
    seen: set[str] = set()
    for paper in (*_daily(), *_listed()):
        if paper.id not in seen and _NUMBER.fullmatch(paper.id) and paper.title and paper.abstract:
            seen.add(paper.id)
            yield paper


def _daily() -> Iterator[Recorded]:
    categories = {row["id"]: row["categories"] for row in _rows()}
    for file in sorted((RECORDED / "hf_daily").glob("raw_gz/*.json.gz")):
        day = date.fromisoformat(file.name[:10])
        for row in json.loads(gzip.decompress(file.read_bytes())):
            paper = row["paper"]
            yield Recorded(
                id=paper["id"],
                title=_line(paper.get("title")),
                abstract=_line(paper.get("summary")),
                authors=tuple(each["name"] for each in paper.get("authors", ()) if each.get("name")),
                categories=tuple(categories.get(paper["id"], ("cs.LG",))),
                day=day,
                votes=paper.get("upvotes") or 0,
                code_url=paper.get("githubRepo") or "",
                image_url=row.get("thumbnail") or "",
                is_daily=True,
            )


def _listed() -> Iterator[Recorded]:
    days = _first_days()
    for row in _rows():
        day = days.get(row["id"]) or _day_of(row)
        if day is not None:
            yield Recorded(
                id=row["id"],
                title=_line(row["title"]),
                abstract=_line(row.get("abstract")),
                authors=tuple(row.get("authors") or ()),
                categories=tuple(row.get("categories") or ("cs.LG",)),
                day=day,
                comment=_line(row.get("comment")),
            )


def _rows() -> Iterator[dict[str, Any]]:
    for file in sorted((RECORDED / "arxiv_meta").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _first_days() -> dict[str, date]:
    first: dict[str, date] = {}
    for file in (RECORDED / "arxiv_meta").glob("*.days.json.gz"):
        for day, ids in json.loads(gzip.decompress(file.read_bytes())).items():
            if _DAY.fullmatch(day):
                on = date.fromisoformat(day)
                first |= {each: min(on, first.get(each, on)) for each in ids}
    return first


def _day_of(row: dict[str, Any]) -> date | None:
    """The day after it was submitted, else the middle of the month that its number names."""
    if published := row.get("published"):
        return date.fromisoformat(published[:10]) + timedelta(days=1)
    number = row["id"]
    return date(2000 + int(number[:2]), int(number[2:4]), 15) if _NUMBER.fullmatch(number) else None


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _with_topics(papers: Sequence[Recorded]) -> Iterator[Recorded]:
    """The papers, each with the topics of which a term stands in its title or first words."""
    from newsletter.topics.catalogue import load_topics

    slugs: dict[str, set[str]] = {}
    for record in load_topics():
        for phrase, word in _TERM.findall(record.query):
            slugs.setdefault(f" {(phrase or word).lower()} ", set()).add(record.slug)
    terms = ahocorasick.Automaton()
    for term, of in slugs.items():
        terms.add_word(term, of)
    terms.make_automaton()
    for paper in papers:
        beginning = f" {' '.join(_WORD.findall(f'{paper.title} {paper.abstract[:250]}'.lower()))} "
        yield replace(paper, topics=tuple(sorted(set().union(*(of for _, of in terms.iter(beginning))))))
