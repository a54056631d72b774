"""What the roads by which somebody leaves call: a wish is in the journal once it is in the database.

A journal that cannot be written stops nobody from leaving: the entry waits in the database
(:class:`~subscriptions.models.UnwrittenWish`), the log and the operator are told, and it is written later.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from django.db import DatabaseError, transaction
from django.utils import timezone

from lib.chunks import chunked
from subscriptions.journal import files
from subscriptions.journal.files import JournalError
from subscriptions.journal.lines import Wish, WishKind
from subscriptions.models import UnwrittenWish

WRITTEN_AT_ONCE = 5000  # lines; some 600 kB
logger = logging.getLogger(__name__)
_gathering: ContextVar[list[Wish] | None] = ContextVar("gathering", default=None)


def note(kind: WishKind, *hashes: str, to_hash: str = "") -> None:
    """Enter one wish for each of ``hashes`` when the present transaction is committed.

    They have the moment of this call, not that of what caused it: they stand in the order in which they
    happened here, whatever a forged mail says of its day.
    """
    at = timezone.now()
    wishes = [Wish(at, kind, address_hash, to_hash) for address_hash in hashes]
    if wishes:
        transaction.on_commit(partial(_enter, wishes), robust=True)


@contextmanager
def gathered() -> Iterator[None]:
    """What is noted within is written at once at the end, however it ends: one write for a whole batch."""
    if _gathering.get() is not None:
        yield
        return
    wishes: list[Wish] = []
    token = _gathering.set(wishes)
    try:
        yield
    finally:
        _gathering.reset(token)
        if wishes:
            _write(wishes)


@contextmanager
def not_noted() -> Iterator[None]:
    """Nothing is noted within: it comes from the journal."""
    token = _gathering.set([])
    try:
        yield
    finally:
        _gathering.reset(token)


def _enter(wishes: Sequence[Wish]) -> None:
    waiting = _gathering.get()
    if waiting is None:
        _write(wishes)
    else:
        waiting.extend(wishes)


def _write(wishes: Iterable[Wish]) -> None:
    for some in chunked(wishes, WRITTEN_AT_ONCE):
        try:
            files.append(some)
        except JournalError as error:
            logger.error("%s %d wishes wait in the database until it can be written.", error, len(some))  # noqa: TRY400 - the sentence says it all
            _keep(some)


def _keep(wishes: Iterable[Wish]) -> None:
    try:
        UnwrittenWish.objects.bulk_create(
            UnwrittenWish(at=wish.at, kind=wish.kind, address_hash=wish.address_hash, to_hash=wish.to_hash)
            for wish in wishes
        )
    except DatabaseError:
        logger.exception("The database does not take them either: these wishes are not in the journal.")


def write_owed(now: datetime) -> int:
    """Write what an earlier failure left in the database. Returns how many; 0 while it still fails.

    A process that dies in between leaves entries twice, which changes nothing.
    """
    count = 0
    due = UnwrittenWish.objects.filter(at__lte=now).order_by("pk")
    while rows := list(due[:WRITTEN_AT_ONCE]):
        try:
            files.append(Wish(row.at, WishKind(row.kind), row.address_hash, row.to_hash) for row in rows)
        except JournalError as error:
            logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            break
        UnwrittenWish.objects.filter(pk__in=[row.pk for row in rows]).delete()
        count += len(rows)
    return count


def trouble() -> str:
    """One sentence on what keeps the journal from being complete; empty if nothing does."""
    waiting = UnwrittenWish.objects.count()
    try:
        files.check()
    except JournalError as error:
        return f"{error} {waiting} wishes wait in the database."
    return f"{waiting} wishes are not yet in the journal." if waiting else ""
