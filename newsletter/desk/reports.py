"""What people say is wrong with a statement: filed, looked at, settled, forgotten.

A flood cannot drown the desk: however many report one statement, it is one row with two counts, and a few of
their messages. Addresses in messages are taken out before anything is stored: this half sees none.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from newsletter.desk import curation
from newsletter.errors import InvalidInput, StateError
from newsletter.models import Edition, Entry, Paper, Report, ReportMessage
from newsletter.models.reports import Reporter

KEPT = timedelta(days=180)
"""How long a settled report is kept."""
LONGEST_WORDS = 1000  # characters of a message
LONGEST_STATEMENT = 2000
MOST_MESSAGES = 20  # kept of one report
_KEY_LENGTH = 16
# Also with an at sign of full width, or several: nothing that a mail program may read as one is left.
_ADDRESS = re.compile(r"[^\s@＠﹫]{1,64}(?:[@＠﹫]{1,8}[^\s@＠﹫]{1,255})+[@＠﹫]{0,8}")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"[^\S\n]{2,}")
_LINES = re.compile(r"\n{3,}")

State, Outcome = Report.State, Report.Outcome


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody says: ``statement`` as it was shown, empty for something else, and words of one's own."""

    language: str
    statement: str
    words: str
    by: Reporter


def cleaned(words: str) -> str:
    """A stranger's words as they may be kept and shown: bounded, without control signs and addresses."""
    text = _UNSAFE.sub("", words[: 4 * LONGEST_WORDS].replace("\r\n", "\n").replace("\r", "\n"))
    text = _LINES.sub("\n\n", _BLANKS.sub(" ", _ADDRESS.sub("[address]", text)))
    return text.strip()[:LONGEST_WORDS]


def file_report(paper: Paper, complaint: Complaint, *, now: datetime) -> Report:
    """Put it into the desk's queue, or count it where the same statement waits there already."""
    statement = complaint.statement[:LONGEST_STATEMENT]
    key = hashlib.sha256(statement.encode("utf-8", "replace")).hexdigest()[:_KEY_LENGTH] if statement else ""
    counted = "readers" if complaint.by == Reporter.READER else "others"
    is_author = complaint.by == Reporter.AUTHOR
    with transaction.atomic():
        row, _ = Report.objects.get_or_create(
            paper=paper,
            language=complaint.language,
            key=key,
            state=State.OPEN,
            defaults={"statement": statement, "first_at": now, "last_at": now},
        )
        changes: dict[str, Any] = {counted: F(counted) + 1, "last_at": Greatest(F("last_at"), now)}
        Report.objects.filter(pk=row.pk).update(**changes, **({"has_author": True} if is_author else {}))
        words = cleaned(complaint.words)
        is_new = bool(words) and not row.messages.filter(words=words).exists()
        if is_new and row.messages.count() < MOST_MESSAGES:
            ReportMessage.objects.create(report=row, by=complaint.by, words=words, at=now)
    row.refresh_from_db()
    return row


def settle(report_id: int, *, outcome: str, note: str, by: Any, at: datetime) -> Report:
    """Take it off the queue. Raises InvalidInput for an unknown outcome, StateError if it is settled."""
    if outcome not in Outcome.values:
        raise InvalidInput("Say what you found: mended, or nothing wrong.")
    values = {"outcome": outcome, "note": note.strip()[:1000], "settled_by": by, "settled_at": at}
    done = Report.objects.open().filter(pk=report_id).update(state=State.SETTLED, **values)
    row = Report.objects.select_related("settled_by").get(pk=report_id)
    if not done:
        who = row.settled_by.get_username() if row.settled_by else "Somebody"
        raise StateError(f"{who} settled this report before you: {row.get_outcome_display()}.")
    return row


def reopen(report_id: int) -> None:
    """Put a settled report back into the queue. Raises StateError if the statement is reported anew."""
    with transaction.atomic():
        row = Report.objects.select_for_update().get(pk=report_id)
        if row.state == State.OPEN:
            return
        same = Report.objects.open().filter(paper=row.paper_id, language=row.language, key=row.key)
        if same.exists():
            raise StateError("This statement was reported anew: the new report is open.")
        Report.objects.filter(pk=row.pk).update(
            state=State.OPEN, outcome="", note="", settled_by=None, settled_at=None
        )


def take_back(paper: Paper, *, by: Any, at: datetime) -> int:
    """Hide the paper in all its editions and leave it out of digests that are not sent yet.

    Returns in how many editions it stood. Raises StateError if another editor was faster in one of them.
    """
    entries = Entry.objects.filter(paper=paper, is_hidden=False).select_related("edition").order_by("pk")
    with transaction.atomic():
        for entry in entries:
            desk = curation.Desk(by=by, at=at, revision=entry.edition.revision)
            act = curation.recall if entry.edition.state == Edition.State.FROZEN else curation.hide
            act(entry.edition_id, desk, entry_id=entry.pk)
    return len(entries)


def forget_settled(*, now: datetime) -> int:
    """Delete what was settled long ago, with what people wrote. Returns how many reports."""
    old = Report.objects.filter(Q(state=State.SETTLED) & Q(settled_at__lt=now - KEPT))
    count = old.count()
    old.delete()
    return count
