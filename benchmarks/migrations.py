"""How long each migration holds a large table on PostgreSQL, where others wait meanwhile; on SQLite its time.

An installation of the first migrations with 2,000,000 rows in each table that grows is upgraded, a migration
at a time, while another connection looks at ``pg_locks``. ``migration.NAME`` is how long, in milliseconds and
at most, a large table was held so that nobody wrote to it (nor read it, with the strongest lock); ``seconds``
what the migration took: those with many rows to write take minutes, beside others.

SQLite has one writer, so everybody waits for a migration: ``migration.sqlite.NAME`` is its whole time, with a
tenth of the rows.
"""

import json
import logging
import multiprocessing
import os
import tempfile
import threading
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

SCALE = float(os.environ.get("SCALE", "1"))
ROWS = max(1000, int(2_000_000 * SCALE))
SHARE_ON_SQLITE = 0.1
LONGEST = 1.0  # seconds
LOOK = 0.005  # seconds between two looks
_HELD = """
SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
WHERE granted AND locktype = 'relation' AND relname = ANY(%s)
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


def main() -> int:
    """Print the figures, one JSON object a line; 1 if a table is held for longer than :data:`LONGEST`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-migrations-")))
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        from tests.postgres import start_postgres

        postgres = start_postgres(folder / "postgres")
        stack.callback(postgres.cleanup)
        return max(
            run(folder, postgres.get_uri()),
            run(folder, f"sqlite:///{folder / 'migrations.sqlite3'}"),
        )


def run(folder: Path, url: str) -> int:
    """Upgrade the database at ``url`` in a process of its own. Returns its exit status."""
    process = multiprocessing.get_context("spawn").Process(target=upgrade, args=(folder, url))
    process.start()
    process.join()
    return process.exitcode or 0


def upgrade(folder: Path, url: str) -> None:
    """Fill the first schema, and carry out what has come since, one by one."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        ENV_FILE="",
        DEBUG="1",
        VAR_DIR=str(folder / "var"),
        DATABASE_URL=url,
    )
    import django

    django.setup()
    logging.disable(logging.WARNING)
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from benchmarks._migration_rows import FIRST, fill

    is_postgres = connection.vendor == "postgresql"
    rows, prefix = (ROWS, "") if is_postgres else (int(ROWS * SHARE_ON_SQLITE), "sqlite.")
    MigrationExecutor(connection).migrate(FIRST)
    fill(rows)
    executor = MigrationExecutor(connection)
    held, took = [0.0], [0.0]
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        name = f"migration.{prefix}{migration.app_label}.{migration.name}"
        with Watch() if is_postgres else nullcontext() as watch:
            began = time.monotonic()
            MigrationExecutor(connection).migrate([(migration.app_label, migration.name)])
            took.append(time.monotonic() - began)
        if watch:
            held.append(watch.longest)
            say(name, round(held[-1] * 1000), "ms", seconds=round(took[-1], 1))
        else:
            say(name, round(took[-1], 1), "s")
    if is_postgres:
        say("migration.longest_hold", round(max(held) * 1000), "ms", rows=rows, goal="<= 1000")
    say(f"migration.{prefix}whole", round(sum(took)), "s", rows=rows)
    raise SystemExit(max(held) > LONGEST)


def say(name: str, value: float, unit: str, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)


class Watch:
    """While its context is open: the longest time for which a large table was held, in seconds, at most.

    A hold is counted from the last look that did not see it to the first one that does not any more.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._looks = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        self._looks.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        from django.db import connection

        from benchmarks._migration_rows import LARGE

        with connection.cursor() as cursor:
            free_at, was_held = time.monotonic(), False
            while not self._over.is_set():
                cursor.execute(_HELD, [list(LARGE)])
                is_held, now = bool(cursor.fetchone()[0]), time.monotonic()
                if is_held or was_held:
                    self.longest = max(self.longest, now - free_at)
                if not is_held:
                    free_at = now
                was_held = is_held
                self._looks.set()
                self._over.wait(LOOK)
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
