"""One at a time: work that must not run twice at once takes its turn here, over all machines."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


def lock_key(name: str) -> int:
    """The number under which PostgreSQL knows the turn of ``name``."""
    return zlib.crc32(f"paperpost {name}".encode())


@contextmanager
def only_run(name: str, *, wait: bool = False) -> Iterator[bool]:
    """True for the only run of ``name`` over this database; False if another is at work, unless we ``wait``.

    PostgreSQL's advisory lock over all machines; on SQLite, which is one machine, a lock on a file. Both are
    let go by the system when their holder dies.
    """
    if connection.vendor == "postgresql":
        key = lock_key(name)
        take = "pg_advisory_lock(%s) IS NOT NULL" if wait else "pg_try_advisory_lock(%s)"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {take}", [key])
            held = bool(cursor.fetchone()[0])
        try:
            yield held
        finally:
            if held:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
        return
    with (Path(settings.VAR_DIR) / f"{name}.lock").open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = False
        else:
            held = True
        yield held
