"""Why a paper is in a digest: the wishes that brought it, and what of the reader's taste lifted it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.features.matrix import Keys
from newsletter.features.names import author_key
from newsletter.features.terms import BUCKETS, Weights, spellings
from newsletter.models import Paper
from subscriptions.digests.candidates import CandidateIndex, TopicCandidates
from subscriptions.digests.own_order import AUTHOR_LIFTS, NEAR_LIFTS, WORDS_LIFT, Liking, OwnSelection
from subscriptions.digests.tastes import FeatureSlice
from subscriptions.picks import (
    NEW,
    Reason,
    ReasonKind,
    Wish,
    by_author,
    by_coauthor,
    by_words,
    for_topic,
)
from subscriptions.taste.profile import TasteProfile

MOST_TEXTS = 5000
"""Papers whose names and words are remembered with an index."""


@dataclass(frozen=True)
class KnownText:
    """What a reason can name of a paper."""

    authors: tuple[str, ...]
    title: str
    abstract: str

    @cached_property
    def places(self) -> dict[int, int]:
        """The key of each author's name → its place in the list; the first of two with one name."""
        return {author_key(name): place for place, name in reversed([*enumerate(self.authors)])}

    @cached_property
    def words(self) -> dict[int, str]:
        """The paper's terms by their buckets."""
        return spellings(self.title, self.abstract)


Brought = Sequence[tuple[bytes, Reason | str]]
"""The members of each wish's queue, and the reason of a topic or the text of a query."""


def brought_by(by_wish: Mapping[Wish, TopicCandidates]) -> Brought:
    """What :func:`wish_reasons` looks papers up in, made once for a reader."""
    return [
        (candidates.queue.members, for_topic(int(name)) if kind == ReasonKind.TOPIC else str(name))
        for (kind, name), candidates in by_wish.items()
    ]


def wish_reasons(place: int, brought: Brought, index: CandidateIndex) -> list[Reason]:
    """The reader's wishes that brought the paper at ``place``."""
    return [
        index.query_reason(wish, index.papers[place]) if isinstance(wish, str) else wish
        for members, wish in brought
        if members[place]
    ]


# -- of taste -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Named:
    """A reason before names are read: of ``paper`` (id), the key of an author or a bucket, and where from.

    ``via`` is the liked author with whom a co-author wrote.
    """

    kind: ReasonKind
    paper: int
    key: int
    liked: int
    via: int = 0


def taste_reasons(
    selections: Mapping[int, OwnSelection], index: CandidateIndex
) -> dict[int, dict[int, Reason]]:
    """For each selection (by its key) the papers (places) that the reader's taste lifted, and by what.

    At most one reason for a paper, of its largest part. One query for the papers that are named first.
    """
    named: dict[int, dict[int, _Named]] = {}
    weights = np.zeros(BUCKETS, np.float32)
    for key, selection in selections.items():
        named[key] = dict(_named_of(selection, index, weights))
    _read_texts(
        {
            paper
            for of_reader in named.values()
            for one in of_reader.values()
            for paper in (one.paper, one.liked)
        },
        index,
    )
    reasons: dict[int, dict[int, Reason]] = {}
    for key, selection in selections.items():
        spoken = {place: _spoken(one, index.known_texts) for place, one in named[key].items()}
        reasons[key] = {place: reason for place, reason in spoken.items() if reason is not None}
        if selection.tried is not None:
            reasons[key][selection.tried] = NEW
    return reasons


def _named_of(
    selection: OwnSelection, index: CandidateIndex, weights: Weights
) -> Iterator[tuple[int, _Named]]:
    profile, known = selection.profile, selection.known
    chosen = [(place, liking) for place, liking in selection.likings.items() if place != selection.tried]
    alike = [(place, liking) for place, liking in chosen if liking.like >= WORDS_LIFT]
    by_terms = dict(_words(alike, index, profile, known, weights)) if alike else {}
    for place, liking in chosen:
        paper = index.papers[place]
        for part in liking.largest_first():
            named = None
            if part == ReasonKind.WORDS:
                named = by_terms.get(place)
            elif part == ReasonKind.AUTHOR and liking.author >= AUTHOR_LIFTS:
                named = _author(paper, liking.column, profile, known)
            elif part == ReasonKind.COAUTHOR and liking.near >= NEAR_LIFTS:
                named = _coauthor(paper, liking.column, profile, known)
            if named is not None:
                yield place, named
                break


