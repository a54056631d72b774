"""Named locks, over all machines that share a database: for work that must not run twice at once."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


def lock_key(name: str) -> int:
    """The number of the lock ``name`` among PostgreSQL's advisory locks."""
    return zlib.crc32(f"paperpost {name}".encode())


@contextmanager
def run_lock(name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock ``name``; yields whether it was acquired. Without ``wait`` it may be another process's.

    PostgreSQL: an advisory lock of the session. SQLite, which one machine uses: ``flock(2)`` on a file of
    ``VAR_DIR``. The system releases both when the process ends, however it ends.
    """
    lock = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with lock(name, wait=wait) as acquired:
        yield acquired


@contextmanager
def _advisory_lock(name: str, *, wait: bool) -> Iterator[bool]:
    key = lock_key(name)
    lock = "pg_advisory_lock(%s) IS NOT NULL" if wait else "pg_try_advisory_lock(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}", [key])
        acquired = bool(cursor.fetchone()[0])
    try:
        yield acquired
    finally:
        if acquired:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(name: str, *, wait: bool) -> Iterator[bool]:
    with (Path(settings.VAR_DIR) / f"{name}.lock").open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            acquired = False
        else:
            acquired = True
        yield acquired
