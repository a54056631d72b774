"""What waits in the bounce mailbox, mail by mail: reports, complaints, wishes to leave, and people's words.

Each mail is read in a confined process. One that cannot be read, or that fails when its consequences are
drawn, goes to the quarantine and is shown at the desk; the next one is always read.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction

from lib.sandbox import ConfinedReader, Limits
from newsletter.errors import DeliveryError, InvalidInput, PaperpostError, Unreadable
from newsletter.models import SetAside
from newsletter.set_aside import Isolation, ItemKind, isolating, put_aside, reason_of
from newsletter.text.border import clean_json
from subscriptions.addresses import normalise
from subscriptions.delivery.dispatch import dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.feedback.attribution import feedback_of
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.records import FORWARDED, Form, Incoming
from subscriptions.mailbox import leaving, written_wishes
from subscriptions.mailbox.boxes import Box, InboxMessage, Maildir
from subscriptions.mailbox.imap import imap_folder
from subscriptions.messages.single import single
from subscriptions.stages import MAILS

__all__ = [
    "MailReader",
    "MailboxReport",
    "Maildir",
    "configured_box",
    "feedback_of",
    "imap_folder",
    "read_box",
]

LONGEST_RUN: Final = 240.0  # seconds; what waits behind them is the next run's
MOST_TAKEN_BACK: Final = 50  # mails from the quarantine in one run
LONGEST_TEXT: Final = 50_000  # characters
_LIMITS = Limits(memory=512 * 2**20, seconds=4, output=8 * 2**20)
_PROBE = b"Subject: Is anybody there?\n\nThis is no report.\n"
logger = logging.getLogger(__name__)


class MailReader:
    """Reads mails in a process of their own. To be used as a context."""

    def __init__(self) -> None:
        self._confined = ConfinedReader(
            "subscriptions.feedback.reports:read_json", limits=_LIMITS, failure=Unreadable
        )

    def __enter__(self) -> "MailReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._confined.close()

    def read(self, data: bytes) -> Incoming:
        """Raises Unreadable for a mail that cannot be read, DeliveryError if no mail can."""
        try:
            return self._read(data)
        except Unreadable as error:
            try:
                self._read(_PROBE)
            except Unreadable as fault:
                raise DeliveryError(f"No mail can be read: {fault.message}", transient=True) from error
            raise

    def _read(self, data: bytes) -> Incoming:
        value = self._confined.read(data).value
        return Incoming.from_json(clean_json(value, longest=LONGEST_TEXT))


@contextmanager
def configured_box() -> Iterator[Box]:
    """The mailbox that the settings name. Raises InvalidInput if they name none."""
    if settings.BOUNCE_IMAP_URL:
        with imap_folder(settings.BOUNCE_IMAP_URL) as box:
            yield box
    elif settings.BOUNCE_MAILDIR:
        yield Maildir(Path(settings.BOUNCE_MAILDIR))
    else:
        raise InvalidInput(
            "There is no mailbox: set BOUNCE_IMAP_URL or BOUNCE_MAILDIR, or give --maildir DIR."
        )


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """Counts by kind, ``forwarded``, ``kept``, ``answered``, ``unsubscribed``; and what could not be done."""

    counts: Counter[str]
    problems: tuple[str, ...]


def read_box(
    box: Box,
    *,
    now: datetime,
    on_unsubscribe: Callable[[int], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> MailboxReport:
    """Work through what waits in ``box``.

    1. What a person wants tried again, and what was left alone long enough, waits once more.
    2. A mail that cannot be read, or be dealt with, goes to the quarantine and is named as a problem.
    3. A mail that cannot be passed on for now, because a server is away, stays as it is, and is named too.

    ``on_unsubscribe`` is called with the id of each reader who unsubscribed by a mail. Raises DeliveryError
    if no mail can be read, StageDown if none can be dealt with.
    """
    _take_back(box, now=now)
    run = _Run(now=now, on_unsubscribe=on_unsubscribe)
    until = monotonic() + LONGEST_RUN
    with MailReader() as reader, isolating(MAILS, now=now, items=ItemKind(key=_key)) as isolation:
        for mail in box.waiting():
            if monotonic() > until:
                run.problems.append("The rest of the mail waits for the next run.")
                break
            if isolation.wanted([mail]):
                run.take(mail, reader=reader, isolation=isolation)
                progress(1)
    for mail, error in run.failed:
        run.problems.append(_set_aside(mail, reason_of(error)))
    return MailboxReport(run.counts, tuple(run.problems))


def _key(mail: InboxMessage) -> object:
    return mail.key


def _take_back(box: Box, *, now: datetime) -> None:
    due = SetAside.objects.filter(stage=MAILS.slug, state=SetAside.State.WAITING, retry_at__lte=now)
    items = due.order_by("retry_at").values_list("item", flat=True)[:MOST_TAKEN_BACK]
    keys = {item.removeprefix(MAILS.item("")) for item in items}
    if keys:
        logger.info("%d mails are read once more.", box.take_back(keys))


def _set_aside(mail: InboxMessage, reason: str) -> str:
    """Move ``mail`` out of the way. The sentence that says so."""
    try:
        place = mail.set_aside()
    except OSError as error:
        return f"The mail {mail.name} stays where it is ({error.strerror}), and is left alone: {reason}"
    return f"The mail {mail.name} was put into {place}: {reason}"


class _Run:
    """What became of the mails of one run."""

    def __init__(self, *, now: datetime, on_unsubscribe: Callable[[int], object]) -> None:
        self.now = now
        self.on_unsubscribe = on_unsubscribe
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self.failed: list[tuple[InboxMessage, Exception]] = []

    def take(self, mail: InboxMessage, *, reader: MailReader, isolation: Isolation) -> None:
        if mail.problem:
            self.problems.append(f"The mail {mail.name} stays unread: {mail.problem}")
            return
        try:
            incoming = reader.read(mail.data)
        except Unreadable as error:
            # The reader works, so this mail is at fault, however many others are too.
            put_aside(MAILS, MAILS.item(mail.key), reason=error.message, now=self.now)
            self.problems.append(_set_aside(mail, error.message))
            return
        try:
            self.counts[
                _deal_with(incoming, mail.data, now=self.now, on_unsubscribe=self.on_unsubscribe)
            ] += 1
            mail.done()
        except Exception as error:  # noqa: BLE001 - whatever one mail raises, the next one is read
            if _passes(error):
                self.problems.append(f"The mail {_named(mail, incoming)} stays unread: {error}")
                return
            isolation.failed(mail, error)
            self.failed.append((mail, error))
        else:
            isolation.succeeded([mail])


def _named(mail: InboxMessage, incoming: Incoming) -> str:
    return f"{mail.name}, {incoming.message_id or 'without a Message-ID'}"


def _passes(error: Exception) -> bool:
    """Whether a server that a mail was to be passed on to may take it another time."""
    return isinstance(error, OSError) or (isinstance(error, PaperpostError) and error.transient)


def _deal_with(
    incoming: Incoming, data: bytes, *, now: datetime, on_unsubscribe: Callable[[int], object]
) -> str:
    """Draw the consequences of one mail; what it was, for counting."""
    if FORWARDED.lower() in incoming.headers:
        return "kept"
    if written_wishes.unsubscribe(incoming, now=now, on_unsubscribe=on_unsubscribe):
        return "unsubscribed"
    events = feedback_of(incoming, data, now=now)
    if all(report.form is Form.PERSON for report in incoming.reports) or _is_bare_wish(incoming, events):
        return _pass_on(incoming, data, now=now)
    with transaction.atomic():
        counts = record(events)
    return next(iter(counts), "none")


def _is_bare_wish(incoming: Incoming, events: Sequence[Feedback]) -> bool:
    """Whether a mail asks to leave and proves nothing: what a person writes beside a report in due form."""
    is_proved = any(not event.unproven and (event.delivery_id or event.notice) for event in events)
    is_request = all(report.feedback.startswith("opt-out") for report in incoming.reports)
    return is_request and not is_proved and leaving.asks_to_leave(incoming)


def _pass_on(incoming: Incoming, data: bytes, *, now: datetime) -> str:
    """What a person wrote: a reader who wants to leave gets the link, all else goes to the editor."""
    key = hashlib.sha256(data).hexdigest()
    answered = written_wishes.answer(incoming, event_id=f"{incoming.message_id or key} wish", now=now)
    if answered and not leaving.says_more(incoming):
        return "answered"
    passed_on = _forward(incoming, data, now=now)
    if passed_on == "kept" and not answered:
        written_wishes.show(incoming, key=key[:16], now=now)
    return "answered" if answered else passed_on


def _forward(incoming: Incoming, data: bytes, *, now: datetime) -> str:
    """A person wrote: the editor gets it whole, as an attachment, with an answer going to the person."""
    to = parseaddr(settings.REPLY_TO_EMAIL)[1]
    if not to or to == parseaddr(settings.BOUNCE_EMAIL)[1]:
        return "kept"
    message = single(
        recipient=to,
        subject=f"Fwd: {incoming.subject}"[:200],
        text=f"{incoming.sender or 'Somebody'} wrote to the address that digests are sent from.\n",
        reply_to=_writable(incoming.sender),
        auto_submitted="auto-generated",
        marks=(FORWARDED,),
        attached=data,
        now=now,
    )
    dispatch(MailKind.FORWARD, message, reader=None, now=now)
    return "forwarded"


def _writable(sender: str) -> str:
    """``sender`` as an address that an answer can go to; empty if it is none."""
    try:
        return normalise(sender)
    except InvalidInput:
        return ""
