"""The index in the database: what is public gets an entry, what changed a new one, what is hidden none.

Each paper has a stamp of what its entry was made from, which takes no text to compute. So all papers can be
compared with their entries over and over: those of the last days first, the others in turns.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, Final

from django.db import connection, transaction

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
    Summary,
)
from newsletter.records import StageReport
from newsletter.search.documents import Document, Facets, Texts, document_of
from newsletter.search.stems import stem_of
from newsletter.set_aside import Isolation, ItemKind, isolating
from newsletter.text.readable import readable

FORMAT: Final = 1  # another one makes every entry anew
COMPARED_A_RUN: Final = 10_000  # papers
INDEXED_A_RUN: Final = 3_000  # papers: some ten seconds
AT_ONCE: Final = 1_000  # papers of one transaction
RECENT_DAYS: Final = 3
# A transaction changes thousands of counts: handed over as one JSON object, {word: change}.
_PAIRS: Final = {
    "sqlite": "(SELECT key, value AS change FROM json_each(%s)) AS changes",
    "postgresql": "(SELECT key, value::int AS change FROM json_each_text(%s::json)) AS changes",
}
_CHANGE_COUNTS: Final = {
    vendor: "UPDATE newsletter_searchterm "  # noqa: S608 - SQL of our own
    "SET papers = CASE WHEN papers + change > 0 THEN papers + change ELSE 0 END "
    f"FROM {pairs} WHERE word = key"
    for vendor, pairs in _PAIRS.items()
}
_UNCOUNTED: Final = {
    vendor: f"SELECT key, change FROM {pairs} "  # noqa: S608 - likewise
    "WHERE NOT EXISTS (SELECT 1 FROM newsletter_searchterm WHERE word = key)"
    for vendor, pairs in _PAIRS.items()
}
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


_INSERT: Final = (
    "INSERT INTO newsletter_searchterm (word, papers, stem, head, tail, length) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)


def index_changes(*, now: datetime) -> StageReport:
    """Compare the papers of the last days, and the next of all others, with their entries. May run twice."""
    counts = Counter(indexed=0, removed=0)
    with _isolating(now) as run:
        for ids in chunked(sorted(_recent_papers(now.date())), AT_ONCE):
            if counts["indexed"] < INDEXED_A_RUN:
                _bring_up_to_date(ids, run, counts)
        compared = 0
        while compared < COMPARED_A_RUN and counts["indexed"] < INDEXED_A_RUN:
            ids = _next_papers()
            _bring_up_to_date(ids, run, counts)
            # Not before: a run that is stopped here begins with the same papers.
            SearchProgress.objects.update_or_create(pk=_ONLY, defaults={"last_paper": ids[-1] if ids else 0})
            if not ids:
                break  # all had their turn
            compared += len(ids)
    return StageReport(dict(counts), tuple(run.set_aside))


def index_papers(papers: Iterable[int], *, now: datetime, anew: bool = False) -> StageReport:
    """Make the entries of those of ``papers`` (ids) that are public and changed, remove those that are not.

    With ``anew`` also of those that did not change. A bad paper is set aside.
    """
    counts = Counter(indexed=0, removed=0)
    with _isolating(now) as run:
        for ids in chunked(papers, AT_ONCE):
            _bring_up_to_date(ids, run, counts, anew=anew)
    return StageReport(dict(counts), tuple(run.set_aside))


def _isolating(now: datetime) -> AbstractContextManager[Isolation]:
    return isolating(stages.SEARCH, now=now, items=ItemKind(key=lambda facts: facts.arxiv_id))


def _bring_up_to_date(
    ids: Sequence[int], run: Isolation, counts: Counter[str], *, anew: bool = False
) -> None:
    """Compare some papers with their entries, and count what was done."""
    facts = _facts_of(ids)
    stamps = dict(SearchEntry.objects.filter(paper__in=ids).values_list("paper_id", "stamp"))
    counts["removed"] += _remove([paper for paper in stamps if paper not in facts])
    changed = [each for each in facts.values() if anew or stamps.get(each.pk) != each.stamp]
    counts["indexed"] += sum(run.together(changed, _write)) if changed else 0


def all_papers() -> Iterator[int]:
    """The ids of all papers, in order."""
    papers = Paper.objects.order_by("pk").values_list("pk", flat=True)
    last = 0
    # Not by a cursor: while one is open, SQLite's log of what was written grows without an end.
    while part := list(papers.filter(pk__gt=last)[:COMPARED_A_RUN]):
        yield from part
        last = part[-1]


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
    """The papers whose turn it is, in the order of their keys; none once all had theirs."""
    last = SearchProgress.objects.filter(pk=_ONLY).values_list("last_paper", flat=True).first() or 0
    return list(Paper.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


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
    difference: Counter[str] = Counter()
    for document in documents.values():
        difference.update(document.words)
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
    """Add ``difference`` to how many papers have each word. One run at a time, until its transaction ends."""
    SearchProgress.objects.get_or_create(pk=_ONLY)
    SearchProgress.objects.select_for_update().get(pk=_ONLY)
    changes = json.dumps({word: change for word, change in difference.items() if change}, ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE_COUNTS[connection.vendor], [changes])
        cursor.execute(_UNCOUNTED[connection.vendor], [changes])
        unknown = sorted(cursor.fetchall())
        cursor.executemany(_INSERT, [_row_of_term(word, change) for word, change in unknown if change > 0])


def _row_of_term(word: str, papers: int) -> tuple[str, int, str, str, str, int]:
    plain = word.removeprefix("by:")
    return word, papers, stem_of(word), plain[:3], "" if ":" in word else plain[-3:], len(plain)
