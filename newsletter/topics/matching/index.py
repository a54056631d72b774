"""Matches all queries against a day's papers in one pass.

Two indexes meet. The queries stand under *keys*: for each a few terms (or categories, or names) one of which
a paper must have to answer it, chosen as the rarest among all queries; a block of papers awakens only the
queries under the keys it has. The papers of a block stand under their terms as bits of one integer, so that
AND, OR and NOT of an awakened query are taken for the whole block at once. Only phrases are then looked up
paper by paper, among those that have all their words, once for all queries that contain them.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from lib.chunks import chunked
from newsletter.topics.matching.evaluation import (
    Match,
    categories_of,
    explain,
    field_bounds,
    find_authors,
    find_reading,
    name_readings,
    readings,
)
from newsletter.topics.matching.paper import PaperText
from newsletter.topics.matching.query import And, Category, Everything, Field, Node, Not, Or, Query, Term

BLOCK = 1024
"""Papers whose bits are held at once: bounds the memory of a backfill."""
SORTED = 250_000
"""Answers gone through paper by paper, which takes half the time of going from one paper to another."""

Q = TypeVar("Q", bound=Hashable)
P = TypeVar("P", bound=Hashable)

Key = str | tuple[str, str]
"""A term; two terms that follow one another; or, after the signs below, a term elsewhere than in the text."""

# None of these is in a term.
_IN_TITLE, _IN_NAME, _INITIAL, _CATEGORY = "\0t", "\0n", "\0i", "\0c"

Leaf = Term | Category
KeysOfReadings = tuple[tuple[Key, ...], ...]

Plan = int | tuple[Any, ...]
"""A query whose leaves are numbers: a number, or a sign and plans: ("&", …), ("|", …), ("~", …), ("*",)."""


Needed = tuple[int, tuple[Key, ...]]
"""How often some keys are wanted, and the keys."""


class Hit(NamedTuple, Generic[Q, P]):
    """One paper that answers one query; both by the names under which they were given."""

    query: Q
    paper: P
    match: Match


class QueryIndex(Generic[Q]):
    """Many queries, ready for papers. Building takes about as long as parsing them took."""

    def __init__(self, queries: Mapping[Q, Query]) -> None:
        self._leaves = _Leaves()
        owners: dict[Plan, list[Q]] = {}
        self._queries: list[Query] = []
        for owner, query in queries.items():
            same = owners.setdefault(self._leaves.plan(query.root), [])
            if not same:
                self._queries.append(query)
            same.append(owner)
        self._plans, self._owners = tuple(owners), tuple(owners.values())
        self._under: dict[Key, list[int]] = {}
        self._always: list[int] = []
        for number, plan in enumerate(self._plans):
            needed = self._leaves.needed(plan)
            if needed is None:
                self._always.append(number)
            else:
                for key in needed[1]:
                    self._under.setdefault(key, []).append(number)

    def __len__(self) -> int:
        return sum(map(len, self._owners))

    def match(self, papers: Mapping[P, PaperText]) -> Iterator[Hit[Q, P]]:
        """Every pair of a query and a paper that answers it, with the words that made it so.

        Lazily, and in no promised order.
        """
        for batch in chunked(papers.items(), BLOCK):
            names = [name for name, _ in batch]
            block = _Block([paper for _, paper in batch], self._leaves)
            for place, number in self._pairs(block):
                match = explain(self._queries[number], block.papers[place])
                for owner in self._owners[number]:
                    yield Hit(owner, names[place], match)

    def count(self, papers: Mapping[P, PaperText]) -> dict[Q, int]:
        """How many of the papers answer each query; queries that none answers are not listed."""
        counts: dict[Q, int] = {}
        for batch in chunked(papers.values(), BLOCK):
            block = _Block(batch, self._leaves)
            for number in self._awake(block):
                if answering := block.answers(self._plans[number]).bit_count():
                    for owner in self._owners[number]:
                        counts[owner] = counts.get(owner, 0) + answering
        return counts

    def _pairs(self, block: "_Block") -> Iterator[tuple[int, int]]:
        """The places of papers with the numbers of the queries that they answer."""
        pairs: list[tuple[int, int]] = []
        for number in self._awake(block):
            pairs += [(place, number) for place in _places(block.answers(self._plans[number]))]
            if len(pairs) >= SORTED:
                yield from sorted(pairs)
                pairs.clear()
        yield from sorted(pairs)

    def _awake(self, block: "_Block") -> list[int]:
        awake = set(self._always)
        for key in block.bits:
            awake.update(self._under.get(key, ()))
        return sorted(awake)


class _Leaves:
    """The distinct leaves of all queries, numbered, with their keys and how many leaves want each key."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.keys: list[KeysOfReadings] = []
        self.wanted: dict[Key, int] = {}
        self._numbers: dict[Leaf, int] = {}
        self._needed: dict[int, Needed] = {}

    def plan(self, node: Node) -> Plan:
        """The plan of a query's node; its leaves are numbered if they are new."""
        match node:
            case Term() | Category():
                return self._number(node)
            case And(parts):
                return ("&", *map(self.plan, parts))
            case Or(parts):
                return ("|", *map(self.plan, parts))
            case Not(operand):
                return ("~", self.plan(operand))
            case Everything():
                return ("*",)

    def needed(self, plan: Plan) -> Needed | None:
        """What a paper must have one of to answer; None if a paper without any key may answer."""
        if isinstance(plan, int):
            return self._needed_of_leaf(plan)
        if plan[0] in "~*":
            return None
        choices = [self.needed(part) for part in plan[1:]]
        known = [needed for needed in choices if needed is not None]
        if plan[0] == "&":
            return min(known, key=itemgetter(0), default=None)
        if len(known) < len(choices):
            return None
        return sum(burden for burden, _ in known), tuple(key for _, keys in known for key in keys)

    def _needed_of_leaf(self, number: int) -> Needed:
        needed = self._needed.get(number)
        if needed is None:
            keys = tuple(min(reading, key=self.wanted.__getitem__) for reading in self.keys[number])
            needed = self._needed[number] = sum(map(self.wanted.__getitem__, keys)), keys
        return needed

    def _number(self, leaf: Leaf) -> int:
        number = self._numbers.get(leaf)
        if number is None:
            number = self._numbers[leaf] = len(self.leaves)
            self.leaves.append(leaf)
            self.keys.append(_keys_of_leaf(leaf))
        for reading in self.keys[number]:
            for key in reading:
                self.wanted[key] = self.wanted.get(key, 0) + 1
        return number


