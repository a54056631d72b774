"""Lines of a table (:mod:`operations.backups.tables`) into a database; all in the caller's transaction."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.management.color import no_style
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from lib.chunks import chunked
from operations.backups.errors import BackupError
from operations.backups.tables import Table

WRITTEN_AT_ONCE = 1000  # rows
FAR_AHEAD = 1_000_000_000  # ids


def has_rows(connection: BaseDatabaseWrapper, table: Table) -> bool:
    """Whether ``table`` has any row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table.name)} LIMIT 1")
        return cursor.fetchone() is not None


def empty(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    """Delete all rows of ``tables``, which name each other."""
    names = [connection.ops.quote_name(table.name) for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)}")
            return
        for name in names:
            cursor.execute(f"DELETE FROM {name}")


def write_lines(
    connection: BaseDatabaseWrapper, table: Table, lines: Iterable[bytes], columns: Sequence[str]
) -> None:
    """Insert ``lines``, whose values are those of ``columns``. Raises :class:`BackupError`."""
    by_name = {each.name: each for each in table.columns}
    if missing := set(columns) - set(by_name):
        raise BackupError(f"{table.label} has no column {', '.join(sorted(missing))}.")
    kinds = [by_name[name].kind for name in columns]
    write = _copy if connection.vendor == "postgresql" else _insert
    try:
        write(connection, table, lines, columns, kinds)
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BackupError(f"{table.label}: a row cannot be written: {reason}") from error


def _copy(
    connection: BaseDatabaseWrapper,
    table: Table,
    lines: Iterable[bytes],
    columns: Sequence[str],
    kinds: Sequence[str],
) -> None:
    """PostgreSQL reads the texts of all kinds but that of bytes."""
    of_bytes = [place for place, kind in enumerate(kinds) if kind == "BinaryField"]
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(table.name)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for line in lines:
            values = json.loads(line)
            for place in of_bytes:
                values[place] = _bytes(values[place])
            copy.write_row(values)


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)


def _insert(
    connection: BaseDatabaseWrapper,
    table: Table,
    lines: Iterable[bytes],
    columns: Sequence[str],
    kinds: Sequence[str],
) -> None:
    adapt: dict[str, Callable[[Any], Any]] = {
        "BinaryField": base64.b64decode,
        "DateTimeField": lambda text: connection.ops.adapt_datetimefield_value(datetime.fromisoformat(text)),
        "DecimalField": lambda text: connection.ops.adapt_decimalfield_value(Decimal(text)),
        "UUIDField": lambda text: text.replace("-", ""),
    }
    adapted = [(place, adapt[kind]) for place, kind in enumerate(kinds) if kind in adapt]
    names = ", ".join(map(connection.ops.quote_name, columns))
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {connection.ops.quote_name(table.name)} ({names}) VALUES ({marks})"
    with connection.cursor() as cursor:
        for some in chunked(lines, WRITTEN_AT_ONCE):
            rows = [json.loads(line) for line in some]
            for row in rows:
                for place, change in adapted:
                    if row[place] is not None:
                        row[place] = change(row[place])
            cursor.executemany(statement, rows)


def set_sequences(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    """The next row of each table gets an id that none has; SQLite sees to that itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)


def skip_ids(connection: BaseDatabaseWrapper, table: str) -> None:
    """The next row of ``table`` gets an id far from those that were given out after the backup.

    What comes back for a mail names its row by the id: a new row must not answer for a mail of a lost one.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {connection.ops.quote_name(table)}")
        ahead = (cursor.fetchone()[0] or 0) + FAR_AHEAD
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, ahead])
            return
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, ahead])
