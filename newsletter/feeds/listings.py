"""Which papers a feed holds: the newest of a topic or of all topics, and those of a day.

A feed stays as long as it is however large the archive grows: the newest editions are found by an index, and
older ones are read only where the newest day has too few papers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery

from newsletter.archive.public import listed_entries
from newsletter.models import Edition, EditionChange, EditionQuerySet, Topic

NEWEST = 50
"""Papers of a topic's feed."""

OF_A_DAY = 50
"""Papers of a day's feed or file: the first of each topic, then the second, and so on."""

_EDITIONS_READ = 60
_EDITIONS_OF_ALL_READ = 200  # several of each day
_TOPICS_A_PAPER = 6  # a paper that stands in more editions of a day may leave a feed a little shorter


@dataclass(frozen=True, slots=True)
class Listing:
    """Papers (ids) in the order of a feed. ``topic`` is None for all topics; ``changed_at`` is when an editor
    last changed one of its editions.
    """

    topic: Topic | None
    papers: tuple[int, ...]
    changed_at: datetime | None = None


class _EditionRow(NamedTuple):
    pk: int
    day: date
    changed_at: datetime | None


def newest_of(slug: str) -> Listing | None:
    """The newest papers of a topic, or of all topics for ""; None if there is no such topic.

    Four queries at most.
    """
    topic = Topic.objects.filter(slug=slug).first() if slug else None
    if slug and topic is None:
        return None
    ready = Edition.objects.ready()
    editions = (
        _rows(ready.filter(topic=topic), _EDITIONS_READ) if topic else _rows(ready, _EDITIONS_OF_ALL_READ)
    )
    # One question is enough for most feeds: twenty days of a topic, or the last day of all of them.
    first = 20 if topic else sum(edition.day == editions[0].day for edition in editions)
    papers = _first_papers(editions[:first], NEWEST)
    if len(papers) < NEWEST:
        papers = list(dict.fromkeys([*papers, *_first_papers(editions[first:], NEWEST)]))[:NEWEST]
    return Listing(topic, tuple(papers), _last_change(editions))


def of_day(day: date) -> Listing | None:
    """The papers of all editions of ``day``; None if they list nothing. Two queries."""
    editions = _rows(Edition.objects.ready().filter(day=day))
    papers = _first_papers(editions, OF_A_DAY)
    return Listing(None, tuple(papers), _last_change(editions)) if papers else None


def _rows(editions: EditionQuerySet, most: int | None = None) -> list[_EditionRow]:
    changes = EditionChange.objects.filter(edition=OuterRef("pk")).order_by("-revision")
    rows = editions.order_by("-day", "pk").annotate(changed_at=Subquery(changes.values("at")[:1]))
    return [_EditionRow(*row) for row in rows.values_list("pk", "day", "changed_at")[:most]]


def _first_papers(editions: Sequence[_EditionRow], most: int) -> list[int]:
    """The first papers of ``editions``, newest day first, each once."""
    if not editions:
        return []
    entries = listed_entries().filter(
        Q(is_pinned=True) | Q(position__lte=2 * most), edition__in=[edition.pk for edition in editions]
    )
    order = ("-edition__day", "-is_pinned", "position", "edition__topic__position", "pk")
    papers = entries.order_by(*order).values_list("paper_id", flat=True)
    return list(dict.fromkeys(papers[: most * _TOPICS_A_PAPER]))[:most]


def _last_change(editions: Iterable[_EditionRow]) -> datetime | None:
    return max((edition.changed_at for edition in editions if edition.changed_at), default=None)
