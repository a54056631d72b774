"""What Paperpost keeps on disk is for the user it runs as: readers, secrets, mails, the broker's password."""

import os
import stat
from pathlib import Path

OTHERS = 0o077  # what the group and everybody else may do


def keep_private() -> None:
    """Files and folders that this process and its children make are for their owner alone."""
    os.umask(OTHERS)


def tighten(folder: Path) -> int:
    """Take from others what they may do in ``folder`` and below; returns how many files and folders.

    Done once: a folder that is private already is not walked through. What belongs to somebody else, links
    and a shared folder such as ``/tmp`` are left alone.
    """
    mode, changed = folder.stat().st_mode, 0
    if not mode & OTHERS or mode & stat.S_ISVTX or folder.stat().st_uid != os.getuid():
        return 0
    for place, _, files in os.walk(folder, topdown=False):
        for path in (*(Path(place) / name for name in files), Path(place)):
            changed += _tighten_one(path)
    return changed


def _tighten_one(path: Path) -> bool:
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS or found.st_uid != os.getuid():
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except FileNotFoundError:  # a mark or a lock that was there a moment ago
        return False
    return True
