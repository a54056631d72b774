"""A restore that is not finished, or broke off: nothing is sent, and it may be run again.

The hold is written with the rows, in one transaction. Where the tables of the backup's version know no hold,
a mark among the applied migrations stands for it: nothing can be sent before ``migrate`` has made the table
of holds, and ``migrate`` ends by holding.
"""

from typing import Any

from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from operations.backups.tables import Table
from subscriptions.delivery import holds
from subscriptions.models import SendingHold

SENTENCE = "A backup is being restored, or its restoring broke off: run restore again."
_MARK = {"app": "operations", "name": "restore_unfinished"}  # no migration has this name


def hold_with_rows(tables: list[Table]) -> None:
    """Hold sending in the transaction that wrote the rows of ``tables``, whatever their version."""
    model = next((table.model for table in tables if table.name == SendingHold._meta.db_table), None)
    if model is None:
        MigrationRecorder(connection).record_applied(**_MARK)
        return
    model._default_manager.update_or_create(
        kind=SendingHold.Kind.RESTORED,
        released_at=None,
        defaults={"sentence": SENTENCE},
        create_defaults={"sentence": SENTENCE, "began_at": timezone.now()},
    )


def hold_after_migrating(*, using: str, **_: Any) -> None:
    """At the end of ``migrate``: the mark becomes a hold."""
    recorder = MigrationRecorder(connections[using])
    if recorder.has_table() and recorder.migration_qs.filter(**_MARK).exists() and _knows_holds():
        holds.hold_sending(SendingHold.Kind.RESTORED, SENTENCE)
        recorder.record_unapplied(**_MARK)


def is_unfinished() -> bool:
    """Whether an earlier restore broke off: what it wrote may be written anew."""
    recorder = MigrationRecorder(connection)
    if recorder.has_table() and recorder.migration_qs.filter(**_MARK).exists():
        return True
    broke_off = SendingHold.objects.filter(kind=SendingHold.Kind.RESTORED, released_at=None)
    return _knows_holds() and broke_off.filter(sentence=SENTENCE).exists()


def _knows_holds() -> bool:
    return SendingHold._meta.db_table in connection.introspection.table_names()
