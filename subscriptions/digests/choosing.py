"""Which papers a reader's digest holds: read for a thousand readers at once, then chosen for each alone.

Candidates are what the reader's topics and own queries brought since the reader's last digest. Nothing goes
to a reader twice, nothing that an editor hid, and nothing that is no news any more (:data:`NEWS_DAYS`). Only
who asks for it gets notable new versions of what was sent (:mod:`subscriptions.digests.updates`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q

from newsletter.day_rules import current_rules
from newsletter.models import Summary
from subscriptions.digests.candidates import (
    LATE_DAYS,
    CandidateIndex,
    CandidateIndexCache,
    Span,
    TopicCandidates,
)
from subscriptions.digests.ranking import Constraints, select
from subscriptions.digests.updates import (
    NotableVersion,
    Update,
    load_sent,
    load_versions,
    may_go_alone,
    most_beside_new,
    pick_of,
    updates_for,
)
from subscriptions.models import Delivery, Subscriber, Subscription
from subscriptions.picks import PINNED, Pick, Picks, Reason, ReasonKind, Wish, for_topic
from subscriptions.readers.clock import local_day

WEEKLY_DAYS = 14
"""How far back a weekly digest looks if the one before was missed."""
NEWS_DAYS = 21
"""A paper that was first announced longer ago is not news, whichever list brings it up again. It bounds how
far back a reader's history has to be read to send nothing twice."""
TURN_DAYS = 7
"""Within so many days every topic of a reader who follows more topics than a digest holds has its turn."""
ALSO = 20
"""How many papers that missed the cut are named in one line each."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reader gets on the reader's own ``day``.

    ``picks`` is None when there is nothing to send, and ``reason`` says why. ``edition_day`` is what to
    remember as the last day that the reader has had.
    """

    subscriber_id: int
    day: date
    picks: Picks | None
    reason: str = ""
    edition_day: date | None = None


@dataclass(frozen=True, slots=True)
class _History:
    """What one reader had: the papers, when the last was chosen, how many days each topic has waited."""

    papers: frozenset[int] = frozenset()
    last_at: datetime | None = None
    waiting: Mapping[Wish, int] = field(default_factory=dict)


_NOTHING_YET = _History()


@dataclass(frozen=True, slots=True)
class _Situation:
    """All that one reader's choice depends on beside the candidate index.

    Editions after ``since`` are news to the reader. ``late`` are papers whose summary in the reader's
    language is still being written; ``updates`` those of which a new version may be told.
    """

    reader: Subscriber
    day: date
    since: date
    topics: tuple[int, ...]
    history: _History
    late: frozenset[int]
    updates: Sequence[Update]


def choose_batch(
    subscribers: Sequence[Subscriber],
    *,
    now: datetime,
    index_cache: CandidateIndexCache | None = None,
    topics: Mapping[int, tuple[int, ...]] | None = None,
    is_dry: bool = False,
) -> list[Choice]:
    """A choice for each of ``subscribers``, in their order. Reads with a constant number of queries.

    A run over many batches passes the same ``index_cache`` each time: the candidates are then read for many.
    ``topics`` are those of readers who stand in no table, by the reader's id. A dry choice takes summaries
    for written that still can be.
    """
    if not subscribers:
        return []
    today = now.astimezone(UTC).date()
    ids = [reader.pk for reader in subscribers]
    topics = _topics_of(ids) if topics is None else topics
    news_after = today - timedelta(days=max(NEWS_DAYS, settings.MAX_EDITION_AGE))
    last_at = dict(
        Delivery.objects.filter(subscriber__in=ids, day__gte=news_after - timedelta(days=1))
        .order_by()
        .values_list("subscriber")
        .annotate(Max("created_at"))
    )
    queries = {query for reader in subscribers for query in reader.queries}
    followed = {topic for topics_of_reader in topics.values() for topic in topics_of_reader}
    index = (index_cache or CandidateIndexCache()).index_for(
        Span(
            after=min(_since(reader, today) for reader in subscribers) - timedelta(days=LATE_DAYS),
            until=today,
            news_after=news_after,
        ),
        queries=queries,
        topics=None if queries else followed,
    )
    want_updates = [reader.pk for reader in subscribers if reader.wants_updates]
    versions = load_versions(now) if want_updates else {}
    sent = load_sent(want_updates, versions, today=today) if versions else {}
    late = (
        _unwritten(subscribers, index, versions=versions, now=now, is_dry=is_dry)
        if current_rules().late_summaries == "next-day"
        else {}
    )
    histories = _histories(subscribers, topics=topics, index=index, last_at=last_at, today=today)
    situations = (
        _Situation(
            reader=reader,
            day=local_day(now, reader.time_zone),
            since=_since(reader, today),
            topics=topics.get(reader.pk, ()),
            history=histories.get(reader.pk, _NOTHING_YET),
            late=late.get(reader.language, frozenset()),
            updates=updates_for(
                versions,
                sent.get(reader.pk, {}),
                wishes=_wishes_of(reader, topics.get(reader.pk, ())),
                refused=late.get(reader.language, frozenset()),
            )
            if reader.pk in sent
            else (),
        )
        for reader in subscribers
    )
    return [_choose(situation, index, now=now) for situation in situations]


