"""A mailbox over IMAP (RFC 3501), by TLS with a certificate that is checked."""

import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from typing_extensions import override

from newsletter.errors import DeliveryError, InvalidInput
from subscriptions.feedback.bounds import LARGEST
from subscriptions.mailbox.boxes import QUARANTINE, Box, InboxMessage, key_of

MOST_AT_ONCE: Final = 1000
MOST_RECONNECTIONS: Final = 3  # of one run
LARGEST_LITERAL: Final = 4 * LARGEST
TIMEOUT: Final = 60  # seconds
SECURE, STARTTLS, INSECURE = "imaps", "imap", "imap+insecure"
USE: Final = (
    "use imaps://user:password@host/INBOX (imap:// begins with STARTTLS, imap+insecure:// sends the password "
    "in clear text), or give --maildir DIR."
)
logger = logging.getLogger(__name__)

_LOST = (imaplib.IMAP4.abort, OSError)
_EMPTY = re.compile(rb'BODY\[\](?:<0>)? (?:""|NIL)', re.IGNORECASE)


class _Bounded:
    """A server may not make us read more than a mail."""

    def read(self, size: int) -> bytes:
        if size > LARGEST_LITERAL:
            raise imaplib.IMAP4.abort(f"it sends {size} bytes where {LARGEST} were asked for")
        return super().read(size)  # type: ignore[misc, no-any-return]


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Secure(_Bounded, imaplib.IMAP4_SSL):
    pass


