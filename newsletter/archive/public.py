"""Which papers everybody may see, as a query: the one definition for pages, lists, search, feeds and the API.

A paper is public while an approved or frozen edition shows it, or once a digest held it: readers' own queries
mail papers of no edition. An editor who hides one wherever it is shown takes all of it back, also from who
got it. Withdrawn papers keep their pages; lists leave them out.
"""

from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from newsletter.models import Edition, Entry, MailedPaper, Paper, Summary

READY: Final = (Edition.State.APPROVED, Edition.State.FROZEN)


def public_papers() -> QuerySet[Paper]:
    """All papers that have public pages."""
    entries = Entry.objects.filter(paper=OuterRef("pk"))
    is_shown = Exists(entries.filter(is_hidden=False, edition__state__in=READY))
    is_mailed = Exists(MailedPaper.objects.filter(paper=OuterRef("pk")))
    is_hidden = Exists(entries.filter(is_hidden=True))
    return Paper.objects.filter(is_shown | (is_mailed & ~is_hidden))


def listed_papers() -> QuerySet[Paper]:
    """The public papers that lists, feeds and search show: those that their authors did not withdraw."""
    return public_papers().filter(is_withdrawn=False)


def shown_entries() -> QuerySet[Entry]:
    """The entries that an edition shows once it is ready: neither hidden nor withdrawn."""
    # The few that were withdrawn have an index; reading the row of each paper takes many times as long.
    withdrawn = Paper.objects.filter(is_withdrawn=True)
    return Entry.objects.filter(is_hidden=False).exclude(paper__in=withdrawn)


def listed_entries() -> QuerySet[Entry]:
    """The entries that lists of days and topics show: of ready editions, neither hidden nor withdrawn."""
    return shown_entries().filter(edition__state__in=READY)


def is_in_own_words(state: str, author: str) -> bool:
    """Whether a summary is shown and is not the abstract's own English under the name of its language."""
    return state == Summary.State.READY and author != Summary.Author.EXTRACT
