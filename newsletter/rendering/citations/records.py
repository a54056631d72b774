"""What a citation says: facts of the sources, cleaned. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from urllib.parse import quote

from newsletter.rendering.citations.names import Name, split_name
from newsletter.rendering.texts import clean

MOST_AUTHORS = 3000  # a particle physics paper has that many

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}\\^`|]+")
_WORD = re.compile(r"[^\W_]+")
_UNTOLD = frozenset(
    ["a", "an", "the", "on", "of", "in", "for", "to", "and", "with", "is", "are", "from", "by"]
)
_ASCII = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)


class CitedPaper(Protocol):
    """The columns of :class:`newsletter.models.Paper` that a citation needs."""

    arxiv_id: str
    title: str
    abstract: str
    authors: Sequence[str]
    primary_category: str
    doi: str
    journal_ref: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Citation:
    """One paper. All texts are single lines of plain Unicode; ``published`` is the day of version 1.

    ``note`` are the reader's own words about it, the only text that is not the source's.
    """

    arxiv_id: str
    title: str
    authors: tuple[Name, ...]
    published: date | None = None
    doi: str = ""
    primary_category: str = ""
    journal_ref: str = ""
    abstract: str = ""
    note: str = ""

    @classmethod
    def of(cls, paper: CitedPaper, *, note: str = "") -> "Citation":
        """The citation of a paper's row."""
        names = (split_name(str(author)) for author in paper.authors[:MOST_AUTHORS])
        return cls(
            arxiv_id=paper.arxiv_id,
            title=clean(paper.title) or paper.arxiv_id,
            authors=tuple([name for name in names if name is not None]),
            published=paper.published_at.date() if paper.published_at else None,
            doi=doi_of(paper.doi),
            primary_category=clean(paper.primary_category),
            journal_ref=clean(paper.journal_ref),
            abstract=clean(paper.abstract),
            note=clean(note),
        )

    @property
    def url(self) -> str:
        """The abstract page on arXiv."""
        return f"https://arxiv.org/abs/{quote(self.arxiv_id)}"

    @property
    def key(self) -> str:
        """ASCII letters and digits by which a text cites it: family name, year, first word of the title."""
        first = self.authors[0] if self.authors else None
        family = _plain(first.family or first.literal) if first else ""
        words = (_plain(word) for word in _WORD.findall(self.title))
        word = next((word for word in words if word and word not in _UNTOLD), "")
        year = str(self.published.year) if self.published else ""
        return f"{family}{year}{word}"[:60] if family else f"arxiv{_plain(self.arxiv_id)}"


def doi_of(text: str) -> str:
    """The first DOI in ``text``, which may have several or a resolver's address; empty if it has none."""
    match = _DOI.search(text)
    return match.group().rstrip(".,;") if match else ""


def keyed(citations: Sequence[Citation]) -> list[tuple[str, Citation]]:
    """Each citation with a key of its own. Of papers with the same key all but the eldest add their arXiv id,
    so that a key that somebody cites stays what it is while a list grows.
    """
    eldest: dict[str, str] = {}
    for citation in sorted(citations, key=lambda cited: (cited.published or date.max, cited.arxiv_id)):
        eldest.setdefault(citation.key, citation.arxiv_id)
    return [
        (
            citation.key
            if eldest[citation.key] == citation.arxiv_id
            else f"{citation.key}-{re.sub(r'[^0-9A-Za-z.-]', '-', citation.arxiv_id)}",
            citation,
        )
        for citation in citations
    ]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_ASCII))
    return re.sub(r"[^a-z0-9]", "", decomposed)
