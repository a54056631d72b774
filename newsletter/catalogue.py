"""The topics that a new installation offers, from ``newsletter/data/topics.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from newsletter.matching import topic_query

__all__ = ["AreaRecord", "TopicRecord", "load_areas", "load_topics", "topic_query"]


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """One topic of the catalogue, in the order in which it is offered.

    ``names`` holds a name in each language of the interface; ``categories`` may hold whole archives ("cs.*");
    ``query`` is in the language of :mod:`newsletter.matching`, on one line, and may be empty; ``colour`` is
    "#rrggbb" and legible on white. ``listing`` is empty, or "huggingface" for that daily list's papers only.
    """

    slug: str
    area: str
    names: Mapping[str, str]
    categories: tuple[str, ...]
    query: str
    colour: str
    listing: str = ""

    def name_in(self, language: str) -> str:
        """The name in ``language``, else in English."""
        return self.names.get(language) or self.names["en"]


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A heading under which topics are offered, with a name in each language of the interface."""

    slug: str
    names: Mapping[str, str]

    def name_in(self, language: str) -> str:
        """The name in ``language``, else in English."""
        return self.names.get(language) or self.names["en"]


@cache
def load_topics() -> tuple[TopicRecord, ...]:
    """All topics, area by area."""
    return tuple(
        TopicRecord(
            slug=row["slug"],
            area=row["area"],
            names=MappingProxyType(row["names"]),
            categories=tuple(row["categories"]),
            query=" ".join(row["query"].split()),
            colour=row["colour"],
            listing=row.get("listing", ""),
        )
        for row in _read()["topics"]
    )


@cache
def load_areas() -> tuple[AreaRecord, ...]:
    """The headings, in order."""
    return tuple(AreaRecord(slug, MappingProxyType(names)) for slug, names in _read()["areas"].items())


def _read() -> dict[str, Any]:
    return tomllib.loads((files("newsletter") / "data" / "topics.toml").read_text(encoding="utf-8"))
