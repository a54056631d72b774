"""Which tokens papers must have, as a value, and as both databases read it. Pure.

A token holds no quotation mark (:mod:`newsletter.search.tokens`), so it stands quoted as it is: nothing that
somebody types is an operator.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Every:
    """Papers that have every one of one or more ``parts``."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Papers that have one of one or more ``parts`` at least."""

    parts: tuple["Expression", ...]


Expression = Every | Any | str


def every(parts: Iterable[Expression]) -> Expression:
    """All of one or more parts; one alone is itself."""
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else Every(distinct)


def either(parts: Iterable[Expression]) -> Expression:
    """At least one of one or more parts; one alone is itself."""
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else Any(distinct)


def of_kind(expression: Expression, kind: str) -> Expression:
    """The same of tokens of another kind: ``title:diffusion`` for "diffusion"."""
    if isinstance(expression, str):
        return f"{kind}:{expression}"
    parts = tuple(of_kind(part, kind) for part in expression.parts)
    return Every(parts) if isinstance(expression, Every) else Any(parts)


def as_fts5(expression: Expression) -> str:
    """For ``MATCH`` of SQLite's FTS5."""
    return _written(expression, '"{}"'.format, " AND ", " OR ")


def as_tsquery(expression: Expression) -> str:
    """The text of a PostgreSQL ``tsquery``."""
    return _written(expression, "'{}'".format, " & ", " | ")


def _written(expression: Expression, quoted: Callable[[str], str], both: str, one: str) -> str:
    if isinstance(expression, str):
        return quoted(expression)
    parts = [_written(part, quoted, both, one) for part in expression.parts]
    return f"({(both if isinstance(expression, Every) else one).join(parts)})"
