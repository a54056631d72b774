"""Where the state is: the database and its tables, the broker, and the folder that all processes share."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from lib.masking import mask_passwords
from lib.redis_clients import redis_client
from operations.findings import Finding, failed, ok, warning
from operations.folder_mark import folder_mark
from operations.heartbeats import QUEUE, all_heartbeats, is_silent

SLOW = 0.5  # seconds for the shortest question
WRITE_WAIT = 3000  # milliseconds for which SQLite waits for another writer
NEARLY_FULL = 0.9  # of the broker's memory
_MARK = "paperpost:doctor"


def first_line(error: BaseException) -> str:
    """What went wrong, in one line without passwords."""
    text = str(error).strip()
    return mask_passwords(text.splitlines()[0])[:300].rstrip(".") if text else type(error).__name__


def _database_place() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"The SQLite database {place['NAME']}"
    return f"PostgreSQL at {place['HOST'] or 'the local socket'}"


def unasked(name: str, error: DatabaseError) -> Finding:
    """The finding of a check that needed the database. That it is down is the failure of another check."""
    sentence = f"Not known: the database could not be asked ({first_line(error)})."
    return warning(name, sentence, "Mend the database, or its tables: python manage.py migrate")


def needs_database(name: str) -> Callable[[Callable[[], Finding]], Callable[[], Finding]]:
    """A check that asks the database: where that does not answer, its finding ``name`` says so."""

    def decorate(look: Callable[[], Finding]) -> Callable[[], Finding]:
        @wraps(look)
        def answer() -> Finding:
            try:
                return look()
            except DatabaseError as error:
                return unasked(name, error)

        return answer

    return decorate


def database() -> Finding:
    """Whether the database answers, and takes what is written."""
    place = _database_place()
    began_at = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seconds = time.monotonic() - began_at
        refusal = _write_refusal()
    except (DatabaseError, ImproperlyConfigured) as error:
        sentence = f"{place} does not answer: {first_line(error)}."
        return failed("database", sentence, "Start it, or mend DATABASE_URL.")
    if refusal:
        return failed(
            "database", f"{place} takes nothing new: {refusal}.", _WRITE_REMEDIES[connection.vendor]
        )
    sentence = f"{place} ({_database_version()}) answers in {1000 * seconds:.0f} ms and can be written to."
    if seconds > SLOW:
        return warning("database", sentence, "Look what keeps it busy, and how far away it is.")
    return ok("database", sentence)


_WRITE_REMEDIES = {
    "sqlite": "Let the user of Paperpost write to the file and to its folder.",
    "postgresql": "Name the primary in DATABASE_URL, not a replica, and allow it to write.",
}


def _database_version() -> str:
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    version: int = getattr(connection, "pg_version")  # noqa: B009 - the types know only what all databases have
    return f"{version // 10_000}.{version % 10_000}"


def _write_refusal() -> str:
    """Why nothing can be written; empty if it can."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')")
            is_replica, read_only = cursor.fetchone()
            return "it is a replica" if is_replica else "it is set to read-only" if read_only == "on" else ""
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {WRITE_WAIT}")
        try:
            with transaction.atomic():
                # Nothing changes: the number is what it was. A file that is read-only refuses all the same.
                cursor.execute("PRAGMA user_version")
                cursor.execute(f"PRAGMA user_version = {int(cursor.fetchone()[0])}")
        except DatabaseError as error:
            return first_line(error)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
    return ""


@needs_database("migrations")
def migrations() -> Finding:
    """Whether the tables are those that this version of the code needs."""
    executor = MigrationExecutor(connection)
    missing = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        sentence = f"{len(missing)} migrations are not applied, the first is {missing[0]}."
        return failed("migrations", sentence, "Run: python manage.py migrate")
    ours = {app for app, _ in executor.loader.disk_migrations}
    strange = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours
        and (app, name) not in executor.loader.disk_migrations
        and not _is_replaced(executor, (app, name))
    )
    if strange:
        sentence = f"The database is newer than this code: {strange[-1]} is applied and not known here."
        return warning(
            "migrations", sentence, "Run the newer version again, or restore the backup from before it."
        )
    return ok("migrations", f"All {len(executor.loader.disk_migrations)} migrations are applied.")


