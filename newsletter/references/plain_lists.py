"""A list of arXiv ids, addresses, DOIs or titles, one a line. Pure."""

import re

from newsletter.references.fields import plain_words
from newsletter.references.identifiers import bare_arxiv_id, doi_in, marked_arxiv_id
from newsletter.references.records import LONGEST_TITLE, FaultKind, Reference, ReferenceList

_BULLET = re.compile(r"^(?:[-*+•·>]+\s+|\[?\d{1,4}[.)\]]\s+|- \[[ xX]\]\s+)")
_BETWEEN = re.compile(r"[\s,;]+")
_LETTERS = re.compile(r"[^\W\d_]", re.UNICODE)
_QUOTES = "\"'“”„«»"
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
FEWEST_LETTERS = 3  # of a title


def read_list(text: str) -> ReferenceList:
    """The lines of ``text``. A line of nothing but ids is each of them; another is a title."""
    read = ReferenceList("list")
    for number, line in enumerate(text.split("\n"), 1):
        entry = _BULLET.sub("", line.strip(" \t\ufeff"), count=1).strip()
        if not entry or entry.startswith(("#", "%", "//")):
            continue
        ids = [bare_arxiv_id(part) for part in _BETWEEN.split(entry[:LONGEST_TITLE]) if part]
        if ids and all(ids):
            for arxiv_id in ids:
                read.add(Reference(number, arxiv_id=arxiv_id))
            continue
        _take(number, entry, read)
    return read


def _take(line: int, entry: str, read: ReferenceList) -> None:
    if arxiv_id := marked_arxiv_id(entry):
        read.add(Reference(line, arxiv_id=arxiv_id))
    elif doi := doi_in(entry):
        read.add(Reference(line, doi=doi))
    elif _ADDRESS.fullmatch(entry) or len(_LETTERS.findall(entry[:LONGEST_TITLE])) < FEWEST_LETTERS:
        read.refuse(line, FaultKind.NAMELESS, entry)
    else:
        read.add(Reference(line, title=plain_words(_unquoted(entry), longest=LONGEST_TITLE)))


def _unquoted(entry: str) -> str:
    return entry.strip(_QUOTES) if entry[0] in _QUOTES and entry[-1] in _QUOTES else entry
