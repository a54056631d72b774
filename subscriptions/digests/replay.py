"""Past digests chosen again, with and without taste: where would the papers voted up later have stood?

Each digest is chosen from the editions that it was made from, without what the reader had by then, and with a
profile of the votes cast before it. Reads only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zlib import crc32

import numpy as np

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import Edition
from newsletter.set_aside import ItemKind, isolating
from subscriptions import stages
from subscriptions.digests.candidates import CandidateIndex, Span, TopicCandidates, load_candidate_index
from subscriptions.digests.histories import NEWS_DAYS, news_after
from subscriptions.digests.measures import mean_of, ndcg, reciprocal_rank
from subscriptions.digests.own_order import Seeker, select_by_taste
from subscriptions.digests.ranking import Constraints, select
from subscriptions.digests.tastes import ReaderTaste
from subscriptions.models import Delivery, Subscriber, Vote
from subscriptions.picks import Picks, Wish
from subscriptions.taste.learning import profile_before

ALSO = 90
"""So many places are looked at beyond a digest's."""


@dataclass(frozen=True, slots=True)
class PastDigest:
    """A digest that its reader voted on later: ``liked`` of its papers, ``had`` are those sent before it."""

    reader: Subscriber
    at: datetime
    picks: Picks
    liked: frozenset[int]
    had: frozenset[int]


@dataclass(frozen=True, slots=True)
class Places:
    """Reciprocal rank of the first liked paper and NDCG@10, of one digest in one order."""

    reciprocal: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reader's digests, each with and without taste."""

    reader: int
    with_taste: Places
    without: Places


def past_digests(since: datetime, until: datetime, *, readers: int) -> list[PastDigest]:
    """The digests from ``since`` on with papers voted up later, of at most so many readers, by day."""
    rows = Vote.objects.filter(value=1, at__gte=since, at__lt=until)
    voters = sorted(set(rows.values_list("subscriber", flat=True)), key=lambda pk: crc32(str(pk).encode()))
    digests: list[PastDigest] = []
    for chunk in chunked(voters[:readers], 100):
        likes: dict[int, dict[int, datetime]] = {}
        for reader, paper, at in rows.filter(subscriber__in=chunk).values_list("subscriber", "paper", "at"):
            likes.setdefault(reader, {})[paper] = at
        digests += _digests_of(chunk, likes, since)
    return sorted(digests, key=lambda digest: digest.at)


def _digests_of(
    readers: Sequence[int], likes: Mapping[int, Mapping[int, datetime]], since: datetime
) -> Iterable[PastDigest]:
    known = Subscriber.objects.in_bulk(list(readers))
    first = since.date() - timedelta(days=NEWS_DAYS)
    rows = Delivery.objects.arrived().filter(subscriber__in=list(readers), day__gte=first).order_by("day")
    had: dict[int, set[int]] = {}
    for reader, at, picks in rows.values_list("subscriber_id", "created_at", "picks"):
        of_reader = likes.get(reader, {})
        liked = frozenset(paper for paper in picks.named if paper in of_reader and of_reader[paper] >= at)
        seen = had.setdefault(reader, set())
        if at >= since and liked and picks.editions:
            yield PastDigest(known[reader], at, picks, liked, frozenset(seen))
        seen.update(picks.named)


def choose_again(
    digests: Sequence[PastDigest], *, now: datetime, advance: Callable[[], object]
) -> tuple[list[Outcome], list[str]]:
    """Each of ``digests`` with and without taste; those where there is nothing to compare are left out.

    ``advance`` is called after each. The candidates of one day are read once. Also returns the reasons why
    some could not be chosen again.
    """
    outcomes: list[Outcome] = []
    by_day: dict[object, list[PastDigest]] = {}
    for digest in digests:
        by_day.setdefault(digest.at.date(), []).append(digest)
    items = ItemKind(key=lambda digest: digest.reader.pk)
    with isolating(stages.CHOOSING, now=now, items=items, keeps=False) as run:
        for of_day in by_day.values():
            index = _index_of(of_day)
            for digest in of_day:
                outcome = run.one(digest, partial(_again, index=index))
                if outcome is not None:
                    outcomes.append(outcome)
                advance()
    return outcomes, run.set_aside


