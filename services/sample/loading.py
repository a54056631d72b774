"""Reads the bundled sample from the files beside this module."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal

from newsletter.records import SummaryDraft, Takeaway

LANGUAGES = ("en", "ko", "zh-Hans", "ja", "ar", "de")
FIRST: Literal["first"] = "first"
SECOND: Literal["second"] = "second"
Part = Literal["first", "second"]
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Reader:
    """A demonstration reader; ``hour`` is the local hour of the digest, ``topics`` are slugs.

    ``size`` is how many papers a digest has; ``likes`` are ids of papers of the first day.
    """

    name: str
    email: str
    language: str
    time_zone: str
    hour: int
    topics: tuple[str, ...]
    size: int = 10
    likes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """``papers`` are records as :class:`services.sources.SourceServer` takes them, in the order of their ids.

    ``day`` is the one on which they were listed; each is ``shown`` on the "first" or the "second" day of a
    demonstration. ``summaries`` maps (arXiv id, language) to what is said of it; every paper has all of
    ``LANGUAGES``. ``wrong`` maps some of these to answers that a check has to refuse. ``readings`` maps the
    id of an invented paper to its full text and what is noted of it. ``notes`` are the editor's, by part and
    language; ``label`` says by language that mails show a sample: "{day}" stands for its day.
    """

    day: date
    papers: tuple[Mapping[str, Any], ...]
    summaries: Mapping[tuple[str, str], SummaryDraft]
    wrong: Mapping[tuple[str, str], Mapping[str, str]]
    readings: Mapping[str, Mapping[str, Any]]
    readers: tuple[Reader, ...]
    notes: Mapping[str, Mapping[str, str]]
    label: Mapping[str, str]

    def listed(self, part: Part = FIRST) -> tuple[str, ...]:
        """The ids that arXiv lists on that day."""
        return tuple(paper["id"] for paper in self.papers if paper["shown"] == part)

    def daily(self, part: Part = FIRST, *, day: date | None = None) -> tuple[Mapping[str, Any], ...]:
        """The rows of Hugging Face's daily papers of a part, most votes first, in the shape of its API.

        They are listed on ``day``, by default the sample's own.
        """
        rows = [paper for paper in self.papers if paper["shown"] == part]
        rows.sort(key=lambda paper: -paper["daily"]["votes"])
        return tuple(_daily_row(paper, day or self.day) for paper in rows)


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
    links = {
        "githubRepo": facts.get("code"),
        "githubStars": facts.get("stars"),
        "projectPage": facts.get("project"),
        "organization": {"fullname": facts["organisation"]} if "organisation" in facts else None,
    }
    return {
        "paper": inner | {name: value for name, value in links.items() if value},
        "publishedAt": listed_at,
        "title": paper["title"],
        "summary": paper["abstract"],
        "thumbnail": f"/pictures/{paper['id']}.png",
    }


def load_sample() -> Sample:
    """Read the sample from the files beside this module."""
    shelf, desk = _read("papers.json"), _read("desk.json")
    english = _read("summaries/en.json")["summaries"]
    summaries = {(arxiv_id, "en"): _english(written) for arxiv_id, written in english.items()}
    for language in LANGUAGES[1:]:
        for arxiv_id, said in _read(f"summaries/{language}.json")["summaries"].items():
            summaries[arxiv_id, language] = _rendered(said, summaries[arxiv_id, "en"])
    return Sample(
        day=date.fromisoformat(shelf["day"]),
        papers=tuple(shelf["papers"]),
        summaries=summaries,
        wrong={(each["id"], each["language"]): each["says"] for each in desk["wrong"]},
        readings=_read("readings.json")["readings"],
        readers=tuple(
            Reader(**{**reader, "topics": tuple(reader["topics"]), "likes": tuple(reader["likes"])})
            for reader in _read("readers.json")["readers"]
        ),
        notes=desk["notes"],
        label=desk["label"],
    )


def _read(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _english(written: Mapping[str, Any]) -> SummaryDraft:
    return SummaryDraft(
        sentence=written["sentence"],
        sentence_evidence=written["evidence"],
        takeaways=tuple(Takeaway(**point) for point in written["takeaways"]),
        keywords=tuple(written["keywords"]),
    )


def _rendered(said: Mapping[str, Any], english: SummaryDraft) -> SummaryDraft:
    """What another language says, statement by statement as the English one, on the same evidence."""
    pairs = zip(said["takeaways"], english.takeaways, strict=True)
    return SummaryDraft(
        title=said["title"],
        sentence=said["sentence"],
        sentence_evidence=english.sentence_evidence,
        takeaways=tuple(Takeaway(text, point.evidence) for text, point in pairs),
        keywords=tuple(said["keywords"]),
    )
