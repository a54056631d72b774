"""The stored form of what was picked for a digest: one writer, one reader. Pure.

A reader has hundreds of digests a year, so it is short: a JSON list whose papers and editions are counted
from the smallest of theirs, whose reasons point into the digest's topics and queries, and in which nothing is
named. Ten papers and twenty lines take about 300 bytes.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from subscriptions.picks import (
    NEW,
    NOTHING,
    PINNED,
    Clock,
    Pick,
    Picks,
    Reason,
    ReasonKind,
    Team,
    for_followed,
    for_topic,
    for_update,
)

FORM = 1
"""The first value of the stored list. Whoever changes what is stored already counts it up and migrates the
rows; a new kind of reason takes a mark of its own, and changes none of them."""

_PINNED = -1  # an update to version n is -1 - n
_LARGEST = 2**63 - 1  # what a key of the database can be

# [FORM, first paper, [[paper, reason, …], …], [also, …], day, new, [topic, …], first edition, [edition, …], {
#   "t": topics that reasons name and the digest does not, "q": queries, "f": queried, "a": requested,
#   "n": 1 where the mail tells of taste, "i": teams of papers of two orders, a letter each, "-" for none,
#   "w": [when the next digest comes, the zone of that clock] where the mail welcomes}]
# A reason is the place of its topic, a negative number, or [place of its query, words, authors, categories].
# What the reader liked is [mark, liked paper, …], the paper counted from the first one: [-1, liked, position,
# check] is its author, [-2, liked, position, liked position, check] a co-author, [-3, liked, term] its words.
# The mark -4 alone is a paper that is new to the reader's taste; [-5, version] one that the reader follows.

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # making one costs as much as a row
_AUTHOR, _COAUTHOR, _WORDS, _NEW, _FOLLOWED = -1, -2, -3, -4, -5
_NO_TEAM = "-"


TELLS = '"n":1'  # stands in the stored form of picks that tell of taste, and hardly in others
WELCOMES = '"w":["'  # likewise of those that welcome a new reader


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
        "w": picks.next_at or (),
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
    return _ENCODER.encode(stored)


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


class Place(NamedTuple):
    """Where a paper stands in stored picks: ``at`` of all that are named, the first ``full`` of them in full;
    ``topics`` are the ids of those for which it was picked."""

    at: int
    full: int
    topics: tuple[int, ...]


def read_place(stored: str, paper: int) -> Place | None:
    """The place of ``paper`` (id); None where it is not named, or the row cannot be read.

    For a look at a million rows: most are told by their text, before anything is decoded.
    """
    _form, first_text, rest = (*stored.split(",", 2), "", "")[:3]
    offset = str(paper - int(first_text)) if first_text.isdecimal() else ""
    if offset not in rest or not any(sign in rest for sign in (f"[{offset},", f",{offset},", f"{offset}]")):
        return None
    try:
        form, first, papers, also, _day, _new, topics, *_, extra = json.loads(stored)
        named = [first + each[0] for each in papers] + [first + each for each in also]
        if form != FORM or paper not in named:
            return None
        known = (*topics, *extra.get("t", ()))
        at = named.index(paper)
        reasons = papers[at][1:] if at < len(papers) else ()
        picked_for = tuple([known[each] for each in reasons if type(each) is int and each >= 0])
        _check_ids(picked_for)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError):
        return None
    return Place(at, len(papers), picked_for)


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
        next_at=_clock(extra.get("w", ())),
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


def _clock(stored: Collection[Any]) -> Clock | None:
    """Raises ValueError or TypeError for what is no moment and a zone."""
    clock = Clock(*_texts(stored)) if stored else None
    if clock is not None:
        datetime.fromisoformat(clock.time)
    return clock


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None
