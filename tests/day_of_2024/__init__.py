"""A real day of 22 papers, 2024-03-06, retold and summarised in four languages, for snapshots."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.records import SummaryDraft, Takeaway
from services.sample.pictures import draw_card

LANGUAGES = ("en", "ko", "zh-Hans", "ja")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class RecordedDay:
    """``papers`` in the order of their ids; ``summaries`` by (arXiv id, language)."""

    day: date
    papers: tuple[Mapping[str, Any], ...]
    summaries: Mapping[tuple[str, str], SummaryDraft]


def load_sample() -> RecordedDay:
    """Read the day from the files beside this module."""
    shelf = _read("papers.json")
    return RecordedDay(
        day=date.fromisoformat(shelf["day"]),
        papers=tuple(shelf["papers"]),
        summaries={
            (arxiv_id, language): _draft(written)
            for language in LANGUAGES
            for arxiv_id, written in _read(f"summaries/{language}.json")["summaries"].items()
        },
    )


@cache
def draw_picture(arxiv_id: str) -> bytes | None:
    """The card of a paper; None for one that has none."""
    chosen = {paper["id"]: paper["picture"] for paper in load_sample().papers if "picture" in paper}
    return draw_card(arxiv_id, **chosen[arxiv_id]) if arxiv_id in chosen else None


def _read(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _draft(written: Mapping[str, Any]) -> SummaryDraft:
    return SummaryDraft(
        title=written.get("title", ""),
        sentence=written["sentence"],
        takeaways=tuple(Takeaway(text=t["text"], evidence=t["evidence"]) for t in written["takeaways"]),
        keywords=tuple(written["keywords"]),
    )
