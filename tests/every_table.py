"""A row in every table, of whichever state of the migrations: what backups, moves and upgrades must not lose.

A new model gets its row by itself. Where the database refuses what is made up here, say in ``VALUES`` what it
takes; a model that still has no row fails the tests.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.fields.related import ForeignKey

TEXT = "Ünï 'quoted' \"text\", 漢字, \\back\\slash"
MOMENT = datetime(2026, 3, 18, 9, 0, 0, 123456, tzinfo=UTC)
_BY_KIND: dict[str, Any] = {
    "BigIntegerField": 2**40,
    "BinaryField": bytes(range(256)),
    "BooleanField": True,
    "CharField": TEXT,
    "DateField": date(2026, 3, 18),
    "DateTimeField": MOMENT,
    "DecimalField": "0.012300",
    "FloatField": 0.1,
    "GenericIPAddressField": "2001:db8::1",
    "IntegerField": 7,
    "JSONField": {"z": [1.0, 2.5, None, True], "a": TEXT, "n": 12345678901234567890},
    "PositiveBigIntegerField": 2**40,
    "PositiveIntegerField": 7,
    "PositiveSmallIntegerField": 1,
    "SlugField": "slug",
    "SmallIntegerField": 1,
    "TextField": TEXT + "\nsecond line\t",
    "UUIDField": UUID(int=7),
}

# What the constraints of a table ask for, by label and name of the field.
VALUES: dict[str, dict[str, Any]] = {
    "subscriptions.Subscriber": {"email": "every.table@example.org", "new_email": "new@example.org"},
    "subscriptions.SignUp": {"email": "form@example.org"},
    "newsletter.Correction": {"kind": "recall"},
    "newsletter.DaySettings": {"id": 1},
    "newsletter.Publication": {"id": 1},
    "auth.User": {"username": "every-table", "email": "desk@example.org"},
}


def fill_every_table(registry: Any = apps, *, using: str = DEFAULT_DB_ALIAS) -> dict[str, int]:
    """One row at least in every table that Django keeps; how many each has, by label."""
    kept = [
        model
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    for model in kept:
        _row_of(model, using, ())
    return {model._meta.label: model._base_manager.using(using).count() for model in kept}


def _row_of(model: type[models.Model], using: str, above: Iterable[type[models.Model]]) -> models.Model:
    rows = model._base_manager.using(using)
    if (row := rows.first()) is not None:
        return row
    own = VALUES.get(model._meta.label, {})
    values = {}
    for field in model._meta.concrete_fields:
        if field.name in own:
            values[field.name] = own[field.name]
        elif isinstance(field, ForeignKey):
            if not field.null and field.related_model not in above:
                values[field.name] = _row_of(field.related_model, using, (*above, model))
        elif not _is_left(field):
            values[field.attname] = _value(field)
    return rows.bulk_create([model(**values)])[0]


def _is_left(field: Any) -> bool:
    kind = field.get_internal_type()
    return kind.endswith("AutoField") or field.null or (field.has_default() and kind != "JSONField")


def _value(field: Any) -> Any:
    if field.choices:
        return field.choices[0][0]
    value = _BY_KIND[field.get_internal_type()]
    if isinstance(value, str) and field.max_length:
        return value[: field.max_length]
    return value
