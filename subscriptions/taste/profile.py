"""What a reader's votes say, in at most eight kilobytes. Pure.

A vote changes the profile by one :class:`Lesson`. After each lesson a profile is rounded as it is stored, so
that one made anew from all votes has the very bytes of one that grew vote by vote.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from newsletter.features.matrix import Keys
from newsletter.features.terms import Buckets, Weights
from newsletter.features.vectors import AMBIGUOUS, STEPS, PaperVector, Rarities

RECIPE = 3
"""Counts up when :func:`learn` changes: profiles of an older recipe are made anew from votes."""
LONGEST = 8192
"""Bytes of a packed profile."""

LIKED_TERMS = 256
TERMS = 128  # of each other sum
AUTHORS = 160
NEAR = 128
HALF_LIFE = 10.0  # votes: what was liked so many votes ago counts half
LESS = -0.5  # how much "less like this" counts against a "more"
TEAM = 25  # names: who wrote with more people than these hardly knows them
RARE_NAME = 3.5  # ln(papers / papers with the name), from which other papers of the name are looked at
MOST_RARITY = 6.0
FIRST_NAMES, LAST_NAMES = 25, 5
"""So many of a long list of authors are learned from: the others of a collaboration are hardly known."""
OTHER_PAPERS = 30  # of an author, the newest

Ids = npt.NDArray[np.int64]


def _no_keys() -> Ids:
    return np.zeros(0, np.int64)


def _no_weights() -> Weights:
    return np.zeros(0, np.float32)


def _no_places() -> npt.NDArray[np.uint8]:
    return np.zeros(0, np.uint8)


def _no_terms() -> Buckets:
    return np.zeros(0, np.uint32)


def _no_rarities() -> Rarities:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, slots=True)
class TermSum:
    """The terms of a sum of vectors that tell most: ascending buckets, weights, how rare each is (as in
    :class:`PaperVector`, of the vector that came last), and what to divide by for a mean.
    """

    terms: Buckets = field(default_factory=_no_terms)
    weights: Weights = field(default_factory=_no_weights)
    total: float = 0.0
    rarities: Rarities = field(default_factory=_no_rarities)

    def plus(self, weighed: Sequence[tuple[PaperVector, float]]) -> "TermSum":
        """This sum and vectors, each times its factor, not cut; the total is the caller's."""
        terms, places = np.unique(
            np.concatenate([self.terms, *(vector.buckets for vector, _ in weighed)]), return_inverse=True
        )
        added = [vector.weights * np.float32(factor) for vector, factor in weighed]
        weights = np.bincount(places, np.concatenate([self.weights, *added]), len(terms))
        rarities = np.zeros(len(terms), np.uint8)
        # Of several vectors with a term the last one's rarity is written last and stays.
        rarities[places] = np.concatenate([self.rarities, *(vector.rarities for vector, _ in weighed)])
        return TermSum(terms.astype(np.uint32), weights.astype(np.float32), self.total, rarities)

    def cut(self, most: int = TERMS, without: Buckets | Sequence[int] = ()) -> "TermSum":
        """Its ``most`` terms that tell most, but those in ``without``, rounded as they are stored.

        A term tells as much as it moves scores over all papers: its weight here times the root mean square of
        its weights there, which is about rarity · exp(-rarity / 2). The largest weights would be word pairs
        that hardly any other paper has.
        """
        keep = (self.weights != 0) & ~np.isin(self.terms, without)
        terms, weights, rarities = self.terms[keep], self.weights[keep], self.rarities[keep]
        if len(terms) > most:
            telling = np.abs(weights) * _SPREAD[rarities]
            # Of equal terms the smaller bucket stays: the same votes give the same profile anywhere.
            keep = np.sort(np.lexsort((terms, -telling))[:most])
            terms, weights, rarities = terms[keep], weights[keep], rarities[keep]
        return TermSum(terms, _rounded(weights), float(np.float32(self.total)), rarities)


_RARITY = np.arange(256, dtype=np.float32) / STEPS
_SPREAD = _RARITY * np.exp(-_RARITY / 2)


@dataclass(frozen=True, slots=True)
class LikedAuthors:
    """Names (keys) that stand on liked papers, how often, and the id of the last such paper."""

    keys: Ids = field(default_factory=_no_keys)
    times: Weights = field(default_factory=_no_weights)
    papers: Ids = field(default_factory=_no_keys)


