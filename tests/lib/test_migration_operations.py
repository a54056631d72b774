"""Constraints and indexes that are made beside who uses the table: what they let pass, and what not."""

import pytest
from django.apps import apps
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, DateTimeField, Index, Q
from django.test.utils import CaptureQueriesContext

from lib.locks import lock_key
from lib.migration_operations import (
    AddFieldIndexBesideWriters,
    AddIndexBesideWriters,
    AddUnvalidatedConstraint,
    ValidateConstraints,
)
from operations.models import Heartbeat
from operations.upgrading import read_schema
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = CheckConstraint(condition=~Q(name=""), name="heartbeat_named")
INDEX = Index(fields=["beat_at"], name="heartbeat_beat_at")
MAKE = AddIndexBesideWriters("heartbeat", INDEX)
MAKE_FOR_FIELD = AddFieldIndexBesideWriters("heartbeat", "beat_at", DateTimeField(db_index=True))


@pytest.fixture
def carry_out():
    """Carry out operations on the operations' tables; afterwards the tables are as before."""
    states: list[tuple[Operation, ProjectState, ProjectState]] = []

    def forwards(*operations):
        for operation in operations:
            before = states[-1][2] if states else ProjectState.from_apps(apps)
            after = before.clone()
            operation.state_forwards("operations", after)
            with connection.schema_editor(atomic=False) as editor:
                operation.database_forwards("operations", editor, before, after)
            states.append((operation, before, after))

    yield forwards
    Heartbeat.objects.all().delete()
    for operation, before, after in reversed(states):
        with connection.schema_editor(atomic=False) as editor:
            operation.database_backwards("operations", editor, after, before)


def names() -> set[str]:
    return read_schema(connection, "operations_heartbeat")[1]


def test_a_check_holds_for_new_rows_and_for_old_ones_once_they_were_looked_at(carry_out):
    if connection.vendor == "postgresql":
        Heartbeat.objects.create(name="", beat_at=NOW)
    carry_out(AddUnvalidatedConstraint("heartbeat", NAMED))
    assert NAMED.name in names()
    with pytest.raises(IntegrityError):
        Heartbeat.objects.create(name="", beat_at=NOW)
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError):
            carry_out(ValidateConstraints("heartbeat", [NAMED.name]))
        Heartbeat.objects.filter(name="").delete()
    carry_out(ValidateConstraints("heartbeat", [NAMED.name]))


def break_off(index: str) -> None:
    """As a ``migrate`` leaves an index that was stopped while it made it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [index])


def is_valid(index: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [index])
        return cursor.fetchone() == (True,)


def test_an_index_is_made_once_and_half_of_one_is_made_anew(carry_out):
    carry_out(MAKE)
    assert INDEX.name in names()
    carry_out(MAKE)
    if connection.vendor == "postgresql":
        break_off(INDEX.name)
        carry_out(MAKE)
        assert is_valid(INDEX.name)
    assert INDEX.name in names()


@pytest.mark.parametrize("operation", [MAKE, MAKE_FOR_FIELD], ids=["index", "field"])
def test_an_index_is_dropped_backwards_beside_writers_too(operation):
    before = ProjectState.from_apps(apps)
    after, without = before.clone(), names()
    operation.state_forwards("operations", after)
    with CaptureQueriesContext(connection) as asked, connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("operations", editor, before, after)
        assert len(names() - without) == 1
        operation.database_backwards("operations", editor, after, before)
    assert names() == without
    acts = [query["sql"] for query in asked if query["sql"].startswith(("CREATE", "DROP"))]
    assert len(acts) == 2
    if connection.vendor == "postgresql":
        assert all(" INDEX CONCURRENTLY " in act for act in acts)


@pytest.mark.parametrize("operation", [MAKE, MAKE_FOR_FIELD], ids=["index", "field"])
def test_what_is_only_printed_changes_nothing(operation, carry_out):
    carry_out(MAKE)
    if connection.vendor == "postgresql":
        break_off(INDEX.name)
    state, there = ProjectState.from_apps(apps), names()
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("operations", editor, state, state)
        operation.database_backwards("operations", editor, state, state)
    made, dropped = editor.collected_sql
    assert made.startswith("CREATE INDEX")
    assert dropped.startswith("DROP INDEX")
    assert names() == there
    if connection.vendor == "postgresql":
        assert not is_valid(INDEX.name)


if connection.vendor == "postgresql":  # SQLite has one writer at a time

    def test_the_half_made_index_of_another_process_is_left_to_it(carry_out):
        carry_out(MAKE)
        break_off(INDEX.name)
        another = connection.copy()
        with another.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock_key(f"index {INDEX.name}")])
        try:
            with pytest.raises(
                CommandError, match="Another process makes or drops the index heartbeat_beat_at"
            ):
                carry_out(MAKE)
            assert INDEX.name in names()
            assert not is_valid(INDEX.name)
        finally:
            another.close()
