"""Lists of subscribers as CSV: taken in from Mailchimp, listmonk or by hand, and written out again.

Reading a line is pure (:func:`read_row`); lines are stored in batches, so that memory stays flat.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any, TextIO

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import translation

from newsletter.errors import InvalidInput
from newsletter.languages import language
from newsletter.models import Topic
from subscriptions.addresses import address_hashes, normalise
from subscriptions.clock import local_day, next_due, zone_named
from subscriptions.consent import TEXT_VERSION
from subscriptions.models import ConsentEvent, Subscriber, Subscription, Suppression
from subscriptions.portability import harmless
from subscriptions.queries import distinct, read_keywords
from subscriptions.states import Cadence
from subscriptions.wishes import Wishes

BATCH = 1000
LONGEST_CELL = 20_000

# Our name of a column: the headings under which others keep the same. Mailchimp writes "Email Address" and
# "OPTIN_TIME", listmonk "email", "status" and "attributes".
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e-mail", "email address", "e-mail address", "email_address", "mail", "address"),
    "state": ("state", "status", "subscriber_status", "member_status"),
    "language": ("language", "lang", "locale", "preferred language", "preferred_language"),
    "time_zone": ("time_zone", "time zone", "timezone", "tz"),
    "hour": ("hour", "delivery_hour"),
    "cadence": ("cadence", "frequency"),
    "weekday": ("weekday",),
    "size": ("size",),
    "wants_updates": ("wants_updates",),
    "topics": ("topics",),
    "queries": ("queries", "keywords"),
    "paused_until": ("paused_until",),
    "confirmed_at": ("confirmed_at", "confirm_time", "optin_time", "opt-in time", "subscribed_at"),
}
_NOT_SUBSCRIBED = frozenset(
    (
        *("unsubscribed", "cleaned", "bounced", "blocklisted", "blacklisted", "disabled", "complained"),
        *("suppressed", "pending", "non-subscribed", "archived"),
    )
)
_SEPARATOR = ";"
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line that can be stored. ``confirmed`` is the consent's own date as the file has it.

    ``paused_until`` is the day until which the reader wants no digest, if there is one.
    """

    line: int
    email: str
    wishes: Wishes
    confirmed: str = ""
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one line: imported, known, suppressed, left (not subscribed there) or refused."""

    line: int
    kind: str
    reason: str = ""


def columns_of(heading: Sequence[str]) -> dict[str, int]:
    """Our columns' places in a heading. Raises InvalidInput without a column of addresses."""
    folded = [name.strip().lstrip("\ufeff").casefold() for name in heading]
    found = {
        ours: folded.index(theirs[0])
        for ours, names in _HEADINGS.items()
        if (theirs := [name for name in names if name in folded])
    }
    if "email" not in found:
        raise InvalidInput(
            "The first line has no column of addresses; it needs one that is called email or Email Address."
        )
    return found


def read_row(
    line: int,
    cells: Sequence[str],
    columns: Mapping[str, int],
    *,
    defaults: Wishes,
    topics: Mapping[str, str],
) -> Row | Verdict:
    """One line as a :class:`Row`, or why it is not one. ``topics`` maps folded slugs and names to slugs."""
    given = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
    if any(len(cell) > LONGEST_CELL or "\0" in cell for cell in cells):
        return Verdict(line, "refused", "A cell is too long or holds a NUL character.")
    if given.get("state", "").casefold() in _NOT_SUBSCRIBED:
        return Verdict(line, "left", f"Not subscribed there: {given['state']}.")
    is_paused = given.get("state", "").casefold() == Subscriber.State.PAUSED
    if is_paused and not given.get("paused_until"):
        return Verdict(line, "left", "Paused there, and the line does not say until when.")
    try:
        email = normalise(_bare(given.get("email", "")))
        wishes = _wishes(given, defaults=defaults, topics=topics)
        paused_until = _day(given["paused_until"]) if is_paused else None
    except InvalidInput as error:
        return Verdict(line, "refused", error.message)
    return Row(line, email, wishes, given.get("confirmed_at", ""), paused_until)


