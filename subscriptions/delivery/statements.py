"""Statements that change a whole batch whose rows differ: the ORM's CASE costs more than sending does."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from subscriptions.models import Delivery

Statement = tuple[str, list[Any]]
"""SQL and its parameters."""

# The columns of what is new, and PostgreSQL's types of them.
_OUTCOMES = {
    "id": "bigint",
    "state": "text",
    "reply": "text",
    "reason": "text",
    "reason_code": "text",
    "retry_at": "timestamptz",
    "tries": "int",
    "message_id": "text",
    "subject": "text",
}
_BEGUN = {"id": "bigint", "revisions": "text"}


def settle_statement(values: Sequence[tuple[object, ...]], *, lease: uuid.UUID, now: datetime) -> Statement:
    """sending → what ``values`` say, rows in the order of the columns above."""
    table = _table()
    news, parameters = _news(_OUTCOMES, values)
    moment, holder, key = _types(lease)
    sql = f"""
        UPDATE {table} SET
            state = news.state, reply = news.reply, reason = news.reason, retry_at = news.retry_at,
            reason_code = news.reason_code,
            attempts = {table}.attempts + news.tries,
            message_id = CASE WHEN news.message_id = '' THEN {table}.message_id ELSE news.message_id END,
            subject = CASE WHEN news.subject = '' THEN {table}.subject ELSE news.subject END,
            settled_at = CASE WHEN news.state IN ('queued', 'deferred') THEN NULL ELSE {moment} END,
            lease = NULL, lease_until = NULL
        FROM {news}
        WHERE {table}.id = news.id AND {table}.lease = {holder} AND {table}.state = 'sending'
    """  # noqa: S608 - only names are put in; every value is a parameter
    return sql, [_adapted(now), *parameters, key]


def start_statement(revisions: Mapping[int, str | None], *, lease: uuid.UUID, until: datetime) -> Statement:
    """claimed → sending, with what the message of each row (by id) carries."""
    table = _table()
    news, parameters = _news(_BEGUN, list(revisions.items()))
    moment, holder, key = _types(lease)
    sql = f"""
        UPDATE {table} SET state = 'sending', lease_until = {moment}, revisions = news.revisions
        FROM {news}
        WHERE {table}.id = news.id AND {table}.lease = {holder} AND {table}.state = 'claimed'
    """  # noqa: S608 - only names are put in; every value is a parameter
    return sql, [_adapted(until), *parameters, key]


def _table() -> str:
    return connection.ops.quote_name(Delivery._meta.db_table)


def _types(lease: uuid.UUID) -> tuple[str, str, str]:
    """The place of a moment, that of a lease, and the lease as the database has it."""
    if connection.vendor == "postgresql":
        return "%s::timestamptz", "%s::uuid", str(lease)
    return "%s", "%s", lease.hex


def _news(columns: Mapping[str, str], values: Sequence[tuple[object, ...]]) -> Statement:
    """A table ``news`` of ``values``, for a FROM."""
    if connection.vendor == "postgresql":  # a list a column: to read thousands of parameters costs time
        news = (
            f"unnest({','.join(f'%s::{kind}[]' for kind in columns.values())}) AS news({','.join(columns)})"
        )
        return news, [list(column) for column in zip(*values, strict=True)]
    named = ",".join(f"column{number} AS {name}" for number, name in enumerate(columns, 1))
    rows = ",".join([f"({','.join(['%s'] * len(columns))})"] * len(values))
    news = f"(SELECT {named} FROM (VALUES {rows}) AS rows_given) AS news"  # noqa: S608 - names only
    return news, [_adapted(item) for value in values for item in value]


def _adapted(item: object) -> Any:
    return connection.ops.adapt_datetimefield_value(item) if isinstance(item, datetime) else item
