"""What was picked for one digest, and why: one shape with one reader and one writer. Pure.

A reader has hundreds of digests a year, so the stored form is short: a JSON list whose papers and editions
are counted from the smallest of theirs, whose reasons point into the digest's topics and queries, and in
which nothing is named. Ten papers and twenty lines take about 300 bytes.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

FORM = 1
"""The first value of the stored list. Whoever changes the form counts it up and migrates the rows."""

Wish = tuple[str, int | str]
"""What a reader asked for: ``("topic", id)`` or ``("query", text)``."""

_PINNED = -1  # an update to version n is -1 - n


class ReasonKind(StrEnum):
    """For what a paper was picked."""

    TOPIC = "topic"
    QUERY = "query"
    PINNED = "pinned"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a paper was picked.

    ``topic`` is the id of a followed topic. ``words``, ``authors`` and ``categories`` are those of the paper
    that answer the reader's own ``query``. ``version`` is the new one of an update.
    """

    kind: ReasonKind
    topic: int = 0
    query: str = ""
    words: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    version: int = 0

    @property
    def wish(self) -> Wish | None:
        """The reader's wish that the paper fulfils, if it is picked for one."""
        if self.kind == ReasonKind.TOPIC:
            return "topic", self.topic
        return ("query", self.query) if self.kind == ReasonKind.QUERY else None


PINNED = Reason(ReasonKind.PINNED)


@lru_cache(maxsize=4096)
def for_topic(topic: int) -> Reason:
    """Picked because the reader follows ``topic``. A batch has millions of these, and they are few."""
    return Reason(ReasonKind.TOPIC, topic=topic)


@lru_cache(maxsize=256)
def for_update(version: int) -> Reason:
    """Picked because the reader was sent the paper before, and it has a notable new ``version``."""
    return Reason(ReasonKind.UPDATE, version=version)


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper that stands in a digest in full; ``reasons`` in the order in which they are named."""

    paper: int
    reasons: tuple[Reason, ...] = ()

    @property
    def is_update(self) -> bool:
        """Whether the reader had the paper before, and this is about a new version."""
        return any(reason.kind == ReasonKind.UPDATE for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Picks:
    """What one digest was chosen to say.

    ``papers`` stand in full, ``also`` (ids) in one line each. ``day`` is the newest edition's, ``new`` how
    many papers were candidates. ``topics`` and ``editions`` are the ids of those that were drawn upon, in
    the reader's order. ``queried`` are papers beyond the cut that only the reader's own queries found.
    ``requested`` is the reader's day on which this digest was asked for, if it was. ``fault`` says why a
    stored row could not be read; then nothing else is known.
    """

    papers: tuple[Pick, ...] = ()
    also: tuple[int, ...] = ()
    day: date | None = None
    new: int = 0
    topics: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()
    queried: tuple[int, ...] = ()
    requested: date | None = None
    fault: str = ""

    @property
    def named(self) -> tuple[int, ...]:
        """The ids of all papers that the mail names."""
        return (*[pick.paper for pick in self.papers], *self.also)

    @property
    def on_page(self) -> tuple[int, ...]:
        """The ids of all papers that the mail or its page name."""
        return (*self.named, *self.queried)

    @property
    def wishes(self) -> Iterator[Wish]:
        """The reader's wishes that the papers in full fulfil, with repeats."""
        return (wish for pick in self.papers for reason in pick.reasons if (wish := reason.wish))


NOTHING = Picks()


# -- the stored form ---------------------------------------------------------------------------------------
#
# [FORM, first paper, [[paper, reason, …], …], [also, …], day, new, [topic, …], first edition, [edition, …], {
#   "t": topics that reasons name and the digest does not, "q": queries, "f": queried, "a": requested}]
# A reason is the place of its topic, a negative number, or [place of its query, words, authors, categories].


def write_picks(picks: Picks) -> str:
    """``picks`` as it is stored."""
    ids = (*picks.named, *picks.queried)
    first = min(ids, default=0)
    first_edition = min(picks.editions, default=0)
    places = _Places(picks.topics)
    papers = [
        [pick.paper - first, *[places.written(reason) for reason in pick.reasons]] for pick in picks.papers
    ]
    extra = {
        "t": places.topics[len(picks.topics) :],
        "q": places.queries,
        "f": [paper - first for paper in picks.queried],
        "a": picks.requested.isoformat() if picks.requested else "",
    }
    stored = [
        FORM,
        first,
        papers,
        [paper - first for paper in picks.also],
        picks.day.isoformat() if picks.day else "",
        picks.new,
        list(picks.topics),
        first_edition,
        [edition - first_edition for edition in picks.editions],
        {name: value for name, value in extra.items() if value},
    ]
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))


class _Places:
    """Topics and queries by their place in the stored lists; what is not there yet is put at the end."""

    def __init__(self, topics: Sequence[int]) -> None:
        self.topics = list(topics)
        self.queries: list[str] = []

    def written(self, reason: Reason) -> Any:
        if reason.kind == ReasonKind.TOPIC:
            return _place(self.topics, reason.topic)
        if reason.kind == ReasonKind.PINNED:
            return _PINNED
        if reason.kind == ReasonKind.UPDATE:
            return _PINNED - reason.version
        lists: list[Any] = [list(reason.words), list(reason.authors), list(reason.categories)]
        while lists and not lists[-1]:
            lists.pop()
        return [_place(self.queries, reason.query), *lists]


def _place(values: list[Any], value: Any) -> int:
    if value not in values:
        values.append(value)
    return values.index(value)


def read_picks(stored: str) -> Picks:
    """What :func:`write_picks` wrote. Never raises: a row that cannot be read says so in ``fault``."""
    if not stored:
        return NOTHING
    try:
        form, first, papers, also, day, new, topics, first_edition, editions, extra = json.loads(stored)
        if form != FORM:
            return Picks(fault=f"The picks have form {form!r}; this version reads form {FORM}.")
        known = [*topics, *extra.get("t", ())]
        queries = extra.get("q", ())
        return Picks(
            papers=tuple(
                [
                    Pick(
                        first + paper,
                        tuple([_reason(stored_reason, known, queries) for stored_reason in reasons]),
                    )
                    for paper, *reasons in papers
                ]
            ),
            also=tuple([first + paper for paper in also]),
            day=_day(day),
            new=int(new),
            topics=tuple(map(int, topics)),
            editions=tuple([first_edition + edition for edition in editions]),
            queried=tuple([first + paper for paper in extra.get("f", ())]),
            requested=_day(extra.get("a", "")),
        )
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        return Picks(fault=f"The picks cannot be read: {error}"[:300])


def _reason(stored: Any, topics: Sequence[int], queries: Sequence[str]) -> Reason:
    if isinstance(stored, int):
        if stored >= 0:
            return for_topic(topics[stored])
        return PINNED if stored == _PINNED else for_update(_PINNED - stored)
    place, *lists = stored
    words, authors, categories = [*map(tuple, lists), (), (), ()][:3]
    return Reason(ReasonKind.QUERY, query=queries[place], words=words, authors=authors, categories=categories)


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None
