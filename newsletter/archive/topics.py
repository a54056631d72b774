"""The topics of the archive as plain records: what each lists, by day and by month."""

from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db.models import Count, OuterRef, Subquery

from newsletter.archive.days import FIRST_PAPER, PLACES, listing_editions, state_of
from newsletter.archive.public import listed_entries
from newsletter.models import Edition, Topic

_KEPT = 300  # seconds
NEWEST_EDITIONS = 40
"""How many of a topic's newest editions are looked through for its newest papers."""


@dataclass(frozen=True, slots=True)
class TopicListing:
    """A topic, how many ``papers`` it lists in all, and the ``newest`` (id) with its ``day``.

    A topic that lists nothing has no papers and no day.
    """

    topic: Topic
    papers: int = 0
    newest: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class TopicPapers:
    """Some of the papers of a topic as (day, id), the newest day first, and how many there are in all."""

    papers: tuple[tuple[date, int], ...]
    count: int


def topic_listings() -> list[TopicListing]:
    """All topics in their order, without inactive ones that list nothing. At most five queries.

    How many papers they have is counted every five minutes and where editions change; what is newest is asked
    for each time.
    """
    counts = cache.get_or_set(f"topic-counts-{state_of(Edition.objects.ready())}", _counts, _KEPT) or {}
    newest = listing_editions().filter(topic=OuterRef("pk")).order_by("-day").values("pk")[:1]
    latest = dict(
        Topic.objects.annotate(newest=Subquery(newest))
        .filter(newest__isnull=False)
        .values_list("newest", "pk")
    )
    editions = Edition.objects.filter(pk__in=latest).annotate(lead=FIRST_PAPER)
    first = {latest[pk]: (day, lead) for pk, day, lead in editions.values_list("pk", "day", "lead")}
    listings = []
    for topic in Topic.objects.all():
        if topic.pk in first:
            day, lead = first[topic.pk]
            listings.append(TopicListing(topic, counts.get(topic.pk, 1), lead, day))
        elif topic.is_active:
            listings.append(TopicListing(topic))
    return listings


def _counts() -> dict[int, int]:
    """How many papers each topic (id) lists: all entries are counted, which takes its time."""
    entries = listed_entries().values("edition__topic").annotate(n=Count("pk"))
    return dict(entries.values_list("edition__topic", "n"))


def topic_months(topic: int) -> list[date]:
    """The first days of the months in which a topic (id) lists something, the newest first. One query."""
    return list(listing_editions().filter(topic=topic).dates("day", "month", order="DESC"))


def topic_papers(topic: int, *, month: date | None = None, start: int = 0, most: int) -> TopicPapers:
    """The papers of a topic (id) in one ``month``, or the newest, from ``start`` on, at most ``most``.

    The newest are those of the last :data:`NEWEST_EDITIONS` editions. Two queries, whatever the topic holds.
    """
    editions = listing_editions().filter(topic=topic)
    if month is not None:
        editions = editions.filter(day__year=month.year, day__month=month.month)
    newest = editions.order_by("-day").values("pk")[:NEWEST_EDITIONS]
    counts = (
        listed_entries()
        .filter(edition__in=list(newest.values_list("pk", flat=True)))
        .values("edition", "edition__day")
        .annotate(n=Count("pk"))
        .order_by("-edition__day")
        .values_list("edition", "n")
    )
    total, wanted, skipped = 0, [], 0
    for edition, count in counts:
        if total + count <= start:
            skipped += count
        elif total < start + most:
            wanted.append(edition)
        total += count
    entries = listed_entries().filter(edition__in=wanted).order_by("-edition__day", *PLACES)
    rows = entries.values_list("edition__day", "paper")[start - skipped : start - skipped + most]
    return TopicPapers(tuple(rows), total)
