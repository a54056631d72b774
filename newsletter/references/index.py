"""The keys of papers in the database: made when a paper comes, and for what came before there were any."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from newsletter import stages
from newsletter.models import Paper, PaperKey
from newsletter.references.titles import Key, author_keys, doi_keys, title_keys
from newsletter.set_aside import ItemKind, isolating

PAPERS_AT_ONCE = 1_000
ROWS_A_STATEMENT = 2_000
MOST_AUTHORS = 50  # of a paper that are found by their names
LOOK_BACK = 10_000  # papers: a transaction may commit after a later one


def index_papers(papers: Iterable[Paper]) -> None:
    """Add the keys that ``papers`` have now; those of earlier titles stay, so that both are found."""
    PaperKey.objects.bulk_create(
        [
            PaperKey(paper_id=paper.pk, kind=key.kind, value=key.value)
            for paper in papers
            for key in _keys_of(paper)
        ],
        batch_size=ROWS_A_STATEMENT,
        ignore_conflicts=True,
    )


def _keys_of(paper: Paper) -> set[Key]:
    authors = (key for name in paper.authors[:MOST_AUTHORS] for key in author_keys(name))
    return {*title_keys(paper.title), *doi_keys(paper.doi), *authors}


def index_again(papers: Sequence[Paper]) -> None:
    """The same for papers whose title or DOI changed. One without keys yet waits for :func:`index_new`."""
    if papers:
        rows = PaperKey.objects.filter(paper__in=[paper.pk for paper in papers])
        indexed = set(rows.values_list("paper_id", flat=True))
        index_papers(paper for paper in papers if paper.pk in indexed)


def index_new(*, most: int) -> int:
    """Make the keys of up to ``most`` papers that have none, the oldest first. Returns how many papers;
    one that cannot have any is set aside.

    Papers come in the order of their keys, so those behind the last that has some are looked at, and the few
    before it that another transaction may have brought since.
    """
    newest = PaperKey.objects.aggregate(newest=Max("paper_id"))["newest"] or 0
    waiting = (
        Paper.objects.filter(pk__gt=newest - LOOK_BACK)
        .exclude(Exists(PaperKey.objects.filter(paper=OuterRef("pk"))))
        .exclude(title="", doi="")
        .only("pk", "arxiv_id", "title", "doi", "authors")
        .order_by("pk")
    )
    if not waiting.exists():
        return 0
    looked_at = last = indexed = 0
    items = ItemKind(key=lambda paper: paper.arxiv_id)
    with isolating(stages.INDEXING, now=timezone.now(), items=items) as run:
        while looked_at < most:
            papers = list(waiting.filter(pk__gt=last)[: min(PAPERS_AT_ONCE, most - looked_at)])
            if not papers:
                break
            indexed += sum(run.together(papers, _index))
            looked_at, last = looked_at + len(papers), papers[-1].pk
    return indexed


def _index(papers: Sequence[Paper]) -> int:
    index_papers(papers)
    return len(papers)
