"""No migration keeps a large table from those who use it: asked of every operation after the first ones."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from benchmarks._migration_rows import FIRST, LARGE
from lib.migration_operations import (
    AddFieldIndexBesideWriters,
    AddIndexBesideWriters,
    AddUnvalidatedConstraint,
    AddUnvalidatedField,
    ValidateConstraints,
)

OURS = ("newsletter", "subscriptions", "operations")
CHECKED = PostgreSQL.data_type_check_constraints  # types of columns that come with a check
LARGER = (*LARGE, "newsletter_mailedpaper", "newsletter_summaryattempt", "subscriptions_subscription")


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on a large table."""

    migration: str
    is_atomic: bool
    table: str
    operation: Any
    before: ProjectState
    after: ProjectState

    def field(self, state: ProjectState) -> Any:
        """The field that the operation is about, as it is in ``state``."""
        app = self.migration.partition(".")[0]
        field = state.models[app, self.operation.model_name_lower].get_field(self.operation.name).clone()
        field.set_attributes_from_name(self.operation.name)
        return field


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    """The operations on large tables after the first migrations, in order."""
    loader = MigrationLoader(None)
    found = []
    for app, name in sorted(loader.graph.nodes):
        if app not in OURS or (app, name) in FIRST:
            continue
        migration = loader.graph.nodes[app, name]
        state = loader.project_state((app, name), at_end=False)
        for operation in migration.operations:
            before, state = state, state.clone()
            operation.state_forwards(app, state)
            table = f"{app}_{getattr(operation, 'model_name', '').lower()}"
            if table in LARGER:
                found.append(Step(f"{app}.{name}", migration.atomic, table, operation, before, state))
    return found


def test_checks_and_indexes_of_large_tables_are_made_beside_who_uses_them(steps):
    kinds = {type(step.operation) for step in steps}
    assert {AddUnvalidatedConstraint, AddUnvalidatedField, ValidateConstraints, AddField} < kinds
    assert kinds & {AddConstraint, AddIndex} == set()
    for step in steps:
        if type(step.operation) is AddField:
            field = step.field(step.after)
            slow = {"an index": field.db_index, "a check": field.get_internal_type() in CHECKED}
            assert not any(slow.values()), (step.migration, field.name, slow)
        if isinstance(step.operation, AddIndexBesideWriters | AddFieldIndexBesideWriters):
            assert not step.is_atomic, step.migration


def test_no_column_of_a_large_table_changes_its_type_while_everybody_waits(steps):
    altered = [step for step in steps if type(step.operation) is AlterField]
    assert altered
    for step in altered:
        before, after = step.field(step.before), step.field(step.after)
        assert before.db_parameters(connection) == after.db_parameters(connection), step.migration
        assert (before.null, before.db_index) == (after.null, after.db_index), step.migration


def test_every_check_that_was_added_for_new_rows_is_held_against_the_old_ones_later(steps):
    added: dict[str, str] = {}
    for step in steps:
        operation: Operation = step.operation
        if isinstance(operation, AddUnvalidatedConstraint):
            added[operation.constraint.name] = step.migration
        elif isinstance(operation, AddUnvalidatedField):
            added[f"{step.table}_{operation.name}_check"] = step.migration
        elif isinstance(operation, ValidateConstraints):
            for constraint in operation.names:
                assert added.pop(constraint) != step.migration, constraint
    assert added == {}
