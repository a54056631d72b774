"""What a batch of readers can be sent: the editions of some days, their papers, and what queries find.

Read once for a thousand readers; after that everything is looked up in memory.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from django.db.models import Min

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.editions.ranking import by_votes_then_date
from newsletter.errors import QueryError
from newsletter.models import Announcement, Edition, Entry, Paper
from newsletter.topics.matching import Match, PaperText, Query, QueryIndex, parse_query
from subscriptions.digests.ranking import Queue, merge_days, near_duplicates
from subscriptions.picks import Reason, ReasonKind

if TYPE_CHECKING:
    from subscriptions.digests.reasons import KnownText
    from subscriptions.digests.tastes import FeatureSlice

LATE_DAYS = 3
"""How long after its day an edition that is approved late still reaches those who had that day's digest."""
BATCHES_PER_INDEX = 25
"""For so many batches of readers in a row one index serves: an editor's change counts after them."""

READY = (Edition.State.APPROVED, Edition.State.FROZEN)
"""The states of editions from which digests are made."""
TEXTS_KEPT = 4000


@dataclass(frozen=True, slots=True)
class ReadyEdition:
    """One ready edition: its visible papers in order, and what an editor pinned and hid.

    The first ``placed`` papers have the order that an editor gave them.
    """

    id: int
    day: date
    approved_at: datetime | None
    papers: tuple[int, ...]
    pinned: frozenset[int]
    hidden: frozenset[int]
    placed: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The days after ``after`` up to ``until``; their papers are news if announced after ``news_after``."""

    after: date
    until: date
    news_after: date

    def holds(self, other: "Span") -> bool:
        """Whether an index of this span serves for ``other``."""
        return self.after <= other.after and (self.until, self.news_after) == (other.until, other.news_after)


Mask = npt.NDArray[np.bool_]
"""Some of the papers of an index, by their places."""


@dataclass(frozen=True)
class TopicCandidates:
    """What one topic or query of a reader brings: a queue, what an editor did to it, where it comes from.

    Papers are places in the index, but for those ``hidden`` (ids). ``placed`` are in an editor's order.
    """

    queue: Queue
    newest: date
    pinned: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    placed: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()

    @cached_property
    def mask(self) -> Mask:
        """The papers of the queue."""
        return np.frombuffer(self.queue.members, np.bool_)


@dataclass(slots=True)
class CandidateIndex:
    """What may be chosen from: ``editions`` by topic, the newest first, and all ``papers`` (ids), the best
    first.

    ``alike`` are near-duplicates: the place of a paper → number of its group. ``announced`` holds the first
    day of each paper, ``matches`` the papers that answer each query; ``texts`` are those to look for further
    queries in, if they were read. ``newest`` is the day of the newest edition. ``slices`` and
    ``known_texts`` remember what the order of readers with a taste needs of the papers.
    """

    editions: Mapping[int, Sequence[ReadyEdition]]
    papers: tuple[int, ...]
    places: Mapping[int, int]
    alike: Mapping[int, int]
    announced: Mapping[int, date]
    matches: dict[str, Mapping[int, Match]]
    texts: Mapping[int, PaperText] | None
    newest: date
    slices: dict[date, "FeatureSlice"] = field(default_factory=dict)
    known_texts: dict[int, "KnownText"] = field(default_factory=dict)
    _by_editions: dict[tuple[int, ...], TopicCandidates] = field(default_factory=dict)
    _by_query: dict[tuple[str, date], TopicCandidates | None] = field(default_factory=dict)
    _first_days: dict[tuple[date, datetime | None], date] = field(default_factory=dict)

    def from_topic(
        self, topic: int, *, since: date, late_after: datetime | None, newest_only: bool
    ) -> TopicCandidates | None:
        """The candidates of ``topic`` from editions after ``since``, or approved after ``late_after``.

        With ``newest_only`` just the topic's newest edition that has papers: a weekend's is often empty. None
        where there is no edition.
        """
        editions = [
            edition
            for edition in self.editions.get(topic, ())
            if _is_new(edition, since=since, late_after=late_after)
        ]
        if not editions:
            return None
        if newest_only:
            editions = [edition for edition in editions if edition.papers][:1] or editions[:1]
        key = tuple(edition.id for edition in editions)
        candidates = self._by_editions.get(key)
        if candidates is None:
            candidates = self._by_editions[key] = self._merged(editions, key)
        return candidates

    def _merged(self, editions: Sequence[ReadyEdition], key: tuple[int, ...]) -> TopicCandidates:
        places = self.places
        pinned = frozenset(
            [places[paper] for edition in editions for paper in edition.pinned if paper in places]
        )
        days = [[places[paper] for paper in edition.papers] for edition in editions]
        placed = [day[: edition.placed] for day, edition in zip(days, editions, strict=True)]
        return TopicCandidates(
            queue=Queue.of(merge_days(days, pinned=pinned), among=len(self.papers)),
            newest=editions[0].day,
            pinned=pinned,
            hidden=frozenset[int]().union(*(edition.hidden for edition in editions)),
            placed=tuple(merge_days(placed, pinned=pinned)),
            editions=key,
        )

    def add_queries(self, queries: Collection[str]) -> None:
        """Find the papers that answer ``queries``."""
        unknown = set(queries) - self.matches.keys()
        if unknown:
            self.matches.update(_match(unknown, self.texts or {}))

    def from_query(self, query: str, *, since: date) -> TopicCandidates | None:
        """The papers that a reader's own query finds among those announced after ``since``, best first."""
        key = (query, since)
        if key not in self._by_query:
            papers = [paper for paper in self.matches.get(query, ()) if self.announced[paper] > since]
            queue = Queue.of(sorted([self.places[paper] for paper in papers]), among=len(self.papers))
            self._by_query[key] = TopicCandidates(queue, self.newest) if papers else None
        return self._by_query[key]

    def query_reason(self, query: str, paper: int) -> Reason:
        """With which words, authors and categories ``paper`` answers ``query``."""
        match = self.matches[query][paper]
        return Reason(
            ReasonKind.QUERY,
            query=query,
            words=tuple(match.words),
            authors=tuple(match.authors),
            categories=tuple(match.categories),
        )

    def first_day(self, *, since: date, late_after: datetime | None) -> date:
        """The first announcement of any candidate of a reader: none can have been sent before it."""
        key = (since, late_after)
        if key not in self._first_days:
            papers = {
                paper
                for editions in self.editions.values()
                for edition in editions
                if _is_new(edition, since=since, late_after=late_after)
                for paper in edition.papers
            }
            days = [self.announced[paper] for paper in papers]
            self._first_days[key] = min(days, default=since)
        return min(self._first_days[key], since)