def _names(column: int, known: FeatureSlice) -> tuple[Keys, Weights]:
    authors = known.features.authors
    begin, end = authors.indptr[column], authors.indptr[column + 1]
    return known.features.author_keys[authors.indices[begin:end]], authors.data[begin:end]


def _author(paper: int, column: int, profile: TasteProfile, known: FeatureSlice) -> _Named | None:
    keys, rarity = _names(column, known)
    times = dict(zip(profile.authors.keys.tolist(), profile.authors.times.tolist(), strict=True))
    papers = dict(zip(profile.authors.keys.tolist(), profile.authors.papers.tolist(), strict=True))
    best = _best(
        (key, times[key], rare)
        for key, rare in zip(keys.tolist(), rarity.tolist(), strict=True)
        if key in times
    )
    return None if best is None else _Named(ReasonKind.AUTHOR, paper, best, papers[best])


def _coauthor(paper: int, column: int, profile: TasteProfile, known: FeatureSlice) -> _Named | None:
    keys, rarity = _names(column, known)
    near = profile.near
    at = {key: place for place, key in enumerate(near.keys.tolist())}
    best = _best(
        (key, float(near.weights[at[key]]), rare)
        for key, rare in zip(keys.tolist(), rarity.tolist(), strict=True)
        if key in at
    )
    if best is None:
        return None
    via = int(near.via[at[best]])
    liked, through = int(profile.authors.papers[via]), int(profile.authors.keys[via])
    return _Named(ReasonKind.COAUTHOR, paper, best, liked, through)


def _best(names: Iterable[tuple[int, float, float]]) -> int | None:
    """The key whose weight and rarity bring most."""
    return max(((np.log1p(weight) * rare, key) for key, weight, rare in names), default=(0, None))[1]


def _words(
    chosen: Sequence[tuple[int, Liking]],
    index: CandidateIndex,
    profile: TasteProfile,
    known: FeatureSlice,
    weights: Weights,
) -> Iterator[tuple[int, _Named]]:
    """The term that brings most of what each paper has in common with the liked ones.

    ``weights`` is all zeros, a place for each bucket; it is so again afterwards.
    """
    like = profile.like
    weights[like.terms] = np.where(profile.sources > 0, like.weights, 0)
    for place, liking in chosen:
        buckets, of_paper = known.terms[liking.column]
        if len(buckets):
            shared = weights.take(buckets) * of_paper
            best = int(shared.argmax())
            if shared[best] > 0:
                bucket = int(buckets[best])
                liked = int(profile.sources[like.terms.searchsorted(np.uint32(bucket))])
                yield place, _Named(ReasonKind.WORDS, index.papers[place], bucket, liked)
    weights[like.terms] = 0


def _read_texts(papers: Collection[int], index: CandidateIndex) -> None:
    """Remember the texts of ``papers`` with the index."""
    texts = index.known_texts
    if len(texts) > MOST_TEXTS:
        texts.clear()
    for chunk in chunked(sorted(papers - texts.keys()), IDS_A_QUERY):
        rows = Paper.objects.filter(pk__in=chunk).values_list("pk", "authors", "title", "abstract")
        for pk, authors, title, abstract in rows:
            texts[pk] = KnownText(tuple(authors), title, abstract)


def _spoken(named: _Named, texts: Mapping[int, KnownText]) -> Reason | None:
    """The reason with its names; None where a paper is gone or a name does not stand there any more."""
    text, liked = texts.get(named.paper), texts.get(named.liked)
    if text is None or liked is None:
        return None
    if named.kind == ReasonKind.WORDS:
        term = text.words.get(named.key, "")
        return by_words(term, liked=named.liked) if term else None
    place = text.places.get(named.key)
    if place is None:
        return None
    if named.kind == ReasonKind.AUTHOR:
        return by_author(text.authors[place], place, liked=named.liked)
    liked_place = liked.places.get(named.via)
    if liked_place is None:
        return None
    return by_coauthor(
        text.authors[place],
        place,
        liked=named.liked,
        liked_name=liked.authors[liked_place],
        liked_position=liked_place,
    )
