"""What was found, as the API gives it: the papers of lists, the best first."""

from collections.abc import Sequence

from newsletter.api import cursors, shapes
from newsletter.api.papers import ORIGINAL, listed
from newsletter.archive.public import listed_papers
from newsletter.search.narrowing import Narrowing
from newsletter.search.ranking import Ranked
from newsletter.search.service import Results, search, search_alike

_KIND = "found"


def find(text: str, like: str, narrowing: Narrowing, *, is_exact: bool) -> Results | None:
    """What answers ``text``, or is like the paper with the arXiv id ``like``; None if that is not public."""
    if not like:
        return search(text, narrowing, is_exact=is_exact)
    alike = search_alike(like, narrowing)
    is_there = bool(alike.papers) or listed_papers().filter(arxiv_id=like).exists()
    return alike if is_there else None


def page_of_results(
    results: Results, language: str, *, cursor: str, limit: int
) -> tuple[list[shapes.ListedPaper], str]:
    """At most ``limit`` of the papers, with summaries in ``language``, and the cursor of the next page, empty
    if it is the last. :class:`~newsletter.errors.InvalidInput` for a cursor that is none.
    """
    begin = _begin(results.papers, cursor) if cursor else 0
    end = begin + limit
    ids = [ranked.paper for ranked in results.papers[begin:end]]
    rows = listed_papers().in_bulk(ids)
    after = cursors.encode(_KIND, f"{end}-{ids[-1]}") if end < len(results.papers) else ""
    return listed([rows[paper] for paper in ids if paper in rows], language or ORIGINAL), after


def _begin(papers: Sequence[Ranked], cursor: str) -> int:
    """Behind the paper that the page before ended with; where that is gone, at the place it had."""
    place, last = cursors.decode_place(_KIND, cursor)
    return next((at + 1 for at, ranked in enumerate(papers) if ranked.paper == last), place)
