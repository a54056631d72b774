"""From SQLite to PostgreSQL: every row of every table, counted and compared on both sides."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import environ
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField

from lib.masking import mask_passwords
from operations.backups import loading, running, schemas
from operations.backups.errors import BackupError, RefusedError
from operations.backups.restoring import FRESH
from operations.backups.snapshots import snapshot
from operations.backups.tables import Table, TableSum, read_lines, tables_of

TARGET = "move_target"
TOLD_AFTER = 1000  # rows
Progress = Callable[[int, int], object]
"""Called with how many rows were written since the last call, and how many there are."""


@dataclass(frozen=True, slots=True)
class MovedTable:
    """A table that is the same on both sides."""

    label: str
    rows: int
    checksum: str


def move(
    url: str, *, source: str = DEFAULT_DB_ALIAS, progress: Progress = lambda _rows, _all: None
) -> list[MovedTable]:
    """Copy all tables of ``source`` into the PostgreSQL database at ``url``, which is migrated and unused.

    One transaction there; the source is only read, and nobody writes to it meanwhile if it is SQLite.
    Raises :class:`BackupError` if anything stands in the way or differs: then the target is as it was.
    """
    _refuse_running(source)
    with _target(url) as target, _source(source) as seen:
        present = schemas.applied(seen)
        if present != schemas.known(seen):
            raise RefusedError("The database is not of this version. First run: python manage.py migrate")
        tables = tables_of(schemas.registry_of(seen, present))
        _refuse_used(target, present, tables, url)
        total = schemas.counts(tables, seen)
        moved = _copy_all(seen, target, tables, lambda rows: progress(rows, total))
        with target.cursor() as cursor:
            cursor.execute("ANALYZE")
    return moved


def _refuse_running(source: str) -> None:
    if running.is_running(source):
        raise RefusedError(
            "Paperpost is running, or was a moment ago: stop all its processes (web, workers, beat, watch), "
            f"wait {running.silence().total_seconds():.0f} seconds, and move then. What is written to the "
            "old database meanwhile would be lost."
        )


@contextmanager
def _source(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """A web process leaves no sign of life: while rows are copied, what it would write fails and is told."""
    with ExitStack() as held:
        try:
            seen = held.enter_context(snapshot(alias, hold_writers=True))
        except OperationalError as error:
            raise RefusedError(
                f"Something is writing to the old database ({error}): stop all processes of Paperpost (web, "
                "workers, beat, watch), and move then."
            ) from error
        _refuse_running(alias)
        yield seen


@contextmanager
def _target(url: str) -> Iterator[BaseDatabaseWrapper]:
    shown = mask_passwords(url)
    options: dict[str, Any] = dict(environ.Env.db_url_config(url)) if "://" in url else {}
    if options.get("ENGINE") != "django.db.backends.postgresql":
        raise RefusedError(f"{shown!r} is no PostgreSQL database: write postgres://user:password@host/name.")
    connections.settings[TARGET] = connections.configure_settings({DEFAULT_DB_ALIAS: options})[
        DEFAULT_DB_ALIAS
    ]
    target = connections[TARGET]
    try:
        target.ensure_connection()
    except DatabaseError as error:
        reason = (str(error).strip().splitlines() or ["no answer"])[0]
        raise BackupError(f"{shown} does not answer: {mask_passwords(reason)}") from error
    else:
        yield target
    finally:
        target.close()
        del connections[TARGET], connections.settings[TARGET]


def _refuse_used(
    target: BaseDatabaseWrapper, present: schemas.Migrations, tables: Iterable[Table], url: str
) -> None:
    if not schemas.has_tables(target) or schemas.applied(target) != present:
        raise RefusedError(
            f"{mask_passwords(url)} has not the tables of this version. First run, with DATABASE_URL set to "
            "it: python manage.py migrate"
        )
    for table in tables:
        if table.label not in FRESH and loading.has_rows(target, table):
            raise RefusedError(
                f"{mask_passwords(url)} has rows ({table.label}): move into a migrated database without any."
            )


def _copy_all(
    seen: BaseDatabaseWrapper,
    target: BaseDatabaseWrapper,
    tables: list[Table],
    tell: Callable[[int], object],
) -> list[MovedTable]:
    try:
        with transaction.atomic(using=target.alias):
            loading.empty(target, tables)
            moved = [_copy(seen, target, table, tell) for table in tables]
            loading.set_sequences(target, tables)
            for table in tables:
                _go_on_counting(seen, target, table)
    except DatabaseError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BackupError(f"Nothing was moved: {reason}") from error
    return moved


def _copy(
    seen: BaseDatabaseWrapper, target: BaseDatabaseWrapper, table: Table, tell: Callable[[int], object]
) -> MovedTable:
    here, there = TableSum(), TableSum()

    def counted() -> Iterator[bytes]:
        for line in read_lines(seen, table):
            here.add(line)
            yield line
            if not here.rows % TOLD_AFTER:
                tell(TOLD_AFTER)
        tell(here.rows % TOLD_AFTER)

    loading.write_lines(target, table, counted(), [column.name for column in table.columns])
    for line in read_lines(target, table):
        there.add(line)
    if here != there:
        raise BackupError(
            f"{table.label} differs: {here.rows} rows here, {there.rows} there, or not the same ones. "
            "Nothing was moved."
        )
    return MovedTable(table.label, here.rows, here.checksum)


def _go_on_counting(seen: BaseDatabaseWrapper, target: BaseDatabaseWrapper, table: Table) -> None:
    """Ids that SQLite gave out to rows that are gone are not given out again."""
    key = table.model._meta.pk
    if seen.vendor != "sqlite" or not isinstance(key, AutoField):
        return
    with seen.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        row = cursor.fetchone()
    if row and row[0]:
        with target.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table.name, key.column, row[0]]
            )
