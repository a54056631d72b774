"""Databases from before the first migrations were written anew are brought to where they begin.

For a short time the first migration of each app went on being changed, and an installation of that time has
recorded it as applied: ``migrate`` would go on with the second one and fail at the first table that is not
there. Before it begins, what the first migrations as they are now have, and the database has not, is added.
Nothing is taken away but constraints that allow less.
"""

import logging
import re
from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.models import CheckConstraint, Index, Model, UniqueConstraint

FIRST = (("newsletter", "0001_initial"), ("subscriptions", "0001_initial"))
_NEXT = "0003_set_aside"  # of the content: whoever has applied it has all that the first migrations make
# A constraint of the very first schema, in place of which there are two now.
_ONE_DEMAND = UniqueConstraint(fields=["topic", "language"], name="unique_demand")

_CONSTRAINT = re.compile(r'CONSTRAINT "(\w+)"')

log = logging.getLogger(__name__)


def complete_first_schema(*, using: str, plan: Iterable[tuple[Migration, bool]], **_: Any) -> None:
    """Before ``plan`` is carried out on the database ``using``: add what an early first migration lacked."""
    names = {(migration.app_label, migration.name) for migration, backwards in plan if not backwards}
    connection = connections[using]
    executor = MigrationExecutor(connection)
    if ("newsletter", _NEXT) not in names or not set(FIRST) <= executor.loader.applied_migrations.keys():
        return
    apps = executor.loader.project_state(list(FIRST)).apps
    models = [model for app, _ in FIRST for model in apps.get_app_config(app).get_models()]
    with connection.schema_editor(atomic=connection.features.can_rollback_ddl) as editor:
        added = [name for model in models for name in _complete(model, editor)]
    if added:
        log.warning("The first schema was completed, before it is upgraded: %s.", ", ".join(added))


def _complete(model: type[Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
    """Add the table of ``model``, or its missing columns, indexes and constraints. Returns their names."""
    table = model._meta.db_table
    columns, constraints = read_schema(editor.connection, table)
    if not columns:
        editor.create_model(model)
        return [table]
    fields = [field for field in model._meta.local_concrete_fields if field.column not in columns]
    for field in fields:
        editor.add_field(model, field)
    added = [f"{table}.{field.column}" for field in fields]
    return added + _complete_constraints(model, editor, constraints)


def _complete_constraints(
    model: type[Model], editor: BaseDatabaseSchemaEditor, constraints: set[str]
) -> list[str]:
    """Add what ``model`` has beside ``constraints``, and those again that may have allowed less."""
    table = model._meta.db_table
    added = []
    if _ONE_DEMAND.name in constraints:
        editor.remove_constraint(model, _ONE_DEMAND)
    for constraint in model._meta.constraints:
        if constraint.name in constraints and isinstance(constraint, CheckConstraint):
            editor.remove_constraint(model, constraint)  # it may have known fewer states
    for item in (*model._meta.constraints, *model._meta.indexes):
        # Asked each time: SQLite makes a table anew, with all that it should have, for one of them.
        if item.name in read_schema(editor.connection, table)[1]:
            continue
        if isinstance(item, Index):
            editor.add_index(model, item)
        else:
            editor.add_constraint(model, item)
        if item.name not in constraints:
            added.append(str(item.name))
    return added


def read_schema(connection: BaseDatabaseWrapper, table: str) -> tuple[set[str], set[str]]:
    """The columns of ``table`` and the names of its constraints and indexes; nothing if there is none."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return set(), set()
        if connection.vendor == "sqlite":
            # Django's own look at a table fails on some conditions of CHECK.
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = %s", [table])
            rows = cursor.fetchall()
            constraints = {row[0] for row in rows}
            constraints.update(name for row in rows for name in _CONSTRAINT.findall(row[1] or ""))
        else:
            constraints = set(connection.introspection.get_constraints(cursor, table))
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608 - a model's table
        return {column[0] for column in cursor.description}, constraints
