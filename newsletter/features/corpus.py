"""The features of all papers: made when a paper comes, read for many papers at once.

A constant number of queries for a chunk of ids, whatever the papers hold.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db import transaction
from django.db.models import Count, Max, QuerySet

from lib.chunks import IDS_A_QUERY, chunked
from newsletter import stages
from newsletter.features.matrix import NO_VECTOR, CorpusView, Features, Keys, features_of, mean_vector
from newsletter.features.names import author_key
from newsletter.features.terms import count_terms, spellings
from newsletter.features.vectors import Frequencies, PaperVector
from newsletter.models import Corpus, Paper, PaperAuthor, PaperFeatures
from newsletter.records import StageReport
from newsletter.set_aside import ItemKind, isolating

AT_ONCE = 500  # papers of one transaction
PAPERS_A_RUN = 20_000  # some 20 seconds; an archive from before there were features takes several runs
LOOK_BACK = 10_000  # papers: a transaction may commit after a later one
MOST_NAMES = 200  # of one paper: a collaboration of thousands says nothing of one of them
RECENT = 5000  # papers that are the background of all others
BACKGROUND_TERMS = 30_000

_ONLY = 1  # the key of the corpus' row


# -- making -----------------------------------------------------------------------------------------------


def take_in_features(*, now: datetime) -> StageReport:
    """Make the features of papers that have none, the oldest first. May run twice; a bad paper is set aside.

    Papers come in the order of their keys, so those behind the newest that has some are looked at, and the
    few before it that another transaction may have brought since.
    """
    newest = PaperFeatures.objects.aggregate(newest=Max("paper"))["newest"] or 0
    report = _make(_without_features().filter(pk__gt=newest - LOOK_BACK), now=now)
    if report.counts["papers"]:
        _renew_background()
    return report


def ensure_features(papers: Collection[int], *, now: datetime) -> None:
    """Make the features of these papers (ids) now, if they have none; a bad paper is set aside.

    Called before a transaction that needs them: only one at a time counts papers in.
    """
    for part in chunked(sorted(papers), IDS_A_QUERY):
        missing = _without_features().filter(pk__in=part)
        if missing.exists():
            _make(missing, now=now)


def _without_features() -> QuerySet[Paper]:
    papers = Paper.objects.filter(features=None).order_by("pk")
    return papers.only("arxiv_id", "title", "abstract", "authors")


def _make(missing: QuerySet[Paper], *, now: datetime) -> StageReport:
    added = last = 0
    with isolating(stages.FEATURES, now=now, items=ItemKind(key=lambda paper: paper.arxiv_id)) as run:
        while added < PAPERS_A_RUN and (papers := list(missing.filter(pk__gt=last)[:AT_ONCE])):
            added += sum(run.together(papers, _add))
            last = papers[-1].pk
    return StageReport({"papers": added}, tuple(run.set_aside))


@transaction.atomic
def _add(papers: Sequence[Paper]) -> int:
    """Count ``papers`` in and make their features. One run at a time: the numbers follow one another."""
    Corpus.objects.get_or_create(pk=_ONLY)
    corpus = Corpus.objects.select_for_update().get(pk=_ONLY)
    existing = set(PaperFeatures.objects.filter(paper__in=papers).values_list("pk", flat=True))
    papers = [paper for paper in papers if paper.pk not in existing]
    frequencies = Frequencies.unpack(corpus.papers, bytes(corpus.frequencies))
    counted = [count_terms(paper.title, paper.abstract) for paper in papers]
    for buckets, _ in counted:
        frequencies.add(buckets)
    rows, names = [], []
    for number, (paper, terms) in enumerate(zip(papers, counted, strict=True), corpus.papers + 1):
        keys = keys_of(paper.authors)
        rows.append(
            PaperFeatures(
                paper=paper,
                number=number,
                terms=frequencies.vector(*terms).pack(),
                authors=keys.astype("<i8").tobytes(),
            )
        )
        names += [PaperAuthor(author=key, number=number) for key in np.unique(keys[keys != 0]).tolist()]
    PaperFeatures.objects.bulk_create(rows)
    PaperAuthor.objects.bulk_create(names, batch_size=5000)
    corpus.papers, corpus.frequencies = frequencies.papers, frequencies.pack()
    corpus.save(update_fields=["papers", "frequencies"])
    return len(papers)


def keys_of(authors: Sequence[str]) -> Keys:
    """The keys of a paper's first :data:`MOST_NAMES` authors, in its order; 0 for a name without a letter."""
    return np.array([author_key(name) for name in authors[:MOST_NAMES]], np.int64)


def _renew_background() -> None:
    corpus = Corpus.objects.get(pk=_ONLY)
    recent = PaperFeatures.objects.filter(number__gt=corpus.papers - RECENT).values_list("terms", flat=True)
    vectors = [PaperVector.unpack(bytes(terms)) for terms in recent.iterator(chunk_size=1000)]
    background = mean_vector(vectors, most_terms=BACKGROUND_TERMS)
    Corpus.objects.filter(pk=_ONLY).update(background=background.pack())


