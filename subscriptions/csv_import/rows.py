"""One line of a list as what can be stored, or why it cannot."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from lib.csv_cells import unescape_cell
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES, language
from newsletter.models import Topic
from subscriptions.addresses import normalise
from subscriptions.models.states import Cadence, Layout
from subscriptions.readers.clock import zone_named
from subscriptions.readers.queries import distinct, read_keywords
from subscriptions.readers.wishes import Wishes

LONGEST_CELL = 20_000
SEPARATOR = ";"
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_NAMED = re.compile(r"[^<>]*<\s*([^<>@\s]+@[^<>\s]+)\s*>\s*")
_NEXT_LINE = re.compile(r"[\r\n][^\r\n@]{0,200}[^\s@]@[^\s@]")
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line that can be stored. ``confirmed`` is the consent's own date as the file has it.

    ``paused_until`` is the day until which the reader wants no digest, if there is one.
    """

    line: int
    email: str
    wishes: Wishes
    confirmed: str = ""
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the lines of one list are read.

    ``ours`` are the places of the columns that we know, by name; ``defaults`` hold where a line says nothing;
    ``topics`` maps folded slugs and names to slugs.
    """

    ours: Mapping[str, int]
    defaults: Wishes
    topics: Mapping[str, str]

    def read(self, line: int, cells: Sequence[str], *, email: str, is_paused: bool = False) -> ImportRow:
        """One line; ``email`` is its address, read already.

        Raises InvalidInput for a line that cannot be stored.
        """
        cells_by_name = {
            name: cells[place].strip() for name, place in self.ours.items() if place < len(cells)
        }
        wishes = _wishes(cells_by_name, defaults=self.defaults, topics=self.topics)
        paused_until = _day(cells_by_name["paused_until"]) if is_paused else None
        return ImportRow(line, email, wishes, cells_by_name.get("confirmed_at", ""), paused_until)


def read_address(cell: str) -> str:
    """The address of a cell, which may stand behind a name or as a link. Raises InvalidInput."""
    bare = unescape_cell(cell.strip())
    if named := _NAMED.fullmatch(bare):
        bare = named[1]
    return normalise(bare.removeprefix("mailto:"))


def fault_of(cells: Sequence[str], width: int, *, needed: int) -> str:
    """Why a line cannot be read by its columns; empty if it can.

    ``width`` columns have a heading, the first ``needed`` of them must be there.
    """
    if any(len(cell) > LONGEST_CELL or "\0" in cell for cell in cells):
        return "A cell is too long or holds a NUL character."
    if any(cell.endswith(("\n", "\r")) for cell in cells):
        return "A quotation mark is opened and not closed."
    if any("@" in cell and _NEXT_LINE.search(cell) for cell in cells):
        return "A cell goes on into a line with another address; perhaps a quotation mark is not closed."
    if any(cell.strip() for cell in cells[width:]):
        return f"The line has {len(cells)} cells under {width} headings; perhaps one needs quotation marks."
    if len(cells) < needed:
        return f"The line ends after {len(cells)} of {width} cells."
    return ""


def _wishes(cells_by_name: Mapping[str, str], *, defaults: Wishes, topics: Mapping[str, str]) -> Wishes:
    changes: dict[str, Any] = {
        name: read(cells_by_name[name]) for name, read in _CELLS.items() if cells_by_name.get(name, "") != ""
    }
    if names := cells_by_name.get("topics"):
        wanted = [name.strip() for name in names.split(SEPARATOR) if name.strip()]
        unknown = [name for name in wanted if name.casefold() not in topics]
        if unknown:
            raise InvalidInput(f"Unknown topic {unknown[0][:60]!r}.")
        changes["topics"] = tuple(dict.fromkeys(topics[name.casefold()] for name in wanted))
    wishes = replace(defaults, **{name: value for name, value in changes.items() if value is not None})
    if not wishes.topics and not wishes.queries:
        raise InvalidInput("No topic is given in this line, nor topics (--topics) for lines without.")
    return wishes


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text[:20]!r} is no day such as 2026-03-18.") from error


def _zone(text: str) -> str:
    return zone_named(text).key


def _number(name: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
            raise InvalidInput(f"{name} {text[:20]!r} is not a number from {low} to {high}.")
        return int(text)

    return read


def _cadence(text: str) -> str:
    if text not in Cadence.values:
        raise InvalidInput(f"Unknown cadence {text[:20]!r}; use {', '.join(Cadence.values)}.")
    return text


def _layout(text: str) -> str:
    if text not in Layout.values:
        raise InvalidInput(f"Unknown layout {text[:20]!r}; use {', '.join(Layout.values)}.")
    return text


def _yes_or_no(text: str) -> bool:
    answer = text.casefold()
    if answer not in _YES | _NO:
        raise InvalidInput(f"{text[:20]!r} is neither yes nor no.")
    return answer in _YES


def _queries(text: str) -> tuple[str, ...]:
    return distinct(read_keywords(unescape_cell(text).replace(SEPARATOR, "\n")))


def _language(code: str) -> str | None:
    """The nearest language of ours: "en-GB" is English. None, the default, for one that we do not write."""
    if named := _languages_by_name().get(code.casefold()):
        return named
    for wanted in (code, code.replace("_", "-").partition("-")[0]):
        try:
            return language(wanted).code
        except InvalidInput:
            continue
    if not _CODE.fullmatch(code):
        raise InvalidInput(f"{code[:40]!r} is no code of a language such as en or pt-BR.")
    return None


@lru_cache(maxsize=1)
def _languages_by_name() -> Mapping[str, str]:
    """Folded names of our languages, each in English and in itself, to codes."""
    return {
        name.casefold(): language.code
        for language in LANGUAGES.values()
        for name in (language.english_name, language.own_name)
    }


_CELLS: Mapping[str, Callable[[str], Any]] = {
    "language": _language,
    "time_zone": _zone,
    "hour": _number("hour", 0, 23),
    "weekday": _number("weekday", 0, 6),
    "size": _number("size", 1, 50),
    "cadence": _cadence,
    "wants_updates": _yes_or_no,
    "layout": _layout,
    "groups_topics": _yes_or_no,
    "queries": _queries,
}


def known_topics(topics: Iterable[Topic]) -> dict[str, str]:
    """Folded slugs and English names of ``topics``, to slugs."""
    named = {}
    for topic in topics:
        named[topic.slug.casefold()] = named[topic.name_in("en").casefold()] = topic.slug
    return named


def read_slugs(text: str) -> tuple[str, ...]:
    """The topics that a text names, by slugs or English names with commas between. Raises InvalidInput."""
    topics = known_topics(Topic.objects.active())
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name.casefold() not in topics:
            raise InvalidInput(f"Unknown topic {name[:60]!r}.")
    return tuple(dict.fromkeys(topics[name.casefold()] for name in wanted))