def _is_replaced(executor: MigrationExecutor, key: tuple[str, str]) -> bool:
    return any(key in migration.replaces for migration in executor.loader.disk_migrations.values())


def broker() -> Finding:
    """Whether the broker answers, takes messages, and keeps them."""
    place = mask_passwords(settings.REDIS_URL)
    try:
        with redis_client(settings.REDIS_URL, timeout=3) as client:
            began_at = time.monotonic()
            client.ping()
            seconds = time.monotonic() - began_at
            client.set(_MARK, "1", ex=60)
            facts = client.info()
    except (redis.RedisError, ValueError) as error:
        sentence = f"The broker {place} does not take messages: {first_line(error)}."
        return failed("broker", sentence, "Start it, or mend REDIS_URL.")
    return judge_broker(place, seconds=seconds, facts=facts)


def judge_broker(place: str, *, seconds: float, facts: dict[str, Any]) -> Finding:
    """What ``INFO`` says of a broker that answered in ``seconds``."""
    version = facts.get("valkey_version") or facts.get("redis_version", "of an unknown version")
    sentence = f"The broker {place} ({version}) answers in {1000 * seconds:.0f} ms"
    limit, used = int(facts.get("maxmemory") or 0), int(facts.get("used_memory") or 0)
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if limit and policy != "noeviction":
        remedy = "Set maxmemory-policy to noeviction: what it drops are messages that wait."
        return warning(
            "broker", f"{sentence}, and drops what it holds when its memory is full ({policy}).", remedy
        )
    if limit and used > NEARLY_FULL * limit:
        remedy = "Give it more memory (maxmemory), or see why messages wait: manage.py doctor --only queues"
        return warning("broker", f"{sentence}, and {used / limit:.0%} of its memory is used.", remedy)
    if facts.get("rdb_last_bgsave_status", "ok") != "ok":
        remedy = "Look at its log and its disk: after a restart it would know nothing of today."
        return warning("broker", f"{sentence}, and could not write its last snapshot.", remedy)
    return ok("broker", f"{sentence}.")


def shared_folder() -> Finding:
    """Whether this process can write into VAR_DIR, and every worker sees the same folder."""
    folder = Path(settings.VAR_DIR)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
            file.write(b"1")
            file.flush()
    except OSError as error:
        sentence = f"VAR_DIR={folder} takes no files: {error.strerror or error}."
        return failed("shared folder", sentence, "Let the user of Paperpost write there, and make room.")
    try:
        rows = all_heartbeats()
    except DatabaseError as error:
        return unasked("shared folder", error)
    now = timezone.now()
    alive = [row for row in rows.values() if row is not None and not is_silent(row.beat_at, now)]
    marks = {row.name.removeprefix(QUEUE): row.detail["folder"] for row in alive if row.detail.get("folder")}
    return judge_marks(folder, folder_mark(), marks)


def judge_marks(folder: Path, mark: str, marks: Mapping[str, str]) -> Finding:
    """``mark`` is that of this process' folder, ``marks`` those that the workers of queues see."""
    elsewhere = sorted(queue for queue, seen in marks.items() if seen != mark)
    if elsewhere:
        sentence = f"The workers of {', '.join(elsewhere)} see another VAR_DIR than this process ({folder})."
        remedy = "Give all the same folder or volume: pictures, locks and the pace of arXiv live there."
        return failed("shared folder", sentence, remedy)
    seen = " and is what the workers see" if marks else "; no worker has said which it sees"
    return ok("shared folder", f"VAR_DIR={folder} can be written to{seen}.")
