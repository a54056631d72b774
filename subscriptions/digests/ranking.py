"""Which of many papers a reader gets, and in which order. Pure: numbers in, numbers out.

A *queue* is the ordered list of candidates that one wish of the reader (a topic, a query) brings. Choosing
takes from the queues in turn, so that a wish with few papers is not crowded out by one with hundreds.

A paper is its *place* in an order of all papers: 0 is the best, no two share one. That order is everybody's,
or the reader's own.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any, TypeVar

SAME_TITLE = 0.6
"""Jaccard similarity of two titles' words from which they count as near-duplicates."""

W = TypeVar("W", bound=Hashable)  # what names a wish

_WORD = re.compile(r"[^\W_]{2,}")
_LONGEST_WAIT = 1000  # days
_PLACES = 1 << 24  # more than there are papers
_STEP = (_LONGEST_WAIT + 1) * _PLACES
_FEWEST = 5  # shared words: short titles of a series ("… I", "… II") are different papers
_COMMON = 60  # papers: a word that so many titles share says nothing about two of them


@dataclass(frozen=True, slots=True)
class Queue:
    """Candidates, the best first; ``members`` has a 1 at the place of each of them, for all papers.

    ``is_sorted``: the order is that of the places. ``papers`` may end where nothing more can be chosen in
    turn: from there on the order is that of the places.
    """

    papers: Sequence[int]
    members: bytes
    is_sorted: bool = False

    @classmethod
    def of(cls, papers: Iterable[int], *, among: int) -> "Queue":
        """A queue of papers ``among`` so many, each where it stands first."""
        once = tuple(dict.fromkeys(papers))
        members = bytearray(among)
        for paper in once:
            members[paper] = 1
        return cls(once, bytes(members))


@dataclass(frozen=True, slots=True)
class Selection:
    """Papers in the order of the digest, and those that missed the cut, best first."""

    papers: tuple[int, ...]
    also: tuple[int, ...]


def merge_days(days: Sequence[Sequence[int]], *, pinned: Collection[int]) -> Iterable[int]:
    """One order of several editions of a topic: whichever edition's next paper is pinned or best comes first.

    The order within each edition, which an editor may have made, is kept.
    """
    return days[0] if len(days) == 1 else merge(*days, key=lambda paper: (paper not in pinned, paper))


@dataclass(frozen=True, slots=True)
class Constraints:
    """What is fixed before choosing: papers that go first or are left out, and days that each wish waited.

    ``alike`` are near-duplicates, paper → number of its group. A wish in ``behind`` counts as having had so
    many papers already.
    """

    pinned: Collection[int] = ()
    refused: Collection[int] = ()
    waiting: Mapping[Any, int] = field(default_factory=dict)
    alike: Mapping[int, int] = field(default_factory=dict)
    behind: Mapping[Any, int] = field(default_factory=dict)


NO_CONSTRAINTS = Constraints()


def select(
    queues: Mapping[W, Queue], *, size: int, also: int, constraints: Constraints = NO_CONSTRAINTS
) -> Selection:
    """At most ``size`` papers and ``also`` more, each once, a fair mix over the queues.

    The pinned go first. Then the queue that has had least so far gives its best paper; a paper that stands in
    several counts for all of them. Among equals that is the queue that has waited longest, then the one whose
    best paper ranks highest. Of near-duplicates the first is taken, the others only where there is room left.
    Refused papers are left out.
    """
    turn = _Turn(queues, constraints)
    chosen = turn.take_pinned(constraints.pinned, size) if constraints.pinned else []
    turn.take(chosen, size, diverse=True)
    filling = turn.doubles[: size - len(chosen)]
    chosen += filling
    rest = turn.doubles[len(filling) :][:also]
    turn.take(rest, also, diverse=False)
    return Selection(tuple(in_order(chosen, queues, pinned=constraints.pinned)), tuple(rest))


