"""The mailbox that bounces come to: a maildir or an IMAP folder. Nothing in it is ever deleted."""

import imaplib
import logging
import mailbox
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings

from newsletter.errors import DeliveryError, InvalidInput
from subscriptions import consent, links
from subscriptions.delivery.dispatch import dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.feedback.attribution import feedback_of
from subscriptions.feedback.events import record
from subscriptions.feedback.records import Form, Incoming
from subscriptions.feedback.reports import read
from subscriptions.messages.single import single

MOST_AT_ONCE = 1000
FORWARDED = "X-Paperpost-Forwarded"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that waits. ``done`` marks it as read where it lies."""

    data: bytes
    done: Callable[[], None]


class Box(Protocol):
    def waiting(self) -> Iterator[Letter]: ...


class Maildir:
    """``new/`` is what waits; what was read moves to ``cur/`` with the flag S."""

    def __init__(self, path: Path) -> None:
        if not (path / "new").is_dir():
            raise InvalidInput(f"{path} is not a maildir: it has no folder named new.")
        self.box = mailbox.Maildir(path, create=False)

    def waiting(self) -> Iterator[Letter]:
        for key in sorted(self.box.keys()):
            if self.box.get_message(key).get_subdir() == "new":
                yield Letter(self.box.get_bytes(key), lambda key=key: self._seen(key))  # type: ignore[misc]

    def _seen(self, key: str) -> None:
        message = self.box.get_message(key)
        message.set_subdir("cur")
        message.add_flag("S")
        self.box[key] = message


class ImapFolder:
    """What is not \\Seen waits."""

    def __init__(self, connection: imaplib.IMAP4, folder: str) -> None:
        self.connection = connection
        status, _ = connection.select(f'"{folder}"')
        if status != "OK":
            raise InvalidInput(f"The mailbox has no folder {folder!r}; BOUNCE_IMAP_URL names it.")

    def waiting(self) -> Iterator[Letter]:
        _, found = self.connection.uid("SEARCH", "UNSEEN")
        for uid in (found[0] or b"").split()[:MOST_AT_ONCE]:
            number = uid.decode("ascii")
            _, parts = self.connection.uid("FETCH", number, "(BODY.PEEK[])")
            data = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if isinstance(data, bytes):
                yield Letter(data, lambda number=number: self._seen(number))  # type: ignore[misc]

    def _seen(self, number: str) -> None:
        self.connection.uid("STORE", number, "+FLAGS", "(\\Seen)")


@contextmanager
def imap_folder(url: str) -> Iterator[ImapFolder]:
    """``imaps://user:password@host[:port]/Folder`` (or ``imap://``, with STARTTLS where offered)."""
    parts = urlsplit(url)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname:
        raise InvalidInput("BOUNCE_IMAP_URL: use imaps://user:password@host/INBOX, or give --maildir DIR.")
    try:
        if parts.scheme == "imaps":
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(parts.hostname, parts.port or 993, timeout=60)
        else:
            connection = imaplib.IMAP4(parts.hostname, parts.port or 143, timeout=60)
            if "STARTTLS" in connection.capabilities:
                connection.starttls()
        connection.login(unquote(parts.username or ""), unquote(parts.password or ""))
    except (OSError, imaplib.IMAP4.error) as error:
        raise DeliveryError(
            f"The mailbox at {parts.hostname} lets us not in: {error}.", transient=True
        ) from error
    try:
        yield ImapFolder(connection, unquote(parts.path.strip("/")) or "INBOX")
    except (imaplib.IMAP4.error, ConnectionError, TimeoutError) as error:
        raise DeliveryError(f"The mailbox at {parts.hostname} broke off: {error}.", transient=True) from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts by kind, ``forwarded``, ``kept`` and ``unsubscribed``; and what could not be done."""

    counts: Counter[str]
    problems: tuple[str, ...]


def read_box(
    box: Box,
    *,
    now: datetime,
    farewell: Callable[[int], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Reading:
    """Work through what waits in ``box``. A mail that cannot be dealt with stays as it is, and is told of.

    ``farewell`` is called with the id of each reader who unsubscribed by a mail.
    """
    counts: Counter[str] = Counter()
    problems: list[str] = []
    for letter in box.waiting():
        incoming = read(letter.data)
        try:
            counts[_deal_with(incoming, letter.data, now=now, farewell=farewell)] += 1
        except (OSError, DeliveryError) as error:
            problems.append(f"The mail {incoming.message_id or 'without a Message-ID'} stays unread: {error}")
            continue
        letter.done()
        progress(1)
    return Reading(counts, tuple(problems))


def _deal_with(incoming: Incoming, data: bytes, *, now: datetime, farewell: Callable[[int], object]) -> str:
    if FORWARDED in BytesHeaderParser().parsebytes(data):
        return "kept"
    if _unsubscribe(incoming, now=now, farewell=farewell):
        return "unsubscribed"
    if all(report.form is Form.PERSON for report in incoming.reports):
        return _forward(incoming, data, now=now)
    found = record(feedback_of(incoming, data, now=now))
    return next(iter(found), "none")


def _unsubscribe(incoming: Incoming, *, now: datetime, farewell: Callable[[int], object]) -> bool:
    """``Subject: unsubscribe TOKEN``, as List-Unsubscribe's mailto asks for (RFC 2369)."""
    words = incoming.subject.split()
    if len(words) < 2 or words[-2].lower() != "unsubscribe":
        return False
    try:
        subscriber = links.subscriber_of(words[-1], "unsubscribe", now=now)
    except links.LinkError as error:
        logger.info("A mail asks to unsubscribe with a link that opens nothing: %s", error)
        return False
    if consent.unsubscribe(subscriber, now=now, how="mail"):
        farewell(subscriber.pk)
    return True


def _forward(incoming: Incoming, data: bytes, *, now: datetime) -> str:
    """A person wrote: the editor gets it whole, as an attachment, with an answer going to the person."""
    to = parseaddr(settings.REPLY_TO_EMAIL)[1]
    if not to or to == parseaddr(settings.BOUNCE_EMAIL)[1]:
        return "kept"
    message = single(
        recipient=to,
        subject=f"Fwd: {incoming.subject}"[:200],
        text=f"{incoming.sender or 'Somebody'} wrote to the address that digests are sent from.\n",
        reply_to=incoming.sender,
        auto_submitted="auto-generated",
        marks=(FORWARDED,),
        attached=data,
        now=now,
    )
    dispatch(MailKind.FORWARD, message, reader=None, now=now)
    return "forwarded"