def _unwritten(
    subscribers: Sequence[Subscriber],
    index: CandidateIndex,
    *,
    versions: Mapping[int, Sequence[NotableVersion]],
    now: datetime,
    is_dry: bool,
) -> dict[str, frozenset[int]]:
    """By language, the papers of the newest day whose summary is not there; older ones waited already.

    In a dry choice only those whose summary is held or failed: the others are there when the digest is due.
    """
    fresh = {paper for paper in index.order.rank if index.announced[paper] >= index.newest}
    fresh |= {paper for paper, of in versions.items() if now - of[-1].seen_at < timedelta(days=1)}
    marked: dict[str, set[int]] = {reader.language: set() for reader in subscribers}
    states = (Summary.State.HELD, Summary.State.FAILED) if is_dry else (Summary.State.READY,)
    rows = Summary.objects.filter(state__in=states, paper__in=fresh, language__in=list(marked))
    for paper, language in rows.values_list("paper_id", "language"):
        marked[language].add(paper)
    if is_dry:
        return {language: frozenset(papers) for language, papers in marked.items()}
    return {language: frozenset(fresh - papers) for language, papers in marked.items()}


def _since(reader: Subscriber, today: date) -> date:
    """The day after which editions are news to the reader.

    That is the last that the reader has had, but not before the oldest that is still sent.
    """
    is_weekly = reader.cadence == Subscriber.Cadence.WEEKLY and reader.last_edition_day is not None
    back = settings.MAX_EDITION_AGE
    earliest = today - timedelta(days=max(back, WEEKLY_DAYS) if is_weekly else back)
    return max(earliest, reader.last_edition_day or earliest)


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


def _histories(
    subscribers: Sequence[Subscriber],
    *,
    topics: Mapping[int, tuple[int, ...]],
    index: CandidateIndex,
    last_at: Mapping[int, datetime],
    today: date,
) -> dict[int, _History]:
    """What the readers had, as far back as a candidate of today could have been sent to them.

    A paper cannot have been sent before it was announced: that bounds how much has to be read. Readers with
    more topics than places are read for :data:`TURN_DAYS`, to see which topic has waited longest.
    """
    back: dict[date, list[int]] = {}
    crowded: set[int] = set()
    for reader in subscribers:
        if reader.pk in last_at:
            first = index.first_day(since=_since(reader, today), late_after=last_at[reader.pk])
            first -= timedelta(days=1)  # the reader's date may be one behind that of the list
            if len(topics.get(reader.pk, ())) > reader.size:
                crowded.add(reader.pk)
                first = min(first, today - timedelta(days=TURN_DAYS))
            back.setdefault(first, []).append(reader.pk)
    if not back:
        return {}
    wanted = Q()
    for first, readers in back.items():
        wanted |= Q(subscriber__in=readers, day__gte=first)
    papers: dict[int, set[int]] = {}
    served: dict[int, dict[Wish, int]] = {}
    rows = Delivery.objects.arrived().filter(wanted).order_by("day")
    for reader_id, day, picks in rows.values_list("subscriber_id", "day", "picks"):
        papers.setdefault(reader_id, set()).update(picks.named)
        if reader_id in crowded:
            served.setdefault(reader_id, {}).update(dict.fromkeys(picks.wishes, day.toordinal()))
    never = (today - timedelta(days=10 * TURN_DAYS)).toordinal()
    return {
        reader_id: _History(
            papers=frozenset(papers.get(reader_id, ())),
            last_at=at,
            waiting={
                ("topic", topic): today.toordinal() - served.get(reader_id, {}).get(("topic", topic), never)
                for topic in topics[reader_id]
            }
            if reader_id in crowded
            else {},
        )
        for reader_id, at in last_at.items()
    }


