"""What in a folder somebody else than its owner may read."""

import stat
from pathlib import Path

from lib.private_files import GROUP_AND_OTHERS


def open_to_others(folder: Path) -> list[str]:
    """Files and folders in ``folder``, itself included, that somebody else may read, write or enter."""
    found = []
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:  # a lock, or SQLite's log, which came and went
            continue
        if mode & GROUP_AND_OTHERS and not stat.S_ISSOCK(mode):
            found.append(f"{stat.filemode(mode)} {path.relative_to(folder)}")
    return found
