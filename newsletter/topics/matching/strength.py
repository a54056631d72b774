"""How much a paper is about what a query asks for: 0 for not at all, nearly 1 for nothing else.

A query's truth says that its words stand somewhere in a paper; most wrong papers of a topic have one of them
in passing. The strength asks where and how often they stand, and how rare they are among the day's papers:

    a mention counts by its place: the title (less behind "via" or "with", where the means stand), the
        sentence that says what the paper does, the first and the last sentence, elsewhere; further mentions
        of the same words count less
    words that few papers of the day have count more than words that most have
    OR adds up what its parts found, words within longer ones counted once; AND takes the geometric mean
    a category counts where it is asked for like a word: the primary one much, a cross-list little

Pure, and only of queries: which papers answer, and in which order, is for the caller.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from newsletter.arxiv.taxonomy import canonical
from newsletter.topics.matching.evaluation import Span, categories_of, find_spans, readings
from newsletter.topics.matching.index import QueryIndex
from newsletter.topics.matching.paper import PaperText
from newsletter.topics.matching.query import And, Category, Field, Node, Or, Query, Term
from newsletter.topics.matching.words import term_of

TITLE, FIRST, LAST, CLAIM, ELSEWHERE = 3.0, 1.5, 1.25, 1.75, 1.0
"""Points of a mention, by its place."""
MEANS = 2.5
"""Points of a mention in the title behind a word that introduces the means."""
FURTHER = 0.4
"""What each further mention of the same words counts, of its own points."""
MOST_MENTIONS = 5
KEYWORD = 1.5
"""Points where the words stand among the paper's keywords, which a reader of it chose."""
PRIMARY, CROSS_LISTED = 6.0, 1.2
"""Points of a category that stands alone."""
SUPPORT = 0.3
"""What the points of supporting words count."""
MOST_SUPPORT = 0.5
"""What they add at most, as a share of the query's own points."""
HALF = 2.0
"""Points that make a strength of one half."""

RARE, COMMON = 1.2, 0.55
"""The weights of words that hardly any paper has, and of words that most have."""
IN_TITLE = 0.9
"""The least weight of words in a title: nobody names a paper in passing, however usual the words."""
USUAL_SHARE = 0.01
"""The share of a day's papers that has a usual word of a query: its weight is 1."""
PRIOR = 50
"""As many papers are taken to have been seen before, with the usual share: a small day says little."""


class Rarity:
    """How rare the words of some queries are among some papers."""

    def __init__(self, counts: Mapping[Term, int] | None = None, papers: int = 0) -> None:
        self._counts = counts or {}
        self._papers = papers

    @classmethod
    def among(cls, papers: Mapping[int, PaperText], queries: Iterable[Query]) -> "Rarity":
        """Counted over ``papers`` for all words of ``queries``."""
        terms = {term: Query(term) for query in queries for term in terms_of(query.root)}
        return cls(QueryIndex(terms).count(papers), len(papers))

    def weight(self, term: Term) -> float:
        """Between :data:`COMMON` and :data:`RARE`."""
        count = self._counts.get(term, 0) + USUAL_SHARE * PRIOR
        share = min(1.0, count / (self._papers + PRIOR))
        return min(RARE, max(COMMON, math.log(share) / math.log(USUAL_SHARE)))


def terms_of(node: Node) -> set[Term]:
    """The words that a query asks for; what it excludes, and authors, are none."""
    if isinstance(node, Term):
        return set() if node.field is Field.AUTHOR else {node}
    if isinstance(node, And | Or):
        return set[Term]().union(*map(terms_of, node.parts))
    return set()


class Evidence:
    """One paper, read once for many measures. ``keywords`` are what a reader of it called it."""

    def __init__(self, paper: PaperText, *, keywords: Collection[str] = ()) -> None:
        self.paper = paper
        self.keywords = tuple(map(PaperText, keywords))
        self.points_at = _points_by_word(paper)
        self.categories = [canonical(category) for category in paper.categories]


class Measure:
    """A query with the words that support it, ready for many papers."""

    def __init__(self, query: Query, supporting: Query | None = None, *, rarity: Rarity) -> None:
        self._query = _Part.of(query.root, rarity)
        self._supporting = None if supporting is None else _Part.of(supporting.root, rarity)

    def strength(self, evidence: Evidence) -> float:
        """How much a paper that answers the query is about it; 1 for a query that asks for nothing.

        Supporting words add what they find, but no more than a share of what the query found itself.
        """
        points = self._query.points(evidence)
        if points is None:
            return 1.0
        if self._supporting is not None:
            points += min(MOST_SUPPORT * points, SUPPORT * (self._supporting.points(evidence) or 0.0))
        return points / (points + HALF)


class _Part:
    """What a node of a query asks for. ``points`` are None where it says neither yes nor no."""

    @staticmethod
    def of(node: Node, rarity: Rarity) -> "_Part":
        match node:
            case Term():
                return _Words([node], rarity)
            case Category(pattern):
                return _Categories(categories_of(pattern))
            case And(parts):
                asking = [part for part in parts if not _is_scope(part)]
                return _All([_Part.of(part, rarity) for part in asking or parts])
            case Or(parts):
                terms = [part for part in parts if isinstance(part, Term)]
                others = [_Part.of(part, rarity) for part in parts if not isinstance(part, Term)]
                return _Sum([_Words(terms, rarity), *others])
            case _:
                return _Neither()

    def points(self, evidence: Evidence) -> float | None:
        raise NotImplementedError


