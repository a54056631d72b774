"""Logs of services that write to their files themselves: kept from growing for ever.

A service holds its log open for appending, so the file is copied and emptied, not renamed.
"""

import shutil
from pathlib import Path

LARGEST = 10 * 1024 * 1024  # bytes
KEPT = 5  # older parts: web.log.1 is the newest of them


def rotate(log: Path, *, largest: int = LARGEST, kept: int = KEPT) -> bool:
    """Move what ``log`` holds to ``log.1``, and older parts on, once it has ``largest`` bytes.

    Returns whether it did. A line that is written in the instant between copying and emptying is lost.
    """
    if not log.exists() or log.stat().st_size < largest:
        return False
    parts = [log.with_name(f"{log.name}.{number}") for number in range(1, kept + 1)]
    parts[-1].unlink(missing_ok=True)
    for older, newer in zip(reversed(parts), reversed(parts[:-1]), strict=False):
        if newer.exists():
            newer.rename(older)
    with log.open("r+b") as source, parts[0].open("xb") as target:
        shutil.copyfileobj(source, target)
        source.truncate(0)
    return True
