"""The order of papers that is a reader's own: by what the reader liked, with room for what is new.

Scored for many readers at once, a group of readers and papers at a time, so that memory stays bounded.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import tanh
from zlib import crc32

import numpy as np

from lib.chunks import chunked
from subscriptions.digests.candidates import CandidateIndex, Mask, TopicCandidates
from subscriptions.digests.ranking import Constraints, Queue, Selection, select
from subscriptions.digests.tastes import FeatureSlice, Places, ReaderTaste, own_scores, slice_of
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
    score,
)

CELLS = 1_000_000
"""Scores that are computed at once: so many readers times papers take four megabytes a part."""
BEHIND = 2
"""So many papers a topic counts as having had from the start, if its reader wants fewer of it."""
VARIED = 5
"""Of so many places one is for a paper outside what the reader likes most, and smaller digests have none."""
TRIED = 5  # the least known of the well ranked, of which each reader and day tries one
WELL_RANKED = 3  # the first third


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

    ``tried`` is the paper that explores. ``likings`` are by paper, of ``papers`` alone.
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
        for some in chunked(group, max(1, CELLS // max(len(known.places), 1))):
            parts = score([seeker.taste.profile for _, seeker in some], known.features)
            for row, (key, seeker) in enumerate(some):
                yield key, _selected(seeker, index, known, parts.of(row), also=also)


def _selected(
    seeker: Seeker, index: CandidateIndex, known: FeatureSlice, parts: Parts, *, also: int
) -> OwnSelection:
    by_prior = np.flatnonzero(seeker.papers)
    columns = known.columns[by_prior].astype(np.intp)
    own_parts = parts.at(columns)
    fewer_topics = [int(key) for kind, key in seeker.taste.fewer if kind == TasteOverride.Kind.TOPIC]
    topics = {
        topic: seeker.by_wish["topic", topic].mask[by_prior]
        for topic in fewer_topics
        if ("topic", topic) in seeker.by_wish
    }
    scores = own_scores(seeker.taste, own_parts, columns, known, topics)
    order = np.argsort(-scores)
    places = by_prior[order]
    own = _OwnPlaces(places, index)
    limit = seeker.size + also + len(index.alike)
    queues = {wish: own.queue(candidates, limit) for wish, candidates in seeker.by_wish.items()}
    constraints = Constraints(
        pinned=own.positions(seeker.pinned),
        waiting=seeker.waiting,
        alike=own.alike(),
        behind={("topic", topic): BEHIND for topic in fewer_topics},
    )
    selection = select(queues, size=seeker.size, also=also, constraints=constraints)
    tried = None
    if seeker.size >= VARIED and seeker.taste.profile.likes:
        outside = _outside(own_parts)[order]
        selection, tried = _varied(
            selection, queues, constraints, seeker, _Variety(outside, own_parts.like[order], places)
        )
    return OwnSelection(
        papers=tuple(places[list(selection.papers)].tolist()),
        also=tuple(places[list(selection.also)].tolist()),
        profile=seeker.taste.profile,
        known=known,
        tried=None if tried is None else int(places[tried]),
        likings=_likings(own_parts, columns, order, selection, places),
    )


class _OwnPlaces:
    """From places in the index to places in one reader's order."""

    __slots__ = ("_alike", "_at", "_places")

    def __init__(self, places: Places, index: CandidateIndex) -> None:
        self._places = places
        self._alike = index.alike
        self._at = np.full(len(index.papers), -1, np.intp)
        self._at[places] = np.arange(len(places))

    def queue(self, candidates: TopicCandidates, limit: int) -> Queue:
        """The first papers of a queue in the reader's order, after those that an editor placed."""
        members = candidates.mask[self._places]
        papers = np.flatnonzero(members)[:limit].tolist()
        if candidates.placed:
            papers = list(dict.fromkeys([*self.positions(candidates.placed), *papers]))
        return Queue(papers, members.tobytes())

    def positions(self, papers: Collection[int]) -> list[int]:
        """Where ``papers`` stand in the reader's order; without those that are no candidates."""
        return [at for paper in papers if (at := int(self._at[paper])) >= 0]

    def alike(self) -> dict[int, int]:
        """Near-duplicates among the reader's candidates."""
        return {at: group for paper, group in self._alike.items() if (at := int(self._at[paper])) >= 0}


# -- what is not the favourite ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Variety:
    """By the reader's own order: which papers are outside the favourite, how much each is like what the
    reader liked, and its place in everybody's order.
    """

    outside: Mask
    like: Scores
    places: Places


