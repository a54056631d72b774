"""What results are narrowed by: days, topic, category, author, language of a summary, code, reading.

The index's tokens bring the candidates; the rows say whether each really is of that kind now.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletter.archive.public import listed_entries
from newsletter.features.names import fold_name
from newsletter.models import Paper, Reading, Summary
from newsletter.search.documents import category_token
from newsletter.search.expressions import Expression, either
from newsletter.search.tokens import tokens_of

EARLIEST: Final = date(1991, 1, 1)  # arXiv's first year
LATEST: Final = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which papers are wanted; what is empty narrows nothing.

    ``since`` and ``until`` are days on which a paper stood in an edition; ``topic`` is the key of one;
    ``author`` are words of one name; ``language`` is that of a summary.
    """

    since: date | None = None
    until: date | None = None
    topic: int | None = None
    category: str = ""
    author: str = ""
    language: str = ""
    has_code: bool = False
    has_reading: bool = False

    @property
    def has_days(self) -> bool:
        """Whether only some days are wanted."""
        return self.since is not None or self.until is not None

    def expressions(self) -> Iterator[Expression]:
        """What the entries of such papers have."""
        if self.has_days:
            yield either([*_day_tokens(self.since or EARLIEST, self.until or LATEST)] or ["day:none"])
        if self.topic is not None:
            yield f"topic:{self.topic}"
        if self.category:
            yield category_token(self.category)
        if self.author:
            yield from [f"by:{token}" for token in tokens_of(self.author)] or ["by:nobody"]
        if self.language:
            yield f"language:{self.language}"
        if self.has_code:
            yield "has:code"
        if self.has_reading:
            yield "has:reading"

    def narrow(self, papers: QuerySet[Paper]) -> QuerySet[Paper]:
        """Those of ``papers`` that are of that kind now; an author is compared by :meth:`is_by`."""
        if self.topic is not None or self.has_days:
            places = Q(paper=OuterRef("pk"))
            if self.topic is not None:
                places &= Q(edition__topic=self.topic)
            if self.has_days:
                places &= Q(edition__day__range=(self.since or EARLIEST, self.until or LATEST))
            is_there = Q(Exists(listed_entries().filter(places)))
            if self.topic is None:  # papers of readers' own queries stood in no edition
                is_there |= Q(mailed__since__range=(self.since or EARLIEST, self.until or LATEST))
            papers = papers.filter(is_there)
        if self.language:
            shown = Summary.objects.shown().exclude(author=Summary.Author.EXTRACT)
            papers = papers.filter(Exists(shown.filter(paper=OuterRef("pk"), language=self.language)))
        if self.has_code:
            papers = papers.exclude(code_url="")
        if self.has_reading:
            papers = papers.filter(reading__state=Reading.State.READY)
        return papers

    def is_by(self, authors: list[str]) -> bool:
        """Whether one of ``authors`` has all words of the wanted name."""
        wanted = set(fold_name(self.author).split())
        return not wanted or any(wanted <= set(fold_name(name).split()) for name in authors)


def _day_tokens(since: date, until: date) -> Iterator[str]:
    """The tokens of all days from ``since`` to ``until``: whole years and months as one."""
    day, until = max(since, EARLIEST), min(until, LATEST)
    while day <= until:
        end_of_year = date(day.year, 12, 31)
        end_of_month = day.replace(day=monthrange(day.year, day.month)[1])
        if day.day == day.month == 1 and end_of_year <= until:
            yield f"year:{day:%Y}"
            day = end_of_year
        elif day.day == 1 and end_of_month <= until:
            yield f"month:{day:%Y%m}"
            day = end_of_month
        else:
            yield f"day:{day:%Y%m%d}"
        day += timedelta(days=1)
