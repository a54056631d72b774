"""A query as a value: what a reader or an editor asked for, and how it is written down.

``str(query)`` is the canonical form, and parsing that gives the same query again.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_BARE = re.compile(r"[^\s()\"“”„‟＂「」『』«»（）:：*＊\-][^\s()\"“”„‟＂「」『』«»（）:：*＊]*")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


class Field(StrEnum):
    """Where words are looked for; ``TEXT`` is title and abstract."""

    TEXT = "text"
    TITLE = "title"
    ABSTRACT = "abstract"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side, in this order; of an author, words of one name in any order."""

    text: str
    field: Field = Field.TEXT

    def __str__(self) -> str:
        bare = _BARE.fullmatch(self.text) and self.text not in _OPERATORS
        text = self.text if bare else f'"{self.text}"'
        return text if self.field is Field.TEXT else f"{self.field}:{text}"


@dataclass(frozen=True, slots=True)
class Category:
    """One category ("cs.CV"), a whole archive ("cs.*") or group ("grp_physics"), as arXiv writes it."""

    pattern: str

    def __str__(self) -> str:
        return f"cat:{self.pattern}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every paper."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Not:
    """The papers that do not answer ``operand``; never a Not itself."""

    operand: "Node"

    def __str__(self) -> str:
        return f"NOT {_grouped(self.operand)}"


@dataclass(frozen=True, slots=True)
class And:
    """The papers that answer all of two or more ``parts``, none of which is an And."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " AND ".join(str(part) if not isinstance(part, Or) else f"({part})" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """The papers that answer one of two or more ``parts`` at least, none of which is an Or."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Node = Term | Category | Everything | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """What a paper must be like. Equal queries ask for the same; ``str(query)`` can be parsed again."""

    root: Node

    def __str__(self) -> str:
        return str(self.root)


def both(parts: list[Node]) -> Node:
    """All of the parts, in the canonical form: nothing nested, nothing alone."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else Everything()


def either(parts: list[Node]) -> Node:
    """At least one of one or more parts, in the canonical form."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(part: Node) -> Node:
    """The opposite, in the canonical form."""
    return part.operand if isinstance(part, Not) else Not(part)


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)