def _outside(parts: Parts) -> Mask:
    """The papers that are less like the liked ones than half of the candidates, by nobody who was liked."""
    return np.asarray((parts.like <= np.median(parts.like)) & (parts.author <= 0), np.bool_)


def _varied(
    selection: Selection,
    queues: Mapping[Wish, Queue],
    constraints: Constraints,
    seeker: Seeker,
    variety: _Variety,
) -> tuple[Selection, int | None]:
    """The selection with a fifth of its places outside the favourite, one of them a paper that explores."""
    if len(selection.papers) < VARIED:
        return selection, None
    chosen = list(selection.papers)
    wanted = -(-len(chosen) // VARIED)
    candidates = _addable(chosen, constraints, variety)
    tried = _tried(candidates, seeker.seed, variety)
    others = [paper for paper in candidates if paper != tried]
    added = [] if tried is None else [tried]
    missing = wanted - len(added) - sum(bool(variety.outside[paper]) for paper in chosen)
    added += others[: max(missing, 0)]
    dropped = _dropped(chosen, queues, constraints, variety, count=len(added))
    added = added[: len(dropped)]
    kept = [paper for paper in chosen if paper not in dropped]
    last = added[:1] if tried in added else []
    # What explores stands last; the others are where the reader's order has them.
    order = _merged_in(kept, [paper for paper in added if paper not in last])
    missed = [paper for paper in (*sorted(dropped), *selection.also) if paper not in added]
    return (
        Selection((*order, *last), tuple(missed[: max(len(selection.also), 0)])),
        last[0] if last else None,
    )


def _addable(chosen: Sequence[int], constraints: Constraints, variety: _Variety) -> list[int]:
    """Papers outside the favourite that are not chosen nor double what is, in everybody's order."""
    groups = {constraints.alike[paper] for paper in chosen if paper in constraints.alike}
    outside = np.flatnonzero(variety.outside)
    outside = outside[np.argsort(variety.places[outside])]
    taken = set(chosen)
    return [
        paper
        for paper in outside.tolist()
        if paper not in taken and constraints.alike.get(paper, -1) not in groups
    ]


def _tried(candidates: Sequence[int], seed: str, variety: _Variety) -> int | None:
    """One of the well ranked that the taste knows least about; the same for a reader all day."""
    well_ranked = candidates[: max(4 * TRIED, len(candidates) // WELL_RANKED)]
    least_known = sorted(well_ranked, key=lambda paper: (float(variety.like[paper]), paper))[:TRIED]
    return least_known[crc32(seed.encode()) % len(least_known)] if least_known else None


def _dropped(
    chosen: Sequence[int],
    queues: Mapping[Wish, Queue],
    constraints: Constraints,
    variety: _Variety,
    *,
    count: int,
) -> set[int]:
    """The last of the favourites make room, first those of wishes that have most."""
    loose = set(chosen).difference(constraints.pinned)
    members = [queue.members for queue in queues.values()]
    had = [sum(one[paper] for paper in chosen) for one in members]
    dropped: set[int] = set()

    def cost(paper: int) -> tuple[bool, int, int]:
        return bool(variety.outside[paper]), -min(had[number] for number in _of(paper, members)), -paper

    while loose and len(dropped) < count:
        paper = min(loose, key=cost)
        loose.remove(paper)
        dropped.add(paper)
        for number in _of(paper, members):
            had[number] -= 1
    return dropped


def _of(paper: int, members: Sequence[bytes]) -> list[int]:
    """The numbers of the queues that have the paper."""
    return [number for number, one in enumerate(members) if one[paper]]


def _merged_in(kept: Sequence[int], added: Collection[int]) -> list[int]:
    """``kept`` in its order, each of ``added`` before the first that the reader's order has after it."""
    merged = list(kept)
    for paper in sorted(added):
        at = next((at for at, other in enumerate(merged) if at and other > paper), len(merged))
        merged.insert(at, paper)
    return merged


def _likings(
    parts: Parts, columns: Places, order: Places, selection: Selection, places: Places
) -> dict[int, Liking]:
    chosen = order[list(selection.papers)]
    spread = float(parts.like.std()) or 1.0
    like = (parts.like[chosen] - parts.like.mean()) / spread
    rows = zip(
        places[list(selection.papers)].tolist(),
        columns[chosen].tolist(),
        like.tolist(),
        parts.near[chosen].tolist(),
        parts.author[chosen].tolist(),
        strict=True,
    )
    return {place: Liking(*values) for place, *values in rows}
