"""The index in the database: what is public gets an entry, what changed a new one, what is hidden none.

Each paper has a stamp of what its entry was made from, which takes no text to compute. So all papers can be
compared with their entries over and over: those of the last days first, the others in turns.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, Final

from django.db import transaction

from lib.chunks import chunked
from newsletter import stages
from newsletter.archive.public import listed_entries, listed_papers
from newsletter.models import (
    Entry,
    MailedPaper,
    Paper,
    Reading,
    SearchEntry,
    SearchProgress,
    SearchTerm,
    Summary,
)
from newsletter.records import StageReport
from newsletter.search.documents import Document, Facets, Texts, document_of
from newsletter.search.stems import stem_of
from newsletter.set_aside import ItemKind, isolating
from newsletter.text.readable import readable

FORMAT: Final = 1  # another one makes every entry anew
COMPARED_A_RUN: Final = 10_000  # papers
INDEXED_A_RUN: Final = 3_000  # papers: some ten seconds
AT_ONCE: Final = 500  # papers of one transaction
RECENT_DAYS: Final = 3
TERMS_A_QUERY: Final = 5_000
_ONLY: Final = 1  # the key of the row of the progress


@dataclass(slots=True)
class _Facts:
    """What is known of a public paper without its texts."""

    pk: int
    arxiv_id: str
    version: tuple[object, ...]
    has_code: bool
    has_reading: bool = False
    places: set[tuple[date, int]] = field(default_factory=set)
    mailed: date | None = None
    summaries: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def days(self) -> set[date]:
        """The days of its editions; of one that stood in none, the first on which a digest held it."""
        return {day for day, _topic in self.places} or ({self.mailed} if self.mailed else set())

    @property
    def number(self) -> int:
        """The key of its entry: papers follow one another by their first day."""
        return (min(self.days, default=date.min).toordinal() << 32) | self.pk

    @property
    def stamp(self) -> str:
        """Changes with whatever the entry is made from."""
        made_from = (
            *(FORMAT, self.version, self.has_code, self.has_reading, self.mailed),
            *(sorted(self.places), sorted(self.summaries, key=str)),
        )
        return blake2b(repr(made_from).encode(), digest_size=16).hexdigest()


def index_changes(*, now: datetime) -> StageReport:
    """Compare the papers of the last days, and the next of all others, with their entries. May run twice."""
    papers = sorted(_recent_papers(now.date()) | set(_next_papers()))
    return index_papers(papers, now=now, most=INDEXED_A_RUN)


def index_papers(
    papers: Iterable[int], *, now: datetime, most: int | None = None, anew: bool = False
) -> StageReport:
    """Make the entries of those of ``papers`` (ids) that are public and changed, remove those that are not.

    ``most`` bounds how many are made; with ``anew`` also those that did not change. A bad paper is set aside.
    """
    counts = Counter(indexed=0, removed=0)
    with isolating(stages.SEARCH, now=now, items=ItemKind(key=lambda facts: facts.arxiv_id)) as run:
        for ids in chunked(papers, AT_ONCE):
            facts = _facts_of(ids)
            stamps = dict(SearchEntry.objects.filter(paper__in=ids).values_list("paper_id", "stamp"))
            counts["removed"] += _remove([paper for paper in stamps if paper not in facts])
            changed = [each for each in facts.values() if anew or stamps.get(each.pk) != each.stamp]
            counts["indexed"] += sum(run.together(changed, _write)) if changed else 0
            if most is not None and counts["indexed"] >= most:
                break
    return StageReport(dict(counts), tuple(run.set_aside))


def all_papers() -> Iterator[int]:
    """The ids of all papers, in order."""
    return Paper.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=5000)


def _recent_papers(today: date) -> set[int]:
    """Papers of the last days: they change most, and everybody looks for them."""
    since = today - timedelta(days=RECENT_DAYS)
    # Whatever their state: asked for it as well, a database would rather read all that are ready.
    summaries = Summary.objects.filter(written_at__gte=datetime.combine(since, time.min, UTC))
    queries = (
        Entry.objects.filter(edition__day__gte=since).order_by("-pk").values_list("paper_id", flat=True),
        MailedPaper.objects.filter(since__gte=since).order_by("-pk").values_list("pk", flat=True),
        summaries.order_by("-written_at").values_list("paper_id", flat=True),
    )
    return {paper for query in queries for paper in query[:COMPARED_A_RUN]}


def _next_papers() -> list[int]:
    """The papers whose turn it is, in the order of their keys, round and round."""
    progress, _ = SearchProgress.objects.get_or_create(pk=_ONLY)
    waiting = Paper.objects.filter(pk__gt=progress.last_paper).order_by("pk").values_list("pk", flat=True)
    papers = list(waiting[:COMPARED_A_RUN])
    progress.last_paper = papers[-1] if len(papers) == COMPARED_A_RUN else 0
    progress.save(update_fields=["last_paper"])
    return papers


# -- what is known of papers -------------------------------------------------------------------------------


def _facts_of(ids: Sequence[int]) -> dict[int, _Facts]:
    """The facts of those of ``ids`` that are public, by id. Five queries."""
    columns = ("pk", "arxiv_id", "version", "updated_at", "code_url", "organisation")
    facts = {
        pk: _Facts(pk, arxiv_id, (version, updated_at, organisation), bool(code_url))
        for pk, arxiv_id, version, updated_at, code_url, organisation in listed_papers()
        .filter(pk__in=ids)
        .values_list(*columns)
    }
    places = listed_entries().filter(paper__in=facts).order_by()
    for paper, day, topic in places.values_list("paper_id", "edition__day", "edition__topic_id"):
        facts[paper].places.add((day, topic))
    shown = _summaries(facts).values_list("paper_id", "language", "revision", "written_at")
    for paper, *summary in shown:
        facts[paper].summaries.append(tuple(summary))
    readings = Reading.objects.filter(paper__in=facts, state=Reading.State.READY)
    for paper in readings.values_list("paper_id", flat=True):
        facts[paper].has_reading = True
    for paper, since in MailedPaper.objects.filter(pk__in=facts).values_list("pk", "since"):
        facts[paper].mailed = since
    return facts


def _summaries(papers: Iterable[int]) -> Any:
    """What readers see of summaries, but for extracts, which repeat the abstract."""
    return Summary.objects.shown().filter(paper__in=list(papers)).exclude(author=Summary.Author.EXTRACT)


def _documents(facts: Sequence[_Facts]) -> dict[int, Document]:
    """The documents of papers by id. Two queries."""
    by_id = {each.pk: each for each in facts}
    summaries: defaultdict[int, list[Summary]] = defaultdict(list)
    for summary in _summaries(by_id).only(
        "paper_id", "language", "title", "sentence", "takeaways", "keywords"
    ):
        summaries[summary.paper_id].append(summary)
    papers = Paper.objects.filter(pk__in=by_id)
    fields = ("arxiv_id", "title", "abstract", "authors", "categories", "organisation", "keywords")
    return {
        paper.pk: document_of(
            _texts(paper, summaries[paper.pk]), _facets(paper, summaries[paper.pk], by_id[paper.pk])
        )
        for paper in papers.only(*fields)
    }


def _texts(paper: Paper, summaries: Sequence[Summary]) -> Texts:
    said = [
        " \n".join([summary.sentence, *(point["text"] for point in summary.takeaways), *summary.keywords])
        for summary in summaries
    ]
    return Texts(
        titles=[readable(paper.title), *(summary.title for summary in summaries if summary.title)],
        authors=paper.authors,
        abstract=readable(paper.abstract),
        summaries=[*said, " \n".join(paper.keywords)],
        names=(paper.arxiv_id, paper.organisation),
    )


def _facets(paper: Paper, summaries: Sequence[Summary], facts: _Facts) -> Facets:
    return Facets(
        days=facts.days,
        topics={topic for _day, topic in facts.places},
        categories=paper.categories,
        languages={summary.language for summary in summaries},
        has_code=facts.has_code,
        has_reading=facts.has_reading,
    )


# -- writing -----------------------------------------------------------------------------------------------


@transaction.atomic
def _write(facts: Sequence[_Facts]) -> int:
    """Put new entries in the place of old ones, and count the words. Returns how many."""
    documents = _documents(facts)
    rows = [
        SearchEntry(
            number=each.number,
            paper_id=each.pk,
            stamp=each.stamp,
            tokens=" ".join(documents[each.pk].tokens),
            weights=documents[each.pk].weights,
        )
        for each in facts
        if each.pk in documents
    ]
    difference = Counter(word for document in documents.values() for word in document.words)
    difference.subtract(_taken_out([each.pk for each in facts]))
    SearchEntry.objects.bulk_create(rows, batch_size=AT_ONCE)
    _count(difference)
    return len(rows)


@transaction.atomic
def _remove(papers: Sequence[int]) -> int:
    """Take papers (ids) out of the index. Returns how many."""
    if papers:
        difference: Counter[str] = Counter()
        difference.subtract(_taken_out(papers))
        _count(difference)
    return len(papers)


def _taken_out(papers: Sequence[int]) -> Counter[str]:
    """Delete the entries of papers (ids). Returns how many of them had each word."""
    entries = SearchEntry.objects.filter(paper__in=papers)
    words = Counter(
        word
        for tokens, weights in entries.values_list("tokens", "weights")
        for word in Document(tuple(tokens.split(" ")), bytes(weights)).words
    )
    entries.delete()
    return words


def _count(difference: Mapping[str, int]) -> None:
    """Add ``difference`` to how many papers have each word."""
    changes = {word: change for word, change in difference.items() if change}
    for words in chunked(sorted(changes), TERMS_A_QUERY):
        known = dict(SearchTerm.objects.filter(word__in=words).values_list("word", "papers"))
        SearchTerm.objects.bulk_create(
            [_term(word, max(known.get(word, 0) + changes[word], 0)) for word in words],
            update_conflicts=True,
            unique_fields=["word"],
            update_fields=["papers"],
            batch_size=TERMS_A_QUERY,
        )


def _term(word: str, papers: int) -> SearchTerm:
    plain = word.removeprefix("by:")
    return SearchTerm(
        word=word,
        papers=papers,
        stem=stem_of(word),
        head=plain[:3],
        tail="" if ":" in word else plain[-3:],
        length=len(plain),
    )
