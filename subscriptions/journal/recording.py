"""What the roads by which somebody leaves call: a wish is in the journal once it is in the database.

A wish is first a row (:class:`~subscriptions.models.UnwrittenWish`) of the transaction that fulfils it. Once
that is committed it is written to the journal and the row is deleted. So neither a process that dies in
between nor a journal that cannot be written loses it or stops anybody from leaving: it is written later.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from lib.chunks import chunked
from subscriptions.journal import files
from subscriptions.journal.files import JournalError
from subscriptions.journal.lines import Wish, WishKind
from subscriptions.models import UnwrittenWish

WRITTEN_AT_ONCE = 5000  # lines; some 600 kB
GATHERED = 100  # wishes of a batch that are written at once
WRITTEN_WITHIN = timedelta(minutes=1)  # what is younger is most likely being written
logger = logging.getLogger(__name__)
_gathering: ContextVar[list[UnwrittenWish] | None] = ContextVar("gathering", default=None)
_is_replay: ContextVar[bool] = ContextVar("is_replay", default=False)


def note(kind: WishKind, *hashes: str, to_hash: str = "") -> None:
    """Enter one wish for each of ``hashes`` when the present transaction is committed.

    They have the moment of this call, not that of what caused it: they stand in the order in which they
    happened here, whatever a forged mail says of its day.
    """
    if not hashes or _is_replay.get():
        return
    at = timezone.now()
    with transaction.atomic():
        rows = UnwrittenWish.objects.bulk_create(
            [UnwrittenWish(at=at, kind=kind, address_hash=each, to_hash=to_hash) for each in hashes],
            batch_size=WRITTEN_AT_ONCE,
        )
        transaction.on_commit(partial(_enter, rows), robust=True)


@contextmanager
def gathered() -> Iterator[None]:
    """What is noted within is written together, :data:`GATHERED` at a time and the rest however it ends."""
    if _gathering.get() is not None:
        yield
        return
    wishes: list[UnwrittenWish] = []
    token = _gathering.set(wishes)
    try:
        yield
    finally:
        _gathering.reset(token)
        _write(wishes)


@contextmanager
def not_noted() -> Iterator[None]:
    """Nothing is noted within: it comes from the journal."""
    token = _is_replay.set(True)
    try:
        yield
    finally:
        _is_replay.reset(token)


def _enter(rows: Sequence[UnwrittenWish]) -> None:
    waiting = _gathering.get()
    if waiting is None:
        _write(rows)
        return
    waiting.extend(rows)
    if len(waiting) >= GATHERED:
        together = list(waiting)
        waiting.clear()
        _write(together)


def _write(rows: Sequence[UnwrittenWish]) -> int:
    """Write ``rows`` and delete them; what the journal does not take stays. Returns how many were written.

    A process that dies between the two leaves entries twice, which changes nothing.
    """
    count = 0
    for some in chunked(rows, WRITTEN_AT_ONCE):
        try:
            files.append(Wish(row.at, WishKind(row.kind), row.address_hash, row.to_hash) for row in some)
        except JournalError as error:
            logger.error("%s %d wishes wait in the database until it can be written.", error, len(some))  # noqa: TRY400 - the sentence says it all
            break
        UnwrittenWish.objects.filter(pk__in=[row.pk for row in some]).delete()
        count += len(some)
    return count


def write_owed(now: datetime) -> int:
    """Write what is still in the database. Returns how many; 0 while the journal cannot be written."""
    count = 0
    due = UnwrittenWish.objects.filter(at__lte=now).order_by("pk")
    while rows := list(due[:WRITTEN_AT_ONCE]):
        written = _write(rows)
        count += written
        if written < len(rows):
            break
    return count


def trouble() -> str:
    """One sentence on what keeps the journal from being complete; empty if nothing does."""
    waiting = UnwrittenWish.objects.all()
    try:
        files.check()
    except JournalError as error:
        return f"{error} {waiting.count()} wishes wait in the database."
    late = waiting.filter(at__lt=timezone.now() - WRITTEN_WITHIN).count()
    return f"{late} wishes are not yet in the journal." if late else ""
