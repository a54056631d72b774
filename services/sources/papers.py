"""The papers that a source server knows, indexed so that 20,000 of them answer at once."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
NONEXCLUSIVE_LICENCE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
_NOT_A_WORD = re.compile(r"[^\w]+|_")
_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}


def plain(text: str) -> str:
    """``text`` as space-separated, lower-case words without accents, with a space at either end."""
    if text.isascii():  # by far the most abstracts, and 20,000 of them are searched while a client waits
        return f" {' '.join(text.lower().translate(_SPACES).split())} "
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return f" {' '.join(_NOT_A_WORD.sub(' ', letters).split())} "


@dataclass(frozen=True)
class Paper:
    """One version of one paper, as arXiv's metadata give it; times are aware and in UTC.

    ``affiliations`` runs parallel to ``authors`` where it is not empty. ``submitted`` is the moment by which
    listings and queries find the paper: ``published``, unless it is shown on a day of today.
    """

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published: datetime
    updated: datetime
    submitted: datetime
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    licence: str = NONEXCLUSIVE_LICENCE
    affiliations: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any], *, listed: date | None = None) -> Self:
        """Read one record: ``id, version?, title, abstract, authors, categories, published, updated?,
        comment?, doi?, journal_ref?, license?, affiliations?, submitted?``.

        Without ``published`` the paper counts as submitted one hour before the cut-off of ``listed``, the day
        it is listed on; ValueError where that is unknown too.
        """
        published = _moment(record.get("published"))
        if published is None:
            if listed is None:
                raise ValueError(f"paper {record['id']} has neither a date nor a listing day")
            published = submission_window(listed)[1] - timedelta(hours=1)
        return cls(
            id=record["id"],
            version=int(str(record.get("version") or "1").lstrip("v")),
            title=record["title"],
            abstract=record["abstract"],
            authors=tuple(record["authors"]),
            categories=tuple(record["categories"]),
            published=published,
            updated=_moment(record.get("updated")) or published,
            comment=record.get("comment") or None,
            doi=record.get("doi") or None,
            journal_ref=record.get("journal_ref") or None,
            licence=record.get("license") or NONEXCLUSIVE_LICENCE,
            submitted=_moment(record.get("submitted")) or published,
            affiliations=tuple(tuple(a) for a in record.get("affiliations") or ()),
        )

    @property
    def versioned_id(self) -> str:
        """The id with its version, as ``2403.00001v2``."""
        return f"{self.id}v{self.version}"

    @cached_property
    def words(self) -> dict[str, str]:
        """The searchable text of each field prefix of the query language."""
        fields = {
            "ti": plain(self.title),
            "abs": plain(self.abstract),
            "co": plain(self.comment or ""),
            "jr": plain(self.journal_ref or ""),
            "au": "|".join(map(_name_forms, self.authors)),
        }
        return fields | {"all": "|".join([*fields.values(), plain(" ".join(self.categories))])}


def _name_forms(name: str) -> str:
    """A name as written, family name first, and family name with initial: what ``au:`` finds."""
    words = plain(name).split()
    if len(words) == 1 or not words:
        return plain(name)
    return "|".join(
        f" {form} "
        for form in (" ".join(words), " ".join([words[-1], *words[:-1]]), f"{words[-1]} {words[0][0]}")
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def submission_window(day: date) -> tuple[datetime, datetime]:
    """The submissions [from, to) that arXiv lists on ``day``, a Monday to Friday without a holiday before it.

    The listing of a day is announced at 20:00 Eastern on the evening before; the cut-off is 14:00 Eastern
    (https://info.arxiv.org/help/availability.html). On a weekend nothing is listed: the window is empty.
    """
    # Monday lists Thursday to Friday, Tuesday lists Friday to Monday, the others the two days before.
    spans = {0: (4, 3), 1: (4, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1), 5: (1, 1), 6: (2, 2)}
    first, last = spans[day.weekday()]

    def cut_off(back: int) -> datetime:
        return datetime.combine(day - timedelta(days=back), time(14), EASTERN).astimezone(UTC)

    return cut_off(first), cut_off(last)


class Shelf:
    """All papers, each in one or more versions, found by id, category, submission time and words."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.versions: dict[str, dict[int, Paper]] = {}
        for paper in papers:
            self.versions.setdefault(paper.id, {})[paper.version] = paper
        self.latest: list[Paper] = [known[max(known)] for known in self.versions.values()]
        self.everything = frozenset(range(len(self.latest)))
        self.position = {paper.id: number for number, paper in enumerate(self.latest)}
        self.by_category: dict[str, set[int]] = {}
        for number, paper in enumerate(self.latest):
            for category in paper.categories:
                self.by_category.setdefault(category.casefold(), set()).add(number)
        self._orders: dict[str, list[int]] = {}

    def find(self, arxiv_id: str, version: int | None = None) -> Paper | None:
        """The named version, the latest where none is named, None where there is no such thing."""
        known = self.versions.get(arxiv_id)
        if known is None:
            return None
        return known.get(max(known) if version is None else version)

    def order(self, field: str) -> list[int]:
        """All numbers, oldest first by ``submitted`` or ``updated``; equal times keep the order of ids."""
        if field not in self._orders:
            self._orders[field] = sorted(
                self.everything, key=lambda n: (getattr(self.latest[n], field), self.latest[n].id)
            )
        return self._orders[field]

    def between(self, field: str, start: datetime, end: datetime) -> set[int]:
        """Numbers whose ``field`` lies in [start, end]."""
        order = self.order(field)

        def moment(number: int) -> datetime:
            value: datetime = getattr(self.latest[number], field)
            return value

        return set(order[bisect_left(order, start, key=moment) : bisect_right(order, end, key=moment)])
