"""A paste as interests: which papers it means, and what else it says. Reads, and keeps nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from newsletter.arxiv.taxonomy import find_category
from newsletter.models import Paper
from newsletter.references import Match, Standing, match, read_references
from newsletter.text.border import clean_text

MOST_BYTES = 200_000
MOST_ENTRIES = 200  # of a list; the first ones say enough of what somebody works on
LONGEST_WORDS = 8_000  # characters of own words: an abstract has about 1,500
FEW_LINES = 8  # more lines than these are a list of titles, and not somebody's own words
_MARKED_CATEGORY = re.compile(r"(?<![\w.-])[a-z-]{2,10}\.[A-Za-z-]{2,10}(?![\w.-])")
_COLUMNS = ("title", "abstract", "authors", "categories", "keywords")


@dataclass(frozen=True)
class Interests:
    """What was understood: ``papers`` that are here, ``titles`` of others, and the visitor's own ``words``.

    ``absent`` are arXiv ids of papers that are not here: nothing is known of them. ``unread`` is how many
    entries could not be read; ``is_cut``: there was more than is looked at.
    """

    papers: tuple[Paper, ...] = ()
    titles: tuple[str, ...] = ()
    words: str = ""
    absent: tuple[str, ...] = ()
    unread: int = 0
    is_cut: bool = False

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories of arXiv that the words name, such as cs.RO."""
        named = (find_category(found) for found in _MARKED_CATEGORY.findall(self.words))
        return tuple(dict.fromkeys(category for category in named if category))


def read_interests(data: bytes) -> Interests:
    """What ``data`` means: a list as :mod:`newsletter.references` reads it, or a few words.

    Of more than :data:`MOST_BYTES` and :data:`MOST_ENTRIES` the first are looked at. Raises UnreadableList
    for what is no text, or empty. A constant number of queries.
    """
    is_cut = len(data) > MOST_BYTES
    # The last line of what was cut is hardly whole.
    data = data[:MOST_BYTES].rpartition(b"\n")[0] or data[:MOST_BYTES] if is_cut else data
    read = read_references(data)
    is_cut = is_cut or len(read.references) > MOST_ENTRIES
    matches = match(read.references[:MOST_ENTRIES], indexes=False)
    known = [found.paper.pk for found in matches if found.paper is not None]
    papers = {paper.pk: paper for paper in Paper.objects.filter(pk__in=known).only(*_COLUMNS)}
    absent = [found.arxiv_id for found in matches if found.paper is None and found.arxiv_id]
    lines = clean_text(data.decode("utf-8", "replace"), longest=MOST_BYTES).replace("\r", "\n").split("\n")
    others = _others(matches, lines if read.kind == "list" else ())
    own_words = read.kind == "list" and len(others) <= FEW_LINES
    return Interests(
        papers=tuple([papers[pk] for pk in dict.fromkeys(known) if pk in papers]),
        titles=() if own_words else tuple(others),
        words="\n".join(others)[:LONGEST_WORDS] if own_words else "",
        absent=tuple(dict.fromkeys(absent)),
        unread=len(read.faults),
        is_cut=is_cut,
    )


def _others(matches: Sequence[Match], lines: Sequence[str]) -> list[str]:
    """What entries say that mean no paper that is here: their titles, or whole ``lines`` of a plain text."""
    others = []
    for found in matches:
        reference = found.reference
        if found.paper is not None or found.standing == Standing.WITHDRAWN or reference.arxiv_id:
            continue
        line = lines[reference.line - 1] if reference.line <= len(lines) else ""
        others.append(line.strip() if reference.title and line else reference.title)
    return [text for text in others if text]
