"""Paid answers on disk from the moment that they arrive until the database has them.

One file of JSON lines. What a process has written to a file stays there when it is killed, so that a line
that was begun and ended is an answer that will be found again; a line that was cut off is one whose call was
still under way.
"""

import json
import logging
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

Entry = Mapping[str, Any]
MOST = 4_000_000  # bytes of what is stored already, before the file is written anew without it


class Journal:
    """Thread-safe. ``write`` comes before any other use of an answer, ``stored`` after the commit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._next = 0
        self._open: dict[int, bytes] = {}
        self._size = path.stat().st_size if path.exists() else 0

    def write(self, entry: Entry) -> int:
        """Append an answer; the number returned is what :meth:`stored` knows it by.

        A disk that takes no more is logged: the answer then still has its way into the database.
        """
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n"
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._open[number] = line
            try:
                with self.path.open("ab", buffering=0) as file:
                    file.write(line)
                self._size += len(line)
            except OSError:
                logger.exception(
                    "The journal %s cannot be written; the answer is kept in the database only.", self.path
                )
            return number

    def stored(self, numbers: Iterable[int]) -> None:
        """The database has these: they need not be found again."""
        with self._lock:
            for number in numbers:
                self._open.pop(number, None)
            if self._size and (not self._open or self._size > MOST + sum(map(len, self._open.values()))):
                self._rewrite()

    def _rewrite(self) -> None:
        """Only what is not stored yet, written to a new file that replaces the old one atomically."""
        rest = b"".join(self._open.values())
        if not rest:
            os.truncate(self.path, 0)
        else:
            fresh = self.path.with_suffix(".new")
            fresh.write_bytes(rest)
            fresh.replace(self.path)
        self._size = len(rest)

    def left_behind(self) -> list[Entry]:
        """What a run that was killed had not stored, the oldest first."""
        if not self.path.exists():
            return []
        entries: list[Entry] = []
        for line in self.path.read_bytes().split(b"\n"):
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # cut off in the middle
            if isinstance(entry, dict):
                entries.append(entry)
        return entries

    def clear(self) -> None:
        """Everything is stored."""
        with self._lock:
            self._open.clear()
            if self.path.exists():
                os.truncate(self.path, 0)
            self._size = 0
