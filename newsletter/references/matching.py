"""Which papers a list of references means: by arXiv id, by DOI, by title. A constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lib.chunks import chunked
from newsletter.models import Paper, PaperKey, WantedPaper
from newsletter.models.states import WantedState
from newsletter.references.index import index_new
from newsletter.references.records import Reference
from newsletter.references.titles import (
    Key,
    KeyKind,
    doi_keys,
    family_names,
    fold_title,
    is_telling,
    most_alike,
    name_words,
    title_keys,
)

INDEXED_NOW = 20_000  # papers without keys that a match makes them for; the rest is a task's
KEYS_A_QUERY = 2_000
MOST_CANDIDATES = 200  # papers that begin or end like one title
YEARS_APART = 1  # a paper's year here is of its first version, elsewhere often of its printing


class Standing(StrEnum):
    """What was found of a reference."""

    KNOWN = "known"
    TO_FETCH = "to-fetch"  # an arXiv id that is not here yet
    MISSING = "missing"  # arXiv was asked, and does not have it
    NO_MATCH = "no-match"
    AMBIGUOUS = "ambiguous"  # several papers have this title
    OTHERS = "others"  # a paper has this title, and other authors
    WITHDRAWN = "withdrawn"
    REPEATED = "repeated"  # an earlier entry means the same paper


@dataclass(frozen=True, slots=True)
class Match:
    """A reference, what was found of it, and the paper if it is here."""

    reference: Reference
    standing: Standing
    paper: Paper | None = None

    @property
    def arxiv_id(self) -> str:
        """The id of what it means; "" if that is not known."""
        return self.paper.arxiv_id if self.paper else self.reference.arxiv_id


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The papers that a list may mean. Each is folded once, however many entries are like it."""

    by_id: Mapping[str, Paper]
    by_key: Mapping[Key, Sequence[Paper]]
    _titles: dict[int, str] = field(default_factory=dict)  # folded, by the paper's id
    _names: dict[int, frozenset[str]] = field(default_factory=dict)

    def of(self, keys: Iterable[Key]) -> dict[int, Paper]:
        """Those with any of ``keys``, by id."""
        return {paper.pk: paper for key in keys for paper in self.by_key.get(key, ())}

    def title_of(self, paper: Paper) -> str:
        """The folded title of ``paper``."""
        if paper.pk not in self._titles:
            self._titles[paper.pk] = fold_title(paper.title)
        return self._titles[paper.pk]

    def is_by_any(self, authors: Iterable[str], paper: Paper) -> bool:
        """Whether one of ``authors`` may have written ``paper``."""
        if paper.pk not in self._names:
            self._names[paper.pk] = name_words(paper.authors)
        return not family_names(authors).isdisjoint(self._names[paper.pk])


def match(references: Sequence[Reference], *, indexes: bool = True) -> list[Match]:
    """What each of ``references`` means, in their order. Needs no source: what is not here is to be fetched.

    A title must agree with one paper alone: exactly, and with an author where the reference names any; or
    but for a slip of the pen, and then with an author or the year. ``indexes``: papers that came just now are
    made to be found by title first; without, nothing is written.
    """
    if indexes:
        index_new(most=INDEXED_NOW)
    by_id = _papers_by_id(reference.arxiv_id for reference in references)
    lost = _missing(reference.arxiv_id for reference in references)
    by_key = _papers_by_key([each for each in references if each.arxiv_id not in by_id])
    candidates = _Candidates(by_id, by_key)
    matches: list[Match] = []
    met: set[str] = set()
    for reference in references:
        found = _match_one(reference, candidates)
        if found.standing == Standing.TO_FETCH and found.arxiv_id in lost:
            found = Match(reference, Standing.MISSING)
        if found.standing in (Standing.KNOWN, Standing.TO_FETCH):
            if found.arxiv_id in met:
                found = Match(reference, Standing.REPEATED, found.paper)
            met.add(found.arxiv_id)
        matches.append(found)
    return matches


def _papers_by_id(arxiv_ids: Iterable[str]) -> dict[str, Paper]:
    wanted = sorted({arxiv_id for arxiv_id in arxiv_ids if arxiv_id})
    shown = Paper.objects.only(*_SHOWN)
    return {
        paper.arxiv_id: paper
        for part in chunked(wanted, KEYS_A_QUERY)
        for paper in shown.filter(arxiv_id__in=part)
    }


