"""The second reading of a list: lines are stored in batches, so that memory stays flat."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain

from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils import translation

from lib.chunks import chunked
from newsletter.errors import InvalidInput
from newsletter.models import Topic
from subscriptions import journal
from subscriptions.addresses import address_hash, address_hashes
from subscriptions.csv_import.rows import ImportRow, RowReader, fault_of, known_topics, read_address
from subscriptions.csv_import.standings import CellVote, Standing
from subscriptions.csv_import.survey import Plan, key_of
from subscriptions.csv_import.tables import Line, Table
from subscriptions.journal import WishKind
from subscriptions.models import ConsentEvent, Departure, Subscriber, Subscription, Suppression
from subscriptions.readers.clock import local_day, next_due
from subscriptions.readers.consent import TEXT_VERSION
from subscriptions.readers.wishes import Wishes

BATCH = 1000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What becomes of one line: imported, known, suppressed, left (not subscribed there) or refused."""

    line: int
    kind: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Leaver:
    """A line whose reader left elsewhere; ``is_certain`` unless the line merely does not say yes."""

    line: int
    email: str
    reason: str
    is_certain: bool = True


def import_rows(
    table: Table,
    plan: Plan,
    *,
    source: str,
    defaults: Wishes,
    now: datetime,
) -> Iterator[LineVerdict]:
    """Store the lines of ``table``; yields a verdict on each, batch by batch.

    ``source`` says where the consent comes from and is kept with each. Nobody who is known already is
    changed, so a second run changes nothing. Who left is remembered (:class:`Departure`).
    """
    # Retired topics too: a reader of an exported list may follow one.
    rows = RowReader(plan.ours, defaults, known_topics(Topic.objects.all()))
    topic_ids = dict(Topic.objects.values_list("slug", "pk"))
    proof = {"source": source} | ({"rests_on": "the operator's word"} if plan.on_word else {})
    for batch in chunked(table.lines(), BATCH):
        with translation.override("en"):  # an operator reads the verdicts
            read = [_read(line, plan, rows) for line in batch]
        stored = _store_all(read, topic_ids, proof=proof, now=now)
        yield from (
            line_read if isinstance(line_read, LineVerdict) else stored[line_read.line] for line_read in read
        )


def _read(line: Line, plan: Plan, rows: RowReader) -> ImportRow | Leaver | LineVerdict:
    if fault := fault_of(line.cells, plan.width, needed=plan.needed):
        return LineVerdict(line.number, "refused", fault)
    standing = plan.standing(line.cells)
    try:
        email = read_address(line.cells[plan.ours["email"]])
        if standing.vote is CellVote.UNKNOWN:  # only where the line and the heading do not fit together
            return LineVerdict(
                line.number, "refused", f"{standing.column} {standing.cell[:60]!r} is not known."
            )
        if standing.vote in (CellVote.LEFT, CellVote.UNSAID):
            is_certain = standing.vote is CellVote.LEFT
            return Leaver(line.number, email, _reason(standing, plan), is_certain)
        if key_of(email) in plan.departed:
            return Leaver(line.number, email, "Another line says that this reader left.", is_certain=False)
        return rows.read(line.number, line.cells, email=email, is_paused=standing.vote is CellVote.PAUSED)
    except InvalidInput as error:
        return LineVerdict(line.number, "refused", error.message)


def _reason(standing: Standing, plan: Plan) -> str:
    if plan.all_left:
        return "Left, as --as left says."
    if standing.vote is CellVote.UNSAID:
        cause = (
            f"{standing.column} {standing.cell or 'is empty'}" if standing.column else "no column says yes"
        )
        return f"Nothing says that this reader agreed: {cause}."
    return f"Not subscribed there: {standing.column} {standing.cell}."


