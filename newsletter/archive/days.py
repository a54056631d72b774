"""The days of the archive as plain records: what each lists, what leads it, what lies before and after it."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.archive.public import READY, listed_entries, listed_papers, shown_entries
from newsletter.models import Edition, Paper, Topic

_KEPT = 300  # seconds
PLACES = ("-is_pinned", "position")
"""The order of an edition's entries."""
_ENTRIES = shown_entries().filter(edition=OuterRef("pk"))
FIRST_PAPER = Subquery(_ENTRIES.order_by(*PLACES).values("paper")[:1])
"""Of an edition: the id of the first paper that it lists."""


@dataclass(frozen=True, slots=True)
class DayListing:
    """A day: how many ``papers`` it lists, each once, in how many ``topics``, and which (id) leads it."""

    day: date
    papers: int
    topics: int
    lead: int


@dataclass(frozen=True, slots=True)
class DaySection:
    """What a day lists of a topic: the ids of the first ``papers``, and how many there are in all.

    ``note`` is the editor's by language. Topics share papers: of two sections both have them.
    """

    topic: Topic
    note: Mapping[str, str]
    papers: tuple[int, ...]
    count: int


def listing_editions() -> QuerySet[Edition]:
    """The editions that list something."""
    return Edition.objects.filter(Exists(_ENTRIES), state__in=READY)


def days_that_list(days: Collection[date]) -> set[date]:
    """Those of ``days`` that list something. One query."""
    return set(listing_editions().filter(day__in=days).values_list("day", flat=True))


def days_held() -> tuple[date, date] | None:
    """The first and the last day that lists something; None while there is none. Two queries."""
    first = listing_editions().order_by("day").values_list("day", flat=True).first()
    last = newest_day()
    return (first, last) if first and last else None


def newest_day() -> date | None:
    """The last day that lists something. One query."""
    return listing_editions().order_by("-day").values_list("day", flat=True).first()


def newest_days(most: int) -> list[date]:
    """The last days that list something, the newest first, at most ``most``. One query."""
    return list(listing_editions().order_by("-day").values_list("day", flat=True).distinct()[:most])


def day_before(day: date) -> date | None:
    """The last day before ``day`` that lists something. One query."""
    return listing_editions().filter(day__lt=day).order_by("-day").values_list("day", flat=True).first()


def day_after(day: date) -> date | None:
    """The first day after ``day`` that lists something. One query."""
    return listing_editions().filter(day__gt=day).order_by("day").values_list("day", flat=True).first()


def day_listings(first: date, last: date) -> list[DayListing]:
    """The days from ``first`` to ``last`` that list something, the newest first. At most six queries.

    A whole month is kept for five minutes, for counting it takes as long as all else of its page; made anew
    at once where an editor acts on one of these editions, another becomes ready, or a paper that leads is
    listed no more. Other spans, of which a caller can name any number, would push the months out.
    """
    if not _is_month(first, last):
        return _count(first, last)
    editions = Edition.objects.ready().filter(day__range=(first, last))
    key = f"day-listings-{first:%F}-{last:%F}-{state_of(editions)}"
    kept: list[DayListing] | None = cache.get(key)
    if kept is None or not _still_lead(kept):
        kept = _count(first, last)
        cache.set(key, kept, _KEPT)
    return kept


def _is_month(first: date, last: date) -> bool:
    return first.day == 1 and last == first.replace(day=monthrange(first.year, first.month)[1])


def state_of(editions: QuerySet[Edition]) -> str:
    """What changes when an editor acts on one of ``editions`` or another joins them. One query."""
    state = editions.aggregate(count=Count("pk"), revisions=Sum("revision"))
    return f"{state['count']}-{state['revisions']}"


def _still_lead(listings: Sequence[DayListing]) -> bool:
    leads = {(listing.day, listing.lead) for listing in listings}
    entries = listed_entries().filter(paper__in=[paper for _, paper in leads])
    return leads <= set(entries.values_list("edition__day", "paper"))


def _count(first: date, last: date) -> list[DayListing]:
    entries = listed_entries().filter(edition__day__range=(first, last))
    counts = entries.values("edition__day").annotate(
        papers=Count("paper", distinct=True), topics=Count("edition", distinct=True)
    )
    leads = leading_papers(first, last)
    return [
        DayListing(row["edition__day"], row["papers"], row["topics"], leads[row["edition__day"]])
        for row in counts.order_by("-edition__day")
        if row["edition__day"] in leads
    ]


def leading_papers(first: date, last: date) -> dict[date, int]:
    """The paper (id) that stands for each day: what an editor pinned, else of the topics' first papers the
    one with the most votes. Three queries.
    """
    editions = Edition.objects.ready().filter(day__range=(first, last)).annotate(lead=FIRST_PAPER)
    rows = list(editions.order_by("topic__position", "pk").values_list("day", "lead"))
    pinned = dict(
        listed_entries()
        .filter(is_pinned=True, edition__day__range=(first, last))
        .order_by("-position", "-edition__topic__position")
        .values_list("edition__day", "paper")
    )
    votes = _votes({paper for _, paper in rows if paper is not None})
    leads: dict[date, int] = {}
    for day, paper in rows:
        if paper is not None and (day not in leads or votes[paper] > votes[leads[day]]):
            leads[day] = paper
    return leads | pinned


def day_sections(day: date, *, each: int) -> list[DaySection]:
    """The topics of ``day`` in their order, each with its first papers, at most ``each``. Two queries."""
    ranked = listed_entries().filter(edition__day=day)
    ranked = ranked.annotate(
        place=Window(RowNumber(), partition_by="edition", order_by=PLACES),
        count=Window(Count("pk"), partition_by="edition"),
    )
    rows = ranked.filter(place__lte=each).order_by("edition_id", "place")
    papers: dict[int, tuple[int, ...]] = {}
    counts: dict[int, int] = {}
    for edition, group in groupby(rows.values_list("edition_id", "paper_id", "count"), lambda row: row[0]):
        shown = list(group)
        papers[edition], counts[edition] = tuple(paper for _, paper, _ in shown), shown[0][2]
    editions = Edition.objects.filter(pk__in=papers).select_related("topic").order_by("topic__position", "pk")
    return [DaySection(row.topic, row.note, papers[row.pk], counts[row.pk]) for row in editions]


def day_section(day: date, slug: str, *, start: int, most: int) -> DaySection | None:
    """What ``day`` lists of one topic from its paper ``start`` on; None for nothing. Three queries."""
    edition = listing_editions().filter(day=day, topic__slug=slug).select_related("topic").first()
    if edition is None:
        return None
    entries = listed_entries().filter(edition=edition)
    papers = entries.order_by(*PLACES).values_list("paper_id", flat=True)[start : start + most]
    return DaySection(edition.topic, edition.note, tuple(papers), entries.count())


def other_papers(day: date, following: date | None) -> QuerySet[Paper]:
    """What no edition lists and digests held first from ``day`` on, before the ``following`` listed day.

    Readers' own searches find papers of no topic; a page of a day leads to each of them.
    """
    papers = listed_papers().filter(mailed__since__gte=day)
    if following is not None:
        papers = papers.filter(mailed__since__lt=following)
    return papers.exclude(Exists(listed_entries().filter(paper=OuterRef("pk")))).order_by("pk")


def _votes(papers: Collection[int]) -> dict[int, int]:
    return {
        pk: votes
        for ids in chunked(sorted(papers), IDS_A_QUERY)
        for pk, votes in Paper.objects.filter(pk__in=ids).values_list("pk", "votes")
    }
