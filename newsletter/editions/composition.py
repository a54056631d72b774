"""The state changes of a day: compose, curate, approve, freeze.

An edition is one topic's papers of one day. Composing may be repeated while papers and votes come in: it adds
and reorders, and never undoes what an editor did. Once the first digest is made from it an edition is frozen;
a paper that comes later is put into the topic's next edition, so that no paper is lost to an early reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from newsletter import stages
from newsletter.editions.ranking import by_strength_and_votes
from newsletter.errors import StateError
from newsletter.models import Announcement, Edition, Entry, Paper, Topic
from newsletter.records import StageReport
from newsletter.set_aside import ItemKind, isolating
from newsletter.topics.assignment import TopicMatch, readable_topic, weigh_topics

LATE_DAYS = 3  # how long after its announcement a paper may still join a later edition

State = Edition.State
OPEN_STATES = (State.DRAFT, State.HELD, State.APPROVED)


@dataclass(frozen=True, slots=True)
class AnnouncedPaper:
    """A paper that some list announced, and on which day each list first did."""

    paper: Paper
    arrivals: dict[str, date] = field(default_factory=dict)

    def arrival(self, listing: str) -> date | None:
        """The day it arrived for a topic that reads ``listing`` ("": any list)."""
        return self.arrivals.get(listing) if listing else min(self.arrivals.values())


# -- compose ----------------------------------------------------------------------------------------------


def compose(day: date, *, now: datetime, size: int) -> StageReport:
    """Make or complete the editions of ``day`` for all active topics; at most ``size`` papers in each.

    Editions that are frozen, or that an editor approved, stay as they are. May be repeated at any time.
    """
    news = _news_until(day)
    if not any(day in item.arrivals.values() for item in news.values()):
        return StageReport({"papers": 0, "editions": 0, "entries_added": 0})
    topics = list(Topic.objects.active())
    matches, problems = _match(topics, [item.paper for item in news.values()], now=now)
    # A topic that an earlier step could not do stands in no edition.
    topics = [topic for topic in topics if topic.pk in matches]
    with isolating(stages.TOPICS, now=now) as run, transaction.atomic():
        editions, closed, placed = _editions_around(day, topics, now=now)

        def fill(some_topics: Sequence[Topic]) -> int:
            added = 0
            for topic in some_topics:
                fitting = {
                    paper_id: match
                    for paper_id, match in matches[topic.pk].items()
                    if match.strength >= topic.threshold
                    and (topic.pk, paper_id) not in placed
                    and _belongs(news[paper_id].arrival(topic.listing), topic, day, closed)
                }
                added += _fill(editions[topic.pk], fitting, news, size=size)
            return added

        open_topics = [topic for topic in topics if _is_open(editions[topic.pk])]
        added = sum(run.together(open_topics, fill))
    counts = {"papers": len(news), "editions": len(editions), "entries_added": added}
    return StageReport(counts, (*problems, *run.set_aside))


def _is_open(edition: Edition) -> bool:
    return edition.state != State.FROZEN and edition.approved_by_id is None


def _match(
    topics: Sequence[Topic], papers: Sequence[Paper], *, now: datetime
) -> tuple[dict[int, dict[int, TopicMatch]], list[str]]:
    """As :func:`~newsletter.topics.assignment.weigh_topics`; what cannot be read is left out."""
    with isolating(stages.QUERIES, now=now) as run:
        readable = list(run.each(topics, readable_topic))
    matches: dict[int, dict[int, TopicMatch]] = {topic.pk: {} for topic in readable}
    problems = dict.fromkeys(run.set_aside)
    with isolating(stages.MATCHING, now=now, items=ItemKind(key=lambda paper: paper.arxiv_id)) as run:
        for weighed, troubles in run.together(papers, partial(weigh_topics, readable)):
            problems |= dict.fromkeys(troubles)
            for topic, by_paper in weighed.items():
                matches[topic] |= by_paper
    return matches, [*problems, *run.set_aside]


def _news_until(day: date) -> dict[int, AnnouncedPaper]:
    """The news of ``day`` and of the days before from which a paper may still be late, by paper id."""
    announced = Announcement.objects.filter(
        day__range=(day - timedelta(days=LATE_DAYS), day), kind__in=Announcement.Kind.news()
    ).values_list("paper_id", "source", "day")
    arrivals: dict[int, dict[str, date]] = {}
    for paper_id, source, on in announced:
        days = arrivals.setdefault(paper_id, {})
        days[source] = min(on, days.get(source, on))
    papers = Paper.objects.filter(pk__in=list(arrivals), is_withdrawn=False)
    return {paper.pk: AnnouncedPaper(paper, arrivals[paper.pk]) for paper in papers}


def _belongs(arrived: date | None, topic: Topic, day: date, closed: set[tuple[int, date]]) -> bool:
    """Whether a paper that arrived on that day goes into the edition of ``day``: in time, or late."""
    return arrived is not None and (arrived == day or (topic.pk, arrived) in closed)


def _editions_around(
    day: date, topics: list[Topic], *, now: datetime
) -> tuple[dict[int, Edition], set[tuple[int, date]], set[tuple[int, int]]]:
    """The day's editions by topic (made where missing); which of the days before are closed, as (topic, day);
    and which papers already stand in those, as (topic, paper)."""
    Edition.objects.bulk_create(
        [Edition(topic=topic, day=day, composed_at=now) for topic in topics], ignore_conflicts=True
    )
    editions: dict[int, Edition] = {}
    closed = set()
    around = Edition.objects.filter(topic__in=topics, day__range=(day - timedelta(days=LATE_DAYS), day))
    # Locked, so that nobody moves papers or closes an edition while it is filled.
    for edition in around.select_for_update().order_by("pk"):
        if edition.day == day:
            editions[edition.topic_id] = edition
        elif edition.state == State.FROZEN or edition.approved_by_id is not None:
            closed.add((edition.topic_id, edition.day))
    placed = set(
        Entry.objects.filter(edition__in=around.exclude(day=day)).values_list("edition__topic_id", "paper_id")
    )
    return editions, closed, placed


def _fill(
    edition: Edition, fitting: dict[int, TopicMatch], news: dict[int, AnnouncedPaper], *, size: int
) -> int:
    """Put the fitting papers into the edition, best first. Returns how many are new to it."""
    entries = {entry.paper_id: entry for entry in edition.entries.all()}
    ordered = sorted(fitting, key=lambda paper_id: _rank(news[paper_id].paper, fitting[paper_id]))[:size]
    fresh = [
        Entry(
            edition=edition,
            paper_id=paper_id,
            position=0,
            matched=fitting[paper_id].words,
            strength=fitting[paper_id].strength,
        )
        for paper_id in ordered
        if paper_id not in entries
    ]
    Entry.objects.bulk_create(fresh)
    entries.update({entry.paper_id: entry for entry in fresh})
    strengths = {paper_id: match.strength for paper_id, match in fitting.items()}
    if edition.revision == 0:
        order = [*ordered, *(paper_id for paper_id in entries if paper_id not in fitting)]
    else:  # an editor changed the order: entries keep their places, new ones follow
        curated = sorted((entry for entry in entries.values() if entry.position), key=lambda e: e.position)
        order = [*(entry.paper_id for entry in curated), *(entry.paper_id for entry in fresh)]
    _renumber(entries, order, strengths)
    Edition.objects.filter(pk=edition.pk).update(candidates_count=len(fitting))
    return len(fresh)


def _rank(paper: Paper, match: TopicMatch) -> tuple[float, int, float, float, str]:
    return by_strength_and_votes(match.strength, paper.votes, paper.published_at, paper.arxiv_id)


def _renumber(entries: dict[int, Entry], order: list[int], strengths: dict[int, float]) -> None:
    changed = []
    for position, paper_id in enumerate(order, 1):
        entry = entries[paper_id]
        strength = strengths.get(paper_id, entry.strength)
        if (entry.position, entry.strength) != (position, strength):
            entry.position, entry.strength = position, strength
            changed.append(entry)
    Entry.objects.bulk_update(changed, ["position", "strength"])


# -- curate -----------------------------------------------------------------------------------------------


def _change(edition: Edition, *, states: Iterable[str], act: str, **fields: Any) -> None:
    """One conditional update: only from one of ``states``, and of two at the same time only one succeeds."""
    changed = Edition.objects.filter(pk=edition.pk, state__in=list(states)).update(
        **fields, revision=F("revision") + 1
    )
    edition.refresh_from_db()
    if not changed:
        raise StateError(f"{edition} cannot be {act}: it is {edition.get_state_display()}.")


def approve(edition: Edition, *, by: Any, at: datetime) -> None:
    """Release the edition to readers; ``by`` is the user who did. Raises StateError if it is frozen."""
    _change(
        edition,
        states=OPEN_STATES,
        act="approved",
        state=State.APPROVED,
        approved_at=at,
        approved_by=by,
    )


def hold(edition: Edition) -> None:
    """Keep the edition from readers until somebody approves it. Raises StateError if it is frozen."""
    _change(
        edition,
        states=OPEN_STATES,
        act="held",
        state=State.HELD,
        approved_at=None,
        approved_by=None,
    )


def reopen(edition: Edition) -> None:
    """Take an approval or a hold back. Raises StateError if the edition is frozen."""
    _change(
        edition,
        states=OPEN_STATES,
        act="reopened",
        state=State.DRAFT,
        approved_at=None,
        approved_by=None,
    )


def write_note(edition: Edition, note: dict[str, str]) -> None:
    """Set the editor's note, by language code. Raises StateError if the edition is frozen."""
    _change(edition, states=OPEN_STATES, act="annotated", note=note)


