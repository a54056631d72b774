"""The best of what a reader missed: after a pause, or after days of mails that nobody had time for.

It goes out at once, also to somebody who had today's digest. The ledger has one row for a reader and a day,
so a catch-up is entered under the newest day on which the reader had nothing: that is what it makes up for.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.editions.composition import LATE_DAYS
from newsletter.editions.ranking import by_votes_then_date
from newsletter.models import Announcement, Edition, Entry, Paper
from subscriptions.digests.candidates import Span, load_candidate_index
from subscriptions.digests.tastes import ReaderTaste, lose_fewer, slice_of, tastes_of
from subscriptions.models import DayHold, Delivery, Subscriber
from subscriptions.picks import Pick, Picks, Reason, for_topic
from subscriptions.readers.clock import local_day
from subscriptions.taste.scoring import combine, score

BEST = 20
LONGEST_DAYS = 60
SEARCHED_DAYS = 7
LOOKED_AT = 2000
"""Papers that are put in a reader's own order: sixty days of many topics have tens of thousands."""


def missed_picks(
    subscriber: Subscriber, *, since: date, until: date, had: Collection[int], size: int = BEST
) -> Picks | None:
    """The most voted papers after ``since`` that are not among those ``had``; None if there is none.

    A reader with a taste gets the best by it of the :data:`LOOKED_AT` most voted.

    Those of the reader's topics, and what the reader's own queries find in the last :data:`SEARCHED_DAYS`.
    No paper that an edition after ``until`` brought first: what a digest says a reader had is looked for no
    earlier than on the paper's own day. And none that was first announced long before ``since`` and that
    another list took up again: the digest that may have had it then need not be kept any more.
    """
    topics = list(subscriber.topics.active().order_by("position", "pk").values_list("pk", flat=True))
    reasons: dict[int, list[Reason]] = {}
    days = [since]
    for paper, because, day in [
        *_of_topics(topics, since=since, until=until),
        *_found(subscriber.queries, since=max(since, until - timedelta(days=SEARCHED_DAYS)), until=until),
    ]:
        if paper not in had:
            days.append(day)
            if because not in reasons.setdefault(paper, []):
                reasons[paper].append(because)
    if not reasons:
        return None
    papers = _most_voted(reasons)[:LOOKED_AT]
    taste = tastes_of([subscriber]).get(subscriber.pk)
    papers = (_by_taste(papers, taste, reasons) if taste else papers)[: 2 * size]
    return Picks(
        papers=tuple([Pick(paper, tuple(reasons[paper])) for paper in papers[:size]]),
        also=tuple(papers[size:]),
        day=max(days),
        new=len(reasons),
        topics=tuple(topics),
    )


def _most_voted(papers: Collection[int]) -> list[int]:
    rows = [
        row
        for chunk in chunked(sorted(papers), IDS_A_QUERY)
        for row in Paper.objects.filter(pk__in=chunk).values_list("votes", "published_at", "arxiv_id", "pk")
    ]
    rows.sort(key=lambda row: by_votes_then_date(*row[:3]))
    return [row[3] for row in rows]


def _by_taste(
    papers: Sequence[int], taste: ReaderTaste, reasons: Mapping[int, Sequence[Reason]]
) -> list[int]:
    """``papers``, the most voted first, in the order of one reader."""
    columns = np.arange(len(papers))
    known = slice_of(papers, columns, among=len(papers))
    topics = {
        topic: np.array([for_topic(topic) in reasons[paper] for paper in papers], np.bool_)
        for topic in {reason.topic for of_paper in reasons.values() for reason in of_paper}
        if topic and ("topic", str(topic)) in taste.fewer
    }
    parts = score([taste.profile], known.features).of(0)
    scores = lose_fewer(combine(parts, taste.profile, known.prior), taste, columns, known, topics)
    order = np.argsort(-scores, kind="stable")
    return [papers[column] for column in order.tolist()]


_Brought = tuple[int, Reason, date]


def _of_topics(topics: list[int], *, since: date, until: date) -> Iterator[_Brought]:
    old_news = Announcement.objects.filter(
        paper=OuterRef("paper"), kind__in=Announcement.Kind.news(), day__lte=since - timedelta(days=LATE_DAYS)
    )
    rows = Entry.objects.filter(
        ~Exists(old_news),
        edition__in=Edition.objects.ready().filter(day__gt=since, day__lte=until, topic__in=topics),
        is_hidden=False,
        paper__is_withdrawn=False,
    ).order_by("edition__topic__position", "edition_id", "paper_id")
    for paper, topic, day in rows.values_list("paper_id", "edition__topic_id", "edition__day"):
        yield paper, for_topic(topic), day


def _found(queries: list[str], *, since: date, until: date) -> Iterator[_Brought]:
    if not queries:
        return
    index = load_candidate_index(Span(since, until, since), queries=queries, topics=())
    for query in queries:
        for paper in index.matches.get(query, ()):
            yield paper, index.query_reason(query, paper), index.announced[paper]


@transaction.atomic
def queue_catch_up(subscriber: Subscriber, *, now: datetime) -> str:
    """Put a digest of what was missed in the last :data:`LONGEST_DAYS` into the ledger, to go out at once.

    Returns "queued"; "nothing" if nothing was missed; "tomorrow" if the reader has asked today already.
    """
    reader = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    today = local_day(now, reader.time_zone)
    had: set[int] = set()
    taken: set[date] = set(DayHold.objects.stopped().values_list("day", flat=True))
    due = reader.next_due_at
    if reader.state == Subscriber.State.ACTIVE and due and local_day(due, reader.time_zone) <= today:
        taken.add(today)  # today's own digest is still to come
    for day, sent, state in reader.deliveries.values_list("day", "picks", "state"):
        if sent.requested == today:
            return "tomorrow"
        taken.add(day)
        if state not in (Delivery.State.SKIPPED, Delivery.State.FAILED):
            had.update(pick.paper for pick in sent.papers)
    days = (today - timedelta(days=back) for back in range(LONGEST_DAYS))
    free = next((day for day in days if day not in taken), None)
    since = today - timedelta(days=LONGEST_DAYS)
    picks = missed_picks(reader, since=since, until=free, had=had) if free else None
    if not free or picks is None:
        return "nothing"
    more = {"picks": replace(picks, requested=today), "language": reader.language, "created_at": now}
    _row, is_new = Delivery.objects.get_or_create(subscriber=reader, day=free, defaults=more)
    # The digest of today may just have been entered: then it is another day's turn.
    return "queued" if is_new else queue_catch_up(subscriber, now=now)
