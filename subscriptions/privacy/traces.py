"""What a reader leaves outside the rows of that reader, and how it goes when the reader is erased.

What stays is named on the page that erases: a keyed hash of the address (a suppression). A PostgreSQL server
keeps deleted rows until VACUUM, and backups keep them for as long as they are kept: the README says so.
"""

import logging
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from quopri import decodestring

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection

from newsletter.models import SetAside
from subscriptions.feedback.bounds import LARGEST
from subscriptions.mailbox.boxes import FOLDER_MARK, key_of, quarantine_of
from subscriptions.models import Subscriber
from subscriptions.stages import MAILS

AT_ONCE = 4_000_000  # bytes of a mail that are looked at together
OVERLAP = 4_000  # bytes; an address stands within them however it is written
_BASE64 = re.compile(rb"[A-Za-z0-9+/ \t\r\n]{8,}+")
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
        with suppress(FileNotFoundError):  # it was taken back meanwhile
            if _file_holds(path, address):
                forget_mail(path)
    truncate_log()


def _mails() -> Iterator[Path]:
    yield from settings.OUTBOX_DIR.glob("*.eml")
    yield from quarantined_mails()


def quarantined_mails() -> Iterator[Path]:
    """Mails that could not be read, wherever they were put."""
    folders = list(settings.VAR_DIR.rglob("quarantine"))
    if settings.BOUNCE_MAILDIR:
        folders.append(quarantine_of(Path(settings.BOUNCE_MAILDIR)))
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and path.name != FOLDER_MARK)


def forget_mail(path: Path) -> None:
    """Delete a mail, and what the desk shows of it."""
    with path.open("rb") as file:
        key = key_of(file.read(LARGEST))
    path.unlink(missing_ok=True)
    SetAside.objects.filter(stage=MAILS.slug, item=f"mail {key}").delete()


def _file_holds(path: Path, address: str) -> bool:
    with path.open("rb") as file:
        before = b""
        while data := file.read(AT_ONCE):
            if holds(before + data, address):
                return True
            before = data[-OVERLAP:]
    return False


def holds(mail: bytes, address: str) -> bool:
    """Whether a mail names ``address``: in its bytes, in quoted-printable or in base64 (RFC 2045, section 6).

    The mail may be one that breaks whoever reads its parts, so none are looked for: whatever looks like an
    encoded text is decoded, base64 from each of the four places where a group of signs may begin.
    """
    wanted = [address.lower().encode(charset) for charset in ("utf-8", "utf-16-le", "utf-16-be")]
    return any(pattern in text.lower() for text in _readings(mail) for pattern in wanted)


def _readings(mail: bytes) -> Iterator[bytes]:
    yield mail
    yield decodestring(mail)
    yield decodestring(mail, header=True)
    for run in _BASE64.findall(mail):
        signs = b"".join(run.split())
        for start in range(4):
            length = len(signs) - start
            yield b64decode(signs[start : len(signs) - (length % 4 == 1)] + b"==")


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