# -- reading ----------------------------------------------------------------------------------------------


def rarities(terms: Collection[str]) -> tuple[dict[str, float], int]:
    """ln((N + 2) / (n + 1)) of words and pairs of words in small letters, and how many papers N there are.

    Of longer terms it is that of their rarest pair. One query, and one more after papers were counted in.
    """
    frequencies = _frequencies(papers_in_corpus())
    values: dict[str, float] = {}
    for term in terms:
        buckets = {spelled: bucket for bucket, spelled in spellings(term).items()}
        parts = [spelled for spelled in buckets if " " in spelled] or list(buckets)
        of_parts = frequencies.rarity(np.array([buckets[part] for part in parts], np.uint32))
        values[term] = float(max(of_parts, default=0.0))
    return values, frequencies.papers


@lru_cache(maxsize=1)
def _frequencies(papers: int) -> Frequencies:
    """The counts when there were so many ``papers``."""
    corpus = Corpus.objects.filter(pk=_ONLY).first()
    return Frequencies.unpack(papers, bytes(corpus.frequencies)) if corpus and papers else Frequencies()


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """One paper's features as they are stored; ``names`` are the keys of its authors in their order."""

    paper: int
    number: int
    vector: PaperVector
    names: Keys


def papers_in_corpus() -> int:
    """How many papers have been counted in: the number of the newest."""
    return Corpus.objects.filter(pk=_ONLY).values_list("papers", flat=True).first() or 0


def read_features(papers: Collection[int]) -> dict[int, StoredFeatures]:
    """The features of those of ``papers`` (ids) that have some, by id."""
    rows = (
        row
        for chunk in chunked(sorted(papers), IDS_A_QUERY)
        for row in PaperFeatures.objects.filter(pk__in=chunk).values_list(*_COLUMNS)
    )
    return {stored.paper: stored for stored in map(_stored, rows)}


def read_numbered(numbers: Collection[int]) -> dict[int, StoredFeatures]:
    """The features of the papers with those numbers, by number; deleted ones are missing."""
    rows = (
        row
        for chunk in chunked(sorted(numbers), IDS_A_QUERY)
        for row in PaperFeatures.objects.filter(number__in=chunk).values_list(*_COLUMNS)
    )
    return {stored.number: stored for stored in map(_stored, rows)}


_COLUMNS = ("paper_id", "number", "terms", "authors")


def _stored(row: tuple[int, int, bytes, bytes]) -> StoredFeatures:
    paper, number, terms, authors = row
    return StoredFeatures(
        paper, number, PaperVector.unpack(bytes(terms)), np.frombuffer(bytes(authors), "<i8").astype(np.int64)
    )


def numbers_with_names(names: Collection[int], *, until: int) -> dict[int, list[int]]:
    """On which papers (numbers up to ``until``, ascending) each of ``names`` (keys) stands."""
    numbers: dict[int, list[int]] = {}
    for author, number in _with_names(names, until=until):
        numbers.setdefault(author, []).append(number)
    return numbers


def papers_with_names(names: Collection[int]) -> dict[int, int]:
    """On how many papers each of ``names`` (keys) stands; those on none are missing."""
    counts: dict[int, int] = {}
    for chunk in chunked(sorted(names), IDS_A_QUERY):
        rows = PaperAuthor.objects.filter(author__in=chunk).order_by().values_list("author")
        counts.update(rows.annotate(Count("number")))
    return counts


def _with_names(names: Collection[int], *, until: int) -> Iterator[tuple[int, int]]:
    for chunk in chunked(sorted(names), IDS_A_QUERY):
        rows = PaperAuthor.objects.filter(author__in=chunk, number__lte=until).order_by("author", "number")
        yield from rows.values_list("author", "number").iterator(chunk_size=5000)


def load_features(papers: Collection[int]) -> Features:
    """The features of ``papers`` (ids), a row for each; of zeros for one that has none yet."""
    ids = tuple(dict.fromkeys(papers))
    stored = read_features(ids)
    corpus = Corpus.objects.filter(pk=_ONLY).only("papers", "background").first()
    no_names = np.zeros(0, np.int64)
    names = [stored[paper].names if paper in stored else no_names for paper in ids]
    keys = np.unique(np.concatenate([*names, no_names]))
    with_name = papers_with_names(keys[keys != 0].tolist())
    return features_of(
        ids,
        [stored[paper].vector if paper in stored else NO_VECTOR for paper in ids],
        names,
        CorpusView(
            papers=corpus.papers if corpus else 0,
            with_name=with_name,
            background=PaperVector.unpack(bytes(corpus.background)) if corpus else NO_VECTOR,
        ),
    )
