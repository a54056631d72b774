"""The papers of several lists in one order. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any


def merged(orders: Sequence[Sequence[int]], key: Callable[[int], Any]) -> list[int]:
    """One order that agrees with all ``orders`` where they agree among themselves; else the least ``key``."""
    followers: dict[int, set[int]] = defaultdict(set)
    waits: Counter[int] = Counter()
    all_papers = dict.fromkeys(each for order in orders for each in order)
    for order in orders:
        for paper, follower in pairwise(order):
            if follower not in followers[paper]:
                followers[paper].add(follower)
                waits[follower] += 1
    free = [(key(each), each) for each in all_papers if not waits[each]]
    heapify(free)
    by_key = iter(sorted(all_papers, key=key))
    done: dict[int, None] = {}
    while len(done) < len(all_papers):
        # Where the orders contradict each other no paper is free: the least by its key goes first.
        each = heappop(free)[1] if free else next(paper for paper in by_key if paper not in done)
        if each in done:
            continue
        done[each] = None
        for follower in followers[each]:
            waits[follower] -= 1
            if not waits[follower] and follower not in done:
                heappush(free, (key(follower), follower))
    return list(done)


def order_of(rows: Iterable[tuple[int, int, int, bool]], votes: dict[int, int]) -> list[int]:
    """The papers of a day in one order; ``rows`` are (edition, paper, position, is pinned)."""
    editions: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for edition, paper, position, is_pinned in rows:
        editions[edition].append((position, paper, is_pinned))
    pinned = {paper for row in editions.values() for _, paper, is_pinned in row if is_pinned}
    best: dict[int, int] = {}
    orders = []
    for row in editions.values():
        order = [paper for _, _, paper in sorted((not pin, position, paper) for position, paper, pin in row)]
        orders.append(order)
        for place, paper in enumerate(order):
            best[paper] = min(place, best.get(paper, place))

    def key(paper: int) -> tuple[int, int, int]:
        return -votes.get(paper, 0), best[paper], paper

    first = [[paper for paper in order if paper in pinned] for order in orders]
    rest = [[paper for paper in order if paper not in pinned] for order in orders]
    return merged(first, key) + merged(rest, key)