def _curate(entry: Entry, *, act: str, **fields: Any) -> None:
    with transaction.atomic():
        _change(entry.edition, states=OPEN_STATES, act=act)
        Entry.objects.filter(pk=entry.pk).update(**fields)
    entry.refresh_from_db()


def pin(entry: Entry, *, pinned: bool = True) -> None:
    """Put a paper before all others, or take the pin off. Raises StateError if the edition is frozen."""
    _curate(entry, act="changed", is_pinned=pinned, is_hidden=False)


def hide(entry: Entry, *, hidden: bool = True) -> None:
    """Keep a paper of this edition from readers, or show it again. Raises StateError if it is frozen."""
    _curate(entry, act="changed", is_hidden=hidden, is_pinned=False)


# -- by the clock -----------------------------------------------------------------------------------------


def approval_time(day: date, *, hour: int) -> datetime:
    """When an edition of ``day`` is released unless an editor holds it; ``hour`` in UTC."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def approve_by_clock(now: datetime, *, hour: int) -> int:
    """Release every draft whose approval time has come. Returns how many."""
    latest = now.date() if now >= approval_time(now.date(), hour=hour) else now.date() - timedelta(days=1)
    return approve_all(Edition.objects.waiting().filter(day__lte=latest).values_list("pk", flat=True), at=now)


def approve_all(editions: Iterable[int], *, at: datetime) -> int:
    """Release those of ``editions`` (ids) that are still drafts. Returns how many were."""

    def release(ids: Sequence[int]) -> int:
        return Edition.objects.waiting().filter(pk__in=ids).update(state=State.APPROVED, approved_at=at)

    with isolating(stages.APPROVING, now=at) as run:
        return sum(run.together(list(editions), release))


def freeze(topics: Iterable[int], *, at: datetime) -> int:
    """Digests will be made from the released editions of ``topics`` (ids): nothing in them changes any more.

    To be called before they are read, so that no paper joins them unseen. Returns how many were still open.
    """
    released = Edition.objects.filter(topic__in=list(topics), state=State.APPROVED, day__lte=at.date())
    return released.update(state=State.FROZEN, frozen_at=at)
