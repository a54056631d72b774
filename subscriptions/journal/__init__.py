"""The journal of wishes: who left, came back, was suppressed or erased, kept outside the database.

A database that is restored from a backup has forgotten what people asked for since. The journal has not: a
file of its own (``WISHES_JOURNAL``) that only grows, with keyed hashes in the place of addresses.
"""

from subscriptions.journal.files import JournalError, JournalGapError, Mark, mark, wishes_since
from subscriptions.journal.lines import Wish, WishKind
from subscriptions.journal.recording import gathered, not_noted, note, trouble, write_owed

__all__ = [
    "JournalError",
    "JournalGapError",
    "Mark",
    "Wish",
    "WishKind",
    "gathered",
    "mark",
    "not_noted",
    "note",
    "trouble",
    "wishes_since",
    "write_owed",
]
