"""Where mail waits, and a maildir. Reading deletes nothing: what cannot be read moves to a quarantine."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.text.border import clean_line
from subscriptions.feedback.bounds import LARGEST

QUARANTINE: Final = "quarantine"
FOLDER_MARK: Final = "maildirfolder"  # the file by which Maildir++ knows a folder


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A mail that waits.

    ``name`` is what the box calls it, ``data`` its first bytes, as many as are ever read. ``done`` marks it
    as read where it lies; ``set_aside`` moves it to the quarantine and says where it is now. ``problem``
    says why there are no bytes.
    """

    name: str
    data: bytes
    done: Callable[[], None]
    set_aside: Callable[[], str]
    problem: str = ""

    @property
    def key(self) -> str:
        """What it is known by wherever it lies."""
        return key_of(self.data) if self.data else self.name


class Box(Protocol):
    """A mailbox that is read mail by mail."""

    def waiting(self) -> Iterator[InboxMessage]:
        """What waits, oldest first. A mail that vanishes meanwhile is none."""
        ...

    def take_back(self, keys: set[str]) -> int:
        """Have the mails with these keys wait again, from the quarantine; how many were there."""
        ...


def key_of(data: bytes) -> str:
    """What names a mail by its content, wherever it lies: 16 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]


class Maildir(Box):
    """``new/`` is what waits; what was read moves to ``cur/`` with the flag S.

    The quarantine is a folder of Maildir++, which mail programs show. Whatever is no plain file is no mail.
    """

    def __init__(self, path: Path) -> None:
        if not (path / "new").is_dir():
            raise InvalidInput(f"{path} is not a maildir: it has no folder named new.")
        self.path = path
        self.quarantine = quarantine_of(path)

    @override
    def waiting(self) -> Iterator[InboxMessage]:
        for name in _files(self.path / "new"):
            try:
                data, problem = _beginning(self.path / "new" / name), ""
            except FileNotFoundError:
                continue  # another process took the mail first
            except OSError as error:
                data, problem = b"", f"It cannot be opened: {error.strerror}."
            yield InboxMessage(
                name=clean_line(name, longest=100),
                data=data,
                done=lambda name=name: self._seen(name),  # type: ignore[misc]
                set_aside=lambda name=name: self._set_aside(name),  # type: ignore[misc]
                problem=problem,
            )

    @override
    def take_back(self, keys: set[str]) -> int:
        waiting = self.quarantine / "new"
        names = _files(waiting) if waiting.is_dir() else []
        count = 0
        for name in names:
            with suppress(OSError):
                if key_of(_beginning(waiting / name)) in keys or clean_line(name, longest=100) in keys:
                    _move(waiting / name, self.path / "new" / name)
                    count += 1
        return count

    def _seen(self, name: str) -> None:
        plain, _, flags = name.partition(":2,")
        _move(self.path / "new" / name, self.path / "cur" / f"{plain}:2,{''.join(sorted({*flags, 'S'}))}")

    def _set_aside(self, name: str) -> str:
        for folder in ("cur", "new", "tmp"):
            (self.quarantine / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.quarantine / FOLDER_MARK).touch(mode=0o600)
        _move(self.path / "new" / name, self.quarantine / "new" / name)
        return str(self.quarantine)


def quarantine_of(maildir: Path) -> Path:
    """The folder below ``maildir`` to which mails go that cannot be read."""
    return maildir / f".{QUARANTINE}"


def _files(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if target.exists():
        target = target.with_name(f"{os.getpid()}.{target.name}")  # names are unique unless somebody copied
    with suppress(FileNotFoundError):  # another process has moved it
        source.rename(target)
