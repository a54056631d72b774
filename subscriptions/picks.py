"""What was picked for one digest, and why. Pure. :mod:`subscriptions.stored_picks` reads and writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

Wish = tuple[str, int | str]
"""What a reader asked for: ``("topic", id)`` or ``("query", text)``."""

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


class Clock(NamedTuple):
    """What a clock shows: ``time`` as ISO 8601 to the minute without an offset, and the clock's IANA zone."""

    time: str
    zone: str


@dataclass(frozen=True, slots=True)
class Picks:
    """What one digest was chosen to say.

    ``papers`` stand in full, ``also`` (ids) in one line each. ``day`` is the newest edition's, ``new`` how
    many papers were candidates. ``topics`` and ``editions`` are the ids of those that were drawn upon, in
    the reader's order. ``queried`` are papers beyond the cut that only the reader's own queries found.
    ``requested`` is the reader's day on which this digest was asked for, if it was. ``next_at`` stands in the
    first digest of who has just confirmed: when the next comes, by the reader's clock. ``tells_of_taste``:
    the mail says that from then on votes shape the order. ``fault`` says why a stored row could not be read;
    then nothing else is known.
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
    next_at: Clock | None = None
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