def _is_new(edition: ReadyEdition, *, since: date, late_after: datetime | None) -> bool:
    if edition.day > since:
        return True
    if late_after is None or edition.approved_at is None or edition.day <= since - timedelta(days=LATE_DAYS):
        return False
    return edition.approved_at > late_after


class CandidateIndexCache:
    """The candidate index of one run over many batches of readers.

    The first batch, which is often the only one, has an index of its own; from the second on one that holds
    everything is kept for the next. It holds editions in ``states``, by default those that are ready.
    """

    def __init__(self, *, states: Collection[str] = READY) -> None:
        self._states = states
        self._index: CandidateIndex | None = None
        self._span: Span | None = None
        self._batches = 0

    def index_for(
        self, span: Span, *, queries: Collection[str], topics: Collection[int] | None
    ) -> CandidateIndex:
        """An index as of :func:`load_candidate_index`, if possible the one of the batch before."""
        self._batches += 1
        if self._batches == 1:
            return load_candidate_index(span, queries=queries, topics=topics, states=self._states)
        reaches = self._span is not None and self._span.holds(span)
        if self._index is None or not reaches or self._batches % BATCHES_PER_INDEX == 0:
            self._index = load_candidate_index(span, queries=queries, with_texts=True, states=self._states)
            self._span = span
        self._index.add_queries(queries)
        return self._index


@dataclass(slots=True)
class _Entries:
    """The papers of some editions by edition: visible ones in order, pinned and hidden ones."""

    visible: dict[int, list[int]] = field(default_factory=dict)
    hidden: dict[int, set[int]] = field(default_factory=dict)
    pinned: dict[int, set[int]] = field(default_factory=dict)
    placed: dict[int, int] = field(default_factory=dict)
    strengths: dict[int, float] = field(default_factory=dict)

    def edition(self, edition: int, day: date, approved_at: datetime | None) -> ReadyEdition:
        return ReadyEdition(
            id=edition,
            day=day,
            approved_at=approved_at,
            papers=tuple(self.visible.get(edition, ())),
            pinned=frozenset(self.pinned.get(edition, ())),
            hidden=frozenset(self.hidden.get(edition, ())),
            placed=self.placed.get(edition, 0),
        )


_EntryRow = tuple[int, int, bool, bool, bool, float | None]
"""Edition, paper, whether an editor pinned, hid or moved it, and how much it is about the topic."""


def _entries(rows: Iterable[_EntryRow], news: Collection[int]) -> _Entries:
    entries = _Entries()
    for edition, paper, is_pinned, is_hidden, is_placed, strength in rows:
        entries.strengths[paper] = max(strength or 0.0, entries.strengths.get(paper, 0.0))
        if is_pinned:
            entries.pinned.setdefault(edition, set()).add(paper)
        if is_hidden:
            entries.hidden.setdefault(edition, set()).add(paper)
        elif paper in news:
            visible = entries.visible.setdefault(edition, [])
            visible.append(paper)
            if is_placed:
                entries.placed[edition] = len(visible)
    return entries


