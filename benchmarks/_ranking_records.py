"""What is recorded of the days of Hugging Face and of cs on arXiv, as the benchmark of ranking needs it."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.features.names import fold_name


@dataclass(frozen=True, slots=True)
class Listed:
    """One paper as a day lists it. ``chosen_by`` is who submitted it, "" where nobody is named; ``is_own``
    says that this person is among its authors.
    """

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    category: str = ""
    votes: int = 0
    chosen_by: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """``choices`` are Hugging Face's papers of a day, on the first day that has them; ``others`` what cs
    announced that day for the first time and Hugging Face had neither then nor before.
    """

    day: str
    choices: list[Listed] = field(default_factory=list)
    others: list[Listed] = field(default_factory=list)


def read_days(recorded: Path, until: str) -> list[Day]:
    """All recorded days up to ``until`` (a day or a month: its last day), in their order."""
    listings = _read_listings(recorded / "arxiv_meta")
    daily = dict(_daily_files(recorded / "hf_daily"))
    chosen: set[str] = set()
    seen: set[str] = set()
    days = []
    for day in sorted({*listings, *daily}):
        if day[: len(until)] > until:
            break
        choices = list(_new(_read_daily(daily[day]) if day in daily else (), chosen))
        seen.update(paper.id for paper in choices)
        days.append(Day(day, choices, list(_new(listings.get(day, ()), seen))))
    return days


def _new(papers: Iterable[Listed], seen: set[str]) -> Iterator[Listed]:
    for paper in papers:
        if paper.id not in seen:
            seen.add(paper.id)
            yield paper


def _daily_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in [*folder.glob("raw_plain/*.json"), *folder.glob("raw_gz/*.json.gz")]:
        yield file.name.partition(".")[0], file


def _read_daily(file: Path) -> Iterator[Listed]:
    content = file.read_bytes()
    for row in json.loads(gzip.decompress(content) if file.suffix == ".gz" else content):
        paper = row["paper"]
        person = paper.get("submittedOnDailyBy") or row.get("submittedBy") or {}
        yield Listed(
            id=paper["id"],
            title=paper.get("title") or row.get("title") or "",
            abstract=paper.get("summary") or "",
            authors=tuple(author["name"] for author in paper.get("authors", ()) if author.get("name")),
            votes=paper.get("upvotes") or 0,
            chosen_by=_login(person),
            is_own=_is_among(person, paper.get("authors", ())),
        )


def _login(person: dict[str, Any]) -> str:
    return str(person.get("user") or person.get("name") or person.get("_id") or "")


def _is_among(person: dict[str, Any], authors: list[dict[str, Any]]) -> bool:
    login, name = _login(person), fold_name(person.get("fullname") or "")
    accounts = {_login(author["user"]) for author in authors if author.get("user")}
    names = {fold_name(author.get("name") or "") for author in authors}
    return bool(login and login in accounts) or bool(name and name in names)


def _read_listings(folder: Path) -> dict[str, list[Listed]]:
    listings: dict[str, list[Listed]] = {}
    for file in sorted(folder.glob("cs_*.days.json.gz")):
        days: dict[str, list[str]] = json.loads(gzip.decompress(file.read_bytes()))
        papers = {}
        with gzip.open(
            file.with_name(file.name.replace(".days.json", ".jsonl")), "rt", encoding="utf-8"
        ) as lines:
            for line in lines:
                known = json.loads(line)
                papers[known["id"]] = Listed(
                    id=known["id"],
                    title=known["title"],
                    abstract=known.get("abstract") or "",
                    authors=tuple(known.get("authors") or ()),
                    category=(known.get("categories") or [""])[0],
                )
        for day, ids in days.items():
            if len(day) == len("2026-01-31"):
                listings.setdefault(day, []).extend(papers[one] for one in ids if one in papers)
    return listings
