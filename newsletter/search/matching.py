"""Asks the database's full text search: FTS5 in SQLite, a tsvector with a GIN index in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from django.db import connection

from newsletter.search.expressions import Expression, as_fts5, as_tsquery

_STATEMENTS: Final = {
    "sqlite": (
        "SELECT rowid FROM newsletter_searchtokens "
        "WHERE newsletter_searchtokens MATCH %s ORDER BY rowid DESC LIMIT %s"
    ),
    "postgresql": (
        # By an expression: by the key's own index the planner would go through every row of the archive.
        "SELECT number FROM newsletter_searchentry "
        "WHERE newsletter_search_vector(tokens) @@ %s::tsquery ORDER BY number + 0 DESC LIMIT %s"
    ),
}


def newest_matches(asked: Sequence[tuple[Expression, int]]) -> list[set[int]]:
    """For each expression with the most that it may bring: the numbers of the newest entries. One query."""
    if not asked:
        return []
    write = as_tsquery if connection.vendor == "postgresql" else as_fts5
    part = _STATEMENTS[connection.vendor]
    statement = " UNION ALL ".join(
        f"SELECT {place} AS place, numbers.* FROM ({part}) AS numbers"  # noqa: S608 - numbers of our own
        for place in range(len(asked))
    )
    parameters = [value for expression, most in asked for value in (write(expression), most)]
    numbers: list[set[int]] = [set() for _ in asked]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for place, number in cursor.fetchall():
            numbers[place].add(number)
    return numbers
