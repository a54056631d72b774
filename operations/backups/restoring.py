"""Restoring a backup: nobody gets a mail twice for it, and no wish is undone by it."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lib.private_files import write_private
from newsletter.models import Channel, ChannelPost
from operations.backups import (
    archives,
    fingerprints,
    given_settings,
    loading,
    running,
    schemas,
    sealing,
    unfinished,
)
from operations.backups.archives import ArchiveReader
from operations.backups.errors import BackupError, DamagedError, RefusedError
from operations.backups.tables import LEFT_OUT, Table, TableSum, line_check, read_lines, tables_of
from subscriptions import journal
from subscriptions.delivery import doubts, holds
from subscriptions.journal import JournalError, Mark
from subscriptions.models import SendingHold
from subscriptions.privacy.replay import replay

# What a migrated database has although nobody has used it, also if it ran for some minutes.
FRESH = LEFT_OUT | {
    *("auth.Group", "auth.Group_permissions", "auth.Permission", "contenttypes.ContentType"),
    *("newsletter.Publication", "newsletter.Topic", "operations.Alarm", "operations.EventTally"),
}
_NO_JOURNAL = "Nobody knows who has left since: let sending go on once you know, or accept that."
Progress = Callable[[int], object]
"""Called with how many rows were written or compared since the last call."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Restored:
    """What was restored by name, what failed, what an operator has to know, and what is good to know."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def restore(
    path: Path, *, replace: bool = False, passphrase: str = "", progress: Progress = lambda _: None
) -> Restored:
    """Put the backup at ``path`` into the database of ``DATABASE_URL``, and its pictures into ``VAR_DIR``.

    1. Refuse another ``SECRET_KEY``, a later version, and tables that its version does not have. 2. Read and
    compare all of the file. 3. Refuse a database that Paperpost runs on, and one with rows unless told to
    ``replace`` them; nothing was touched so far. 4. Write all tables and compare them, in one transaction
    that also holds sending. 5. Migrate what an earlier version wrote. 6. Do the wishes of the journal again.
    7. Count as doubtful what may have been sent since. Sending stays held until a person agrees.
    Raises :class:`BackupError`. May run again after it broke off.
    """
    archive = ArchiveReader(path)
    manifest = archive.manifest
    fingerprints.check(manifest.secret_keys)
    wanted = schemas.from_json(manifest.migrations)
    schemas.check_known(connection, wanted)
    tables = _tables(archive, wanted)
    written = _as_written(archive, tables)
    archive.verify(progress, checks={label: line_check(table) for label, table in written.items()})
    files = _settings_files(archive, passphrase)
    _refuse_running()
    if not replace and not unfinished.is_unfinished():
        _refuse_rows()
    restored = Restored()
    schemas.bring_to(connection, wanted)
    _load(archive, tables, written, progress)
    ContentType.objects.clear_cache()
    schemas.bring_up_to_date(connection)
    holds.hold_sending(SendingHold.Kind.RESTORED, unfinished.SENTENCE)
    restored.counts.update(tables=len(manifest.tables), rows=manifest.rows)
    restored.counts["pictures"] = _restore_pictures(archive, restored)
    for file in given_settings.write_out(Path(settings.VAR_DIR), files):
        restored.notes.append(f"Settings of the backup, to compare with yours: {file}")
    _replay(manifest.journal, restored)
    _enter_doubts(restored, taken_at=datetime.fromisoformat(manifest.taken_at))
    return restored


def write_settings(path: Path, *, passphrase: str) -> list[Path]:
    """Only write the settings of the backup at ``path``, and its secrets, into ``VAR_DIR``; the files."""
    archive = ArchiveReader(path)
    archive.verify()
    return given_settings.write_out(Path(settings.VAR_DIR), _settings_files(archive, passphrase))


def _settings_files(archive: ArchiveReader, passphrase: str) -> dict[str, bytes]:
    secret = _secrets(archive, passphrase)
    try:
        return given_settings.as_files(archive.read(archives.SETTINGS), secret)
    except ValueError as error:
        raise DamagedError(f"{archive.path}: its settings or secrets are none of a backup.") from error


def _secrets(archive: ArchiveReader, passphrase: str) -> dict[str, Any]:
    if not passphrase:
        return {}
    if archives.SECRETS not in archive.manifest.members:
        raise RefusedError(f"{archive.path} has no secrets: it was taken without --with-secrets.")
    return sealing.unseal(archive.read(archives.SECRETS), passphrase)


def _refuse_rows() -> None:
    if not schemas.has_tables(connection):
        return
    tables = tables_of(schemas.registry_of(connection, schemas.applied(connection)))
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    for table in tables:
        if table.label not in FRESH and table.name in there and loading.has_rows(connection, table):
            raise RefusedError(
                f"The database at DATABASE_URL has rows ({table.label}): restore into an empty one, or say "
                "--replace to delete all that it has."
            )


def _refuse_running() -> None:
    if running.is_running():
        raise RefusedError(
            "Paperpost is running, or was a moment ago: stop all its processes (web, workers, beat, watch), "
            f"wait {running.silence().total_seconds():.0f} seconds, and restore then. What is sent meanwhile "
            "would be sent again."
        )


def _tables(archive: ArchiveReader, wanted: schemas.Migrations) -> list[Table]:
    """All tables of the backup's version."""
    if not schemas.is_whole(connection, wanted):
        raise DamagedError(f"{archive.path}: no version has just the migrations that it names.")
    tables = tables_of(schemas.registry_of(connection, wanted))
    if unknown := set(archive.manifest.tables) - {table.label for table in tables}:
        raise DamagedError(f"{archive.path}: it has a table that its version does not have: {min(unknown)}.")
    return tables


