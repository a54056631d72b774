"""The journal's file: many processes append to it, nobody changes what it holds."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from lib.private_files import sync_folder
from newsletter.errors import PaperpostError
from subscriptions.journal.lines import Wish, read_line

_HEADING = "paperpost journal of wishes"
_AT_ONCE = 1 << 20  # bytes


class JournalError(PaperpostError):
    """The journal cannot be written or read: a full disk, a missing folder, permissions."""


class JournalGapError(JournalError):
    """The journal is not the one that a mark was made of, or has lost some of it since."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the journal reached at a moment: its first ``size`` bytes have the digest ``sha256``."""

    size: int
    sha256: str


def path() -> Path:
    """Where the journal is: ``WISHES_JOURNAL``, or a file in ``VAR_DIR``."""
    return Path(settings.WISHES_JOURNAL or Path(settings.VAR_DIR) / "wishes.journal")


def append(wishes: Iterable[Wish]) -> None:
    """Write ``wishes`` and wait until the disk has them. Raises :class:`JournalError`.

    One write in append mode: those of other processes stand before it or after it, never within it.
    """
    data = "".join(wish.as_line() for wish in wishes).encode("ascii")
    try:
        descriptor = os.open(_ensure(path()), os.O_WRONLY | os.O_APPEND)
        try:
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _error(error) from error
    if written != len(data):
        raise JournalError(f"{_where()}: the disk took {written} of {len(data)} bytes; is it full?")


def check() -> None:
    """Raise :class:`JournalError` if the journal cannot be written."""
    try:
        os.close(os.open(_ensure(path()), os.O_WRONLY | os.O_APPEND))
    except OSError as error:
        raise _error(error) from error


def mark() -> Mark:
    """How far the journal reaches now; it is made if there is none. Raises :class:`JournalError`."""
    try:
        with _ensure(path()).open("rb") as file:
            digest, size = hashlib.sha256(), 0
            while data := file.read(_AT_ONCE):
                digest.update(data)
                size += len(data)
    except OSError as error:
        raise _error(error) from error
    return Mark(size, digest.hexdigest())


def wishes_since(reached: Mark) -> Iterator[Wish]:
    """What was written after ``reached``, in the order of the file; lines that are cut short are left out.

    Raises, before the first, :class:`JournalGapError` if this is another journal, or is shorter than it was.
    """
    try:
        with path().open("rb") as file:
            digest, left = hashlib.sha256(), reached.size
            while left and (data := file.read(min(left, _AT_ONCE))):
                digest.update(data)
                left -= len(data)
            if left or digest.hexdigest() != reached.sha256:
                raise JournalGapError(f"{_where()}: this is not the journal of that time, or a part is gone.")
            for line in file:
                if wish := read_line(line.decode("ascii", "replace")):
                    yield wish
    except FileNotFoundError as error:
        raise JournalGapError(f"{_where()}: there is no journal of wishes.") from error
    except OSError as error:
        raise _error(error) from error


def _ensure(file: Path) -> Path:
    """``file``, which begins with a name that no other journal has; several processes may make it at once."""
    if file.exists():
        return file
    heading = f"{_HEADING} {uuid.uuid4()}\n"
    temporary = file.with_name(f"{file.name}.{uuid.uuid4()}")
    try:
        with temporary.open("x", encoding="ascii") as new:
            temporary.chmod(0o600)
            new.write(heading)
            new.flush()
            os.fsync(new.fileno())
        with suppress(FileExistsError):  # another process was first
            file.hardlink_to(temporary)
        sync_folder(file.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return file


def _where() -> str:
    return f"WISHES_JOURNAL ({path()})"


def _error(error: OSError) -> JournalError:
    return JournalError(f"{_where()}: {error.strerror or error}.")
