"""A search as a query that a reader may have every day, in the language of topics.

Such a query looks at what sources say of new papers (titles and abstracts, in English, names and categories).
What a search asks besides is left out, and named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from newsletter.errors import QueryError
from newsletter.search.narrowing import Narrowing
from newsletter.search.queries import AskedWord
from newsletter.topics.matching import parse_query

_LATIN: Final = regex.compile(r"[\p{Latin}\p{Greek}\p{N}\p{M}\p{P}\p{S}\s]+")
_NOT_IN_NAMES: Final = regex.compile(r"[^\p{L}\p{M}\p{N}.' -]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """``query`` in its canonical form, "" where nothing of the search can be said; ``unsaid`` are the words
    that were left out, and ``unsaid_filters`` the names of filters: days, topic, language, code, reading.
    """

    query: str = ""
    unsaid: tuple[str, ...] = ()
    unsaid_filters: tuple[str, ...] = ()


def wish_of(words: Sequence[AskedWord], narrowing: Narrowing) -> Wish:
    """What a reader would ask for to get new papers like those that ``words`` and ``narrowing`` find."""
    latin = [word.shown for word in words if _LATIN.fullmatch(word.shown)]
    parts = [f'"{text}"' for text in latin]
    if narrowing.author:
        name = _NOT_IN_NAMES.sub(" ", narrowing.author).strip()
        parts += [f'author:"{name}"'] if name else []
    if narrowing.category:
        parts.append(f"cat:{narrowing.category}")
    filters = tuple(_unsaid(narrowing))
    try:
        query = str(parse_query(" AND ".join(parts))) if parts else ""
    except QueryError:
        return Wish("", tuple(word.shown for word in words), filters)
    return Wish(query, tuple(word.shown for word in words if word.shown not in latin), filters)


def _unsaid(narrowing: Narrowing) -> Iterator[str]:
    if narrowing.has_days:
        yield "days"
    if narrowing.topic is not None:
        yield "topic"
    if narrowing.language:
        yield "language"
    if narrowing.has_code:
        yield "code"
    if narrowing.has_reading:
        yield "reading"