def _as_written(archive: ArchiveReader, tables: list[Table]) -> dict[str, Table]:
    """Those that the backup has, by label, with their columns in its order."""
    by_label = {table.label: table for table in tables}
    try:
        return {
            label: by_label[label].ordered(about["columns"])
            for label, about in archive.manifest.tables.items()
        }
    except ValueError as error:
        raise DamagedError(f"{archive.path}: {error}.") from error


def _load(archive: ArchiveReader, tables: list[Table], written: dict[str, Table], progress: Progress) -> None:
    try:
        with transaction.atomic():
            loading.empty(connection, tables)
            for label, table in written.items():
                about = archive.manifest.tables[label]
                loading.write_lines(connection, table, archive.lines(label), about["columns"])
                _compare(table, about)
                progress(int(about["rows"]))
            loading.set_sequences(connection, tables)
            loading.skip_ids(connection, "subscriptions_delivery")
            unfinished.hold_with_rows(tables)
    except (DatabaseError, OverflowError) as error:  # rows that name missing ones are seen in the end alone
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BackupError(f"{archive.path}: the database does not take its rows: {reason}") from error


def _compare(table: Table, about: dict[str, Any]) -> None:
    total = TableSum()
    for line in read_lines(connection, table):
        total.add(line)
    if total.as_json() != {"rows": about["rows"], "checksum": about["checksum"]}:
        raise BackupError(f"{table.label}: the database does not hold what was written; nothing was changed.")


def _restore_pictures(archive: ArchiveReader, restored: Restored) -> int:
    root, count = Path(settings.MEDIA_ROOT), 0
    failures: list[str] = []
    for name in archive.pictures():
        path = root / name.removeprefix(archives.PICTURES)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, archive.read(name))
        except OSError as error:
            failures.append(f"{path}: {error.strerror or error}")
        else:
            count += 1
    if failures:  # often all for one reason, such as a full disk
        total = count + len(failures)
        restored.problems.append(
            f"{len(failures)} of {total} pictures could not be written; the first: {failures[0]}."
        )
    return count


def _replay(reached: dict[str, Any] | None, restored: Restored) -> None:
    """Do the wishes again that were entered since; what is missing is a problem for the operator."""
    if reached is None:
        restored.warnings.append(f"There was no journal of wishes when the backup was taken. {_NO_JOURNAL}")
        return
    try:
        counts = replay(journal.wishes_since(Mark(**reached)))
    except JournalError as error:
        restored.warnings.append(f"{error} {_NO_JOURNAL}")
        return
    restored.counts.update(
        wishes=counts["wishes"],
        moved_away=counts["moved"],
        lost_sign_ups=counts["unknown"],
    )
    if counts["failed"]:
        restored.problems.append(
            f"The wishes of {counts['failed']} readers could not be done again; the log says why."
        )


def _enter_doubts(restored: Restored, *, taken_at: datetime) -> None:
    now = timezone.now()
    counts = doubts.enter_doubts(now)
    restored.counts.update(
        uncertain=counts["uncertain"],
        due_since=counts["due"],
        dropped_notices=counts["notices"],
        dropped_sign_ups=counts["sign_ups"],
    )
    restored.counts["may_have_missed"] = sum(1 for _ in doubts.doubts())
    restored.counts["posts_uncertain"] = _stop_channels(now)
    sentence = (
        f"The backup of {taken_at:%d %B %Y, %H:%M} UTC was restored. {restored.counts['may_have_missed']} "
        "digests may have been sent since, or may be missing: python manage.py missed_digests lists them."
    )
    holds.hold_sending(
        SendingHold.Kind.RESTORED, " ".join([sentence, *restored.warnings, *restored.problems])
    )


def _stop_channels(now: datetime) -> int:
    """No post is made twice: what was on its way is uncertain, channels are off until an editor agrees."""
    states = ChannelPost.State
    open_ = ChannelPost.objects.filter(
        state__in=(states.QUEUED, states.CLAIMED, states.SENDING, states.DEFERRED)
    )
    count = open_.release(state=states.UNCERTAIN, error=doubts.REASON, retry_at=None, settled_at=now)
    Channel.objects.filter(is_on=True).update(is_on=False)
    return count
