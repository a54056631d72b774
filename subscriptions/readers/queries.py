"""A reader's own searches: as a form has them (keywords, authors, categories) and as a row keeps them.

Pure: no models, no requests.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from newsletter.arxiv.taxonomy import find_category
from newsletter.errors import QueryError
from newsletter.topics.matching import parse_query

MOST_QUERIES = 20
LONGEST_QUERY = 500  # characters of one that an address brings
_AUTHOR = re.compile(r'author:(?:"([^"]+)"|([^\s"():*]+))')
_CATEGORY = re.compile(r"cat:([A-Za-z.*-]+)")
_SEPARATORS = re.compile(r"[,;\s]+")
_QUOTES = re.compile(r'["“”„‟＂「」『』«»\\]')


@dataclass(frozen=True, slots=True)
class OwnQueries:
    """``keywords`` are searches and ``authors`` names, one a line; ``categories`` are separated by spaces."""

    keywords: str = ""
    authors: str = ""
    categories: str = ""


class LineError(QueryError):
    """One line of a field cannot be read: ``line`` from 1, and ``position``, a character in it from 0."""

    line: int = 1

    def __init__(self, message: str, *, line: int = 1, **details: Any) -> None:
        super().__init__(message, **details)
        self.line = self.details["line"] = line


def read_keywords(text: str) -> tuple[str, ...]:
    """The searches of a text, one a line, as they were typed. Raises :class:`LineError`."""
    lines = _lines(text)
    for number, line in lines:
        _canonical(line, number)
    return tuple(" ".join(line.split()) for _number, line in lines)


def read_authors(text: str) -> tuple[str, ...]:
    """One search for each name, one name a line. Raises :class:`LineError`."""
    return tuple(
        _canonical(f'author:"{_QUOTES.sub(" ", line).strip()}"', number) for number, line in _lines(text)
    )


def read_categories(text: str) -> tuple[str, ...]:
    """One search for each category ("cs.CV") or archive ("cs.*"). Raises :class:`LineError`."""
    words = (word for word in _SEPARATORS.split(text) if word)
    return tuple(_canonical(f"cat:{find_category(word) or word}", line=1) for word in words)


READERS = {"keywords": read_keywords, "authors": read_authors, "categories": read_categories}
"""How the text of each field becomes searches."""


def distinct(*groups: Iterable[str]) -> tuple[str, ...]:
    """All searches, each once, in their order."""
    return tuple(dict.fromkeys(query for group in groups for query in group))


def taken_apart(queries: Iterable[str]) -> OwnQueries:
    """Stored searches, back in the fields that they came from."""
    keywords, authors, categories = [], [], []
    for query in queries:
        if match := _AUTHOR.fullmatch(query):
            authors.append(match[1] or match[2])
        elif match := _CATEGORY.fullmatch(query):
            categories.append(match[1])
        else:
            keywords.append(query)
    return OwnQueries("\n".join(keywords), "\n".join(authors), " ".join(categories))


def wanted_queries(texts: Iterable[str]) -> OwnQueries:
    """Queries that an address brings, in the fields of a form; what cannot be read is left out."""
    queries = []
    for text in list(texts)[:MOST_QUERIES]:
        with suppress(QueryError):
            queries.append(str(parse_query(text[:LONGEST_QUERY])))
    return taken_apart(queries)


def as_typed(query: str) -> str:
    """A stored search as the reader wrote it in its field: a name or a category without its "author:"."""
    own = taken_apart([query])
    return own.authors or own.categories or own.keywords


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _canonical(text: str, line: int) -> str:
    try:
        return str(parse_query(text))
    except QueryError as error:
        raise LineError(error.message, line=line, **error.details) from error