def load_candidate_index(
    span: Span,
    *,
    queries: Collection[str],
    topics: Collection[int] | None = None,
    with_texts: bool = False,
    states: Collection[str] = READY,
) -> CandidateIndex:
    """The editions in ``states`` of the days of ``span``, without what was withdrawn.

    With ``topics`` only their papers, for readers who follow nothing else: a few readers cost little then.

    ``queries`` are held against every paper announced on the days that have such an edition; ``with_texts``
    keeps these for :meth:`CandidateIndex.add_queries`. Four queries, or five, however many readers.
    """
    ready = Edition.objects.filter(state__in=list(states), day__gt=span.after, day__lte=span.until)
    heads = list(ready.order_by("-day", "id").values_list("id", "topic_id", "day", "approved_at"))
    rows: list[_EntryRow] = list(
        Entry.objects.filter(
            edition__in=ready if topics is None else ready.filter(topic__in=topics),
            paper__is_withdrawn=False,
        )
        .order_by("edition_id", "-is_pinned", "position", "paper_id")
        .values_list("edition_id", "paper_id", "is_pinned", "is_hidden", "is_placed", "strength")
    )
    days = {edition: day for edition, _, day, _ in heads}
    texts = _texts_announced_on(set(days.values())) if queries or with_texts else {}
    newest_first = sorted(rows, key=lambda row: days[row[0]], reverse=True)
    announced = {paper: days[edition] for edition, paper, *_ in newest_first}
    announced.update(_first_days(announced.keys() | texts.keys()))
    news = {paper for paper, day in announced.items() if day > span.news_after}
    entries = _entries(rows, news)
    editions: dict[int, list[ReadyEdition]] = {}
    for edition, topic, day, approved_at in heads:
        editions.setdefault(topic, []).append(entries.edition(edition, day, approved_at))
    searched = news.difference(*entries.hidden.values())
    texts = {paper: text for paper, text in texts.items() if paper in searched}
    titles = _titles_by_rank(news, entries.strengths)
    places = {paper: place for place, paper in enumerate(titles)}
    return CandidateIndex(
        editions=editions,
        papers=tuple(titles),
        places=places,
        alike={places[paper]: group for paper, group in _alike(tuple(titles.items())).items()},
        announced=announced,
        matches=_match(queries, texts) if queries else {},
        texts=texts if with_texts else None,
        newest=max(days.values(), default=span.until),
    )


def _texts_announced_on(days: Collection[date]) -> dict[int, PaperText]:
    papers = Paper.objects.filter(
        pk__in=Announcement.objects.filter(day__in=days, kind__in=Announcement.Kind.news()).values("paper"),
        is_withdrawn=False,
    ).values_list("pk", "title", "abstract", "authors", "categories")
    return {
        pk: _text(title, abstract, tuple(authors), tuple(categories))
        for pk, title, abstract, authors, categories in papers
    }


@lru_cache(maxsize=TEXTS_KEPT)
def _text(title: str, abstract: str, authors: tuple[str, ...], categories: tuple[str, ...]) -> PaperText:
    """Kept between batches, because taking a text apart into words costs more than reading it."""
    return PaperText(title, abstract, authors, categories)


def _first_days(papers: Collection[int]) -> dict[int, date]:
    news = Announcement.objects.filter(kind__in=Announcement.Kind.news()).order_by()
    first_days: dict[int, date] = {}
    for chunk in chunked(sorted(papers), IDS_A_QUERY):
        first_days.update(news.filter(paper__in=chunk).values_list("paper").annotate(Min("day")))
    return first_days


def _titles_by_rank(papers: Collection[int], strengths: Mapping[int, float]) -> dict[int, str]:
    """Titles by paper: the most voted first, then those most about one of their topics, then the newest."""
    rows = [
        row
        for chunk in chunked(sorted(papers), IDS_A_QUERY)
        for row in Paper.objects.filter(pk__in=chunk).values_list(
            "pk", "votes", "published_at", "arxiv_id", "title"
        )
    ]
    rows.sort(key=lambda row: by_votes_then_date(*row[1:4], strength=strengths.get(row[0], 0.0)))
    return {row[0]: row[4] for row in rows}


@lru_cache(maxsize=4096)
def _parsed(query: str) -> Query | None:
    """A query, or None if it does not parse: it was checked when it was entered, but rows can be edited."""
    try:
        return parse_query(query)
    except QueryError:
        return None


def _match(queries: Collection[str], texts: Mapping[int, PaperText]) -> dict[str, Mapping[int, Match]]:
    """Which papers answer which queries. What an earlier batch asked of the same papers is remembered."""
    known = _answers_among(tuple(texts.items()))
    new = {
        query: parsed
        for query in sorted(queries)
        if query not in known and (parsed := _parsed(query)) is not None
    }
    if new and texts:
        known.update((query, {}) for query in new)
        for hit in QueryIndex(new).match(texts):
            known[hit.query][hit.paper] = hit.match
    return {query: known[query] for query in queries if query in known}


@lru_cache(maxsize=4)
def _answers_among(_texts: tuple[tuple[int, PaperText], ...]) -> dict[str, dict[int, Match]]:
    """The answers found so far among these papers, to be filled."""
    return {}


@lru_cache(maxsize=8)
def _alike(titles: tuple[tuple[int, str], ...]) -> dict[int, int]:
    return near_duplicates(dict(titles))
