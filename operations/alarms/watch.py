"""The watch: a process of its own that looks for alarms, because those that it looks after may be dead."""

import logging
import threading
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from operations import heartbeats
from operations.alarms import mails, pings
from operations.alarms.telling import Told, evaluate

TICK_FILE = "watch-tick"
NO_DATABASE = "The database does not answer: no page and no digest can be made."
OUTAGE = 2  # looks in vain before it is said
_REMEDY = "Start it, or correct DATABASE_URL; the log of the watch gives its answer."
log = logging.getLogger(__name__)


class Watch:
    """Looks again and again. Of a database that is away it remembers itself whom it told."""

    def __init__(self) -> None:
        self._in_vain = 0
        self._is_told = False

    def run(self, *, every: float, stop: threading.Event) -> None:
        """Look each ``every`` seconds until ``stop`` is set. Whatever one look raises, the next is tried."""
        while not stop.is_set():
            try:
                self.look(timezone.now())
            except Exception:
                log.exception("This look for alarms failed; the next one is in %g seconds.", every)
            finally:
                connection.close()
            stop.wait(every)

    def look(self, now: datetime) -> Told:
        """One look, and a sign of life."""
        _touch(Path(settings.VAR_DIR) / TICK_FILE)
        try:
            heartbeats.record_watch(at=now)
            told = evaluate(now)
        except (OperationalError, InterfaceError) as error:
            log.warning("The database does not answer: %s", error)
            return self._tell_of_database(now)
        if self._is_told:
            self._is_told = not _mail("Over: " + NO_DATABASE, "It answers again.", now=now)
        self._in_vain = 0
        return told

    def _tell_of_database(self, now: datetime) -> Told:
        self._in_vain += 1
        if self._in_vain < OUTAGE:
            return Told((NO_DATABASE,))
        if not self._is_told:
            self._is_told = _mail(NO_DATABASE, f"What to do: {_REMEDY}", now=now)
        return Told((NO_DATABASE,), pinged=pings.ping([NO_DATABASE]))


def _mail(sentence: str, more: str, *, now: datetime) -> bool:
    """Without a database those of ``OPERATOR_EMAIL`` alone are known."""
    to = settings.OPERATOR_EMAIL
    subject = f"{settings.SITE_NAME}: {sentence}"
    return bool(to) and mails.send(subject, f"{sentence}\n\n{more}\n\n{settings.SITE_URL}/\n", to=to, now=now)


def _touch(file: Path) -> None:
    """For the health check of a container. A full disk is what the look is to tell, and stops it not."""
    try:
        file.touch(mode=0o600)
    except OSError as error:
        log.warning("The watch's sign of life cannot be left at %s: %s", file, error)
