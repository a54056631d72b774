"""The order of papers that is a reader's own: by what the reader liked, with room for what is new.

Scored for many readers at once, a group of readers and papers at a time, so that memory stays bounded.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import tanh
from zlib import crc32

import numpy as np

from lib.chunks import chunked
from subscriptions.digests.candidates import CandidateIndex, Mask, TopicCandidates
from subscriptions.digests.ranking import Constraints, Queue, select
from subscriptions.digests.tastes import FeatureSlice, Places, ReaderTaste, lose_fewer, slice_of
from subscriptions.models import TasteOverride
from subscriptions.picks import ReasonKind, Wish
from subscriptions.taste.profile import TasteProfile
from subscriptions.taste.scoring import (
    AUTHOR,
    AUTHOR_SCALE,
    LIKE,
    NEAR,
    NEAR_SCALE,
    Parts,
    Scores,
    combine_all,
    score,
    standardised,
)

CELLS = 1_000_000
"""Scores that are computed at once: so many readers times papers take four megabytes a part."""
BEHIND = 2
"""So many papers a topic counts as having had from the start, if its reader wants fewer of it."""
VARIED = 5
"""Of so many places one is for a paper outside what the reader likes most, and smaller digests have none."""
WELL_RANKED = 40  # papers outside the favourite, by everybody's order
TRIED = 5  # the least known of these, of which each reader and day tries one
AUTHOR_LIFTS = 0.2
NEAR_LIFTS = 0.15
WORDS_LIFT = 1.2
"""From these values on a part lifts a paper so much that it is named: the first two as they are before they
are weighed, the last in standard deviations over the reader's candidates."""


def features_for(index: CandidateIndex, since: date, papers: Mask) -> FeatureSlice:
    """The features of at least ``papers``, kept for the next readers whose news begin after ``since``."""
    kept = index.slices.get(since)
    if kept is None or not bool(np.all(kept.columns[papers] >= 0)):
        places = np.flatnonzero(papers if kept is None else papers | (kept.columns >= 0))
        ids = [index.papers[place] for place in places.tolist()]
        kept = index.slices[since] = slice_of(ids, places, among=len(index.papers))
    return kept


@dataclass(frozen=True, slots=True)
class Seeker:
    """One reader to choose for: what each wish brings, which ``papers`` of it count, and the reader's taste.

    ``seed`` differs for each reader and day.
    """

    by_wish: Mapping[Wish, TopicCandidates]
    papers: Mask
    since: date
    size: int
    pinned: Collection[int]
    waiting: Mapping[Wish, int]
    taste: ReaderTaste
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Liking:
    """How a chosen paper stands to its reader's taste: its parts, of which ``like`` is standardised."""

    column: int
    like: float
    near: float
    author: float

    def largest_first(self) -> list[ReasonKind]:
        """The parts that bring something, weighed as :func:`~subscriptions.taste.scoring.combine` does."""
        parts = [
            (AUTHOR * tanh(self.author / AUTHOR_SCALE), ReasonKind.AUTHOR),
            (NEAR * tanh(self.near / NEAR_SCALE), ReasonKind.COAUTHOR),
            (LIKE * self.like, ReasonKind.WORDS),
        ]
        return [part for size, part in sorted(parts, reverse=True) if size > 0]


@dataclass(frozen=True, slots=True)
class OwnSelection:
    """What was chosen for a reader by the reader's own order; papers are places in the index.

    ``tried`` is the paper that explores. ``likings`` are of the ``papers`` that the taste lifted.
    """

    papers: tuple[int, ...]
    also: tuple[int, ...]
    profile: TasteProfile
    known: FeatureSlice
    tried: int | None = None
    likings: Mapping[int, Liking] = field(default_factory=dict)


