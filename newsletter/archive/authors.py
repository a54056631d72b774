"""Papers by the name of an author. A name stands for all who share it; its spellings lead to one page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.archive.public import listed_papers
from newsletter.features.names import author_key, fold_name
from newsletter.models import PaperAuthor

LONGEST_NAME = 200
"""Characters of a name that has a page; longer ones are lists of names that a source took for one."""
SPELLINGS_READ = 50
"""The newest papers that decide how a name is spelled."""


@dataclass(frozen=True, slots=True)
class AuthorPapers:
    """Some of the papers of a name, ids, the newest first. ``name`` is the spelling that most of them have.

    ``older`` continues the list (see :func:`author_papers`); None at its end.
    """

    name: str
    papers: tuple[int, ...]
    older: int | None


def author_path(name: str) -> str:
    """The address of the page of ``name``, as a paper has it; empty where it has no letter or is too long."""
    name = _on_one_line(name)
    if not author_key(name) or len(name) > LONGEST_NAME:
        return ""
    return f"/authors/{quote(name, safe='')}/"


def author_papers(name: str, *, before: int | None = None, most: int) -> AuthorPapers | None:
    """The listed papers of ``name``, at most ``most``; None where there are none.

    ``before`` is where the page before stopped: the number of its last paper among the features. Two or three
    queries, however many papers the name has.
    """
    key = author_key(name)
    if not key or len(name) > LONGEST_NAME:
        return None
    newest = _rows(key, before=None, most=max(most + 1, SPELLINGS_READ))
    spelling = _spelling(name, (authors for _, _, authors in newest))
    rows = newest if before is None else _rows(key, before=before, most=most + 1)
    if not spelling or not rows:
        return None
    papers = tuple(paper for _, paper, _ in rows[:most])
    return AuthorPapers(spelling, papers, rows[most - 1][0] if len(rows) > most else None)


def _rows(key: int, *, before: int | None, most: int) -> list[tuple[int, int, list[str]]]:
    """Number, id and authors of the newest listed papers with a name of this ``key``."""
    numbers = PaperAuthor.objects.filter(author=key)
    if before is not None:
        numbers = numbers.filter(number__lt=before)
    papers = listed_papers().filter(features__number__in=numbers.values("number"))
    rows = papers.order_by("-features__number").values_list("features__number", "pk", "authors")
    return list(rows[:most])


def _spelling(name: str, authors: Iterable[list[str]]) -> str:
    """How most of these papers spell ``name``, the newest of them where as many spell it otherwise."""
    folded = fold_name(name)
    spellings = Counter(
        each
        for names in authors
        for each in map(_on_one_line, map(str, names))
        if len(each) <= LONGEST_NAME and fold_name(each) == folded
    )
    return max(spellings, key=spellings.__getitem__, default="")


def _on_one_line(name: str) -> str:
    """``name`` without the line breaks of its source, which no address of a page matches."""
    return " ".join(name.split())