def _bare(cell: str) -> str:
    """Without the apostrophe that keeps spreadsheets from computing."""
    return cell[1:] if cell[:1] == "'" and harmless(cell[1:]) == cell else cell


def _wishes(given: Mapping[str, str], *, defaults: Wishes, topics: Mapping[str, str]) -> Wishes:
    changes: dict[str, Any] = {
        name: read(given[name]) for name, read in _CELLS.items() if given.get(name, "") != ""
    }
    if names := given.get("topics"):
        wanted = [name.strip() for name in names.split(_SEPARATOR) if name.strip()]
        unknown = [name for name in wanted if name.casefold() not in topics]
        if unknown:
            raise InvalidInput(f"Unknown topic {unknown[0][:60]!r}.")
        changes["topics"] = tuple(dict.fromkeys(topics[name.casefold()] for name in wanted))
    wishes = replace(defaults, **changes)
    if not wishes.topics and not wishes.queries:
        raise InvalidInput("No topic is given, and none by --topics.")
    return wishes


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text[:20]!r} is no day such as 2026-03-18.") from error


def _zone(text: str) -> str:
    return zone_named(text).key


def _number(name: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
            raise InvalidInput(f"{name} {text[:20]!r} is not a number from {low} to {high}.")
        return int(text)

    return read


def _cadence(text: str) -> str:
    if text not in Cadence.values:
        raise InvalidInput(f"Unknown cadence {text[:20]!r}; use {', '.join(Cadence.values)}.")
    return text


def _yes_or_no(text: str) -> bool:
    said = text.casefold()
    if said not in _YES | _NO:
        raise InvalidInput(f"{text[:20]!r} is neither yes nor no.")
    return said in _YES


def _queries(text: str) -> tuple[str, ...]:
    return distinct(read_keywords(_bare(text).replace(_SEPARATOR, "\n")))


def _language(code: str) -> str:
    """The nearest language of ours: "en-GB" is English."""
    try:
        return language(code).code
    except InvalidInput:
        return language(code.replace("_", "-").partition("-")[0]).code


_CELLS: Mapping[str, Callable[[str], Any]] = {
    "language": _language,
    "time_zone": _zone,
    "hour": _number("hour", 0, 23),
    "weekday": _number("weekday", 0, 6),
    "size": _number("size", 1, 50),
    "cadence": _cadence,
    "wants_updates": _yes_or_no,
    "queries": _queries,
}


def known_topics(topics: Iterable[Topic]) -> dict[str, str]:
    """Folded slugs and English names of ``topics``, to slugs."""
    found = {}
    for topic in topics:
        found[topic.slug.casefold()] = found[topic.name_in("en").casefold()] = topic.slug
    return found


def read_slugs(text: str) -> tuple[str, ...]:
    """The topics that a text names, by slugs or English names with commas between. Raises InvalidInput."""
    topics = known_topics(Topic.objects.active())
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name.casefold() not in topics:
            raise InvalidInput(f"Unknown topic {name[:60]!r}.")
    return tuple(dict.fromkeys(topics[name.casefold()] for name in wanted))


def import_rows(
    lines: Iterable[Sequence[str]], *, source: str, defaults: Wishes, now: datetime
) -> Iterator[Verdict]:
    """Store the lines of a CSV, its heading first; yields a verdict on each, batch by batch.

    ``source`` says where the consent comes from and is kept with each. Nobody who is known already is
    changed, so a second run changes nothing.
    """
    numbered = enumerate(lines, 1)
    first = next(numbered, None)
    if first is None:
        raise InvalidInput("The file is empty.")
    # Retired topics too: a reader of an exported list may follow one.
    columns, topics = columns_of(first[1]), known_topics(Topic.objects.all())
    topic_ids = dict(Topic.objects.values_list("slug", "pk"))
    while batch := list(islice(numbered, BATCH)):
        with translation.override("en"):  # an operator reads the verdicts
            read = [
                read_row(number, cells, columns, defaults=defaults, topics=topics)
                for number, cells in batch
                if any(cells)
            ]
        stored = _store([row for row in read if isinstance(row, Row)], topic_ids, source=source, now=now)
        yield from (row if isinstance(row, Verdict) else stored[row.line] for row in read)


@transaction.atomic
def _store(
    rows: Sequence[Row], topic_ids: Mapping[str, int], *, source: str, now: datetime
) -> dict[int, Verdict]:
    lowered = {row.line: row.email.lower() for row in rows}
    hashes = {row.line: address_hashes(row.email) for row in rows}
    known = set(
        Subscriber.objects.annotate(low=Lower("email"))
        .filter(low__in=set(lowered.values()))
        .values_list("low", flat=True)
    )
    suppressed = set(
        Suppression.objects.filter(address_hash__in=set(chain.from_iterable(hashes.values()))).values_list(
            "address_hash", flat=True
        )
    )
    verdicts: dict[int, Verdict] = {}
    fresh: list[Row] = []
    for row in rows:
        if not suppressed.isdisjoint(hashes[row.line]):
            verdicts[row.line] = Verdict(row.line, "suppressed", "This address must not be written to.")
        elif lowered[row.line] in known:
            verdicts[row.line] = Verdict(row.line, "known")
        else:
            known.add(lowered[row.line])
            fresh.append(row)
            verdicts[row.line] = Verdict(row.line, "imported")
    _insert(fresh, topic_ids, source=source, now=now)
    return verdicts


def _insert(rows: Sequence[Row], topic_ids: Mapping[str, int], *, source: str, now: datetime) -> None:
    due = lru_cache(maxsize=None)(partial(next_due, now))  # a few clocks for many people
    people = Subscriber.objects.bulk_create([_subscriber(row, now=now, due=due) for row in rows])
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, topic_id=topic_ids[slug])
        for person, row in zip(people, rows, strict=True)
        for slug in row.wishes.topics
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subscriber=person,
            kind=ConsentEvent.Kind.IMPORTED,
            at=now,
            text_version=TEXT_VERSION,
            language=row.wishes.language,
            detail={"source": source, "confirmed_there": row.confirmed},
        )
        for person, row in zip(people, rows, strict=True)
    )


