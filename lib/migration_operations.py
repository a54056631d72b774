"""Operations for migrations that leave a large table to others meanwhile.

On PostgreSQL Django's ``AddConstraint`` and an ``AddField`` whose type has a check read all rows while nobody
else may touch the table, and its ``AddIndex`` lets nobody write; with millions of rows that takes seconds.
Elsewhere these do what Django's own do.

A check is added for new rows alone, and a later migration reads the old ones (:class:`ValidateConstraints`):
in the same transaction they would be read under the lock. What makes an index has to be in a migration with
``atomic = False``, and may run again after it was broken off; of several ``migrate`` at once one makes it,
and the others end with a :class:`CommandError`. Source: the manual of PostgreSQL, ALTER TABLE (Notes) and
CREATE INDEX (Building Indexes Concurrently).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from typing_extensions import override

from lib.locks import lock_key


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
    """An index that is made, and dropped again backwards, while others write."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _make_index(
            schema_editor,
            self.index.name,
            lambda: schema_editor.add_index(model, self.index, **_beside_writers(schema_editor)),
        )

    @override
    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _drop_index(schema_editor, self.index.name)


class AddFieldIndexBesideWriters(AlterField):
    """Nothing but ``db_index=True`` for a field: an index as of :class:`AddIndexBesideWriters`."""

    @override
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model, field, name = self._index(app_label, schema_editor, to_state)
        sql = schema_editor._create_index_sql(
            model, fields=[field], name=name, **_beside_writers(schema_editor)
        )
        _make_index(schema_editor, name, lambda: schema_editor.execute(sql, params=None))

    @override
    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _, _, name = self._index(app_label, schema_editor, to_state)
        _drop_index(schema_editor, name)

    def _index(self, app_label: str, schema_editor: Any, state: ProjectState) -> tuple[Any, Any, str]:
        """The model, the field, and the name that Django gives its index."""
        model = state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        return model, field, schema_editor._create_index_name(model._meta.db_table, [field.column])


def _is_postgres(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return schema_editor.connection.vendor == "postgresql"


def _beside_writers(schema_editor: BaseDatabaseSchemaEditor) -> dict[str, bool]:
    return {"concurrently": True} if _is_postgres(schema_editor) else {}


def _make_index(schema_editor: BaseDatabaseSchemaEditor, name: str, make: Callable[[], None]) -> None:
    """``make`` the index unless there is one of this name; what is only to be printed looks at nothing."""
    if schema_editor.collect_sql:
        make()
        return
    with _only_one_process(schema_editor, name):
        if not _is_there(schema_editor, name):
            make()


def _drop_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    concurrently = "CONCURRENTLY " if _is_postgres(schema_editor) else ""
    sql = f"DROP INDEX {concurrently}IF EXISTS {schema_editor.quote_name(name)}"
    if schema_editor.collect_sql:
        schema_editor.execute(sql, params=None)
        return
    with _only_one_process(schema_editor, name):
        schema_editor.execute(sql, params=None)


@contextmanager
def _only_one_process(schema_editor: BaseDatabaseSchemaEditor, name: str) -> Iterator[None]:
    """Hold the index ``name`` against another ``migrate``, which would take what is half made for broken off.

    Nobody waits for this lock: making an index waits for all who ask anything, and so for who waits.

    Raises:
        CommandError: another process has it.
    """
    if not _is_postgres(schema_editor):
        yield
        return
    connection: BaseDatabaseWrapper = schema_editor.connection
    key = lock_key(f"index {name}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if cursor.fetchone() != (True,):
            raise CommandError(
                f"Another process makes or drops the index {name}: run migrate again when it has ended."
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


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