class _Neither(_Part):
    """Everything, and what is excluded."""

    def points(self, evidence: Evidence) -> None:
        del evidence


class _Categories(_Part):
    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = wanted

    def points(self, evidence: Evidence) -> float:
        own = evidence.categories
        if own and own[0] in self._wanted:
            return PRIMARY
        return CROSS_LISTED if any(category in self._wanted for category in own) else 0.0


class _All(_Part):
    """The geometric mean, so that one strong part does not stand for a weak one."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts

    def points(self, evidence: Evidence) -> float | None:
        part_points = [points for part in self._parts if (points := part.points(evidence)) is not None]
        return math.prod(part_points) ** (1 / len(part_points)) if part_points else None


class _Sum(_Part):
    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts

    def points(self, evidence: Evidence) -> float:
        return sum(part.points(evidence) or 0.0 for part in self._parts)


class _Words(_Part):
    """Words under the first of them, so that a paper looks only for those that may be there."""

    def __init__(self, terms: Sequence[Term], rarity: Rarity) -> None:
        self._under: dict[str, list[tuple[Term, tuple[str, ...]]]] = {}
        self._weights = {term: rarity.weight(term) for term in terms}
        for term in terms:
            if term.field is not Field.AUTHOR:
                for reading in readings(term.text):
                    self._under.setdefault(reading[0], []).append((term, reading))

    def points(self, evidence: Evidence) -> float:
        """The sum over different words; of overlapping ones the longest stand for all.

        "Reinforcement learning (RL)" is one mention, although both are asked for.
        """
        owners = self._spans(evidence.paper)
        mentions: dict[Term, list[float]] = {}
        taken: set[int] = set()
        for span in sorted(owners, key=lambda span: (span[0] - span[1], span)):
            if taken.isdisjoint(range(*span)):
                taken.update(range(*span))
                if not (span[0] - 1 in taken and _is_bracketed(span[0], evidence.paper)):
                    mentions.setdefault(owners[span], []).append(evidence.points_at[span[0]])
        part_points = sum(_of_mentions(points, self._weights[term]) for term, points in mentions.items())
        return part_points + (KEYWORD if any(map(self._spans, evidence.keywords)) else 0.0)

    def _spans(self, paper: PaperText) -> dict[Span, Term]:
        words = paper.words
        owners: dict[Span, Term] = {}
        for first in self._under.keys() & (words.first.keys() | words.joined.keys()):
            for term, reading in self._under[first]:
                for span in find_spans(reading, paper, term.field):
                    owners.setdefault(span, term)
        return owners


def _is_bracketed(word: int, paper: PaperText) -> bool:
    """Whether a bracket opens between the word and the one before it."""
    words = paper.words
    return "(" in words.text[words.ends[word - 1] : words.starts[word]]


def _of_mentions(points: list[float], weight: float) -> float:
    """The points of a term's mentions; those of the first in a title have a weight of their own at least."""
    first, *further = sorted(points, reverse=True)[:MOST_MENTIONS]
    return first * (max(weight, IN_TITLE) if first == TITLE else weight) + FURTHER * weight * sum(further)


def _is_scope(node: Node) -> bool:
    """Whether a part asks for categories only."""
    if isinstance(node, Or | And):
        return all(map(_is_scope, node.parts))
    return isinstance(node, Category)


def _points_by_word(paper: PaperText) -> list[float]:
    """For each word of the paper what a mention that begins there counts."""
    terms, title = paper.words.terms, paper.title_length
    starts = [place + 1 for place in range(title, len(terms)) if not terms[place]]
    if title < len(terms) and terms[title]:
        starts.insert(0, title)
    points = _points_of_title(paper, starts[0] if starts else len(terms))
    for number, (first, after) in enumerate(pairwise([*starts, len(terms) + 1])):
        sentence = terms[first : after - 1]
        is_last = number == len(starts) - 1
        points += [_points_of_sentence(sentence, is_first=number == 0, is_last=is_last)] * (after - first)
    return points


def _points_of_title(paper: PaperText, after: int) -> list[float]:
    """A title's words behind "via" or "with", up to a colon, name the means and not the matter."""
    words = paper.words
    points: list[float] = []
    value = TITLE
    for place in range(after):
        if place and ":" in words.text[words.ends[place - 1] : words.starts[place]]:
            value = TITLE
        if words.terms[place] in _BY_MEANS:
            value = MEANS
        points.append(value)
    return points


def _points_of_sentence(terms: Sequence[str], *, is_first: bool, is_last: bool) -> float:
    if not _CLAIMS.isdisjoint(pairwise(terms)):
        return CLAIM
    return FIRST if is_first else LAST if is_last else ELSEWHERE


_BY_MEANS = frozenset(map(term_of, ("via", "with")))
"""Words of a title behind which stands by what means a paper does what it is about."""

_CLAIMS = frozenset(
    (subject, term_of(verb))
    for subject in ("we", "paper", "work", "study", "article")
    for verb in (
        *("propose", "introduce", "present", "develop", "study", "investigate", "describe", "explore"),
        *("proposes", "introduces", "presents", "develops", "studies", "investigates", "describes"),
        *("examine", "examines", "analyze", "analyse", "survey", "surveys", "review", "reviews"),
        *("design", "build", "address", "addresses", "explores", "tackle"),
    )
)
"""Two words by which a sentence says what its paper does."""
