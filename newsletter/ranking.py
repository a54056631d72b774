"""Which of many papers a reader gets, and in which order. Pure: numbers in, numbers out.

A *queue* is the ordered list of candidates that one wish of the reader (a topic, a query) brings. Choosing
goes round the queues, so that a wish with few papers has its turn beside one with hundreds.

``rank`` gives every paper its place among all: 0 is the best, no two share one.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from typing import TypeVar

SAME_TITLE = 0.6
"""Jaccard similarity of two titles' words from which they count as near-duplicates."""

W = TypeVar("W", bound=Hashable)  # what names a wish

_WORD = re.compile(r"[^\W_]{2,}")
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


def select(
    queues: Mapping[W, Queue],
    *,
    size: int,
    also: int,
    rank: Mapping[int, int],
    pinned: Collection[int] = (),
    refused: Collection[int] = (),
    alike: Mapping[int, int] | None = None,
    waiting: Mapping[W, int] | None = None,
) -> Selection:
    """At most ``size`` papers and ``also`` more, each once, a fair mix over the queues.

    The pinned go first. Then the queue that has had least so far gives its best paper; a paper that stands in
    several counts for all of them. Among equals that is the queue that has waited longest (``waiting``, in
    days), then the one whose best paper ranks highest. Of near-duplicates (``alike``: paper → group) the
    first is taken, the others only where there is room left. ``refused`` papers are left out.
    """
    turn = _Turn(queues, rank=rank, refused=refused, alike=alike or {}, waiting=waiting or {})
    chosen = turn.take_pinned(pinned, size) if pinned else []
    turn.take(chosen, size, diverse=True)
    filling = turn.doubles[: size - len(chosen)]
    chosen += filling
    rest = turn.doubles[len(filling) :][:also]
    turn.take(rest, also, diverse=False)
    return Selection(tuple(_in_order(chosen, queues, rank=rank, pinned=pinned)), tuple(rest))


class _Turn:
    """Where each queue stands while one reader's papers are chosen."""

    __slots__ = ("_alike", "_groups", "_had", "_members", "_rank", "_seen", "_waiting", "_walks", "doubles")

    def __init__(
        self,
        queues: Mapping[W, Queue],
        *,
        rank: Mapping[int, int],
        refused: Collection[int],
        alike: Mapping[int, int],
        waiting: Mapping[W, int],
    ) -> None:
        self._walks = [iter(queue.papers) for queue in queues.values()]
        self._members = [queue.members for queue in queues.values()]
        self._waiting = [-waiting.get(name, 0) for name in queues]
        self._had = [0] * len(self._walks)
        self._rank = rank
        self._alike = alike
        self._seen = set(refused)
        self._groups: set[int] = set()
        self.doubles: list[int] = []

    def take_pinned(self, pinned: Collection[int], size: int) -> list[int]:
        """The pinned papers of all queues, the best first."""
        found = set().union(*self._members).intersection(pinned) - self._seen
        taken = sorted(found, key=self._rank.__getitem__)[:size]
        for paper in taken:
            self._take(paper)
        return taken

    def take(self, into: list[int], size: int, *, diverse: bool) -> None:
        """Append the best paper of the queue whose turn it is, until there are ``size`` or none is left."""
        heads = [self._next(number, diverse) for number in range(len(self._walks))]
        rank, seen, had, waiting = self._rank, self._seen, self._had, self._waiting
        while len(into) < size:
            best: tuple[int, int, int, int] | None = None
            for number, paper in enumerate(heads):
                if paper < 0:
                    continue
                if paper in seen or (diverse and self._is_double(paper)):
                    paper = heads[number] = self._next(number, diverse, first=paper)
                    if paper < 0:
                        continue
                key = (had[number], waiting[number], rank[paper], paper)
                if best is None or key < best:
                    best = key
            if best is None:
                break
            self._take(best[3])
            into.append(best[3])
        self._walks = [chain((head,), walk) for head, walk in zip(heads, self._walks, strict=True)]

    def _next(self, number: int, diverse: bool, *, first: int = -1) -> int:
        """The next paper of a queue that may be taken; -1 at its end."""
        walk = chain((first,), self._walks[number]) if first >= 0 else self._walks[number]
        for paper in walk:
            if paper < 0 or paper in self._seen:
                continue
            if not (diverse and self._is_double(paper)):
                return paper
            self._seen.add(paper)
            self.doubles.append(paper)
        return -1

    def _is_double(self, paper: int) -> bool:
        return self._alike.get(paper, -1) in self._groups

    def _take(self, paper: int) -> None:
        self._seen.add(paper)
        if paper in self._alike:
            self._groups.add(self._alike[paper])
        for number, members in enumerate(self._members):
            if paper in members:
                self._had[number] += 1


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
    for paper, found in words.items():
        for word in found:
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
    kept, gone = group.get(first, first), group.get(second, second)
    group[first] = group[second] = kept
    if kept != gone:
        for paper, number in group.items():
            if number == gone:
                group[paper] = kept
