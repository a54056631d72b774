"""Many new rows of one table at once: by COPY where the database has it, else as Django does it.

Django passes each value through its field and quotes it into a statement, which PostgreSQL has to take apart
again. For thousands of abstracts that costs several times as much as the rows themselves.
"""

import json
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model

ROWS_A_STATEMENT = 1_000


def insert(rows: Sequence[Model]) -> None:
    """Insert ``rows``, all of one model and without keys, which they have afterwards.

    Their values are of the types that their fields give when they are read. Raises what the database raises,
    as ``django.db.Error``.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(rows)
    else:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=ROWS_A_STATEMENT)


def _copy(rows: Sequence[Model]) -> None:
    options = type(rows[0])._meta
    quote = connection.ops.quote_name
    table = quote(options.db_table)
    columns = ", ".join(quote(str(field.column)) for field in options.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, options.pk.column, len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for values in _values(rows):
                copy.write_row(values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _values(rows: Sequence[Model]) -> Iterator[list[Any]]:
    """The values of all columns of each row; values that fields set when a row is added are set here."""
    fields = type(rows[0])._meta.concrete_fields
    made_up = [field for field in fields if getattr(field, "auto_now_add", False)]
    documents = [(place, field) for place, field in enumerate(fields) if isinstance(field, JSONField)]
    read = attrgetter(*(field.attname for field in fields))
    for row in rows:
        for field in made_up:
            field.pre_save(row, add=True)
        values = list(read(row))
        for place, field in documents:
            if values[place] is not None:
                values[place] = json.dumps(values[place], cls=field.encoder)
        yield values
