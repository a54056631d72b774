"""Who wrote a paper, in one short line: the first three authors, the last, and how many more. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from newsletter.languages import Language
from newsletter.rendering.texts import clean

LONGEST_NAME = 80
FIRST_NAMED = 3
ALL_NAMED = 5  # of so many all are named: "and 1 more" would be no shorter than the name
_GAP = " … "

_OTHERS = re.compile(r"(?:and\s)?(?:et\.? al\b|et alii\b|(?:many )?others?$)", re.IGNORECASE)
_AND = re.compile(r"^(?:and|&)\s(?=\w)", re.IGNORECASE)
_COLLABORATION = re.compile(r"\b(?:collaborations?|consortium)\b", re.IGNORECASE)


class Byline(NamedTuple):
    """The names that are shown, in one line, and how many authors are not among them."""

    names: str
    more: int


def byline(authors: Sequence[str], *, language: Language) -> Byline:
    """The line of ``authors``, which are as a source has them.

    What is no name (no letter in it, "et al.") is left out. A collaboration names its members by the
    alphabet, so that the last of them says nothing. Chinese and Japanese have a separator of their own; from
    right to left the names stand in one run of Latin text, which keeps its commas.
    """
    names = [author for author in authors if _is_name(author)]
    separator = ", " if language.rtl else language.list_separator
    if len(names) <= ALL_NAMED:
        others = " et al." if len(names) < len(authors) and any(map(_OTHERS.match, authors)) else ""
        return Byline(separator.join(map(_shown, names)) + (others if names else ""), 0)
    first = separator.join(map(_shown, names[:FIRST_NAMED]))
    if any(map(_COLLABORATION.search, names[:FIRST_NAMED])):
        return Byline(first, len(names) - FIRST_NAMED)
    return Byline(f"{first}{_GAP}{_shown(names[-1])}", len(names) - FIRST_NAMED - 1)


def names_of(authors: Sequence[str]) -> list[str]:
    """All names of ``authors`` as they are shown, without what is no name."""
    return [_shown(author) for author in authors if _is_name(author)]


def _is_name(author: str) -> bool:
    return any(map(str.isalpha, author)) and not _OTHERS.match(author)


def _shown(name: str) -> str:
    return _AND.sub("", clean(name), count=1)[:LONGEST_NAME]
