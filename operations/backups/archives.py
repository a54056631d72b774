"""The one file of a backup: a ZIP archive, written and read as a stream; its last member says what it holds.

Members: ``tables/LABEL.jsonl`` (the names of the columns, then a line for each row), ``pictures/…``,
``settings.env``, ``secrets`` where asked for, ``manifest.json``.
"""

import hashlib
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Self

from lib.private_files import sync_folder
from operations.backups.errors import BackupError, DamagedError
from operations.backups.tables import Table, TableSum

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = "settings.env"
SECRETS = "secrets"
TABLES, PICTURES = "tables/", "pictures/"
_LEVEL = 3  # of compression: a third of the size for little time
_AT_ONCE = 1 << 18  # bytes
_MB = 1 << 20
LONGEST_LINE = 64 * _MB  # of a row: what is longer was not written by a backup
# Bytes, unpacked, of what is read whole.
LARGEST = {SETTINGS: 16 * _MB, SECRETS: 16 * _MB, PICTURES: 512 * _MB}
# Of the manifest, which becomes many times as large in memory: what it says of tables and migrations, and of
# each member beside its name (130 bytes, and a size has a few digits).
_MANIFEST, _MEMBER = _MB, 160
PACKED_ALREADY = frozenset((".avif", ".gif", ".jpg", ".jpeg", ".png", ".webp"))

Progress = Callable[[int], object]
"""Called with how many rows were compared since the last call."""
LineCheck = Callable[[bytes], bool]
"""Whether a line can be a row of a table."""


@dataclass(slots=True)
class Manifest:
    """What an archive says of itself. ``tables``: rows, checksum and columns, by label; ``members``: bytes
    and SHA-256, by name; ``secret_keys``: keyed hashes, the present one first; ``journal``: how far the
    journal of wishes reached, None if it could not be read.
    """

    version: str
    taken_at: str
    database: str
    secret_keys: list[str]
    journal: dict[str, Any] | None
    migrations: dict[str, list[str]]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    def check(self) -> None:
        """Whether all is of its kind, and every picture has a name below its folder. Raises ValueError.

        A file that is restored may come from anywhere; nothing of it is written before this.
        """
        is_right = (
            datetime.fromisoformat(self.taken_at).utcoffset() == timedelta(0)
            and _are(str, self.secret_keys)
            and len(self.secret_keys) > 0
            and (self.journal is None or _is_mark(self.journal))
            and SETTINGS in self.members
            and all(_are(str, names) for names in self.migrations.values())
            and all(
                type(about["rows"]) is int
                and isinstance(about["checksum"], str)
                and _are(str, about["columns"])
                for about in self.tables.values()
            )
            and all(map(_is_bounded, self.members, (about["bytes"] for about in self.members.values())))
        )
        if not is_right:
            raise ValueError("a value of another kind")

    @property
    def rows(self) -> int:
        """How many rows the archive has."""
        return sum(int(table["rows"]) for table in self.tables.values())


def _are(kind: type, values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _is_mark(journal: object) -> bool:
    """Whether it is how far a journal reached."""
    return (
        isinstance(journal, dict)
        and journal.keys() == {"size", "sha256"}
        and type(journal["size"]) is int
        and journal["size"] >= 0
        and isinstance(journal["sha256"], str)
    )


def _is_bounded(name: str, size: object) -> bool:
    """Whether a member has a name that a backup writes, and is not larger than one can be."""
    if type(size) is not int:
        return False
    if name.startswith(PICTURES):
        inside = PurePosixPath(name.removeprefix(PICTURES))
        is_below = bool(inside.parts) and not inside.is_absolute() and ".." not in inside.parts
        return is_below and "\0" not in name and size <= LARGEST[PICTURES]
    return name.startswith(TABLES) or size <= LARGEST.get(name, 0)


class ArchiveWriter:
    """Writes the members of an archive one after the other."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    def add_table(self, table: Table, lines: Iterable[bytes]) -> int:
        """Write the lines of ``table``. Returns how many."""
        columns = [column.name for column in table.columns]
        sum_ = TableSum()

        def counted() -> Iterator[bytes]:
            yield (json.dumps(columns) + "\n").encode()
            for line in lines:
                sum_.add(line)
                yield line

        self.add(f"{TABLES}{table.label}.jsonl", counted())
        self.manifest.tables[table.label] = {"columns": columns, **sum_.as_json()}
        return sum_.rows

    def add(self, name: str, parts: Iterable[bytes], *, packed: bool = False) -> None:
        """Write the member ``name``; what is ``packed`` already is not packed again."""
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with self._file.open(info, "w", force_zip64=True) as member:
            for part in parts:
                member.write(part)
                digest.update(part)
                size += len(part)
        self.manifest.members[name] = {"bytes": size, "sha256": digest.hexdigest()}


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[tuple[ArchiveWriter, Path]]:
    """An archive under a temporary name beside ``path``, for its owner alone; at ``path`` once all went well.

    Yields the writer and the temporary path. Raises :class:`BackupError` if the disk does not take it.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                writer = ArchiveWriter(archive, manifest)
                yield writer, temporary
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            file.flush()
            os.fsync(file.fileno())
        with ArchiveReader(temporary) as written:
            written.verify()
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror or error}. Nothing was kept.") from error
    finally:
        temporary.unlink(missing_ok=True)


