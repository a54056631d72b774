"""Two orders of papers in one digest, so that a reader's votes tell which of them is better. Pure.

Team-draft interleaving (Radlinski, Kurup and Joachims, "How does clickthrough data reflect retrieval
quality?", CIKM 2008): in each round both orders give the best paper that is not there yet, and a coin says
which of them goes first. A vote counts for the order that gave the paper. No order gains by its place, since
both stand first equally often.

Coins are hashes of the reader and the day: whoever chooses again gets the same digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from subscriptions.digests.ranking import NO_CONSTRAINTS, Constraints
from subscriptions.picks import Team

_SPAN = 2**64


@dataclass(frozen=True, slots=True)
class Interleaved:
    """Papers in the order of the digest, those that missed the cut, and which team gave each paper.

    Papers that no team won from the other (pinned ones, and what is left when one order has ended) are in no
    team.
    """

    papers: tuple[int, ...]
    also: tuple[int, ...]
    teams: Mapping[int, Team]


def is_in_trial(reader: int, share: float) -> bool:
    """Whether the reader (id) belongs to the ``share`` (0 to 1) of readers whose orders are interleaved.

    Always the same readers; with a larger share others join them.
    """
    return _number(f"trial {reader}") < share * _SPAN


def interleave(
    with_taste: Sequence[int],
    without: Sequence[int],
    *,
    size: int,
    seed: str,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Interleaved:
    """Up to ``size`` papers of both orders, each once; the others of both in ``also``.

    The pinned stand first, as the first order has them. Of near-duplicates the second is taken only where
    there is room left.
    """
    draft = _Draft(size, constraints.alike)
    for paper in (*with_taste, *without):
        if paper in constraints.pinned:
            draft.take(paper)
    orders = {Team.TASTE: list(with_taste), Team.EVERYBODY: list(without)}
    round_number = 0
    while draft.has_room and all(draft.best(order) is not None for order in orders.values()):
        taste_first = _number(f"{seed} {round_number}") % 2 == 0
        for team in (Team.TASTE, Team.EVERYBODY) if taste_first else (Team.EVERYBODY, Team.TASTE):
            best = draft.best(orders[team])
            # The second of a round has nothing to give where the first took the last paper.
            if best is not None:
                draft.take(best, team)
        round_number += 1
    rest = list(dict.fromkeys(paper for order in orders.values() for paper in order))
    for paper in [paper for paper in rest if not draft.is_double(paper)] + rest:
        draft.take(paper)
    also = tuple(paper for paper in rest if paper not in draft.chosen)
    return Interleaved(tuple(draft.chosen), also, draft.teams)


class _Draft:
    """The papers taken so far."""

    def __init__(self, size: int, alike: Mapping[int, int]) -> None:
        self.chosen: dict[int, None] = {}
        self.teams: dict[int, Team] = {}
        self._size = size
        self._alike = alike
        self._groups: set[int] = set()

    @property
    def has_room(self) -> bool:
        return len(self.chosen) < self._size

    def is_double(self, paper: int) -> bool:
        return paper in self._alike and self._alike[paper] in self._groups

    def best(self, order: Sequence[int]) -> int | None:
        """The first paper of ``order`` that can be taken."""
        papers = (paper for paper in order if paper not in self.chosen and not self.is_double(paper))
        return next(papers, None)

    def take(self, paper: int, team: Team | None = None) -> None:
        if not self.has_room or paper in self.chosen:
            return
        self.chosen[paper] = None
        if paper in self._alike:
            self._groups.add(self._alike[paper])
        if team:
            self.teams[paper] = team


def _number(text: str) -> int:
    """A number below 2^64 that looks drawn by chance and is the same everywhere."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