def select_by_taste(
    seekers: Mapping[int, Seeker], index: CandidateIndex, *, also: int
) -> Iterator[tuple[int, OwnSelection]]:
    """A selection for each of ``seekers``, with the seeker's key, by the seeker's own order."""
    by_since: dict[date, list[tuple[int, Seeker]]] = {}
    for key, seeker in seekers.items():
        by_since.setdefault(seeker.since, []).append((key, seeker))
    for since, group in by_since.items():
        papers = np.logical_or.reduce([seeker.papers for _, seeker in group])
        known = features_for(index, since, papers)
        alike = _Alike.of(index.alike, known)
        for some in chunked(group, max(1, CELLS // max(len(known.places), 1))):
            group_scores = _scored([seeker for _, seeker in some], known, alike)
            for row, (key, seeker) in enumerate(some):
                yield key, _selected(seeker, group_scores, row, also=also)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A group of readers and the papers known for it: matrices of readers x papers.

    ``like`` is standardised over the reader's ``candidates``; ``parts`` are not.
    """

    known: FeatureSlice
    candidates: Mask
    scores: Scores
    parts: Parts
    like: Scores
    outside: Mask
    alike: "_Alike"


@dataclass(frozen=True, slots=True)
class _Alike:
    """The near-duplicates among what is known: columns, and the number of each one's group."""

    columns: Places
    groups: Sequence[int]

    @classmethod
    def of(cls, groups: Mapping[int, int], known: FeatureSlice) -> "_Alike":
        """Those of ``groups``, place in the index → number."""
        columns = known.columns[list(groups)]
        is_known = columns >= 0
        return cls(columns[is_known].astype(np.intp), np.array([*groups.values()])[is_known].tolist())


def _scored(seekers: Sequence[Seeker], known: FeatureSlice, alike: _Alike) -> _Scored:
    profiles = [seeker.taste.profile for seeker in seekers]
    parts = score(profiles, known.features)
    candidates = np.stack([seeker.papers[known.places] for seeker in seekers])
    like = standardised(parts.like, candidates)
    return _Scored(
        known=known,
        candidates=candidates,
        scores=combine_all(parts, profiles, known.prior, candidates=candidates),
        parts=parts,
        like=like,
        # Less like the liked papers than the candidates are in the mean, and by nobody who was liked.
        outside=(like <= 0) & (parts.author <= 0),
        alike=alike,
    )


def _selected(seeker: Seeker, scored: _Scored, row: int, *, also: int) -> OwnSelection:
    known = scored.known
    columns = scored.candidates[row].nonzero()[0]
    scores = scored.scores[row][columns]
    fewer_topics = [int(key) for kind, key in seeker.taste.fewer if kind == TasteOverride.Kind.TOPIC]
    if seeker.taste.fewer:
        topics = {
            topic: seeker.by_wish["topic", topic].mask[known.places[columns]]
            for topic in fewer_topics
            if ("topic", topic) in seeker.by_wish
        }
        scores = lose_fewer(scores, seeker.taste, columns, known, topics)
    order = columns[(-scores).argsort()]
    own = _OwnPlaces(known, order)
    alike = own.alike(scored.alike)
    limit = seeker.size + len(alike)
    queues = {wish: own.queue(candidates, limit) for wish, candidates in seeker.by_wish.items()}
    constraints = Constraints(
        pinned=own.positions(seeker.pinned),
        waiting=seeker.waiting,
        alike=alike,
        behind={("topic", topic): BEHIND for topic in fewer_topics},
    )
    papers = list(select(queues, size=seeker.size, also=0, constraints=constraints).papers)
    tried = None
    if len(papers) >= VARIED and seeker.taste.profile.likes:
        outside = (scored.outside[row] & scored.candidates[row]).nonzero()[0]
        placed = [candidates.placed for candidates in seeker.by_wish.values()]
        variety = _Variety(
            queues,
            constraints,
            {*constraints.pinned, *own.positions(itertools.chain(*placed))},
            scored.outside[row][order],
            scored.like[row][order],
        )
        papers, tried = _varied(papers, own.at(outside[: len(papers) + WELL_RANKED]), variety, seeker.seed)
    taken = set(papers)
    rest = [at for at in range(min(len(order), len(papers) + also)) if at not in taken][:also]
    chosen = order[papers]
    places = known.places[chosen].tolist()
    return OwnSelection(
        papers=tuple(places),
        also=tuple(known.places[order[rest]].tolist()),
        profile=seeker.taste.profile,
        known=known,
        tried=None if tried is None else places[papers.index(tried)],
        likings=_likings(scored, row, chosen, places),
    )


def _likings(scored: _Scored, row: int, chosen: Places, places: Sequence[int]) -> dict[int, Liking]:
    """How those of the ``chosen`` (columns) stand to the taste that anything of it lifted."""
    parts = scored.parts
    like, near, author = scored.like[row][chosen], parts.near[row][chosen], parts.author[row][chosen]
    lifted = (like >= WORDS_LIFT) | (near >= NEAR_LIFTS) | (author >= AUTHOR_LIFTS)
    columns = zip(chosen.tolist(), like.tolist(), near.tolist(), author.tolist(), strict=True)
    return {
        place: Liking(*values)
        for place, values, is_lifted in zip(places, columns, lifted.tolist(), strict=True)
        if is_lifted
    }


class _OwnPlaces:
    """From places in the index, and columns of what is known, to places in one reader's order."""

    __slots__ = ("_at", "_columns", "_places")

    def __init__(self, known: FeatureSlice, order: Places) -> None:
        self._columns = known.columns
        self._places = known.places[order]
        self._at = np.full(len(known.places), -1, np.intp)
        self._at[order] = np.arange(len(order))

    def queue(self, candidates: TopicCandidates, limit: int) -> Queue:
        """The first papers of a queue in the reader's order, after those that an editor placed."""
        members = candidates.mask[self._places]
        papers = members.nonzero()[0][:limit].tolist()
        if candidates.placed:
            papers = list(dict.fromkeys([*self.positions(candidates.placed), *papers]))
        return Queue(papers, members.tobytes(), is_sorted=not candidates.placed)

    def at(self, columns: Places) -> list[int]:
        """Where these candidates stand in the reader's order."""
        positions: list[int] = self._at[columns].tolist()
        return positions

    def positions(self, papers: Iterable[int]) -> list[int]:
        """Where ``papers`` (places) stand in the reader's order; without those that are no candidates."""
        columns = [column for paper in papers if (column := int(self._columns[paper])) >= 0]
        return [at for column in columns if (at := int(self._at[column])) >= 0]

    def alike(self, known: _Alike) -> dict[int, int]:
        """Near-duplicates among the reader's candidates, with the numbers of their groups."""
        positions = self._at[known.columns].tolist()
        return {at: group for at, group in zip(positions, known.groups, strict=True) if at >= 0}


# -- what is not the favourite ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Variety:
    """What a varied digest depends on; papers are places in the reader's order.

    ``placed`` are those that an editor pinned or moved. ``outside`` says which are outside the favourite,
    ``like`` how much each is like what the reader liked.
    """

    queues: Mapping[Wish, Queue]
    constraints: Constraints
    placed: Collection[int]
    outside: Mask
    like: Scores


def _varied(
    chosen: list[int], well_ranked: Sequence[int], variety: _Variety, seed: str
) -> tuple[list[int], int | None]:
    """``chosen`` with a fifth of its places outside the favourite, one of them a paper that explores.

    ``well_ranked`` are papers outside, the best in everybody's order first.
    """
    candidates = _addable(chosen, well_ranked, variety.constraints)
    tried = _tried(candidates, seed, variety)
    missing = -(-len(chosen) // VARIED) - int(np.count_nonzero(variety.outside[chosen]))
    added = [] if tried is None else [tried]
    others = [paper for paper in candidates if paper != tried]
    added += others[: max(missing - len(added), 0)]
    dropped = _dropped(chosen, variety, count=len(added), favourites=missing)
    if len(dropped) < len(added):  # the others are pinned
        return chosen, None
    kept = [paper for paper in chosen if paper not in dropped]
    # What explores stands last; the others are where the reader's order has them.
    varied = _merged_in(kept, [paper for paper in added if paper != tried])
    return varied if tried is None else [*varied, tried], tried


def _addable(chosen: Sequence[int], papers: Sequence[int], constraints: Constraints) -> list[int]:
    """Those of ``papers`` that are not chosen nor double what is."""
    alike, taken = constraints.alike, set(chosen)
    groups = {alike[paper] for paper in chosen if paper in alike}
    return [paper for paper in papers if paper not in taken and alike.get(paper, -1) not in groups]


def _tried(candidates: Sequence[int], seed: str, variety: _Variety) -> int | None:
    """One of those that the taste knows least about; the same for a reader all day."""
    least_known = sorted(zip(variety.like[list(candidates)].tolist(), candidates, strict=True))[:TRIED]
    return least_known[crc32(seed.encode()) % len(least_known)][1] if least_known else None


def _dropped(chosen: Sequence[int], variety: _Variety, *, count: int, favourites: int) -> set[int]:
    """The last make room, ``favourites`` first; as long as that is possible none of a wish with two or one.

    None that an editor placed.
    """
    members = [queue.members for queue in variety.queues.values()]
    had = [sum([one[paper] for paper in chosen]) for one in members]
    last_first = [paper for paper in sorted(chosen, reverse=True) if paper not in variety.placed]
    dropped: set[int] = set()
    for few, is_inside in ((2, True), (1, True), (0, True), (2, False), (1, False), (0, False)):
        wanted = min(favourites, count) if is_inside else count
        for paper in last_first:
            if len(dropped) >= wanted:
                break
            if paper in dropped or (is_inside and variety.outside[paper]):
                continue
            of = [number for number, one in enumerate(members) if one[paper]]
            if min([had[number] for number in of]) > few:
                dropped.add(paper)
                for number in of:
                    had[number] -= 1
    return dropped


def _merged_in(kept: Sequence[int], added: Iterable[int]) -> list[int]:
    """``kept`` in its order, each of ``added`` before the first that the reader's order has after it."""
    merged = list(kept)
    for paper in sorted(added):
        at = next((at for at, other in enumerate(merged) if at and other > paper), len(merged))
        merged.insert(at, paper)
    return merged
