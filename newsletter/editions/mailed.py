"""Which papers digests held. Whoever sends digests says so here, a batch at a time."""

from collections.abc import Iterable
from datetime import date

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import MailedPaper, Paper

MOST_REMEMBERED = 50_000  # papers that one process remembers


class MailedPapers:
    """Notes papers as mailed: a process asks the database only about those that it has not noted yet."""

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._day: date | None = None

    def note(self, papers: Iterable[int], *, on: date) -> None:
        """A digest with ``papers`` (ids; some may be gone) leaves ``on`` a day. May run twice, anywhere.

        No query for papers that were noted on this day, else two for every
        :data:`~lib.chunks.IDS_A_QUERY`.
        """
        if on != self._day:
            self._noted, self._day = set(), on
        unknown = sorted(set(papers) - self._noted)
        for ids in chunked(unknown, IDS_A_QUERY):
            known = Paper.objects.filter(pk__in=ids).order_by("pk")
            columns = list(known.values_list("pk", "mailed__since", "mailed__until"))
            new = [
                MailedPaper(paper_id=paper, since=on, until=on)
                for paper, since, _ in columns
                if since is None
            ]
            MailedPaper.objects.bulk_create(new, ignore_conflicts=True)
            if any(until is not None and until < on for _, _, until in columns):
                MailedPaper.objects.filter(paper__in=ids, until__lt=on).update(until=on)
        if len(self._noted) > MOST_REMEMBERED:
            self._noted.clear()
        self._noted.update(unknown)
