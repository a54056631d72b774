"""Rows for tables of the past: whatever a historical model asks for, two of each."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models

DAY = date(2025, 11, 24)
NOW = datetime(2025, 11, 24, 9, tzinfo=UTC)
EACH = 2
_VALUES: dict[type, Any] = {
    models.DateTimeField: lambda _name, _number: NOW,
    models.DateField: lambda _name, number: DAY - timedelta(days=number - 1),
    models.EmailField: lambda _name, number: f"Reader{number}@example.org",
    models.UUIDField: lambda _name, _number: uuid.uuid4(),
    models.URLField: lambda name, number: f"https://example.org/{name}/{number}",
    models.JSONField: lambda _name, _number: [],
    models.BooleanField: lambda _name, _number: False,
    models.DecimalField: lambda _name, _number: 0,
    models.TextField: lambda name, number: f"{name} {number}",
    models.CharField: lambda name, number: f"{name} {number}",
    models.IntegerField: lambda _name, number: number,
}


Fields = Mapping[str, Mapping[str, Any]]


def fill(made: list[type[models.Model]], *, using: str, fields: Fields) -> dict[str, int]:
    """Put :data:`EACH` rows into the table of each of ``made``, in this order; how many are there then.

    ``fields`` are what some have to hold, by the name of the model and of the field. Of what may be empty,
    only what a row points to is filled in.
    """
    rows: dict[str, list[Any]] = {}
    for model in made:
        rows[model._meta.label] = [
            model._default_manager.using(using).create(
                **{field.attname: _value(field, number, rows) for field in _asked(model)}
                | dict(fields.get(model.__name__, {}))
            )
            for number in range(1, EACH + 1)
        ]
    return {model._meta.db_table: len(rows[model._meta.label]) for model in made}


def _asked(model: type[models.Model]) -> list[Any]:
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and (field.is_relation or not (field.null or field.has_default()))
    ]


def _value(field: Any, number: int, rows: Mapping[str, list[Any]]) -> Any:
    if field.is_relation:
        return rows[field.related_model._meta.label][number - 1].pk
    if field.choices:
        return field.choices[0][0]
    kind = next(kind for kind in type(field).__mro__ if kind in _VALUES)
    value = _VALUES[kind](field.name, number)
    return value[: field.max_length] if isinstance(value, str) else value
