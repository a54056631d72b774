"""Constraints and indexes that are made beside who uses the table: what they let pass, and what not."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Index, Q

from lib.migration_operations import AddIndexBesideWriters, AddUnvalidatedConstraint, ValidateConstraints
from operations.models import Heartbeat
from operations.upgrading import read_schema
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = CheckConstraint(condition=~Q(name=""), name="heartbeat_named")
INDEX = Index(fields=["beat_at"], name="heartbeat_beat_at")


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


def test_an_index_is_made_once_and_half_of_one_is_made_anew(carry_out):
    carry_out(AddIndexBesideWriters("heartbeat", INDEX))
    assert INDEX.name in names()
    again = AddIndexBesideWriters("heartbeat", INDEX)
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        again.database_forwards("operations", editor, state, state)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                named = "indexrelid = to_regclass(%s)"
                cursor.execute(f"UPDATE pg_index SET indisvalid = false WHERE {named}", [INDEX.name])
                again.database_forwards("operations", editor, state, state)
                cursor.execute(f"SELECT indisvalid FROM pg_index WHERE {named}", [INDEX.name])
                assert cursor.fetchone() == (True,)
    assert INDEX.name in names()
