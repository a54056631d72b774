"""A connection of its own that sees one moment of a database, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def snapshot(alias: str = DEFAULT_DB_ALIAS, *, hold_writers: bool = False) -> Iterator[BaseDatabaseWrapper]:
    """Read from it only. PostgreSQL: REPEATABLE READ. SQLite: a reading transaction of the write-ahead log.

    Neither waits for a writer or makes one wait, unless SQLite is told to ``hold_writers`` until the end.
    """
    connection = connections.create_connection(alias)
    try:
        if connection.vendor == "postgresql":
            connection.set_autocommit(False)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            else:
                cursor.execute("BEGIN IMMEDIATE" if hold_writers else "BEGIN DEFERRED")
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")  # the moment is that of the first look
        yield connection
    finally:
        if connection.connection is not None:
            connection.connection.rollback()  # Django does not close a database that is in memory
        connection.close()
