"""No migration keeps a large table from those who use it: asked of every operation after the first ones."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import (
    CASCADE,
    BooleanField,
    CheckConstraint,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    GeneratedField,
    Index,
    PositiveIntegerField,
    Q,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Now, Random

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

    def slow(self) -> list[str]:
        """Why others would wait while the whole table is read or written; nothing if they do not."""
        if isinstance(self.operation, RunSQL):
            return ["SQL by hand"]
        if type(self.operation) in (AddConstraint, AddIndex):
            return ["a check or an index of all rows"]
        if isinstance(self.operation, AddIndexBesideWriters | AddFieldIndexBesideWriters):
            return ["an index in a transaction"] if self.is_atomic else []
        if isinstance(self.operation, AddField):
            return self._slow_column()
        return []

    def _slow_column(self) -> list[str]:
        field = self.operation.field
        is_checked = type(self.operation) is AddField and field.get_internal_type() in CHECKED
        # PostgreSQL keeps one value for all old rows, unless it differs from row to row.
        default = field.db_default
        is_computed = hasattr(default, "resolve_expression") and not isinstance(default, Now | Value)
        reasons = {
            "an index": field.db_index or field.unique,
            "a check": is_checked,
            "a default that is computed": is_computed,
            "a computed column": field.generated,
        }
        return [reason for reason, holds in reasons.items() if holds]

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
            found += [
                Step(f"{app}.{name}", migration.atomic, table, operation, before, state)
                for table in tables_of(operation, app)
                if table in LARGER
            ]
    return found


def tables_of(operation: Operation, app: str) -> set[str]:
    """The table that an operation is about; of SQL by hand all that it names."""
    if isinstance(operation, RunSQL):
        return set(re.findall(r"\w+", str(operation.sql)))
    return {f"{app}_{getattr(operation, 'model_name', '').lower()}"}


def test_large_tables_are_known_by_the_names_that_operations_have_them_by():
    names = {
        model._meta.db_table: f"{app}_{model._meta.model_name}"
        for app in OURS
        for model in apps.get_app_config(app).get_models()
    }
    assert {table: names.get(table) for table in LARGER} == {table: table for table in LARGER}


def test_checks_and_indexes_of_large_tables_are_made_beside_who_uses_them(steps):
    kinds = {type(step.operation) for step in steps}
    assert {AddUnvalidatedConstraint, AddUnvalidatedField, ValidateConstraints, AddField} < kinds
    assert {step.migration: reasons for step in steps if (reasons := step.slow())} == {}


CHECK = CheckConstraint(condition=~Q(name=""), name="named")
ADDED: dict[str, Any] = {
    "unique": TextField(unique=True, null=True),
    "indexed": TextField(db_index=True, default=""),
    "key": ForeignKey("newsletter.Paper", CASCADE, null=True),
    "checked": PositiveIntegerField(default=0),
    "random": FloatField(db_default=Random()),
    "generated": GeneratedField(expression=F("id") + 0, output_field=TextField(), db_persist=True),
}
SLOW = {
    **{name: AddField("vote", name, field) for name, field in ADDED.items()},
    "unique beside": AddUnvalidatedField("vote", "place", PositiveIntegerField(unique=True, null=True)),
    "constraint": AddConstraint("vote", CHECK),
    "index": AddIndex("vote", Index(fields=["value"], name="vote_value")),
    "index in a transaction": AddIndexBesideWriters("vote", Index(fields=["value"], name="vote_value")),
    "SQL": RunSQL("UPDATE subscriptions_vote SET value = 0"),
    "SQL of several": RunSQL(["SELECT 1", ('UPDATE "subscriptions_vote" SET value = %s', [0])]),
}
QUICK = {
    "constant": AddField("vote", "is_late", BooleanField(default=False, db_default=False)),
    "value": AddField("vote", "weight", FloatField(db_default=Value(1.0))),
    "moment": AddField("vote", "noted_at", DateTimeField(db_default=Now())),
    "empty": AddField("vote", "key", UUIDField(null=True)),
    "check of new rows": AddUnvalidatedField("vote", "place", PositiveIntegerField(default=0)),
}


@pytest.mark.parametrize("name", [*SLOW, *QUICK])
def test_what_would_hold_a_large_table_is_told_from_what_would_not(name):
    operation: Operation = SLOW.get(name) or QUICK[name]
    assert "subscriptions_vote" in tables_of(operation, "subscriptions")
    state = ProjectState()
    assert bool(Step("planted", True, "subscriptions_vote", operation, state, state).slow()) == (name in SLOW)


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
