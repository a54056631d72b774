"""Taking a backup: one moment of the database, the pictures and the settings, in one file."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from operations.backups import archives, given_settings, schemas, sealing
from operations.backups.archives import ArchiveWriter, Manifest
from operations.backups.errors import BackupError, RefusedError
from operations.backups.fingerprints import fingerprints
from operations.backups.snapshots import snapshot
from operations.backups.tables import LEFT_OUT, Table, read_lines, tables_of
from operations.models import Backup
from subscriptions import journal
from subscriptions.journal import JournalError

TOLD_AFTER = 1000  # rows
Progress = Callable[[int, int], object]
"""Called with how many rows were written since the last call, and how many there are."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Taken:
    """What a backup holds."""

    path: Path
    tables: int = 0
    rows: int = 0
    pictures: int = 0
    size: int = 0
    problems: list[str] = field(default_factory=list)


def take(path: Path, *, passphrase: str = "", progress: Progress = lambda _rows, _all: None) -> Taken:
    """Write a backup to ``path``, whose file is replaced once the new one was read again.

    1. Note how far the journal of wishes reaches. 2. Begin to see one moment of the database. 3. Write its
    tables, the pictures, the settings, and with a ``passphrase`` the secrets under it. 4. Read all of it
    again. 5. Note in the database that there is a backup. Raises :class:`BackupError`.
    """
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent}: there is no such folder.")
    taken = Taken(path)
    manifest = _manifest(taken)
    with archives.writing(path, manifest) as (archive, _):
        taken.tables = _add_tables(archive, progress)
        _add_pictures(archive, taken)
        _add_settings(archive, passphrase)
    taken.rows, taken.size = manifest.rows, path.stat().st_size
    Backup.objects.create(
        taken_at=datetime.fromisoformat(manifest.taken_at),
        path=str(path.resolve())[-300:],
        rows=taken.rows,
        size=taken.size,
    )
    return taken


def _manifest(taken: Taken) -> Manifest:
    try:
        mark = journal.mark()
    except JournalError as error:
        logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
        taken.problems.append(f"{error} After a restore nobody will know who left since this backup.")
        reached = None
    else:
        reached = {"size": mark.size, "sha256": mark.sha256}
    return Manifest(
        version=settings.VERSION,
        taken_at=timezone.now().astimezone(UTC).isoformat(),
        database=connection.vendor,
        secret_keys=fingerprints(),
        journal=reached,
        migrations={},
    )


def _add_tables(archive: ArchiveWriter, progress: Progress) -> int:
    """Returns how many. The database keeps old rows only as long as this takes."""
    with snapshot() as seen:
        present = schemas.applied(seen)
        if present != schemas.known(seen):
            raise RefusedError("The database is not of this version. First run: python manage.py migrate")
        archive.manifest.migrations = schemas.as_json(present)
        tables = [
            each for each in tables_of(schemas.registry_of(seen, present)) if each.label not in LEFT_OUT
        ]
        total = schemas.counts(tables, seen)
        for table in tables:
            _add_table(archive, table, read_lines(seen, table), lambda rows: progress(rows, total))
    return len(tables)


def _add_table(
    archive: ArchiveWriter, table: Table, lines: Iterable[bytes], tell: Callable[[int], object]
) -> None:
    def told() -> Iterator[bytes]:
        number = 0
        for number, line in enumerate(lines, 1):
            yield line
            if not number % TOLD_AFTER:
                tell(TOLD_AFTER)
        tell(number % TOLD_AFTER)

    archive.add_table(table, told())


def _add_pictures(archive: ArchiveWriter, taken: Taken) -> None:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        if path.is_file() and not path.is_symlink():
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # let go meanwhile
                continue
            except OSError as error:
                taken.problems.append(
                    f"{path}: {error.strerror or error}. This picture is not in the backup."
                )
                continue
            name = f"{archives.PICTURES}{path.relative_to(root).as_posix()}"
            archive.add(name, [content], packed=path.suffix in archives.PACKED_ALREADY)
            taken.pictures += 1


def _add_settings(archive: ArchiveWriter, passphrase: str) -> None:
    archive.add(archives.SETTINGS, [given_settings.as_env(given_settings.open_settings()).encode()])
    if passphrase:
        archive.add(archives.SECRETS, [sealing.seal(given_settings.secrets(), passphrase)])