def _choose(situation: _Situation, index: CandidateIndex, *, now: datetime) -> Choice:
    reader, day, topics = situation.reader, situation.day, situation.topics
    if not topics and not reader.queries:
        return Choice(reader.pk, day, None, reason="The reader follows no topic and has no query.")
    by_wish = _candidates(situation, index)
    if not by_wish:
        reason = "No edition is ready that the reader has not had."
        return _updates_alone(situation, situation.updates, now=now, otherwise=reason)
    newest = max(candidates.newest for candidates in by_wish.values())
    pinned = frozenset[int]().union(*(candidates.pinned for candidates in by_wish.values()))
    hidden = frozenset[int]().union(*(candidates.hidden for candidates in by_wish.values()))
    refused = situation.history.papers | hidden
    members = (candidates.queue.members for candidates in by_wish.values())
    unseen = frozenset[int]().union(*members) - refused
    waits = unseen & situation.late
    new = len(unseen - waits)
    if waits and not new:
        return Choice(reader.pk, day, None, reason="The summaries of all new papers are still being written.")
    updates = [update for update in situation.updates if update.paper not in hidden]
    if not new:
        reason = "Everything in the reader's editions was sent before."
        return _updates_alone(situation, updates, now=now, otherwise=reason)
    updates = updates[: most_beside_new(reader.size)]
    selection = select(
        {wish: candidates.queue for wish, candidates in by_wish.items()},
        size=reader.size - len(updates),
        also=ALSO,
        order=index.order,
        constraints=Constraints(pinned=pinned, refused=refused | waits, waiting=situation.history.waiting),
    )
    picks = Picks(
        papers=(
            *[
                Pick(paper, _reasons(paper, by_wish, index, is_pinned=paper in pinned))
                for paper in selection.papers
            ],
            *map(pick_of, updates),
        ),
        also=tuple(selection.also),
        day=newest,
        new=new,
        topics=topics,
        editions=tuple([edition for candidates in by_wish.values() for edition in candidates.editions]),
        queried=_queried_besides(by_wish, {*selection.papers, *selection.also} | refused),
    )
    # What waits for its summary comes with the next digest, which looks at the newest editions once more.
    had = newest - timedelta(days=1) if waits else newest
    edition_day = max(had, reader.last_edition_day or had)
    return Choice(reader.pk, day, picks, edition_day=edition_day)


def _updates_alone(
    situation: _Situation, updates: Sequence[Update], *, now: datetime, otherwise: str
) -> Choice:
    """A digest of updates where there is no new paper to wait for; else nothing, for the reason given."""
    reader = situation.reader
    if not may_go_alone(updates, now=now):
        return Choice(reader.pk, situation.day, None, reason=otherwise)
    shown = updates[: reader.size]
    picks = Picks(
        papers=tuple([pick_of(update) for update in shown]),
        day=max(update.version.seen_at for update in shown).astimezone(UTC).date(),
        topics=situation.topics,
    )
    return Choice(reader.pk, situation.day, picks)


def _wishes_of(reader: Subscriber, topics: Sequence[int]) -> set[Wish]:
    return {*(("topic", topic) for topic in topics), *(("query", query) for query in reader.queries)}


def _candidates(situation: _Situation, index: CandidateIndex) -> dict[Wish, TopicCandidates]:
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


def _queried_besides(by_wish: Mapping[Wish, TopicCandidates], named: Collection[int]) -> tuple[int, ...]:
    """What only queries found and nothing names, best first; an edition tells its own papers."""
    queues = [candidates.queue for (kind, _), candidates in by_wish.items() if kind == "query"]
    if not queues:
        return ()
    listed = frozenset[int]().union(
        *(candidates.queue.members for (kind, _), candidates in by_wish.items() if kind == "topic")
    )
    papers = dict.fromkeys(paper for queue in queues for paper in queue.papers)
    return tuple([paper for paper in papers if paper not in named and paper not in listed])


def _reasons(
    paper: int, by_wish: Mapping[Wish, TopicCandidates], index: CandidateIndex, *, is_pinned: bool
) -> tuple[Reason, ...]:
    reasons = [PINNED] if is_pinned else []
    for wish, candidates in by_wish.items():
        if paper in candidates.queue.members:
            reasons.append(_reason(wish, paper, index))
    return tuple(reasons)


def _reason(wish: Wish, paper: int, index: CandidateIndex) -> Reason:
    kind, name = wish
    return for_topic(int(name)) if kind == ReasonKind.TOPIC else index.query_reason(str(name), paper)
