"""Beat's scheduler: Celery's own, which leaves a sign of life when it ticks.

Two signs are left, and neither can stop or delay beat: a file in ``VAR_DIR`` that is touched, for the health
check of a container, which must not take seconds of computing a minute; and a row in the database, for
everybody else. The row is written by a thread, because a database may leave a connection without an answer.
"""

import dbm
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import connection
from typing_extensions import override

from operations import heartbeats

TICK_FILE = "beat-tick"
A_STEP = timedelta(seconds=1)
log = logging.getLogger(__name__)


class LivelyScheduler(PersistentScheduler):
    """Celery's scheduler with its schedule in a file, and signs of life."""

    _store: Any  # of Celery's: a shelf

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._signs: SignsOfLife | None = None
        super().__init__(*args, **kwargs)

    @override
    def tick(self, *args: Any, **kwargs: Any) -> float:
        self._follow_a_clock_set_back()
        pause: float = super().tick(*args, **kwargs)
        if self._signs is None:
            self._signs = SignsOfLife(Path(settings.VAR_DIR) / TICK_FILE, every=settings.TICK_SECONDS)
        self._signs.leave()
        return pause

    @override
    def sync(self) -> None:
        """Write the schedule to its file; on a disk that is full it is written later, and no work stops."""
        try:
            super().sync()
        except dbm.error as error:  # OSError among them
            if self._store is not None:
                self._store.writeback = True  # shelve leaves it off where writing fails
            log.warning("Beat's schedule cannot be written: %s", error)

    def _follow_a_clock_set_back(self) -> None:
        """What ran at a moment that has not come yet counts as run now.

        Else nothing would begin until the clock shows that moment again: hours, if it was hours ahead. Only
        what a clock says that was set back is so far ahead.
        """
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at and entry.last_run_at > entry.default_now() + A_STEP
        ]
        if not ahead:
            return
        log.warning("The clock was set back: %d periodic tasks go by what it shows now.", len(ahead))
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        self._heap = None  # is made anew from the schedule


class SignsOfLife:
    """Leaves signs of life at ``file`` and in the database, at most one ``every`` so many seconds."""

    def __init__(
        self, file: Path, *, every: float, record: Callable[[], None] = heartbeats.record_beat
    ) -> None:
        self._file, self._record = file, record
        self._pause = every * 0.9  # ticks are not on the second
        self._left_at = -self._pause
        self._has_ticked = threading.Event()
        threading.Thread(target=self._write_rows, name="beat's sign of life", daemon=True).start()

    def leave(self) -> None:
        """Beat has ticked. Neither waits nor raises."""
        now = time.monotonic()
        if now - self._left_at < self._pause:
            return
        self._left_at = now
        self._has_ticked.set()
        try:
            self._file.touch(mode=0o600)
        except OSError as error:
            log.warning("Beat's sign of life cannot be left at %s: %s", self._file, error)

    def _write_rows(self) -> None:
        while True:
            self._has_ticked.wait()
            self._has_ticked.clear()
            try:
                self._record()
                connection.close()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next tick tries again
                log.warning("Beat's sign of life cannot be written to the database: %s", error)
