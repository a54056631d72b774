"""Reads the bundled sample from the files beside this module."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from newsletter.records import SummaryDraft, Takeaway

LANGUAGES = ("en", "ko", "zh-Hans", "ja")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Reader:
    """A demonstration reader; ``hour`` is the local hour of the digest, ``topics`` are slugs."""

    name: str
    email: str
    language: str
    time_zone: str
    hour: int
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """``papers`` are records as :class:`services.sources.SourceServer` takes them, in the order of their ids.

    ``summaries`` maps (arXiv id, language) to what the editor wrote; every paper has all of ``LANGUAGES``.
    """

    day: date
    papers: tuple[Mapping[str, Any], ...]
    summaries: Mapping[tuple[str, str], SummaryDraft]
    readers: tuple[Reader, ...]
    written_by: str = "editor"

    @property
    def listed(self) -> tuple[str, ...]:
        """The ids that arXiv lists on the day: all of them."""
        return tuple(paper["id"] for paper in self.papers)

    @cached_property
    def daily(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of Hugging Face's daily papers, most votes first, in the shape of its API."""
        rows = [paper for paper in self.papers if "daily" in paper]
        return tuple(
            _daily_row(paper, self.day) for paper in sorted(rows, key=lambda p: -p["daily"]["votes"])
        )


def _daily_row(paper: Mapping[str, Any], day: date) -> Mapping[str, Any]:
    facts = paper["daily"]
    listed_at = f"{datetime.combine(day, time()).isoformat()}.000Z"
    inner = {
        "id": paper["id"],
        "authors": [{"name": name, "hidden": False} for name in paper["authors"]],
        "publishedAt": paper["published"].replace("Z", ".000Z"),
        "submittedOnDailyAt": listed_at,
        "title": paper["title"],
        "summary": paper["abstract"],
        "upvotes": facts["votes"],
    }
    links = {"githubRepo": facts.get("code"), "projectPage": facts.get("project")}
    return {
        "paper": inner | {name: address for name, address in links.items() if address},
        "publishedAt": listed_at,
        "title": paper["title"],
        "summary": paper["abstract"],
        "thumbnail": f"/pictures/{paper['id']}.png",
    }


def load_sample() -> Sample:
    """Read the sample from the files beside this module."""
    shelf = _read("papers.json")
    return Sample(
        day=date.fromisoformat(shelf["day"]),
        papers=tuple(shelf["papers"]),
        summaries={
            (arxiv_id, language): _draft(written)
            for language in LANGUAGES
            for arxiv_id, written in _read(f"summaries/{language}.json")["summaries"].items()
        },
        readers=tuple(
            Reader(**{**reader, "topics": tuple(reader["topics"])})
            for reader in _read("readers.json")["readers"]
        ),
    )


def _read(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _draft(written: Mapping[str, Any]) -> SummaryDraft:
    return SummaryDraft(
        title=written.get("title", ""),
        sentence=written["sentence"],
        takeaways=tuple(Takeaway(text=t["text"], evidence=t["evidence"]) for t in written["takeaways"]),
        keywords=tuple(written["keywords"]),
    )