_SHOWN = ("arxiv_id", "title", "authors", "published_at", "is_withdrawn")


def _missing(arxiv_ids: Iterable[str]) -> set[str]:
    wanted = sorted({arxiv_id for arxiv_id in arxiv_ids if arxiv_id})
    rows = WantedPaper.objects.filter(state=WantedState.MISSING).values_list("arxiv_id", flat=True)
    return {arxiv_id for part in chunked(wanted, KEYS_A_QUERY) for arxiv_id in rows.filter(arxiv_id__in=part)}


def _keys_of(reference: Reference) -> list[Key]:
    return [*doi_keys(reference.doi), *title_keys(reference.title)]


def _papers_by_key(references: Sequence[Reference]) -> dict[Key, list[Paper]]:
    keys = {key for reference in references for key in _keys_of(reference)}
    numbers: defaultdict[Key, list[int]] = defaultdict(list)
    rows = PaperKey.objects.values_list("kind", "value", "paper_id").order_by("value", "kind", "paper_id")
    for part in chunked(sorted({key.value for key in keys}), KEYS_A_QUERY):
        for kind, value, number in rows.filter(value__in=part).iterator():
            papers = numbers[Key(KeyKind(kind), value)]
            if len(papers) < MOST_CANDIDATES:
                papers.append(number)
    shown = {
        paper.pk: paper
        for part in chunked(
            sorted({number for papers in numbers.values() for number in papers}), KEYS_A_QUERY
        )
        for paper in Paper.objects.only(*_SHOWN).filter(pk__in=part)
    }
    return {
        key: [shown[number] for number in papers if number in shown]
        for key, papers in numbers.items()
        if key in keys
    }


def _match_one(reference: Reference, candidates: _Candidates) -> Match:
    if reference.arxiv_id in candidates.by_id:
        return _known(reference, candidates.by_id[reference.arxiv_id])
    if reference.arxiv_id:
        return Match(reference, Standing.TO_FETCH)
    for key in doi_keys(reference.doi):
        if len(papers := candidates.of([key])) == 1:
            return _known(reference, *papers.values())
    if not reference.title:
        return Match(reference, Standing.NO_MATCH)
    return _match_title(reference, candidates)


def _known(reference: Reference, paper: Paper) -> Match:
    if paper.is_withdrawn:
        return Match(reference, Standing.WITHDRAWN)
    return Match(reference, Standing.KNOWN, paper)


def _match_title(reference: Reference, candidates: _Candidates) -> Match:
    keys = title_keys(reference.title)
    exact = candidates.of(key for key in keys if key.kind == KeyKind.TITLE)
    if exact:
        return _match_exact(reference, list(exact.values()), candidates)
    alike = {
        number: paper
        for number, paper in candidates.of(keys).items()
        if not paper.is_withdrawn and _agrees(reference, paper, candidates)
    }
    titles = ((number, candidates.title_of(paper)) for number, paper in alike.items())
    number = most_alike(fold_title(reference.title), titles)
    return _known(reference, alike[number]) if number is not None else Match(reference, Standing.NO_MATCH)


def _match_exact(reference: Reference, papers: Sequence[Paper], candidates: _Candidates) -> Match:
    if not reference.authors:
        if not is_telling(fold_title(reference.title)):
            return Match(reference, Standing.AMBIGUOUS)
        fitting = list(papers)
    else:
        fitting = [paper for paper in papers if candidates.is_by_any(reference.authors, paper)]
    if len(fitting) > 1 and reference.year:
        fitting = [paper for paper in fitting if _is_of_year(paper, reference.year)] or fitting
    if not fitting:
        return Match(reference, Standing.OTHERS)
    return _known(reference, fitting[0]) if len(fitting) == 1 else Match(reference, Standing.AMBIGUOUS)


def _agrees(reference: Reference, paper: Paper, candidates: _Candidates) -> bool:
    """Whether more than the title speaks for ``paper``: an author; or the year, where no author is named."""
    if reference.authors:
        return candidates.is_by_any(reference.authors, paper)
    return bool(reference.year) and _is_of_year(paper, reference.year)


def _is_of_year(paper: Paper, year: int) -> bool:
    return paper.published_at is not None and abs(paper.published_at.year - year) <= YEARS_APART
