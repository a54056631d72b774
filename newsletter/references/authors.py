"""The papers that are here of somebody whose name was written somehow."""

from newsletter.models import Paper, PaperKey
from newsletter.references.index import index_new
from newsletter.references.matching import INDEXED_NOW
from newsletter.references.titles import author_keys, may_be_same

MOST_CANDIDATES = 2_000  # papers whose author has this family name and this first letter


def papers_by_author(name: str, *, most: int) -> list[Paper]:
    """Up to ``most`` papers by ``name``, the newest first. "A. Lovelace" finds Ada's and Alan's.

    Accents, case and order ("Lovelace, Ada") make no difference. Two queries.
    """
    keys = author_keys(name)
    if not keys:
        return []
    index_new(most=INDEXED_NOW)
    rows = PaperKey.objects.filter(kind=keys[0].kind, value=keys[0].value).order_by("-paper_id")
    numbers = list(rows.values_list("paper_id", flat=True)[:MOST_CANDIDATES])
    papers = Paper.objects.filter(pk__in=numbers, is_withdrawn=False).order_by("-published_at", "-pk")
    shown = papers.only("arxiv_id", "title", "authors", "published_at")
    return [paper for paper in shown if any(may_be_same(name, author) for author in paper.authors)][:most]