@dataclass(frozen=True, slots=True)
class NearAuthors:
    """Names (keys) that wrote with a liked author, how near, and the place of that author in the liked."""

    keys: Ids = field(default_factory=_no_keys)
    weights: Weights = field(default_factory=_no_weights)
    via: npt.NDArray[np.uint8] = field(default_factory=_no_places)


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """What ``likes`` liked papers and the disliked ones add up to.

    ``like`` is the sum of their vectors; ``sources`` says for each of its terms which liked paper (id) last
    brought much of it, 0 for none. ``wide`` is the sum of other papers by liked authors, ``sent`` of what
    was sent and not voted on. Of ``chances`` liked papers after the first, ``repeats`` had an author who was
    liked before.
    """

    likes: int = 0
    repeats: int = 0
    chances: int = 0
    like: TermSum = field(default_factory=TermSum)
    sources: Ids = field(default_factory=_no_keys)
    wide: TermSum = field(default_factory=TermSum)
    sent: TermSum = field(default_factory=TermSum)
    authors: LikedAuthors = field(default_factory=LikedAuthors)
    near: NearAuthors = field(default_factory=NearAuthors)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was learned."""
        return not len(self.like.terms) and not len(self.authors.keys)

    def pack(self) -> bytes:
        """The profile as it is stored, at most :data:`LONGEST` bytes."""
        sums = (self.like, self.wide, self.sent)
        head = _HEAD.pack(
            *(self.likes, self.repeats, self.chances),
            *(part.total for part in sums),
            *(len(part.terms) for part in sums),
            len(self.authors.keys),
            len(self.near.keys),
        )
        columns: list[npt.NDArray[Any]] = [column for part in sums for column in (part.terms, part.weights)]
        columns += [
            self.like.rarities,
            self.wide.rarities,
            self.sources,
            self.authors.keys,
            self.authors.times,
            self.authors.papers,
        ]
        columns += [self.near.keys, self.near.weights, self.near.via]
        return head + b"".join(
            column.astype(kind).tobytes() for column, kind in zip(columns, _KINDS, strict=True)
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "TasteProfile":
        """What :meth:`pack` wrote; empty bytes are an empty profile. Raises ValueError for anything else."""
        if not packed:
            return cls()
        try:
            return cls._unpack(packed)
        except (struct.error, ValueError) as error:
            raise ValueError(f"This is no taste profile: {error}.") from error

    @classmethod
    def _unpack(cls, packed: bytes) -> "TasteProfile":
        likes, repeats, chances, *numbers = _HEAD.unpack_from(packed)
        totals, lengths = numbers[:3], numbers[3:]
        columns, at = [], _HEAD.size
        for kind, length in zip(_KINDS, _column_lengths(lengths), strict=True):
            columns.append(np.frombuffer(packed, kind, length, offset=at))
            at += length * columns[-1].itemsize
        if at != len(packed):
            raise ValueError(f"{len(packed)} bytes, not {at}")
        like, wide, sent = (
            TermSum(
                columns[2 * place].astype(np.uint32, copy=False),
                columns[2 * place + 1].astype(np.float32),
                total,
                columns[6 + place] if place < 2 else np.zeros(lengths[place], np.uint8),
            )
            for place, total in enumerate(totals)
        )
        sources, keys, times, papers, near, weights, via = columns[8:]
        return cls(
            *(likes, repeats, chances, like, sources.astype(np.int64, copy=False), wide, sent),
            LikedAuthors(
                keys.astype(np.int64, copy=False),
                times.astype(np.float32),
                papers.astype(np.int64, copy=False),
            ),
            NearAuthors(near.astype(np.int64, copy=False), weights.astype(np.float32), via),
        )


_HEAD = struct.Struct("<IHH3f3HHH")
_BUCKETS, _WEIGHTS, _BYTES, _IDS, _NAMES = map(np.dtype, ("<u4", "<f2", "u1", "<u4", "<i8"))
_KINDS = (
    *(_BUCKETS, _WEIGHTS) * 3,
    *(_BYTES, _BYTES, _IDS),
    *(_NAMES, _WEIGHTS, _IDS),
    *(_NAMES, _WEIGHTS, _BYTES),
)


def _column_lengths(lengths: Sequence[int]) -> list[int]:
    like, wide, sent, authors, near = lengths
    return [like, like, wide, wide, sent, sent, like, wide, like, authors, authors, authors, near, near, near]


def _rounded(weights: Weights) -> Weights:
    return weights.astype(np.float16).astype(np.float32)


# -- learning ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherPaper:
    """Another paper of a liked author: its vector and the keys of its authors."""

    vector: PaperVector
    names: Keys


@dataclass(frozen=True, slots=True)
class VotedAuthor:
    """A name of the paper voted on: on how many papers it stood then, and the newest of the others."""

    key: int
    papers: int
    others: Sequence[OtherPaper]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One vote (1 or -1) on ``paper`` (id), and the corpus at that time: how many papers it had, and what
    it knew of the paper's authors.
    """

    paper: int
    value: int
    vector: PaperVector
    authors: Sequence[VotedAuthor]
    corpus_papers: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What the reader took out: keys of names, and buckets of terms."""

    authors: frozenset[int] = frozenset()
    terms: Buckets = field(default_factory=_no_terms)


NOTHING_FORGOTTEN = Forgotten()


def learned_names(names: Keys) -> list[int]:
    """Those of a paper's ``names``, in its order, that a vote on it teaches something about."""
    known = list(dict.fromkeys(names[names != 0].tolist()))
    if len(known) > FIRST_NAMES + LAST_NAMES:
        return [*known[:FIRST_NAMES], *known[-LAST_NAMES:]]
    return known