class _Block:
    """Some papers, as bits under those of their keys that queries want: bit n is paper n."""

    def __init__(self, papers: list[PaperText], leaves: _Leaves) -> None:
        self.papers = papers
        self.bits: dict[Key, int] = {}
        self._leaves = leaves
        self._known: list[int | None] = [None] * len(leaves.leaves)
        self._every = (1 << len(papers)) - 1
        wanted = leaves.wanted.keys()
        for place, paper in enumerate(papers):
            bit = 1 << place
            for key in _keys_of_paper(paper):
                if key in wanted:
                    self.bits[key] = self.bits.get(key, 0) | bit

    def answers(self, plan: Plan) -> int:
        """The papers that answer a plan."""
        if isinstance(plan, int):
            known = self._known[plan]
            if known is None:
                known = self._known[plan] = self._leaf(plan)
            return known
        sign, *parts = plan
        if sign == "&":
            bits = self._every
            for part in parts:
                bits &= self.answers(part)
                if not bits:
                    break
            return bits
        if sign == "~":
            return self._every & ~self.answers(parts[0])
        if sign == "*":
            return self._every
        bits = 0
        for part in parts:
            bits |= self.answers(part)
        return bits

    def _leaf(self, number: int) -> int:
        leaf, keys = self._leaves.leaves[number], self._leaves.keys[number]
        if isinstance(leaf, Category):
            return self._with_any(keys)
        if leaf.field is Field.AUTHOR:
            return self._kept(self._with_any(keys), lambda paper: bool(find_authors(leaf.text, paper)))
        bits = 0
        for reading, reading_keys in zip(readings(leaf.text), keys, strict=True):
            reading_bits = self._with_all(reading_keys)
            if reading_bits and not _is_exact(reading, leaf.field):
                reading_bits = self._kept(reading_bits, partial(_has_reading, reading, leaf.field))
            bits |= reading_bits
        return bits

    def _kept(self, bits: int, holds: Callable[[PaperText], bool]) -> int:
        """Those of the papers for which it holds."""
        for place in _places(bits):
            if not holds(self.papers[place]):
                bits ^= 1 << place
        return bits

    def _with_any(self, readings_keys: KeysOfReadings) -> int:
        bits = 0
        for keys in readings_keys:
            bits |= self._with_all(keys)
        return bits

    def _with_all(self, keys: tuple[Key, ...]) -> int:
        bits = self._every
        for key in keys:
            bits &= self.bits.get(key, 0)
        return bits


def _has_reading(reading: tuple[str, ...], field: Field, paper: PaperText) -> bool:
    return find_reading(reading, paper.words, *field_bounds(paper, field)) is not None


def _is_exact(reading: tuple[str, ...], field: Field) -> bool:
    """Whether a paper that has the reading's keys has the reading for certain."""
    return len(reading) == 1 if field is Field.TITLE else field is Field.TEXT and len(reading) <= 2


def _keys_of_leaf(leaf: Leaf) -> KeysOfReadings:
    """The keys of each reading of a leaf: a paper that answers it has all keys of one of them."""
    if isinstance(leaf, Category):
        return tuple((_CATEGORY + category,) for category in categories_of(leaf.pattern))
    if leaf.field is Field.AUTHOR:
        return tuple(
            tuple((_INITIAL if len(part) == 1 else _IN_NAME) + part for part in reading)
            for reading in name_readings(leaf.text)
        )
    if leaf.field is Field.TITLE:
        return tuple(tuple(_IN_TITLE + term for term in reading) for reading in readings(leaf.text))
    return tuple(tuple(pairwise(reading)) or reading for reading in readings(leaf.text))


def _keys_of_paper(paper: PaperText) -> set[Key]:
    words, title = paper.words, paper.title_length
    keys: set[Key] = {*words.first, *words.joined, *words.pairs()}
    keys.update(_IN_TITLE + term for term in words.terms[:title])
    keys.update(_IN_TITLE + term for term, spans in words.joined.items() if min(spans) < title)
    keys.update(_CATEGORY + category for category in paper.canonical_categories)
    for name in paper.names:
        for part in name:
            keys.add(_IN_NAME + part)
            keys.add(_INITIAL + part[0])
    return keys


def _places(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
