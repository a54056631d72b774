"""What lies ready for a batch of readers: the editions of some days, their papers, and what queries find.

Read once for a thousand readers; after that everything is looked up in memory.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Min

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.editions.ranking import by_votes_then_date
from newsletter.errors import QueryError
from newsletter.models import Announcement, Edition, Entry, Paper
from newsletter.topics.matching import Match, PaperText, Query, QueryIndex, parse_query
from subscriptions.digests.ranking import Queue, merge_days, near_duplicates
from subscriptions.picks import Reason, ReasonKind

LATE_DAYS = 3
"""How long after its day an edition that is approved late still reaches those who had that day's digest."""
BATCHES_PER_INDEX = 25
"""For so many batches of readers in a row one index serves: an editor's change counts after them."""

READY = (Edition.State.APPROVED, Edition.State.FROZEN)
"""The states of editions from which digests are made."""
TEXTS_KEPT = 4000


@dataclass(frozen=True, slots=True)
class ReadyEdition:
    """One ready edition: its visible papers in order, and what an editor pinned and hid."""

    id: int
    day: date
    approved_at: datetime | None
    papers: tuple[int, ...]
    pinned: frozenset[int]
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class TopicCandidates:
    """What one wish of a reader brings: a queue, what an editor did to it, and where it comes from."""

    queue: Queue
    newest: date
    pinned: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    editions: tuple[int, ...] = ()


