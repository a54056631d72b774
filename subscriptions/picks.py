"""What was picked for one digest, and why: one shape with one reader and one writer. Pure.

A reader has hundreds of digests a year, so the stored form is short: a JSON list whose papers and editions
are counted from the smallest of theirs, whose reasons point into the digest's topics and queries, and in
which nothing is named. Ten papers and twenty lines take about 300 bytes.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zlib import crc32

FORM = 1
"""The first value of the stored list. Whoever changes what is stored already counts it up and migrates the
rows; a new kind of reason takes a mark of its own, and changes none of them."""

Wish = tuple[str, int | str]
"""What a reader asked for: ``("topic", id)`` or ``("query", text)``."""

_PINNED = -1  # an update to version n is -1 - n
_LARGEST = 2**63 - 1  # what a key of the database can be
_CHECKS = 2**20


class ReasonKind(StrEnum):
    """For what a paper was picked."""

    TOPIC = "topic"
    QUERY = "query"
    PINNED = "pinned"
    UPDATE = "update"
    AUTHOR = "author"
    COAUTHOR = "coauthor"
    WORDS = "words"
    NEW = "new"
    FOLLOWED = "followed"


TASTE = frozenset({ReasonKind.AUTHOR, ReasonKind.COAUTHOR, ReasonKind.WORDS})
"""The kinds that name something that this one reader liked."""
PRIVATE = TASTE | {ReasonKind.FOLLOWED}  # also what this one reader follows


class Team(StrEnum):
    """Which of two orders gave a paper to a digest that holds both."""

    TASTE = "t"
    EVERYBODY = "e"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a paper was picked.

    ``topic`` is the id of a followed topic. ``words``, ``authors`` and ``categories`` are those of the paper
    that answer the reader's own ``query``. ``version`` is the new one of an update, or of a paper that the
    reader follows.

    The reader liked the paper ``liked``: an AUTHOR of both stands at ``position`` in this one's list; a
    COAUTHOR at ``position`` wrote with the author at ``liked_position`` in the liked one's list; WORDS of
    both are ``words``. Positions count from 0. ``check`` is the :func:`check_of` the names that stood there,
    so that nobody else is named when a list of authors has changed; without it nobody is. NEW: chosen to try
    what the reader's taste would not have chosen.
    """

    kind: ReasonKind
    topic: int = 0
    query: str = ""
    words: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    version: int = 0
    position: int = 0
    liked: int = 0
    liked_position: int = 0
    check: int = 0

    @property
    def wish(self) -> Wish | None:
        """The reader's wish that the paper fulfils, if it is picked for one."""
        if self.kind == ReasonKind.TOPIC:
            return "topic", self.topic
        return ("query", self.query) if self.kind == ReasonKind.QUERY else None


PINNED = Reason(ReasonKind.PINNED)
NEW = Reason(ReasonKind.NEW)


@lru_cache(maxsize=4096)
def for_topic(topic: int) -> Reason:
    """Picked because the reader follows ``topic``. A batch has millions of these, and they are few."""
    return Reason(ReasonKind.TOPIC, topic=topic)


@lru_cache(maxsize=256)
def for_update(version: int) -> Reason:
    """Picked because the reader was sent the paper before, and it has a notable new ``version``."""
    return Reason(ReasonKind.UPDATE, version=version)


@lru_cache(maxsize=256)
def for_followed(version: int) -> Reason:
    """Picked because the reader follows the paper, and it has a notable new ``version``."""
    return Reason(ReasonKind.FOLLOWED, version=version)


def by_author(name: str, position: int, *, liked: int) -> Reason:
    """Picked because ``name``, at ``position`` among the paper's authors, wrote the paper ``liked`` too."""
    return Reason(ReasonKind.AUTHOR, position=position, liked=liked, check=check_of(name))


def by_coauthor(name: str, position: int, *, liked: int, liked_name: str, liked_position: int) -> Reason:
    """Picked because ``name``, at ``position`` among the paper's authors, wrote with ``liked_name``, who is
    at ``liked_position`` among those of the paper ``liked``."""
    return Reason(
        ReasonKind.COAUTHOR,
        position=position,
        liked=liked,
        liked_position=liked_position,
        check=check_of(name, liked_name),
    )


def by_words(term: str, *, liked: int) -> Reason:
    """Picked because ``term``, as it is spelled, stands in the paper and in the paper ``liked``."""
    return Reason(ReasonKind.WORDS, words=(term,), liked=liked)


