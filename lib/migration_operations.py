"""Operations for migrations that leave a large table to others meanwhile.

On PostgreSQL Django's ``AddConstraint`` and an ``AddField`` whose type has a check read all rows while nobody
else may touch the table, and its ``AddIndex`` lets nobody write; with millions of rows that takes seconds.
Elsewhere these do what Django's own do.

A check is added for new rows alone, and a later migration reads the old ones (:class:`ValidateConstraints`):
in the same transaction they would be read under the lock. What makes an index has to be in a migration with
``atomic = False``, and may run again after it was broken off. Source: the manual of
PostgreSQL, ALTER TABLE (Notes) and CREATE INDEX (Building Indexes Concurrently).
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from typing_extensions import override


class AddUnvalidatedConstraint(AddConstraint):
    """A check constraint that holds for new rows; name it in a later :class:`ValidateConstraints`."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not _is_postgres(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)


class AddUnvalidatedField(AddField):
    """A column whose type has a check, such as that of a PositiveIntegerField; the check holds for new rows.

    Its name, for a later :class:`ValidateConstraints`, is the one that PostgreSQL gives: TABLE_COLUMN_check.
    """

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not _is_postgres(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field: Any = model._meta.get_field(self.name)
        check = field.db_check(schema_editor.connection)
        field.db_check = lambda _connection: None
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        del field.db_check
        table, name = model._meta.db_table, f"{model._meta.db_table}_{field.column}_check"
        quote = schema_editor.quote_name
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} CHECK ({check}) NOT VALID", params=None
        )


class ValidateConstraints(Operation):
    """Hold the rows of a table against constraints that were added without: others read and write meanwhile.

    What is validated already costs nothing.
    """

    def __init__(self, model_name: str, names: Sequence[str]) -> None:
        self.model_name = model_name
        self.names = names

    @override
    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models know nothing of it."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not _is_postgres(schema_editor):
            return
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for name in self.names:
            quote = schema_editor.quote_name
            schema_editor.execute(f"ALTER TABLE {quote(table)} VALIDATE CONSTRAINT {quote(name)}")

    @override
    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """A constraint stays validated."""

    @override
    def describe(self) -> str:
        return f"Validate {', '.join(self.names)} on {self.model_name}"


class AddIndexBesideWriters(AddIndex):
    """An index that is made while others write."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not _is_there(schema_editor, self.index.name):
            schema_editor.add_index(model, self.index, **_beside_writers(schema_editor))


class AddFieldIndexBesideWriters(AlterField):
    """Nothing but ``db_index=True`` for a field, and the index is made while others write."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field: Field[Any, Any] = model._meta.get_field(self.name)
        name = schema_editor._create_index_name(model._meta.db_table, [field.column])
        if not _is_there(schema_editor, name):
            sql = schema_editor._create_index_sql(
                model, fields=[field], name=name, **_beside_writers(schema_editor)
            )
            schema_editor.execute(sql, params=None)


def _is_postgres(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return schema_editor.connection.vendor == "postgresql"


def _beside_writers(schema_editor: BaseDatabaseSchemaEditor) -> dict[str, bool]:
    return {"concurrently": True} if _is_postgres(schema_editor) else {}


def _is_there(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    """Whether there is an index of this name. Half of one, of a run that was broken off, is dropped."""
    connection: BaseDatabaseWrapper = schema_editor.connection
    with connection.cursor() as cursor:
        if not _is_postgres(schema_editor):
            cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
            return cursor.fetchone() is not None
        quoted = schema_editor.quote_name(name)
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [quoted])
        row = cursor.fetchone()
        if row and not row[0]:
            cursor.execute(f"DROP INDEX CONCURRENTLY {quoted}")
            return False
    return row is not None