class ImapFolder(Box):
    """What is not \\Seen waits. A connection that is lost is made again, a few times."""

    def __init__(self, connect: Callable[[], imaplib.IMAP4], folder: str) -> None:
        self.folder = folder
        self._connect = connect
        self._reconnections = MOST_RECONNECTIONS
        self._open()

    @override
    def waiting(self) -> Iterator[InboxMessage]:
        for number in self._search("UNSEEN")[:MOST_AT_ONCE]:
            problem, data = "", None
            try:
                data = self._fetch(number)
            except _LOST as error:
                self._reopen(error)
                problem = f"The connection broke off while it was read: {error}."
            except imaplib.IMAP4.error as error:
                problem = f"The server does not give it: {error}."
            if data is None:
                problem = problem or "The server gives nothing of it."
            yield InboxMessage(
                name=f"{number} in {self.folder}",
                data=data or b"",
                done=lambda number=number: self._flag(number, "\\Seen"),  # type: ignore[misc]
                set_aside=lambda number=number: self._set_aside(number),  # type: ignore[misc]
                problem=problem,
            )

    @override
    def take_back(self, keys: set[str]) -> int:
        count = 0
        for folder in self._quarantines():
            if not self._select(folder):
                continue
            for number in self._search("UNDELETED")[:MOST_AT_ONCE]:
                data = self._fetch(number)
                if data and key_of(data) in keys:
                    count += self._move(number, self.folder)
        self._select(self.folder)
        return count

    def close(self) -> None:
        """Log out; a connection that is lost is let go."""
        with suppress(*_LOST, imaplib.IMAP4.error):
            self.connection.logout()

    def _open(self) -> None:
        self.connection = self._connect()
        if not self._select(self.folder):
            raise InvalidInput(f"The mailbox has no folder {self.folder!r}; BOUNCE_IMAP_URL names it.")

    def _reopen(self, error: Exception) -> None:
        if not self._reconnections:
            raise error
        self._reconnections -= 1
        logger.info("The mailbox broke off (%s); it is opened again.", error)
        with suppress(*_LOST, imaplib.IMAP4.error):
            self.connection.shutdown()
        self._open()

    def _select(self, folder: str) -> bool:
        return self.connection.select(_quoted(folder))[0] == "OK"

    def _search(self, what: str) -> list[str]:
        _, answer = self.connection.uid("SEARCH", what)
        return [uid.decode("ascii") for part in answer if isinstance(part, bytes) for uid in part.split()]

    def _fetch(self, number: str) -> bytes | None:
        """The mail's beginning; None if the server gives nothing, as of one that was deleted meanwhile."""
        for what in (f"(BODY.PEEK[]<0.{LARGEST}>)", "(BODY.PEEK[])"):
            _, parts = self.connection.uid("FETCH", number, what)
            for part in parts:
                if isinstance(part, tuple) and isinstance(part[1], bytes):
                    return part[1][:LARGEST]
                if isinstance(part, bytes) and _EMPTY.search(part):
                    return b""
        return None

    def _flag(self, number: str, flags: str) -> None:
        self._surely("STORE", number, "+FLAGS", f"({flags})")

    def _set_aside(self, number: str) -> str:
        for folder in self._quarantines():
            if self._move(number, folder):
                return f"the folder {folder}"
            with suppress(imaplib.IMAP4.error):
                self.connection.create(_quoted(folder))
            if self._move(number, folder):
                return f"the folder {folder}"
        self._flag(number, "\\Seen \\Flagged")
        return f"{self.folder}, flagged"

    def _move(self, number: str, folder: str) -> bool:
        """RFC 6851 where it is spoken; else a copy, with the original left as one that was read."""
        command = "MOVE" if "MOVE" in self.connection.capabilities else "COPY"
        try:
            moved = self._surely(command, number, _quoted(folder))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return False
        if moved and command == "COPY":
            self._flag(number, "\\Seen")
        return moved

    def _surely(self, *command: str) -> bool:
        """A command on a mail, once more if the connection is lost meanwhile."""
        try:
            return bool(self.connection.uid(*command)[0] == "OK")
        except _LOST as error:
            self._reopen(error)
            return bool(self.connection.uid(*command)[0] == "OK")

    def _quarantines(self) -> tuple[str, ...]:
        """Beside the inbox; within it for servers that allow no other place (RFC 2342)."""
        return (QUARANTINE.capitalize(), f"INBOX.{QUARANTINE.capitalize()}")


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def imap_folder(url: str, *, timeout: float = TIMEOUT) -> Iterator[ImapFolder]:
    """``imaps://user:password@host[:port]/Folder``; ``imap://`` begins with STARTTLS, or ends there.

    ``imap+insecure://`` never asks for TLS. ``timeout``: seconds for each answer. Raises
    InvalidInput for an address that cannot be used, and DeliveryError, transient, for a server that cannot be
    reached.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(f"BOUNCE_IMAP_URL is no address; {USE}") from None
    if parts.scheme not in (SECURE, STARTTLS, INSECURE) or not host:
        raise InvalidInput(f"BOUNCE_IMAP_URL: {USE}")
    port = port or (993 if parts.scheme == SECURE else 143)
    with _translated(host):
        name = unquote(parts.path.strip("/")) or "INBOX"
        folder = ImapFolder(lambda: _logged_in(parts, host, port, timeout=timeout), name)
        try:
            yield folder
        finally:
            folder.close()


def _logged_in(parts: SplitResult, host: str, port: int, *, timeout: float) -> imaplib.IMAP4:
    try:
        connection = _connected(parts.scheme, host, port, timeout=timeout)
        connection.login(unquote(parts.username or ""), unquote(parts.password or ""))
    except ssl.SSLError as error:
        raise DeliveryError(
            f"The mailbox at {host} has no certificate that can be trusted ({_reason(error)}); SMTP_CA_FILE "
            "names an authority of your own.",
            transient=True,
        ) from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise DeliveryError(
            f"The mailbox at {host} refuses our login: {_reason(error)}.", transient=True
        ) from error
    return connection


def _connected(scheme: str, host: str, port: int, *, timeout: float) -> imaplib.IMAP4:
    """Raises InvalidInput where the password would go over the wire in clear text, unasked."""
    if scheme == SECURE:
        return _Secure(host, port, ssl_context=_trust(), timeout=timeout)
    connection = _Plain(host, port, timeout=timeout)
    if scheme == STARTTLS:
        if "STARTTLS" not in connection.capabilities:
            connection.shutdown()
            raise InvalidInput(f"The mailbox at {host} offers no STARTTLS. BOUNCE_IMAP_URL: {USE}")
        connection.starttls(_trust())
    return connection


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.SMTP_CA_FILE:
        context.load_verify_locations(settings.SMTP_CA_FILE)
    return context


def _reason(error: Any) -> str:
    text = getattr(error, "verify_message", "") or str(error) or type(error).__name__
    return " ".join(text.split())[:200]


@contextmanager
def _translated(host: str) -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.error, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise DeliveryError(f"The mailbox at {host} broke off: {_reason(error)}.", transient=True) from error
