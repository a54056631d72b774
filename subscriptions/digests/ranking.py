"""Which of many papers a reader gets, and in which order. Pure: numbers in, numbers out.

A *queue* is the ordered list of candidates that one wish of the reader (a topic, a query) brings. Choosing
takes from the queues in turn, so that a wish with few papers is not crowded out by one with hundreds.

``rank`` gives every paper its place among all: 0 is the best, no two share one.
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
_FEWEST = 5  # shared words: short titles of a series ("… I", "… II") are different papers
_COMMON = 60  # papers: a word that so many titles share says nothing about two of them


@dataclass(frozen=True, slots=True)
class Queue:
    """Candidates, the best first, and the same as a set."""

    papers: tuple[int, ...]
    members: frozenset[int]

    @classmethod
    def of(cls, papers: Iterable[int]) -> "Queue":
        """A queue of papers, each at its first place."""
        once = tuple(dict.fromkeys(papers))
        return cls(once, frozenset(once))


@dataclass(frozen=True, slots=True)
class Selection:
    """Papers in the order of the digest, and those that missed the cut, best first."""

    papers: tuple[int, ...]
    also: tuple[int, ...]


def merge_days(days: Sequence[Sequence[int]], *, pinned: Collection[int], rank: Mapping[int, int]) -> Queue:
    """One queue of several editions of a topic: whichever edition's next paper is pinned or best comes first.

    The order within each edition, which an editor may have made, is kept.
    """
    if len(days) == 1:
        return Queue.of(days[0])
    return Queue.of(merge(*days, key=lambda paper: (paper not in pinned, rank[paper])))


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """``rank`` of every paper among all, and near-duplicates: ``alike`` is paper → number of its group."""

    rank: Mapping[int, int]
    alike: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What is fixed before choosing: papers that go first or are left out, days that each wish waited."""

    pinned: Collection[int] = ()
    refused: Collection[int] = ()
    waiting: Mapping[Any, int] = field(default_factory=dict)


NO_CONSTRAINTS = Constraints()


def select(
    queues: Mapping[W, Queue],
    *,
    size: int,
    also: int,
    order: PaperOrder,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Selection:
    """At most ``size`` papers and ``also`` more, each once, a fair mix over the queues.

    The pinned go first. Then the queue that has had least so far gives its best paper; a paper that stands in
    several counts for all of them. Among equals that is the queue that has waited longest, then the one whose
    best paper ranks highest. Of near-duplicates the first is taken, the others only where there is room left.
    Refused papers are left out.
    """
    rank, pinned = order.rank, constraints.pinned
    turn = _Turn(queues, order=order, constraints=constraints)
    chosen = turn.take_pinned(pinned, size) if pinned else []
    turn.take(chosen, size, diverse=True)
    filling = turn.doubles[: size - len(chosen)]
    chosen += filling
    rest = turn.doubles[len(filling) :][:also]
    turn.take(rest, also, diverse=False)
    return Selection(tuple(_in_order(chosen, queues, rank=rank, pinned=pinned)), tuple(rest))


class _Turn:
    """Where each queue stands while one reader's papers are chosen."""

    __slots__ = ("_alike", "_at", "_groups", "_queues", "_rank", "_seen", "_step", "_turns", "doubles")

    def __init__(self, queues: Mapping[W, Queue], *, order: PaperOrder, constraints: Constraints) -> None:
        rank, waiting = order.rank, constraints.waiting
        self._queues = list(queues.values())
        self._at = [0] * len(self._queues)
        # One number for (papers had, days not waited, rank of the head): comparing is most of the work.
        places = len(rank) + 1
        self._step = (_LONGEST_WAIT + 1) * places
        self._turns = [(_LONGEST_WAIT - min(waiting.get(name, 0), _LONGEST_WAIT)) * places for name in queues]
        self._rank = rank
        self._alike = order.alike
        self._seen = set(constraints.refused)
        self._groups: set[int] = set()
        self.doubles: list[int] = []

    def take_pinned(self, pinned: Collection[int], size: int) -> list[int]:
        """The pinned papers of all queues, the best first."""
        pinned_here = set[int]().union(*(queue.members for queue in self._queues)).intersection(pinned)
        taken = sorted(pinned_here - self._seen, key=self._rank.__getitem__)[:size]
        for paper in taken:
            self._take(paper)
        return taken

    def take(self, into: list[int], size: int, *, diverse: bool) -> None:
        """Append the best paper of the queue whose turn it is, until there are ``size`` or none is left."""
        rank, seen, turns = self._rank, self._seen, self._turns
        left = list(range(len(self._queues)))
        heads = [-1] * len(left)
        while len(into) < size:
            best, best_turn = -1, 0
            for number in tuple(left):
                paper = heads[number]
                if paper < 0 or paper in seen or (diverse and self._is_double(paper)):
                    paper = heads[number] = self._head(number, diverse)
                    if paper < 0:
                        left.remove(number)
                        continue
                turn = turns[number] + rank[paper]
                if best < 0 or turn < best_turn:
                    best, best_turn = paper, turn
            if best < 0:
                return
            self._take(best)
            into.append(best)

    def _head(self, number: int, diverse: bool) -> int:
        """The next paper of a queue that may be taken; -1 at its end."""
        papers, at, seen = self._queues[number].papers, self._at[number], self._seen
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
        for number, queue in enumerate(self._queues):
            if paper in queue.members:
                self._turns[number] += self._step


def _in_order(
    chosen: Sequence[int],
    queues: Mapping[W, Queue],
    *,
    rank: Mapping[int, int],
    pinned: Collection[int],
) -> list[int]:
    """The pinned first, then by rank, but not against the order that a queue (an editor) gives them."""
    wanted = set(chosen)
    ordered = [
        [paper for paper in queue.papers if paper in wanted]
        for queue in queues.values()
        if not wanted.isdisjoint(queue.members)
    ]
    if len(ordered) == 1:
        return ordered[0]
    return list(dict.fromkeys(merge(*ordered, key=lambda paper: (paper not in pinned, rank[paper]))))


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