def _index_of(digests: Sequence[PastDigest]) -> CandidateIndex:
    """What the editions of these digests of one day brought."""
    editions = sorted({edition for digest in digests for edition in digest.picks.editions})
    days = [
        day
        for chunk in chunked(editions, IDS_A_QUERY)
        for day in Edition.objects.filter(pk__in=chunk).values_list("day", flat=True)
    ]
    today = digests[-1].at.date()
    span = Span(
        after=min(days, default=today) - timedelta(days=1),
        until=max(days, default=today),
        news_after=news_after(today),
    )
    topics = {topic for digest in digests for topic in digest.picks.topics}
    return load_candidate_index(span, queries=(), topics=topics)


def _again(digest: PastDigest, index: CandidateIndex) -> Outcome | None:
    profile = profile_before(digest.reader.pk, digest.at)
    by_wish = _by_wish(digest, index)
    if profile.is_empty or not by_wish:
        return None
    papers = np.logical_or.reduce([candidates.mask for candidates in by_wish.values()])
    hidden = frozenset[int]().union(*[candidates.hidden for candidates in by_wish.values()])
    refused = [index.places[paper] for paper in digest.had | hidden if paper in index.places]
    papers[refused] = False
    liked = {place for paper in digest.liked if (place := index.places.get(paper)) is not None}
    liked = {place for place in liked if papers[place]}
    if not liked:
        return None
    pinned = frozenset[int]().union(*[candidates.pinned for candidates in by_wish.values()])
    without = select(
        {wish: candidates.queue for wish, candidates in by_wish.items()},
        size=digest.reader.size,
        also=ALSO,
        constraints=Constraints(pinned=pinned, refused=refused, alike=index.alike),
    )
    seeker = Seeker(
        by_wish=by_wish,
        papers=papers,
        since=digest.at.date(),
        size=digest.reader.size,
        pinned=pinned,
        waiting={},
        taste=ReaderTaste(profile),
        seed=f"{digest.reader.pk} {digest.at.date()}",
    )
    ((_, own),) = select_by_taste({0: seeker}, index, also=ALSO)
    return Outcome(
        digest.reader.pk,
        _places((*own.papers, *own.also), liked),
        _places((*without.papers, *without.also), liked),
    )


def _by_wish(digest: PastDigest, index: CandidateIndex) -> dict[Wish, TopicCandidates]:
    """What each topic brought by the very editions that the digest was made from."""
    drawn = set(digest.picks.editions)
    editions = {
        topic: [edition for edition in index.editions.get(topic, ()) if edition.id in drawn]
        for topic in digest.picks.topics
    }
    view = replace(index, editions=editions)
    by_wish: dict[Wish, TopicCandidates] = {}
    for topic, of_topic in editions.items():
        if of_topic:
            since = min(edition.day for edition in of_topic) - timedelta(days=1)
            candidates = view.from_topic(topic, since=since, late_after=None, newest_only=False)
            if candidates is not None:
                by_wish["topic", topic] = candidates
    return by_wish


def _places(order: Sequence[int], liked: set[int]) -> Places:
    return Places(reciprocal_rank(order, liked), ndcg(order, liked))


def measures_of(outcomes: Sequence[Outcome]) -> list[dict[str, str | float]]:
    """Each measure with, without and the paired difference with its interval, every reader counting once."""
    by_reader: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        by_reader.setdefault(outcome.reader, []).append(outcome)
    measures: list[dict[str, str | float]] = []
    for name, field in (("mean reciprocal rank", "reciprocal"), ("NDCG@10", "ndcg")):
        pairs = [
            (
                float(np.mean([getattr(outcome.with_taste, field) for outcome in of_reader])),
                float(np.mean([getattr(outcome.without, field) for outcome in of_reader])),
            )
            for of_reader in by_reader.values()
        ]
        difference = mean_of([own - everybodys for own, everybodys in pairs])
        if difference is not None:
            measures.append(
                {
                    "name": name,
                    "with": float(np.mean([own for own, _ in pairs])),
                    "without": float(np.mean([everybodys for _, everybodys in pairs])),
                    "difference": difference.value,
                    "low": difference.low,
                    "high": difference.high,
                }
            )
    return measures