class _Turn:
    """Where each queue stands while one reader's papers are chosen."""

    __slots__ = ("_alike", "_at", "_groups", "_members", "_papers", "_seen", "_turns", "doubles")

    def __init__(self, queues: Mapping[W, Queue], constraints: Constraints) -> None:
        waiting = constraints.waiting
        self._papers = [queue.papers for queue in queues.values()]
        self._members = [queue.members for queue in queues.values()]
        self._at = [0] * len(self._papers)
        # One number for (papers had, days not waited, place of the head): comparing is most of the work.
        self._turns = [
            (_LONGEST_WAIT - min(waiting.get(name, 0), _LONGEST_WAIT)) * _PLACES
            + constraints.behind.get(name, 0) * _STEP
            for name in queues
        ]
        self._alike = constraints.alike
        self._seen = set(constraints.refused)
        self._groups: set[int] = set()
        self.doubles: list[int] = []

    def take_pinned(self, pinned: Collection[int], size: int) -> list[int]:
        """The pinned papers of all queues, the best first."""
        members, seen = self._members, self._seen
        here = [paper for paper in pinned if paper not in seen and any(one[paper] for one in members)]
        taken = sorted(here)[:size]
        for paper in taken:
            self._take(paper)
        return taken

    def take(self, into: list[int], size: int, *, diverse: bool) -> None:
        """Append the best paper of the queue whose turn it is, until there are ``size`` or none is left."""
        seen, turns = self._seen, self._turns
        diverse = diverse and bool(self._alike)
        left = list(range(len(self._papers)))
        heads = [-1] * len(left)
        while len(into) < size:
            best, best_turn, ended = -1, 0, -1
            for number in left:
                paper = heads[number]
                if paper < 0 or paper in seen or (diverse and self._is_double(paper)):
                    paper = heads[number] = self._head(number, diverse)
                    if paper < 0:
                        ended = number
                        continue
                turn = turns[number] + paper
                if best < 0 or turn < best_turn:
                    best, best_turn = paper, turn
            if ended >= 0:
                left = [number for number in left if heads[number] >= 0]
            if best < 0:
                return
            self._take(best)
            into.append(best)

    def _head(self, number: int, diverse: bool) -> int:
        """The next paper of a queue that may be taken; -1 at its end."""
        papers, at, seen = self._papers[number], self._at[number], self._seen
        while at < len(papers):
            paper = papers[at]
            if paper not in seen:
                if not (diverse and self._is_double(paper)):
                    self._at[number] = at
                    return paper
                seen.add(paper)
                self.doubles.append(paper)
            at += 1
        self._at[number] = at
        return -1

    def _is_double(self, paper: int) -> bool:
        return paper in self._alike and self._alike[paper] in self._groups

    def _take(self, paper: int) -> None:
        self._seen.add(paper)
        if paper in self._alike:
            self._groups.add(self._alike[paper])
        turns = self._turns
        for number, members in enumerate(self._members):
            if members[paper]:
                turns[number] += _STEP


def in_order(chosen: Sequence[int], queues: Mapping[W, Queue], *, pinned: Collection[int] = ()) -> list[int]:
    """The pinned first, then the best, but not against the order that a queue (an editor) gives them."""
    best_first = sorted(chosen)
    if all(queue.is_sorted for queue in queues.values()):
        return sorted(best_first, key=lambda paper: paper not in pinned) if pinned else best_first
    ordered: list[list[int]] = []
    for queue in queues.values():
        papers = _in_queue_order(best_first, queue)
        if queue.is_sorted:  # nobody's order but that of the scores
            papers.sort(key=lambda paper: paper not in pinned)
        if papers:
            ordered.append(papers)
    if len(ordered) == 1:
        return ordered[0]
    return list(dict.fromkeys(merge(*ordered, key=lambda paper: (paper not in pinned, paper))))


def _in_queue_order(best_first: Sequence[int], queue: Queue) -> list[int]:
    """Those of the papers that stand in the queue, as it orders them; then those beyond its end."""
    members = queue.members
    here = [paper for paper in best_first if members[paper]]
    if len(here) < 2:
        return here
    wanted, ordered = set(here), []
    for paper in queue.papers:
        if paper in wanted:
            ordered.append(paper)
            if len(ordered) == len(here):
                return ordered
    listed = set(ordered)
    return ordered + [paper for paper in here if paper not in listed]


def near_duplicates(titles: Mapping[int, str]) -> dict[int, int]:
    """Papers whose titles share most of their words, as paper → number of its group; others are not listed.

    Two titles are compared only if they share a rare word, so that a day of a thousand costs milliseconds.
    """
    words = {paper: frozenset(_WORD.findall(title.casefold())) for paper, title in titles.items()}
    shared: dict[str, list[int]] = {}
    for paper, title_words in words.items():
        for word in title_words:
            shared.setdefault(word, []).append(paper)
    group: dict[int, int] = {}
    for papers in shared.values():
        if 1 < len(papers) <= _COMMON:
            for place, first in enumerate(papers):
                for second in papers[place + 1 :]:
                    if _similarity(words[first], words[second]) >= SAME_TITLE:
                        _join(group, first, second)
    return group


def _similarity(first: frozenset[str], second: frozenset[str]) -> float:
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if shared >= _FEWEST else 0.0


def _join(group: dict[int, int], first: int, second: int) -> None:
    group_kept, group_gone = group.get(first, first), group.get(second, second)
    group[first] = group[second] = group_kept
    if group_kept != group_gone:
        for paper, number in group.items():
            if number == group_gone:
                group[paper] = group_kept