def check_of(*names: str) -> int:
    """A number from 1 to 2^20 by which changed names are told from those that a reason was made for."""
    return crc32("\n".join(names).casefold().encode("utf-8", "replace")) % _CHECKS + 1


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper that stands in a digest in full; ``reasons`` in the order in which they are named.

    ``team`` is the order that gave it, where two were interleaved
    (:mod:`subscriptions.digests.interleaving`).
    """

    paper: int
    reasons: tuple[Reason, ...] = ()
    team: Team | None = None

    @property
    def is_update(self) -> bool:
        """Whether the reader knew the paper before, and this is about a new version."""
        return any(reason.kind in (ReasonKind.UPDATE, ReasonKind.FOLLOWED) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Picks:
    """What one digest was chosen to say.

    ``papers`` stand in full, ``also`` (ids) in one line each. ``day`` is the newest edition's, ``new`` how
    many papers were candidates. ``topics`` and ``editions`` are the ids of those that were drawn upon, in
    the reader's order. ``queried`` are papers beyond the cut that only the reader's own queries found.
    ``requested`` is the reader's day on which this digest was asked for, if it was. ``tells_of_taste``: the
    mail says that from then on votes shape the order. ``fault`` says why a stored row could not be read; then
    nothing else is known.
    """

    papers: tuple[Pick, ...] = ()
    also: tuple[int, ...] = ()
    day: date | None = None
    new: int = 0
    topics: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()
    queried: tuple[int, ...] = ()
    requested: date | None = None
    tells_of_taste: bool = False
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
#   "t": topics that reasons name and the digest does not, "q": queries, "f": queried, "a": requested,
#   "n": 1 where the mail tells of taste, "i": teams of papers of two orders, a letter each, "-" for none}]
# A reason is the place of its topic, a negative number, or [place of its query, words, authors, categories].
# What the reader liked is [mark, liked paper, …], the paper counted from the first one: [-1, liked, position,
# check] is its author, [-2, liked, position, liked position, check] a co-author, [-3, liked, term] its words.
# The mark -4 alone is a paper that is new to the reader's taste; [-5, version] one that the reader follows.

_AUTHOR, _COAUTHOR, _WORDS, _NEW, _FOLLOWED = -1, -2, -3, -4, -5
_NO_TEAM = "-"


TELLS = '"n":1'  # stands in the stored form of picks that tell of taste, and hardly in others


def write_picks(picks: Picks) -> str:
    """``picks`` as it is stored."""
    ids = (*picks.named, *picks.queried)
    first = min(ids, default=0)
    first_edition = min(picks.editions, default=0)
    places = _Places(picks.topics, first)
    papers = [
        [pick.paper - first, *[places.written(reason) for reason in pick.reasons]] for pick in picks.papers
    ]
    extra = {
        "t": places.topics[len(picks.topics) :],
        "q": places.queries,
        "f": [paper - first for paper in picks.queried],
        "a": picks.requested.isoformat() if picks.requested else "",
        "n": int(picks.tells_of_taste),
        "i": "".join([pick.team or _NO_TEAM for pick in picks.papers]).rstrip(_NO_TEAM),
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

    def __init__(self, topics: Sequence[int], first: int) -> None:
        self.first = first
        self.topics = list(topics)
        self.queries: list[str] = []

    def written(self, reason: Reason) -> Any:
        if reason.kind == ReasonKind.TOPIC:
            return _place(self.topics, reason.topic)
        if reason.kind == ReasonKind.PINNED:
            return _PINNED
        if reason.kind == ReasonKind.UPDATE:
            return _PINNED - reason.version
        if reason.kind != ReasonKind.QUERY:
            return self._taste(reason)
        lists: list[Any] = [list(reason.words), list(reason.authors), list(reason.categories)]
        while lists and not lists[-1]:
            lists.pop()
        return [_place(self.queries, reason.query), *lists]

    def _taste(self, reason: Reason) -> list[Any]:
        if reason.kind == ReasonKind.NEW:
            return [_NEW]
        if reason.kind == ReasonKind.FOLLOWED:
            return [_FOLLOWED, reason.version]
        liked = reason.liked - self.first
        if reason.kind == ReasonKind.AUTHOR:
            return [_AUTHOR, liked, reason.position, reason.check]
        if reason.kind == ReasonKind.COAUTHOR:
            return [_COAUTHOR, liked, reason.position, reason.liked_position, reason.check]
        return [_WORDS, liked, *reason.words]


def _place(values: list[Any], value: Any) -> int:
    if value not in values:
        values.append(value)
    return values.index(value)


def read_picks(stored: str) -> Picks:
    """What :func:`write_picks` wrote. Never raises: a row that cannot be read says so in ``fault``."""
    if not stored:
        return NOTHING
    try:
        return _read(json.loads(stored))
    # Whatever JSON can hold may stand there: other types, numbers without end, lists nested a thousand deep.
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        return Picks(fault=f"The picks cannot be read: {error}"[:300])


def read_named(stored: str) -> tuple[int, ...]:
    """:attr:`Picks.named` of a stored row; nothing where it cannot be read. A tenth of :func:`read_picks`."""
    if not stored:
        return ()
    try:
        form, first, papers, also, *_ = json.loads(stored)
        if form != FORM:
            return ()
        named = tuple([first + paper[0] for paper in papers] + [first + paper for paper in also])
        _check_ids(named)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return ()
    return named


def _read(row: Any) -> Picks:
    form, first, papers, also, day, new, topics, first_edition, editions, extra = row
    if form != FORM:
        return Picks(fault=f"The picks have form {form!r}; this version reads form {FORM}.")
    known = (*topics, *extra.get("t", ()))
    queries = _texts(extra.get("q", ()))
    teams = _teams(extra.get("i", ""), len(papers))
    picks = Picks(
        papers=tuple(
            [
                Pick(
                    first + paper, tuple([_reason(reason, known, queries, first) for reason in reasons]), team
                )
                for (paper, *reasons), team in zip(papers, teams, strict=True)
            ]
        ),
        also=tuple([first + paper for paper in also]),
        day=_day(day),
        new=int(new),
        topics=tuple(topics),
        editions=tuple([first_edition + edition for edition in editions]),
        queried=tuple([first + paper for paper in extra.get("f", ())]),
        requested=_day(extra.get("a", "")),
        tells_of_taste=extra.get("n") == 1,
    )
    _check_ids((*picks.on_page, *known, *picks.editions))
    return picks


def _check_ids(ids: Collection[Any]) -> None:
    """Raises ValueError if one of ``ids`` is no whole number that a key of the database can be."""
    if ids and (set(map(type, ids)) != {int} or min(ids) < -_LARGEST or max(ids) > _LARGEST):
        raise ValueError(f"{ids!r} are no ids")


def _texts(stored: Collection[Any]) -> tuple[str, ...]:
    texts = tuple(stored)
    if isinstance(stored, str) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{stored!r} are no texts")
    return texts


def _reason(stored: Any, topics: Sequence[int], queries: Sequence[str], first: int) -> Reason:
    if type(stored) is int:
        if stored >= 0:
            return for_topic(topics[stored])
        return PINNED if stored == _PINNED else for_update(_PINNED - stored)
    place, *values = stored
    if place < 0:
        return _taste(place, values, first)
    words, authors, categories = [*map(_texts, values), (), (), ()][:3]
    return Reason(ReasonKind.QUERY, query=queries[place], words=words, authors=authors, categories=categories)


def _taste(mark: int, values: Sequence[Any], first: int) -> Reason:
    if mark == _NEW:
        return NEW
    if mark == _FOLLOWED:
        _check_ids(values)
        return for_followed(values[0])
    liked = first + values[0]
    if mark == _WORDS:
        _check_ids([liked])
        return Reason(ReasonKind.WORDS, words=_texts(values[1:]), liked=liked)
    _check_ids([liked, *values])
    if mark == _AUTHOR:
        _, position, check = values
        return Reason(ReasonKind.AUTHOR, position=position, liked=liked, check=check)
    if mark == _COAUTHOR:
        _, position, liked_position, check = values
        return Reason(
            ReasonKind.COAUTHOR, position=position, liked=liked, liked_position=liked_position, check=check
        )
    raise ValueError(f"there is no reason {mark}")


def _teams(letters: str, count: int) -> list[Team | None]:
    """The team of each of ``count`` papers. Raises ValueError for letters that name none, or too many."""
    teams = [None if letter == _NO_TEAM else Team(letter) for letter in letters]
    if len(teams) > count:
        raise ValueError(f"{letters!r} are more teams than papers")
    return teams + [None] * (count - len(teams))


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None
