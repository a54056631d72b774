"""What each reader's choice depends on, read for all readers of a batch at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from newsletter.day_rules import current_rules
from newsletter.models import Summary
from subscriptions.digests.candidates import (
    LATE_DAYS,
    CandidateIndex,
    CandidateIndexCache,
    Span,
    TopicCandidates,
)
from subscriptions.digests.histories import NOTHING_YET, History, load_histories, news_after, news_since
from subscriptions.digests.updates import NotableVersion, Update, load_news
from subscriptions.models import Subscriber, Subscription
from subscriptions.picks import Wish
from subscriptions.readers.clock import local_day


@dataclass(frozen=True, slots=True)
class Batch:
    """Readers to choose for at ``now``: by reader their ``topics``, and ``since``, after whose editions are
    news.
    """

    readers: Sequence[Subscriber]
    topics: Mapping[int, tuple[int, ...]]
    since: Mapping[int, date]
    now: datetime
    is_dry: bool

    @classmethod
    def of(
        cls,
        readers: Sequence[Subscriber],
        *,
        topics: Mapping[int, tuple[int, ...]] | None,
        now: datetime,
        is_dry: bool,
    ) -> "Batch":
        """The batch of ``readers``; their topics are read where they are not given."""
        today = now.astimezone(UTC).date()
        return cls(
            readers,
            topics=_topics_of([reader.pk for reader in readers]) if topics is None else topics,
            since={reader.pk: news_since(reader, today) for reader in readers},
            now=now,
            is_dry=is_dry,
        )

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.now.astimezone(UTC).date()

    def index_from(self, cache: CandidateIndexCache) -> CandidateIndex:
        """What the readers may be sent."""
        queries = {query for reader in self.readers for query in reader.queries}
        followed = {topic for topics in self.topics.values() for topic in topics}
        span = Span(
            after=min(self.since.values()) - timedelta(days=LATE_DAYS),
            until=self.today,
            news_after=news_after(self.today),
        )
        return cache.index_for(span, queries=queries, topics=None if queries else followed)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that one reader's choice depends on beside the candidate index.

    Editions after ``since`` are news to the reader. ``late`` are papers (ids) whose summary in the reader's
    language is still being written; ``updates`` those of which a new version may be told.
    """

    reader: Subscriber
    day: date
    since: date
    topics: tuple[int, ...]
    history: History
    late: frozenset[int]
    updates: Sequence[Update]


def load_situations(batch: Batch, index: CandidateIndex) -> list[Situation]:
    """The situation of each reader of ``batch``. A constant number of queries."""
    news = load_news(batch.readers, now=batch.now, today=batch.today)
    late = _unwritten(batch, index, news.versions) if current_rules().late_summaries == "next-day" else {}
    histories = load_histories(
        batch.readers, topics=batch.topics, since=batch.since, index=index, today=batch.today
    )
    days = {zone: local_day(batch.now, zone) for zone in {reader.time_zone for reader in batch.readers}}
    return [
        Situation(
            reader=reader,
            day=days[reader.time_zone],
            since=batch.since[reader.pk],
            topics=batch.topics.get(reader.pk, ()),
            history=histories.get(reader.pk, NOTHING_YET),
            late=late.get(reader.language, frozenset()),
            updates=news.updates_of(
                reader,
                wishes=_wishes_of(reader, batch.topics.get(reader.pk, ())),
                refused=late.get(reader.language, frozenset()),
            ),
        )
        for reader in batch.readers
    ]


def _unwritten(
    batch: Batch, index: CandidateIndex, versions: Mapping[int, Sequence[NotableVersion]]
) -> dict[str, frozenset[int]]:
    """By language, the papers of the newest day whose summary is not there; older ones waited already.

    In a dry choice only those whose summary is held or failed: the others are there when the digest is due.
    """
    fresh = {paper for paper in index.papers if index.announced[paper] >= index.newest}
    fresh |= {paper for paper, of in versions.items() if batch.now - of[-1].seen_at < timedelta(days=1)}
    marked: dict[str, set[int]] = {reader.language: set() for reader in batch.readers}
    states = (Summary.State.HELD, Summary.State.FAILED) if batch.is_dry else (Summary.State.READY,)
    rows = Summary.objects.filter(state__in=states, paper__in=fresh, language__in=list(marked))
    for paper, language in rows.values_list("paper_id", "language"):
        marked[language].add(paper)
    if batch.is_dry:
        return {language: frozenset(papers) for language, papers in marked.items()}
    return {language: frozenset(fresh - papers) for language, papers in marked.items()}


def _topics_of(readers: Collection[int]) -> dict[int, tuple[int, ...]]:
    topics_by_reader: dict[int, list[int]] = {}
    rows = (
        Subscription.objects.filter(subscriber__in=readers, topic__is_active=True)
        .order_by("topic__position", "topic_id")
        .values_list("subscriber_id", "topic_id")
    )
    for reader, topic in rows:
        topics_by_reader.setdefault(reader, []).append(topic)
    return {reader: tuple(topics) for reader, topics in topics_by_reader.items()}


def _wishes_of(reader: Subscriber, topics: Sequence[int]) -> set[Wish]:
    return {*(("topic", topic) for topic in topics), *(("query", query) for query in reader.queries)}


def candidates_of(situation: Situation, index: CandidateIndex) -> dict[Wish, TopicCandidates]:
    """What each wish of the reader brings; wishes that bring nothing are not listed."""
    reader, since = situation.reader, situation.since
    newest_only = reader.last_edition_day is None and reader.cadence != Subscriber.Cadence.WEEKLY
    by_wish: dict[Wish, TopicCandidates] = {}
    for topic in situation.topics:
        candidates = index.from_topic(
            topic, since=since, late_after=situation.history.last_at, newest_only=newest_only
        )
        if candidates is not None:
            by_wish["topic", topic] = candidates
    for query in reader.queries:
        candidates = index.from_query(query, since=since)
        if candidates is not None:
            by_wish["query", query] = candidates
    return by_wish