def learn(profile: TasteProfile, lesson: Lesson, forgotten: Forgotten = NOTHING_FORGOTTEN) -> TasteProfile:
    """``profile`` after one more vote."""
    fading = 0.5 ** (1 / HALF_LIFE)
    is_like = lesson.value > 0
    before = replace(
        profile.like, weights=profile.like.weights * np.float32(fading), total=profile.like.total * fading
    )
    like = before.plus([(lesson.vector, 1.0 if is_like else LESS)])
    like = replace(like, total=before.total + is_like).cut(LIKED_TERMS, forgotten.terms)
    profile = replace(profile, like=like, sources=_sources(profile, like, lesson))
    return _with_authors(profile, lesson, forgotten) if is_like else profile


def _sources(profile: TasteProfile, like: TermSum, lesson: Lesson) -> Ids:
    """For each term of ``like`` the liked paper that has it, the one voted on last first."""
    sources = np.zeros(len(like.terms), np.int64)
    kept = np.isin(like.terms, profile.like.terms)
    sources[kept] = profile.sources[np.searchsorted(profile.like.terms, like.terms[kept])]
    if lesson.value > 0:
        sources[np.isin(like.terms, lesson.vector.buckets)] = lesson.paper
    return sources


def _with_authors(profile: TasteProfile, lesson: Lesson, forgotten: Forgotten) -> TasteProfile:
    """``profile`` with the authors of a liked paper, their other papers, and who wrote these with them."""
    times = dict(zip(profile.authors.keys.tolist(), profile.authors.times.tolist(), strict=True))
    papers = dict(zip(profile.authors.keys.tolist(), profile.authors.papers.tolist(), strict=True))
    liked_before = profile.authors.keys.tolist()
    near = {
        key: (weight, liked_before[via])
        for key, weight, via in zip(
            profile.near.keys.tolist(), profile.near.weights.tolist(), profile.near.via.tolist(), strict=True
        )
    }
    authors = [author for author in lesson.authors if author.key not in forgotten.authors]
    is_repeat = any(author.key in times for author in authors)
    added: list[tuple[PaperVector, float]] = []
    for author in authors:
        if author.key not in times:
            added += _other_papers(author, lesson.corpus_papers)
            _bring_near(near, author, lesson.corpus_papers)
        times[author.key] = times.pop(author.key, 0.0) + 1.0  # the latest stands last
        papers[author.key] = lesson.paper
    for key in (*times, *forgotten.authors):
        near.pop(key, None)
    liked = _liked(times, papers)
    return replace(
        profile,
        likes=profile.likes + 1,
        repeats=profile.repeats + is_repeat,
        chances=profile.chances + bool(profile.likes),
        wide=_enlarged(profile.wide, added).cut(without=forgotten.terms),
        authors=liked,
        near=_near(near, liked),
    )


def _other_papers(author: VotedAuthor, corpus_papers: int) -> list[tuple[PaperVector, float]]:
    if not author.papers or np.log(max(corpus_papers, 1) / author.papers) <= RARE_NAME:
        return []
    return [(other.vector, 1 / author.papers) for other in author.others]


def _enlarged(total: TermSum, weighed: Sequence[tuple[PaperVector, float]]) -> TermSum:
    return replace(total.plus(weighed), total=total.total + sum(weight for _, weight in weighed))


def _bring_near(near: dict[int, tuple[float, int]], author: VotedAuthor, corpus_papers: int) -> None:
    rarity = float(np.log((corpus_papers + 1) / (author.papers + 1)))
    rarity = min(rarity * (0.3 if author.papers > AMBIGUOUS else 1.0), MOST_RARITY)
    for other in author.others:
        team = other.names[other.names != 0].tolist()
        if len(team) <= TEAM:
            for key in team:
                weight, via = near.get(key, (0.0, author.key))
                near[key] = (weight + rarity / len(team), via)


def _liked(times: dict[int, float], papers: dict[int, int]) -> LikedAuthors:
    keys = list(times)
    if len(keys) > AUTHORS:
        # The least liked go, of those the longest ago; a stable sort keeps the order of the others.
        places = sorted(range(len(keys)), key=lambda place: (times[keys[place]], place))[-AUTHORS:]
        keys = [keys[place] for place in sorted(places)]
    return LikedAuthors(
        np.array(keys, np.int64),
        _rounded(np.array([times[key] for key in keys], np.float32)),
        np.array([papers[key] for key in keys], np.int64),
    )


def _near(near: dict[int, tuple[float, int]], liked: LikedAuthors) -> NearAuthors:
    places = {key: place for place, key in enumerate(liked.keys.tolist())}
    kept = [(key, weight, places[via]) for key, (weight, via) in near.items() if via in places]
    kept = sorted(sorted(kept, key=lambda one: (-one[1], one[0]))[:NEAR])
    return NearAuthors(
        np.array([key for key, _, _ in kept], np.int64),
        _rounded(np.array([weight for _, weight, _ in kept], np.float32)),
        np.array([via for _, _, via in kept], np.uint8),
    )


def sent_mean(vectors: Sequence[tuple[PaperVector, float]]) -> TermSum:
    """The mean of what was sent and not voted on, each with its weight."""
    return _enlarged(TermSum(), vectors).cut()