class ArchiveReader:
    """Reads an archive. Raises :class:`DamagedError` for what is none, or is of a later version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with ExitStack() as unless_refused:
                # Opened once: that reads the names of all members, and each picture is one.
                self._archive = unless_refused.enter_context(zipfile.ZipFile(path))
                self.manifest = self._read_manifest()
                unless_refused.pop_all()
        except OSError as error:
            raise BackupError(f"{path}: {error.strerror or error}.") from error
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError, *_BROKEN) as error:
            raise DamagedError(f"{path}: this is no backup of Paperpost, or it is cut short.") from error

    def _read_manifest(self) -> Manifest:
        names = self._archive.namelist()
        with self._archive.open(MANIFEST) as member:
            text = member.read(_MANIFEST + sum(len(json.dumps(name)) + _MEMBER for name in names))
        values = json.loads(text)
        if values.get("format") != FORMAT:
            raise DamagedError(
                f"{self.path}: format {values.get('format')} of a backup; this version reads {FORMAT}."
            )
        manifest = Manifest(**values)
        manifest.check()
        return manifest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go; without this it goes with the reader."""
        self._archive.close()

    def verify(
        self, progress: Progress = lambda _: None, *, checks: Mapping[str, LineCheck] | None = None
    ) -> None:
        """Compare each member with the manifest: bytes, SHA-256, rows and their checksums.

        With ``checks`` by label also whether each row can be one of its table. Raises :class:`DamagedError`.
        """
        listed = {*self.manifest.members, MANIFEST}
        tables = {f"{TABLES}{label}.jsonl" for label in self.manifest.tables}
        names = self._archive.namelist()
        if len(names) != len(listed) or set(names) != listed or not tables <= listed:
            raise DamagedError(f"{self.path}: its members are not those that its manifest names.")
        for name in self.manifest.members:
            if name in tables:
                label = name.removeprefix(TABLES).removesuffix(".jsonl")
                self._verify_table(name, label, checks[label] if checks else _is_unseen)
                progress(int(self.manifest.tables[label]["rows"]))
            else:
                self._verify_member(name, self.parts(name))

    def _verify_member(self, name: str, parts: Iterable[bytes]) -> None:
        digest, size, longest = hashlib.sha256(), 0, int(self.manifest.members[name]["bytes"])
        for part in parts:
            digest.update(part)
            size += len(part)
            if size > longest:  # a few bytes may unpack to more than any disk holds
                break
        if self.manifest.members[name] != {"bytes": size, "sha256": digest.hexdigest()}:
            raise DamagedError(f"{self.path}: {name} is not as it was written.")

    def _verify_table(self, name: str, label: str, is_row: LineCheck) -> None:
        """The member and its rows, in one reading."""
        total, wanted = TableSum(), self.manifest.tables[label]

        def counted() -> Iterator[bytes]:
            with self._member(name) as member:
                yield member.readline(LONGEST_LINE)
                for line in _lines(member):
                    total.add(line)
                    if not is_row(line):
                        raise DamagedError(f"{self.path}: row {total.rows} of {label} is none of its kind.")
                    yield line

        self._verify_member(name, counted())
        if total.as_json() != {"rows": wanted["rows"], "checksum": wanted["checksum"]}:
            raise DamagedError(f"{self.path}: the rows of {label} are not those that were counted.")

    def parts(self, name: str) -> Iterator[bytes]:
        """The member ``name``, some of it at a time."""
        with self._member(name) as member:
            while part := member.read(_AT_ONCE):
                yield part

    def read(self, name: str) -> bytes:
        """The whole of a small member."""
        return b"".join(self.parts(name))

    def lines(self, label: str) -> Iterator[bytes]:
        """The rows of the table ``label``."""
        with self._member(f"{TABLES}{label}.jsonl") as member:
            member.readline(LONGEST_LINE)  # the columns, which the manifest has too
            yield from _lines(member)

    @contextmanager
    def _member(self, name: str) -> Iterator[Any]:
        try:
            with self._archive.open(name) as member:
                yield member
        except (KeyError, *_BROKEN) as error:
            raise DamagedError(f"{self.path}: {name} cannot be read: {error}.") from error
        except OSError as error:
            raise BackupError(f"{self.path}: {error.strerror or error}.") from error

    def pictures(self) -> list[str]:
        """The names of the members that are pictures."""
        return [name for name in self.manifest.members if name.startswith(PICTURES)]


def _is_unseen(_line: bytes) -> bool:
    return True


def _lines(member: Any) -> Iterator[bytes]:
    """The lines that follow. Raises BadZipFile for one that no backup wrote."""
    while line := member.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise zipfile.BadZipFile(f"a line of more than {LONGEST_LINE // _MB} MB")
        yield line


_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
