"""Whether one paper answers one query, and with which words: what the index must agree with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from newsletter.arxiv import taxonomy
from newsletter.topics.matching.paper import PaperText
from newsletter.topics.matching.query import And, Category, Everything, Field, Node, Not, Or, Query, Term
from newsletter.topics.matching.words import MAX_WORD, Fold, Words, name_of, term_of

_MAX_COMPOUNDS = 3
"""Hyphenated words of one phrase that are also looked for joined; more would multiply the readings."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """Why a paper answers a query: what was found, as it stands in the paper, in the query's order.

    ``words`` are words and phrases of title or abstract, ``authors`` whole names, ``categories`` the paper's
    own. All are empty where something was only excluded. ``in_title`` is true if one of the words is there.
    """

    words: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    in_title: bool = False


def matches(query: Query, paper: PaperText) -> Match | None:
    """The match, or None if the paper does not answer the query."""
    return explain(query, paper) if _holds(query.root, paper) else None


def explain(query: Query, paper: PaperText) -> Match:
    """The match of a paper that is known to answer the query."""
    words: list[str] = []
    authors: list[str] = []
    categories: list[str] = []
    in_title = False
    for leaf in _reasons(query.root, paper):
        if isinstance(leaf, Category):
            wanted = categories_of(leaf.pattern)
            categories += [own for own in paper.categories if taxonomy.canonical(own) in wanted]
        elif leaf.field is Field.AUTHOR:
            authors += [paper.authors[place] for place in find_authors(leaf.text, paper)[:1]]
        elif (span := find_words(leaf.text, paper, leaf.field)) is not None:
            words.append(paper.words.surface(*span))
            in_title = in_title or span[0] < paper.title_length
    return Match(
        _distinct(words) if len(words) > 1 else tuple(words),
        _distinct(authors) if authors else (),
        _distinct(categories) if categories else (),
        in_title,
    )


def find_words(text: str, paper: PaperText, field: Field) -> Span | None:
    """The first place, as (first, after last) word, where the words stand side by side in the field."""
    words, alternatives = paper.words, readings(text)
    if field is Field.TEXT and len(alternatives) == 1 == len(alternatives[0]):
        # Nearly all of what is looked for is one plain word.
        term = alternatives[0][0]
        if term not in words.joined:
            place = words.first.get(term)
            return None if place is None else (place, place + 1)
    low, high = field_bounds(paper, field)
    spans = [
        find_reading(reading, words, low, high)
        for reading in alternatives
        if reading[0] in words.first or reading[0] in words.joined
    ]
    return min((span for span in spans if span is not None), default=None)


def find_spans(reading: tuple[str, ...], paper: PaperText, field: Field) -> Iterator[Span]:
    """All places, as (first, after last) word, where the terms stand side by side in the field."""
    return _spans_of_reading(reading, paper.words, *field_bounds(paper, field))


def find_authors(text: str, paper: PaperText) -> list[int]:
    """The places of the authors whose name has all the words; one letter stands for any name it begins."""
    return [
        place
        for place, name in enumerate(paper.names)
        if any(all(_in_name(part, name) for part in reading) for reading in name_readings(text))
    ]


def field_bounds(paper: PaperText, field: Field) -> Span:
    """The (first, after last) word of a field."""
    if field is Field.TITLE:
        return 0, paper.title_length
    return (paper.title_length if field is Field.ABSTRACT else 0), len(paper.words.terms)


def find_reading(reading: tuple[str, ...], words: Words, low: int, high: int) -> Span | None:
    """The first place between ``low`` and ``high`` where the terms stand one after the other."""
    return next(_spans_of_reading(reading, words, low, high), None)


def _spans_of_reading(reading: tuple[str, ...], words: Words, low: int, high: int) -> Iterator[Span]:
    begins: Iterable[int] = words.places(reading[0], low)
    if (joined := words.joined.get(reading[0])) is not None:
        begins = sorted({*begins, *(first for first in joined if first >= low)})
    for first in begins:
        after = _follow(reading, first, words)
        if after is not None and after <= high:
            yield first, after


def _follow(reading: tuple[str, ...], first: int, words: Words) -> int | None:
    """Where at the earliest a reading ends that begins at ``first``; None if it breaks off."""
    terms, joined = words.terms, words.joined
    places = {first}
    for term in reading:
        after = {place + 1 for place in places if place < len(terms) and terms[place] == term}
        if term in joined:
            after |= {joined[term][place] for place in places if place in joined[term]}
        if not after:
            return None
        places = after
    return min(places)


@lru_cache(maxsize=1 << 16)
def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The sequences of terms that a text of a query may stand for: its compounds divided, or joined."""
    if text.isascii() and text.isalnum():
        return ((term_of(text[:MAX_WORD]),),)
    return _sequences(Words(text), term_of)


@lru_cache(maxsize=1 << 14)
def name_readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The same for a name, whose parts are compared without regard to number."""
    return _sequences(Words(text, fold=name_of), name_of)


@lru_cache(maxsize=1 << 10)
def categories_of(pattern: str) -> frozenset[str]:
    """The canonical categories that a pattern names, with the bare archive that old papers bear."""
    categories = frozenset(map(taxonomy.canonical, taxonomy.expand(pattern)))
    return categories | {pattern.removesuffix(".*")} if pattern.endswith(".*") else categories


def _sequences(words: Words, fold: Fold) -> tuple[tuple[str, ...], ...]:
    terms, compounds = words.terms, words.compounds()
    if not compounds:
        return (tuple(filter(None, terms)),)
    ends = dict(compounds if len(compounds) <= _MAX_COMPOUNDS else ())
    choices: list[tuple[tuple[str, ...], ...]] = []
    place = 0
    while place < len(terms):
        after = ends.get(place, place + 1)
        divided = tuple(filter(None, terms[place:after]))
        joined = words.joined_term(place, after, fold) if after - place > 1 else ""
        choices.append((divided, (joined,)) if joined else (divided,))
        place = after
    return tuple(tuple(term for part in choice for term in part) for choice in product(*choices))


def _holds(node: Node, paper: PaperText) -> bool:
    match node:
        case Term(text, Field.AUTHOR):
            return bool(find_authors(text, paper))
        case Term(text, field):
            return find_words(text, paper, field) is not None
        case Category(pattern):
            return not categories_of(pattern).isdisjoint(paper.canonical_categories)
        case Everything():
            return True
        case Not(operand):
            return not _holds(operand, paper)
        case And(parts):
            return all(_holds(part, paper) for part in parts)
        case Or(parts):
            return any(_holds(part, paper) for part in parts)


def _reasons(node: Node, paper: PaperText) -> list[Term | Category]:
    """The leaves that a node which holds owes its truth to; what is excluded is no reason."""
    if isinstance(node, Term | Category):
        return [node]
    reasons: list[Term | Category] = []
    if isinstance(node, And | Or):
        for part in node.parts:
            if isinstance(node, And) or _holds(part, paper):
                if isinstance(part, Term):
                    reasons.append(part)
                else:
                    reasons += _reasons(part, paper)
    return reasons


def _in_name(part: str, name: frozenset[str]) -> bool:
    return part in name or (len(part) == 1 and any(own.startswith(part) for own in name))


def _distinct(texts: list[str]) -> tuple[str, ...]:
    """The texts without those that differ from an earlier one by case only."""
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(text.casefold(), text)
    return tuple(first.values())
