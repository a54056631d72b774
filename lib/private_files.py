"""Files that only their owner may read: databases, secrets, mails, the broker's password."""

import errno
import os
import stat
from pathlib import Path

GROUP_AND_OTHERS = 0o077  # their permission bits


def set_private_umask() -> None:
    """From now on, files and folders that this process and its children make are for their owner alone."""
    os.umask(GROUP_AND_OTHERS)


def make_private(folder: Path) -> int:
    """Remove the permissions of group and others in ``folder`` and below; returns for how many paths.

    A folder that is private already is not walked. Paths of another owner, links, and a shared folder such as
    ``/tmp`` (sticky bit) are left as they are.
    """
    info, changed = folder.stat(), 0
    if not info.st_mode & GROUP_AND_OTHERS or info.st_mode & stat.S_ISVTX or info.st_uid != os.getuid():
        return 0
    for place, _, files in os.walk(folder, topdown=False):
        for path in (*(Path(place) / name for name in files), Path(place)):
            changed += _make_path_private(path)
    return changed


def _make_path_private(path: Path) -> bool:
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode) or not info.st_mode & GROUP_AND_OTHERS or info.st_uid != os.getuid():
            return False
        path.chmod(stat.S_IMODE(info.st_mode) & ~GROUP_AND_OTHERS)
    except FileNotFoundError:  # a temporary file that was removed meanwhile
        return False
    return True


def write_private(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, for the owner alone; whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in ``folder``; some network file systems cannot be asked."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