@dataclass(slots=True)
class CandidateIndex:
    """``editions`` by topic, the newest first. ``rank`` and ``alike`` are what
    :func:`subscriptions.digests.ranking.select` asks for. ``announced`` holds the first day of each paper,
    ``found`` the papers that answer each query; ``texts`` are those to look for further queries in, if
    they were read.
    """

    editions: Mapping[int, Sequence[ReadyEdition]]
    rank: Mapping[int, int]
    alike: Mapping[int, int]
    announced: Mapping[int, date]
    matches: dict[str, Mapping[int, Match]]
    texts: Mapping[int, PaperText] | None
    newest: date
    _drawn: dict[tuple[int, ...], TopicCandidates] = field(default_factory=dict)
    _answers: dict[tuple[str, date], TopicCandidates | None] = field(default_factory=dict)
    _first_days: dict[tuple[date, datetime | None], date] = field(default_factory=dict)

    def from_topic(
        self, topic: int, *, since: date, late_after: datetime | None, newest_only: bool
    ) -> TopicCandidates | None:
        """The candidates of ``topic`` from editions after ``since``, or approved after ``late_after``.

        With ``newest_only`` just the topic's newest edition that has papers: a weekend's is often empty. None
        where there is no edition.
        """
        fitting = [
            edition
            for edition in self.editions.get(topic, ())
            if _is_new(edition, since=since, late_after=late_after)
        ]
        if not fitting:
            return None
        if newest_only:
            fitting = [edition for edition in fitting if edition.papers][:1] or fitting[:1]
        key = tuple(edition.id for edition in fitting)
        found = self._drawn.get(key)
        if found is None:
            pinned = frozenset[int]().union(*(edition.pinned for edition in fitting))
            found = self._drawn[key] = TopicCandidates(
                queue=merge_days([edition.papers for edition in fitting], pinned=pinned, rank=self.rank),
                newest=fitting[0].day,
                pinned=pinned,
                hidden=frozenset[int]().union(*(edition.hidden for edition in fitting)),
                editions=key,
            )
        return found

    def add_queries(self, queries: Collection[str]) -> None:
        """Find the papers that answer ``queries``."""
        unknown = set(queries) - self.matches.keys()
        if unknown:
            self.matches.update(_match(unknown, self.texts or {}))

    def from_query(self, query: str, *, since: date) -> TopicCandidates | None:
        """The papers that a reader's own query finds among those announced after ``since``, best first."""
        key = (query, since)
        if key not in self._answers:
            papers = [paper for paper in self.matches.get(query, ()) if self.announced[paper] > since]
            papers.sort(key=self.rank.__getitem__)
            self._answers[key] = TopicCandidates(Queue.of(papers), self.newest) if papers else None
        return self._answers[key]

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
    everything is kept for the next. ``states`` of editions lie on them: those that are ready, unless told.
    """

    def __init__(self, *, states: Collection[str] = READY) -> None:
        self._states = states
        self._kept: CandidateIndex | None = None
        self._of: tuple[date, date, date] | None = None
        self._batches = 0

    def index_for(
        self,
        *,
        after: date,
        until: date,
        queries: Collection[str],
        news_after: date,
        topics: Collection[int] | None,
    ) -> CandidateIndex:
        """An index as of :func:`load_candidate_index`, if possible the one of the batch before."""
        self._batches += 1
        if self._batches == 1:
            return load_candidate_index(
                after=after,
                until=until,
                queries=queries,
                news_after=news_after,
                topics=topics,
                states=self._states,
            )
        reaches = self._of is not None and self._of[0] <= after and self._of[1:] == (until, news_after)
        if self._kept is None or not reaches or self._batches % BATCHES_PER_INDEX == 0:
            self._kept = load_candidate_index(
                after=after,
                until=until,
                queries=queries,
                news_after=news_after,
                with_texts=True,
                states=self._states,
            )
            self._of = (after, until, news_after)
        self._kept.add_queries(queries)
        return self._kept


def load_candidate_index(
    *,
    after: date,
    until: date,
    queries: Collection[str],
    news_after: date,
    topics: Collection[int] | None = None,
    with_texts: bool = False,
    states: Collection[str] = READY,
) -> CandidateIndex:
    """The editions in ``states`` of the days after ``after`` up to ``until``, without what was withdrawn.

    With ``topics`` only their papers, for readers who follow nothing else: a few readers cost little then.

    Papers first announced on or before ``news_after`` are left out. ``queries`` are held against every paper
    announced on the days that have such an edition; ``with_texts`` keeps these for
    :meth:`CandidateIndex.add_queries`.
    Four queries, or five, however many readers.
    """
    ready = Edition.objects.filter(state__in=list(states), day__gt=after, day__lte=until)
    heads = list(ready.order_by("-day", "id").values_list("id", "topic_id", "day", "approved_at"))
    rows = list(
        Entry.objects.filter(
            edition__in=ready if topics is None else ready.filter(topic__in=topics),
            paper__is_withdrawn=False,
        )
        .order_by("edition_id", "-is_pinned", "position", "paper_id")
        .values_list("edition_id", "paper_id", "is_pinned", "is_hidden", "strength")
    )
    days = {edition: day for edition, _, day, _ in heads}
    texts = _texts_announced_on(set(days.values())) if queries or with_texts else {}
    newest_first = sorted(rows, key=lambda row: days[row[0]], reverse=True)
    announced = {paper: days[edition] for edition, paper, *_ in newest_first}
    announced.update(_first_days(announced.keys() | texts.keys()))
    news = {paper for paper, day in announced.items() if day > news_after}
    visible: dict[int, list[int]] = {}
    hidden: dict[int, set[int]] = {}
    pinned: dict[int, set[int]] = {}
    strengths: dict[int, float] = {}
    for edition, paper, is_pinned, is_hidden, strength in rows:
        strengths[paper] = max(strength or 0.0, strengths.get(paper, 0.0))
        if is_pinned:
            pinned.setdefault(edition, set()).add(paper)
        if is_hidden:
            hidden.setdefault(edition, set()).add(paper)
        elif paper in news:
            visible.setdefault(edition, []).append(paper)
    editions: dict[int, list[ReadyEdition]] = {}
    for edition, topic, day, approved_at in heads:
        editions.setdefault(topic, []).append(
            ReadyEdition(
                id=edition,
                day=day,
                approved_at=approved_at,
                papers=tuple(visible.get(edition, ())),
                pinned=frozenset(pinned.get(edition, ())),
                hidden=frozenset(hidden.get(edition, ())),
            )
        )
    hidden_anywhere = frozenset[int]().union(*hidden.values())
    titles = _titles_by_rank(news, strengths)
    texts = {paper: text for paper, text in texts.items() if paper in news and paper not in hidden_anywhere}
    return CandidateIndex(
        editions=editions,
        rank={paper: place for place, paper in enumerate(titles)},
        alike=_alike(tuple(titles.items())),
        announced=announced,
        matches=_match(queries, texts) if queries else {},
        texts=texts if with_texts else None,
        newest=max(days.values(), default=until),
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
    found: dict[int, date] = {}
    for some in chunked(sorted(papers), IDS_A_QUERY):
        found.update(news.filter(paper__in=some).values_list("paper").annotate(Min("day")))
    return found


def _titles_by_rank(papers: Collection[int], strengths: Mapping[int, float]) -> dict[int, str]:
    """Titles by paper: the most voted first, then those most about one of their topics, then the newest."""
    rows = [
        row
        for some in chunked(sorted(papers), IDS_A_QUERY)
        for row in Paper.objects.filter(pk__in=some).values_list(
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