def _subscriber(row: Row, *, now: datetime, due: Callable[..., datetime]) -> Subscriber:
    wishes = row.wishes
    is_paused = row.paused_until is not None and row.paused_until > local_day(now, wishes.time_zone)
    return Subscriber(
        email=row.email,
        state=Subscriber.State.PAUSED if is_paused else Subscriber.State.ACTIVE,
        paused_until=row.paused_until if is_paused else None,
        language=wishes.language,
        time_zone=wishes.time_zone,
        hour=wishes.hour,
        cadence=wishes.cadence,
        weekday=wishes.weekday,
        size=wishes.size,
        queries=list(wishes.queries),
        wants_updates=wishes.wants_updates,
        confirmed_at=now,
        next_due_at=None
        if is_paused
        else due(zone=wishes.time_zone, hour=wishes.hour, cadence=wishes.cadence, weekday=wishes.weekday),
    )


_EXPORTED = (
    *("email", "state", "language", "time_zone", "hour", "cadence", "weekday", "size"),
    "wants_updates",
)


def export_rows(file: TextIO, *, progress: Callable[[int], object]) -> int:
    """Write all subscribers to ``file`` as CSV that :func:`import_rows` reads; returns how many."""
    table = csv.writer(file)
    table.writerow((*_EXPORTED, "paused_until", "topics", "queries", "confirmed_at"))
    written = 0
    people = Subscriber.objects.order_by("pk").prefetch_related("topics")
    for person in people.iterator(chunk_size=BATCH):
        slugs = sorted(topic.slug for topic in person.topics.all())
        table.writerow(
            (
                *(harmless(str(getattr(person, name))) for name in _EXPORTED),
                person.paused_until.isoformat() if person.paused_until else "",
                _SEPARATOR.join(slugs),
                harmless(_SEPARATOR.join(person.queries)),
                person.confirmed_at.isoformat() if person.confirmed_at else "",
            )
        )
        written += 1
        progress(1)
    return written
