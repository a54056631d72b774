"""The state changes of a day: compose, curate, approve, freeze.

An edition is one topic's papers of one day. Composing may be repeated while papers and votes come in: it adds
and reorders, and never undoes what an editor did. Once the first digest is made from it an edition is frozen;
a paper that comes later is put into the topic's next edition, so that no paper is lost to an early reader.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple

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
ROWS_A_STATEMENT = 5000

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


class _Place(NamedTuple):
    """Where a paper stands in an edition, and how much it is about the topic."""

    position: int
    strength: float | None


# -- compose ----------------------------------------------------------------------------------------------


def compose(day: date, *, now: datetime) -> StageReport:
    """Make or complete the editions of ``day`` for all active topics; each holds all papers that belong.

    Which of them a reader gets is chosen for each reader. Editions that are frozen, or that an editor
    approved, stay as they are. May be repeated at any time; the number of queries does not grow with the
    topics.
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
            fitting = {
                topic.pk: {
                    paper_id: match
                    for paper_id, match in matches[topic.pk].items()
                    if match.strength >= topic.threshold
                    and (topic.pk, paper_id) not in placed
                    and _belongs(news[paper_id].arrival(topic.listing), topic, day, closed)
                }
                for topic in some_topics
            }
            return _fill([editions[topic.pk] for topic in some_topics], fitting, news)

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
    editions: Sequence[Edition],
    fitting: Mapping[int, Mapping[int, TopicMatch]],
    news: Mapping[int, AnnouncedPaper],
) -> int:
    """Put the papers that fit each topic (by its id) into its edition. Returns how many are new there."""
    there: dict[int, dict[int, _Place]] = {edition.pk: {} for edition in editions}
    rows = Entry.objects.filter(edition__in=list(there)).order_by("-is_pinned", "position", "pk")
    columns = ("edition_id", "paper_id", "position", "strength")
    for edition_id, paper_id, position, strength in rows.values_list(*columns):
        there[edition_id][paper_id] = _Place(position, strength)
    entries: list[Entry] = []
    for edition in editions:
        entries += _changed_entries(edition, there[edition.pk], fitting[edition.topic_id], news)
        edition.candidates_count = len(fitting[edition.topic_id])
    # The rows that exist are found by their constraint: thousands are written with one statement.
    Entry.objects.bulk_create(
        entries,
        batch_size=ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["edition", "paper"],
        update_fields=["position", "strength"],
    )
    Edition.objects.bulk_update(editions, ["candidates_count"])
    return sum(entry.paper_id not in there[entry.edition_id] for entry in entries)


def _changed_entries(
    edition: Edition,
    there: Mapping[int, _Place],
    fitting: Mapping[int, TopicMatch],
    news: Mapping[int, AnnouncedPaper],
) -> Iterator[Entry]:
    """The entries that ``edition`` is to have and has not, or has in another place or strength."""
    ordered = sorted(fitting, key=lambda paper_id: _rank(news[paper_id].paper, fitting[paper_id]))
    if edition.revision == 0:
        order = [*ordered, *(paper_id for paper_id in there if paper_id not in fitting)]
    else:  # an editor changed the order: entries keep their places, new ones follow
        curated = sorted(there, key=lambda paper_id: there[paper_id].position)
        order = [*curated, *(paper_id for paper_id in ordered if paper_id not in there)]
    for position, paper_id in enumerate(order, 1):
        match, before = fitting.get(paper_id), there.get(paper_id)
        place = _Place(position, match.strength if match else before and before.strength)
        if place != before:
            yield Entry(
                edition=edition,
                paper_id=paper_id,
                position=place.position,
                matched=match.words if match else [],
                strength=place.strength,
            )


def _rank(paper: Paper, match: TopicMatch) -> tuple[float, int, float, float, str]:
    return by_strength_and_votes(match.strength, paper.votes, paper.published_at, paper.arxiv_id)


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


def released_day(moment: datetime, *, hour: int) -> date:
    """The newest day whose editions the clock has released by ``moment`` (in UTC); ``hour`` in UTC."""
    today = moment.date()
    return today if moment >= approval_time(today, hour=hour) else today - timedelta(days=1)


def approve_by_clock(now: datetime, *, hour: int) -> int:
    """Release every draft whose approval time has come. Returns how many."""
    waiting = Edition.objects.waiting().filter(day__lte=released_day(now, hour=hour))
    return approve_all(waiting.values_list("pk", flat=True), at=now)


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
