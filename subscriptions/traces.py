"""What a reader leaves outside the rows of that reader, and how it goes when the reader is erased.

What stays is named on the page that erases: a keyed hash of the address (a suppression). A PostgreSQL server
keeps deleted rows until VACUUM, and backups keep them for as long as they are kept: the README says so.
"""

import email
import logging
from collections.abc import Iterator
from email.errors import MessageError
from pathlib import Path

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection

from subscriptions.models import Subscriber

LARGEST_MAIL = 20_000_000  # bytes; a larger file is none of ours
_BUSY_MS = 2000  # that the write-ahead log may wait for readers of it
log = logging.getLogger(__name__)


def clear_rows(address: str) -> None:
    """Rows of others that hold ``address``: a wish to move there, words of the operator, a try to log in."""
    Subscriber.objects.filter(new_email__iexact=address).update(new_email="")
    for entry in LogEntry.objects.filter(change_message__icontains=address).iterator():
        LogEntry.objects.filter(pk=entry.pk).update(change_message="")
    for logged in (AccessAttempt, AccessFailureLog, AccessLog):
        logged.objects.filter(username__iexact=address).delete()


def clear_files(address: str) -> None:
    """Once the rows are gone: caught and quarantined mail of ``address``, and SQLite's write-ahead log."""
    for path in _mails():
        if path.stat().st_size <= LARGEST_MAIL and holds(path.read_bytes(), address):
            path.unlink(missing_ok=True)
    truncate_log()


def _mails() -> Iterator[Path]:
    yield from settings.OUTBOX_DIR.glob("*.eml")
    for folder in settings.VAR_DIR.rglob("quarantine"):
        yield from (path for path in folder.rglob("*") if path.is_file())


def holds(mail: bytes, address: str) -> bool:
    """Whether a mail names ``address``, in its bytes or behind a transfer encoding."""
    wanted = address.lower().encode()
    if wanted in mail.lower():
        return True
    try:
        parts = [part for part in email.message_from_bytes(mail).walk() if not part.is_multipart()]
        return any(wanted in bytes(part.get_payload(decode=True) or b"").lower() for part in parts)
    except (MessageError, ValueError, LookupError, RecursionError, AssertionError):
        return False


def truncate_log() -> bool:
    """Empty SQLite's write-ahead log into the database; False while somebody still reads from it."""
    if connection.vendor != "sqlite":
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy = cursor.fetchone()[0]
            cursor.execute("PRAGMA busy_timeout = 30000")
    except OperationalError as error:
        log.info("SQLite's log is emptied later: %s.", error)
        return False
    return not is_busy