def _store_all(
    read: Sequence[ImportRow | Leaver | LineVerdict],
    topic_ids: Mapping[str, int],
    *,
    proof: Mapping[str, str],
    now: datetime,
) -> dict[int, LineVerdict]:
    """Store a batch; where the database refuses one line of it, each by itself."""
    store = partial(_store, topic_ids=topic_ids, proof=proof, now=now)
    try:
        return store(read)
    except (IntegrityError, DataError) as error:
        logger.warning("A batch is stored line by line: %s", type(error).__name__)
    verdicts: dict[int, LineVerdict] = {}
    for line_read in read:
        try:
            verdicts |= store([line_read])
        except (IntegrityError, DataError):  # somebody signed up with this address meanwhile, for one
            verdicts[line_read.line] = LineVerdict(
                line_read.line, "refused", "The database does not take this line."
            )
    return verdicts


@transaction.atomic
def _store(
    read: Sequence[ImportRow | Leaver | LineVerdict],
    topic_ids: Mapping[str, int],
    *,
    proof: Mapping[str, str],
    now: datetime,
) -> dict[int, LineVerdict]:
    rows = [line_read for line_read in read if isinstance(line_read, ImportRow)]
    leavers = [line_read for line_read in read if isinstance(line_read, Leaver)]
    _remember([leaver.email for leaver in leavers if leaver.is_certain], now=now)
    verdicts = {leaver.line: LineVerdict(leaver.line, "left", leaver.reason) for leaver in leavers}
    fresh = _fresh(rows, verdicts)
    _insert(fresh, topic_ids, proof=proof, now=now)
    return verdicts


def _remember(addresses: Sequence[str], *, now: datetime) -> None:
    """Keep a hash of each address that left, whoever has it here: it stops later imports and nothing else."""
    hashes = {address: address_hashes(address) for address in addresses}
    known = _known_hashes(Departure, hashes.values())
    fresh = [address_hash(address) for address, its in hashes.items() if known.isdisjoint(its)]
    Departure.objects.bulk_create(
        [Departure(address_hash=each, at=now) for each in fresh], ignore_conflicts=True
    )
    journal.note(WishKind.DEPARTED, *fresh)


def _known_hashes(model: type[Departure] | type[Suppression], hashes: Iterable[Sequence[str]]) -> set[str]:
    wanted = set(chain.from_iterable(hashes))
    if not wanted:
        return set()
    return set(model.objects.filter(address_hash__in=wanted).values_list("address_hash", flat=True))


def _fresh(rows: Sequence[ImportRow], verdicts: dict[int, LineVerdict]) -> list[ImportRow]:
    """The rows of people who are new here and may be written to; ``verdicts`` gets one for every row."""
    lowered = {row.line: row.email.lower() for row in rows}
    hashes = {row.line: address_hashes(row.email) for row in rows}
    known = set(
        Subscriber.objects.annotate(low=Lower("email"))
        .filter(low__in=set(lowered.values()))
        .values_list("low", flat=True)
    )
    suppressed = _known_hashes(Suppression, hashes.values())
    departed = _known_hashes(Departure, hashes.values())
    fresh: list[ImportRow] = []
    for row in rows:
        if not suppressed.isdisjoint(hashes[row.line]):
            verdicts[row.line] = LineVerdict(row.line, "suppressed", "This address must not be written to.")
        elif lowered[row.line] in known:
            verdicts[row.line] = LineVerdict(row.line, "known")
        elif not departed.isdisjoint(hashes[row.line]):
            verdicts[row.line] = LineVerdict(row.line, "left", "An earlier list says that this reader left.")
        else:
            known.add(lowered[row.line])
            fresh.append(row)
            verdicts[row.line] = LineVerdict(row.line, "imported")
    return fresh


def _insert(
    rows: Sequence[ImportRow], topic_ids: Mapping[str, int], *, proof: Mapping[str, str], now: datetime
) -> None:
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
            detail={**proof, "confirmed_there": row.confirmed},
        )
        for person, row in zip(people, rows, strict=True)
    )


def _subscriber(row: ImportRow, *, now: datetime, due: Callable[..., datetime]) -> Subscriber:
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
        layout=wishes.layout,
        groups_topics=wishes.groups_topics,
        taste=Subscriber.Taste.UNTOLD,  # the other service's form said nothing of it
        confirmed_at=now,
        next_due_at=None
        if is_paused
        else due(zone=wishes.time_zone, hour=wishes.hour, cadence=wishes.cadence, weekday=wishes.weekday),
    )
