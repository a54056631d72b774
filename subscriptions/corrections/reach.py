"""Who had a paper: read from the ledger, day by day, on those days on which it was mailed.

There is no table of papers and readers: thirty rows a digest would be ten times what a digest takes. A paper
leaves on a few days only, and ``MailedPaper`` knows which.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Min, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from newsletter.models import Announcement, Correction, MailedPaper, SummaryRevision
from newsletter.models.states import CorrectionKind
from subscriptions.carried import revision_at
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState
from subscriptions.stored_picks import Place, read_named, read_place

ROWS_AT_ONCE = 5000
_A_DAY = timedelta(days=1)
_HELD_UP = timedelta(days=31)  # a digest that failed may be sent again by hand, under its own day
_HAD = (DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.SENDING)
IN_FLIGHT = (DeliveryState.CLAIMED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Copy:
    """A paper in one digest. ``revision`` of its summary: 0 for an extract, None where it is not known.

    ``is_certain``: the mail server took the digest. ``is_card``: the paper stood in full, not in one line.
    ``topics`` are the ids of those for which it was picked.
    """

    reader: int
    language: str
    is_certain: bool
    is_card: bool
    revision: int | None
    topics: tuple[int, ...]


@dataclass(slots=True)
class Reach:
    """The readers (ids) in one language who had a paper: ``sent`` for certain, ``possible`` perhaps."""

    sent: set[int] = field(default_factory=set)
    possible: set[int] = field(default_factory=set)
    by_topic: Counter[int] = field(default_factory=Counter)
    by_copy: dict[tuple[bool, int | None], set[int]] = field(default_factory=dict)

    def add(self, copy: Copy) -> None:
        """Count one digest."""
        if copy.reader not in self.sent and copy.reader not in self.possible:
            self.by_topic.update(copy.topics)
        if copy.is_certain:
            self.sent.add(copy.reader)
            self.possible.discard(copy.reader)
        elif copy.reader not in self.sent:
            self.possible.add(copy.reader)
        self.by_copy.setdefault((copy.is_card, copy.revision), set()).add(copy.reader)

    @property
    def readers(self) -> set[int]:
        """Everybody who had it, or may have had it."""
        return self.sent | self.possible

    def concerned(self, correction: Correction) -> set[int]:
        """Those who had what ``correction`` is about. One query."""
        if correction.kind == CorrectionKind.RECALL:
            return self.readers
        wrong = _wrong_revisions(correction)
        return {
            reader
            for (is_card, revision), readers in self.by_copy.items()
            if wrong.has(is_card=is_card, revision=revision)
            for reader in readers
        }


@dataclass(frozen=True, slots=True)
class _WrongRevisions:
    """The revisions (numbers) of which a card, and those of which a line, said something wrong."""

    cards: Collection[int]
    lines: Collection[int]

    def has(self, *, is_card: bool, revision: int | None) -> bool:
        """Whether a copy said it. One of which the revision is not known may have, if any did."""
        wrong = self.cards if is_card else self.lines
        return bool(wrong) if revision is None else revision in wrong


def _wrong_revisions(correction: Correction) -> _WrongRevisions:
    """Those before the right one that said otherwise in words of ours; a line says its title alone.

    A revision that has no row counts for cards: what it said is not known.
    """
    number = correction.to_revision or 0
    rows = SummaryRevision.objects.of(correction.paper_id, correction.language).filter(number__lte=number)
    revisions = {row.number: row for row in rows}
    right, quoted = revisions.pop(number, None), revisions.get(correction.wrong_revision)
    is_about_title = bool(right and quoted and quoted.title and quoted.title != right.title)
    titled = {
        row.number
        for row in revisions.values()
        if is_about_title and row.title and right and row.title != right.title
    }
    harmless = {
        row.number
        for row in revisions.values()
        if not row.is_summary or (right and row.statements == right.statements)
    }
    return _WrongRevisions(cards=(set(range(1, number)) - harmless) | titled, lines=titled)


def reach_of(paper: int, languages: Collection[str] = ()) -> dict[str, Reach]:
    """Who had ``paper`` (id), by language; of all ``languages`` if none are given."""
    reached: dict[str, Reach] = {}
    for copy in copies_of(paper, languages):
        reached.setdefault(copy.language, Reach()).add(copy)
    return reached


def copies_of(paper: int, languages: Collection[str] = ()) -> Iterator[Copy]:
    """The digests with ``paper``, a day at a time. Their rows pass through memory, but are not kept."""
    first, last = mailed_between(paper)
    rows = Delivery.objects.filter(state__in=_HAD)
    if languages:
        rows = rows.filter(language__in=languages)
    columns = rows.values_list(
        "subscriber_id", "language", "state", "revisions", Cast("picks", TextField())
    ).order_by()
    day = first
    while day <= last:
        for *row, stored in columns.filter(day=day).iterator(ROWS_AT_ONCE):
            place = read_place(stored, paper)
            if place is not None and (copy := _copy(place, row)) is not None:
                yield copy
        day += _A_DAY


def mailed_between(paper: int) -> tuple[date, date]:
    """The first and the last of the readers' days whose digests may hold ``paper``; none: the last is first.

    Readers' days are a day before or after those of the server. A digest that was put off bears the day on
    which it was chosen, which was not before the paper was announced.
    """
    row = MailedPaper.objects.filter(paper=paper).first()
    if row is None:
        return date.max, date.min
    announced = Announcement.objects.filter(paper=paper).aggregate(day=Min("day"))["day"] or row.since
    first = min(row.since, max(announced, row.since - _HELD_UP))
    return first - _A_DAY, (row.until or timezone.now().date()) + _A_DAY


def is_in_flight(paper: int) -> bool:
    """Whether a digest with ``paper`` is being sent: what it carries is not known yet."""
    rows = Delivery.objects.filter(state__in=IN_FLIGHT).values_list(Cast("picks", TextField()), flat=True)
    return any(paper in read_named(stored) for stored in rows.iterator(ROWS_AT_ONCE))


def _copy(place: Place, row: Sequence[Any]) -> Copy | None:
    """What a digest said of a paper at ``place`` of its picks; None if it was left out of the mail."""
    reader, language, state, revisions = row
    is_card, revision = place.at < place.full, None
    with suppress(ValueError):  # not known which
        carried = revision_at(revisions, place.at, full=place.full)
        if carried is None:
            return None
        is_card, revision = carried
    return Copy(
        reader=reader,
        language=language,
        is_certain=state == DeliveryState.SENT,
        is_card=is_card,
        revision=revision,
        topics=place.topics,
    )
