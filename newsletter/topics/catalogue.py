"""The topics that a new installation offers, from ``newsletter/topics/data``."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from newsletter.languages import LANGUAGES
from newsletter.topics.matching import topic_query

__all__ = ["AreaRecord", "TopicRecord", "load_areas", "load_shipped", "load_topics", "topic_query"]


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """One topic of the catalogue, in the order in which it is offered.

    ``names`` holds a name in each language of mails; ``categories`` may hold whole archives ("cs.*");
    ``query`` is in the language of :mod:`newsletter.topics.matching`, on one line, and may be empty;
    ``colour`` is "#rrggbb" and legible on white. ``listing`` is empty, or "huggingface" for that daily
    list's papers only. ``supporting`` holds words that make a match stronger and none by themselves; matches
    weaker than ``threshold`` (0 to 1) are left out.
    """

    slug: str
    area: str
    names: Mapping[str, str]
    categories: tuple[str, ...]
    query: str
    colour: str
    listing: str = ""
    supporting: str = ""
    threshold: float = 0.0

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
    document, names = _read("topics.toml"), {code: _read(f"topic_names/{code}.toml") for code in LANGUAGES}
    return tuple(
        TopicRecord(
            slug=row["slug"],
            area=row["area"],
            names=MappingProxyType({code: names[code][row["slug"]] for code in LANGUAGES}),
            categories=tuple(row["categories"]),
            query=" ".join(row["query"].split()),
            colour=row["colour"],
            listing=row.get("listing", ""),
            supporting=" ".join(row.get("supporting", "").split()),
            threshold=row.get("threshold", document["threshold"] if row["query"] else 0.0),
        )
        for row in document["topics"]
    )


@cache
def load_areas() -> tuple[AreaRecord, ...]:
    """The headings, in order."""
    return tuple(
        AreaRecord(slug, MappingProxyType(names)) for slug, names in _read("topics.toml")["areas"].items()
    )


@cache
def load_shipped() -> Mapping[str, tuple[str, ...]]:
    """For each slug the fingerprints of all that releases have shipped, as of ``topics.fingerprint``."""
    shipped = json.loads(_text("topics_shipped.json"))
    return MappingProxyType({slug: tuple(known) for slug, known in shipped.items()})


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))


def _text(name: str) -> str:
    return files("newsletter.topics").joinpath("data", *name.split("/")).read_text(encoding="utf-8")
