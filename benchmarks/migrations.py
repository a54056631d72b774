"""How long each migration holds a large table on PostgreSQL: nobody reads or writes it meanwhile.

An installation of the first migrations with 2,000,000 readers and as many deliveries is upgraded, a migration
at a time, while another connection looks at ``pg_locks``. A line for each that took longer than a second, or
held a large table ACCESS EXCLUSIVE: ``migration.NAME``, the milliseconds for which it did, and ``seconds``,
what the migration took as a whole. Those with many rows to write take minutes.
"""

import json
import logging
import os
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

SCALE = float(os.environ.get("SCALE", "1"))
ROWS = max(1000, int(2_000_000 * SCALE))
FIRST = [("newsletter", "0001_initial"), ("subscriptions", "0001_initial")]
LARGE = ("subscriptions_subscriber", "subscriptions_delivery", "subscriptions_consentevent")
LOOK = 0.01  # seconds between two looks
TOLD = 1.0
_HELD = (
    "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
    " WHERE mode = 'AccessExclusiveLock' AND granted AND relname = ANY(%s)"
)
_FILL = """
INSERT INTO subscriptions_subscriber (public_id, email, state, language, time_zone, hour, cadence, weekday,
    size, queries, wants_updates, links_epoch, new_email, quiet_reason, created_at)
SELECT gen_random_uuid(), 'reader' || n || '@example.org', 'active', 'en', 'UTC', 8, 'daily', 0,
    10, '[]', false, 0, '', '', now() FROM generate_series(1, {rows}) n;
INSERT INTO subscriptions_delivery (subscriber_id, day, state, reason, picks, language, message_id, subject,
    attempts, reply, created_at)
SELECT id, current_date, 'sent', '', '{{}}', 'en', '', '', 1, '', now() FROM subscriptions_subscriber;
INSERT INTO subscriptions_consentevent (subscriber_id, kind, at, text_version, language, origin_hash, detail)
SELECT id, 'confirmed', now(), '1', 'en', '', '{{}}' FROM subscriptions_subscriber;
ANALYZE
"""


def main() -> int:
    """Print the figures, one JSON object a line."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-migrations-")))
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        begin(stack, folder)
        upgrade()
    return 0


def begin(stack: ExitStack, folder: Path) -> None:
    """A PostgreSQL, and Django's settings that name it."""
    from tests.postgres import start_postgres

    postgres = start_postgres(folder / "postgres")
    stack.callback(postgres.cleanup)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        ENV_FILE="",
        DEBUG="1",
        VAR_DIR=str(folder / "var"),
        DATABASE_URL=postgres.get_uri(),
    )
    import django

    django.setup()
    logging.disable(logging.WARNING)


def upgrade() -> None:
    """Fill the first schema, and carry out what has come since, one by one."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate(FIRST)
    with connection.cursor() as cursor:
        for statement in _FILL.format(rows=ROWS).split(";"):
            cursor.execute(statement)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    longest = 0.0
    for migration, _ in plan:
        name = f"{migration.app_label}.{migration.name}"
        with Watch() as watch:
            began = time.monotonic()
            MigrationExecutor(connection).migrate([(migration.app_label, migration.name)])
            seconds = time.monotonic() - began
        longest = max(longest, watch.longest)
        if watch.longest or seconds > TOLD:
            say(f"migration.{name}", watch.longest, seconds=round(seconds, 1))
    say("migration.longest_hold", longest, rows=ROWS, goal="<= 1000")


def say(name: str, held: float, **more: Any) -> None:
    print(json.dumps({"name": name, "value": round(held * 1000), "unit": "ms", **more}), flush=True)


class Watch:
    """While its context is open: the longest time for which a large table was held, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        from django.db import connection

        since = None
        with connection.cursor() as cursor:
            while not self._over.wait(LOOK):
                cursor.execute(_HELD, [list(LARGE)])
                is_held, now = bool(cursor.fetchone()[0]), time.monotonic()
                since = (since or now) if is_held else None
                self.longest = max(self.longest, now - since if since else 0.0)
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
