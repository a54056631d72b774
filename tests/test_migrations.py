"""No migration keeps a large table from those who use it: asked of every operation after the first ones."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField
from django.db.migrations.operations.base import Operation

from benchmarks._migration_rows import FIRST, LARGE
from lib.migration_operations import (
    AddFieldIndexBesideWriters,
    AddIndexBesideWriters,
    AddUnvalidatedConstraint,
    AddUnvalidatedField,
    ValidateConstraints,
)

OURS = ("newsletter", "subscriptions", "operations")
LARGER = (*LARGE, "newsletter_mailedpaper", "newsletter_summaryattempt", "subscriptions_subscription")


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def operations_on_large_tables(loader) -> Iterator[tuple[str, Operation, bool]]:
    """Each with the name of its migration, and whether that is one transaction."""
    for app, name in sorted(loader.graph.nodes):
        if app not in OURS or (app, name) in FIRST:
            continue
        migration = loader.graph.nodes[app, name]
        for operation in migration.operations:
            if f"{app}_{getattr(operation, 'model_name', '').lower()}" in LARGER:
                yield f"{app}.{name}", operation, migration.atomic


def field_of(state, app, operation):
    return state.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)


def test_checks_and_indexes_of_large_tables_are_made_beside_who_uses_them(loader):
    operations = list(operations_on_large_tables(loader))
    assert {AddUnvalidatedConstraint, AddUnvalidatedField, ValidateConstraints, AddIndexBesideWriters} < {
        type(operation) for _, operation, _ in operations
    }
    for name, operation, is_atomic in operations:
        assert type(operation) not in {AddConstraint, AddIndex}, (name, operation)
        if type(operation) is AddField:
            slow = ("an index", operation.field.db_index), ("a check", operation.field.db_check(connection))
            assert not [what for what, is_so in slow if is_so], (name, operation.name)
        if isinstance(operation, AddIndexBesideWriters | AddFieldIndexBesideWriters):
            assert not is_atomic, name


def test_no_column_of_a_large_table_changes_its_type_while_everybody_waits(loader):
    for name, operation, _ in operations_on_large_tables(loader):
        if type(operation) is AlterField:
            app = name.partition(".")[0]
            key = (app, name.partition(".")[2])
            before = field_of(loader.project_state(key, at_end=False), app, operation)
            after = field_of(loader.project_state(key), app, operation)
            assert before.db_parameters(connection) == after.db_parameters(connection), name
            assert before.null == after.null, name
            assert before.db_index == after.db_index, name


def test_every_check_that_was_added_for_new_rows_is_held_against_the_old_ones_later(loader):
    added: dict[str, str] = {}
    for name, operation, _ in operations_on_large_tables(loader):
        app = name.partition(".")[0]
        if isinstance(operation, AddUnvalidatedConstraint):
            added[operation.constraint.name] = name
        elif isinstance(operation, AddUnvalidatedField):
            added[f"{app}_{operation.model_name}_{operation.name}_check"] = name
        elif isinstance(operation, ValidateConstraints):
            for constraint in operation.names:
                assert added.pop(constraint) != name, constraint
    assert added == {}
