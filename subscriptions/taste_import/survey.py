"""What a list of papers means to a reader: a row for each entry, before anything counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.models import Paper
from newsletter.references import Fault, Match, Standing, match, papers_by_author, read_references
from subscriptions.models import Subscriber, Vote

MOST_BY_AUTHOR = 100  # the newest papers of a name
USABLE = frozenset({Standing.KNOWN, Standing.TO_FETCH})


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One entry that was understood. ``vote`` is the reader's own of before, 0 for none."""

    line: int
    title: str
    authors: tuple[str, ...]
    arxiv_id: str
    standing: Standing
    vote: int = 0

    @property
    def is_offered(self) -> bool:
        """Whether it can be counted: it is here or can be fetched, and the reader has not voted on it."""
        return self.standing in USABLE and not self.vote


@dataclass(frozen=True, slots=True)
class Survey:
    """``kind`` is that of the list, or author; ``faults`` are entries that could not be read."""

    kind: str
    rows: tuple[SurveyRow, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def offered(self) -> tuple[SurveyRow, ...]:
        """What can be counted."""
        return tuple(row for row in self.rows if row.is_offered)

    def counts(self) -> Counter[str]:
        """How many entries are of which standing; those voted on before are ``voted``."""
        counts = Counter("voted" if row.vote else str(row.standing) for row in self.rows)
        counts["unreadable"] = len(self.faults)
        return counts


def survey(subscriber: Subscriber, data: bytes) -> Survey:
    """What the list in ``data`` means. Raises UnreadableList."""
    read = read_references(data)
    matches = match(read.references)
    votes = _votes_on(subscriber, (found.paper for found in matches if found.paper))
    rows = tuple(_row(found, votes) for found in matches)
    return Survey(read.kind, rows, tuple(read.faults))


def survey_author(subscriber: Subscriber, name: str) -> Survey:
    """The papers that are here by ``name``, the newest first."""
    papers = papers_by_author(name, most=MOST_BY_AUTHOR)
    votes = _votes_on(subscriber, papers)
    rows = tuple(
        SurveyRow(
            line,
            paper.title,
            tuple(paper.authors),
            paper.arxiv_id,
            Standing.KNOWN,
            vote=votes.get(paper.pk, 0),
        )
        for line, paper in enumerate(papers, 1)
    )
    return Survey("author", rows)


def _row(found: Match, votes: dict[int, int]) -> SurveyRow:
    paper, reference = found.paper, found.reference
    return SurveyRow(
        line=reference.line,
        title=paper.title if paper else reference.title,
        authors=tuple(paper.authors) if paper else reference.authors,
        arxiv_id=found.arxiv_id,
        standing=found.standing,
        vote=votes.get(paper.pk, 0) if paper else 0,
    )


def _votes_on(subscriber: Subscriber, papers: Iterable[Paper]) -> dict[int, int]:
    """The reader's votes on ``papers``, by id. One query; a reader's votes are fewer than a list is long."""
    wanted = {paper.pk for paper in papers}
    votes: Sequence[tuple[int, int]] = list(
        Vote.objects.filter(subscriber=subscriber).values_list("paper_id", "value")
    )
    return {paper: value for paper, value in votes if paper in wanted}
