"""References from the fields of an entry, whatever program wrote it. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.references.identifiers import bare_arxiv_id, doi_in, marked_arxiv_id, old_arxiv_id
from newsletter.references.records import LONGEST_NAME, LONGEST_TITLE, MOST_AUTHORS, Reference
from newsletter.text.border import clean_line
from newsletter.text.readable import readable

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
_OTHERS = frozenset({"others", "et al", "et al."})
_TAGS = re.compile(r"</?(?:i|b|em|strong|sub|sup|span|sc|scp)(?:\s[^<>]{0,80})?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where an entry may hold its ids.

    ``eprints`` are fields whose whole content may be an arXiv id, ``texts`` those that may name one,
    ``dois`` those that may hold a DOI; ``archive`` is what stands beside an eprint of before 2007.
    """

    eprints: Sequence[str] = ()
    texts: Sequence[str] = ()
    dois: Sequence[str] = ()
    archive: str = ""


def make_reference(line: int, *, title: str, authors: Iterable[str], date: str, places: Places) -> Reference:
    """The reference of one entry; ``title`` and ``authors`` may hold TeX, ``date`` any text with a year."""
    arxiv_id = _arxiv_id(places)
    doi = next((doi for text in places.dois if (doi := doi_in(text))), "")
    year = _YEAR.search(date[:200])
    return Reference(
        line=line,
        title=plain_words(title, longest=LONGEST_TITLE),
        authors=tuple(_names(authors)),
        year=int(year[0]) if year else 0,
        arxiv_id=arxiv_id,
        doi="" if doi.startswith("10.48550/arxiv.") and arxiv_id else doi,
    )


def plain_words(text: str, *, longest: int) -> str:
    """``text`` on one line, its TeX and the tags of reference managers read."""
    line = clean_line(text, longest=2 * longest)
    if "<" in line:
        line = _TAGS.sub("", line)
    return clean_line(readable(line).replace("{", "").replace("}", ""), longest=longest)


def _names(authors: Iterable[str]) -> Iterable[str]:
    for count, author in enumerate(authors):
        if count == MOST_AUTHORS:
            return
        name = plain_words(author, longest=LONGEST_NAME)
        if name and name.casefold() not in _OTHERS:
            yield name


def _arxiv_id(places: Places) -> str:
    for text in places.eprints:
        if arxiv_id := bare_arxiv_id(text) or old_arxiv_id(text, places.archive):
            return arxiv_id
    for text in (*places.dois, *places.texts):
        if arxiv_id := marked_arxiv_id(text):
            return arxiv_id
    return ""
