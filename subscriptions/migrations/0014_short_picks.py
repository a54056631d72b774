"""Picks are stored in a form of a quarter of the size; digests of before are written anew in it.

A stretch of ids at a time; what an earlier, broken-off run has written stays. What cannot be read keeps its
old form, and is the fault of its row alone.

On PostgreSQL the column's type is not changed, which would write the whole table while everybody waits:

1. A new column is added, empty, and a trigger that copies into it what an older version still writes.
2. Rows get their short form there, a stretch of ids in a transaction; readers and senders go on meanwhile.
3. The new column takes the name of the old one, which is dropped.

1. and 3. need the table for themselves for a moment: they let others go first rather than wait for a long
query with everybody behind them.

What the trigger copied stands there in its old form, as on SQLite, and is written anew in the new column.
"""

import json
from time import sleep

import subscriptions.models.fields
import subscriptions.picks
from django.core.management.base import CommandError
from django.db import OperationalError, migrations, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.models import Max, Min, TextField
from django.db.models.functions import Cast

STRETCH = 2_000
LONGEST_WAIT = "1s"  # for the table; whoever comes later waits behind
TRIES, PAUSE = 60, 2.0  # seconds, in which others go first
LOCK_NOT_AVAILABLE = "55P03"
TABLE, NEW = "subscriptions_delivery", "short_picks"
PREPARE = f"""
ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS {NEW} text NOT NULL DEFAULT '';
CREATE OR REPLACE FUNCTION {TABLE}_copy_picks() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.{NEW} := NEW.picks::text; RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER {TABLE}_copy_picks BEFORE INSERT OR UPDATE OF picks ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {TABLE}_copy_picks()
"""
READ = f"""
SELECT id, picks::text FROM {TABLE}
WHERE id >= %s AND id < %s AND {NEW} = '' AND picks <> '{{}}' ORDER BY id FOR NO KEY UPDATE
"""
WRITE = f"""
UPDATE {TABLE} SET {NEW} = form FROM unnest(%s::bigint[], %s::text[]) AS written(key, form) WHERE id = key
"""
RENAME = f"""
DROP TRIGGER {TABLE}_copy_picks ON {TABLE};
DROP FUNCTION {TABLE}_copy_picks();
ALTER TABLE {TABLE} DROP COLUMN picks;
ALTER TABLE {TABLE} RENAME COLUMN {NEW} TO picks;
ALTER TABLE {TABLE} ALTER COLUMN picks DROP DEFAULT;
-- From PostgreSQL 18 on NOT NULL has a name.
DO $$ BEGIN IF EXISTS (SELECT FROM pg_constraint WHERE conname = '{TABLE}_{NEW}_not_null') THEN
    ALTER TABLE {TABLE} RENAME CONSTRAINT {TABLE}_{NEW}_not_null TO {TABLE}_picks_not_null;
END IF; END $$
"""


def shortened(stored):
    """A row's picks in form 1, from the object that was stored before."""
    old = json.loads(stored)
    if not old:
        return ""
    papers = [(paper, reasons) for paper, reasons in old.get("papers", ())]
    also, found = old.get("also", ()), old.get("found", ())
    topics, editions = old.get("topics", ()), old.get("editions", ())
    first = min((*(paper for paper, _ in papers), *also, *found), default=0)
    first_edition = min(editions, default=0)
    known, queries = list(topics), []
    extra = {
        "t": known,
        "q": queries,
        "f": [paper - first for paper in found],
        "a": old.get("asked", ""),
    }
    written = [
        [paper - first, *(reason for given in reasons if (reason := short(given, known, queries)) is not None)]
        for paper, reasons in papers
    ]
    extra["t"] = known[len(topics) :]
    form = [
        1,
        first,
        written,
        [paper - first for paper in also],
        old.get("day", ""),
        int(old.get("new", 0)),
        list(topics),
        first_edition,
        [edition - first_edition for edition in editions],
        {name: value for name, value in extra.items() if value},
    ]
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def short(given, topics, queries):
    """One reason; None for one that no version knows any more."""
    kind, *rest = given
    if kind == "topic":
        return place(topics, rest[0])
    if kind == "pinned":
        return -1
    if kind == "update":
        return -1 - rest[0]
    if kind == "query":
        query, *lists = rest
        while lists and not lists[-1]:
            lists.pop()
        return [place(queries, query), *lists]
    return None


def place(values, value):
    if value not in values:
        values.append(value)
    return values.index(value)


def shortened_if_possible(stored):
    """As :func:`shortened`; what cannot be read is left as it is."""
    try:
        return shortened(stored)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return stored


def shorten(apps, schema_editor):
    """Write what stands in the column in its old form."""
    rows = apps.get_model("subscriptions", "Delivery").objects.using(schema_editor.connection.alias)
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    for start in starts(ends["first"], ends["last"]):
        some = rows.annotate(stored=Cast("picks", TextField())).filter(
            pk__gte=start, pk__lt=start + STRETCH, stored__startswith="{"
        )
        changed = []
        for row in some.defer("picks"):
            row.picks = shortened_if_possible(row.stored)
            if row.picks != row.stored:
                changed.append(row)
        rows.bulk_update(changed, ["picks"], batch_size=200)


def starts(first, last):
    """Where stretches begin."""
    return () if first is None else range(first, last + 1, STRETCH)


def replace_column(connection):
    """The three steps on PostgreSQL; nothing is left to do if an earlier run has taken the last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'picks'",
            [TABLE],
        )
        if cursor.fetchone() == ("text",):
            return
        hold_for_a_moment(connection, PREPARE)
        cursor.execute(f"SELECT min(id), max(id) FROM {TABLE}")
        for start in starts(*cursor.fetchone()):
            with transaction.atomic(using=connection.alias):
                cursor.execute(READ, [start, start + STRETCH])
                forms = {key: shortened_if_possible(stored) for key, stored in cursor.fetchall()}
                cursor.execute(WRITE, [list(forms), list(forms.values())])
        hold_for_a_moment(connection, RENAME)


def hold_for_a_moment(connection, statements):
    """Carry out what needs the whole table; while a long query has it, try again for some minutes."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
                cursor.execute(statements)
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            if not left:
                raise CommandError(
                    f"The table {TABLE} was not free for a moment in {TRIES} tries: let long queries on it end"
                    " (pg_dump, a report), then run migrate again. What is written anew already stays."
                ) from error
        sleep(PAUSE)


class ReplacePicks(migrations.AlterField):
    """The change of the column, which may run again after it was broken off; backwards only without digests."""

    reduces_to_sql = False  # it reads and writes rows, and looks at how far an earlier run came

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            replace_column(schema_editor.connection)
            return
        with transaction.atomic(using=schema_editor.connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        alias = schema_editor.connection.alias
        with transaction.atomic(using=alias):
            if from_state.apps.get_model(app_label, self.model_name).objects.using(alias).exists():
                raise IrreversibleError(
                    "No earlier version could read the picks of the digests that are there. To go back, restore"
                    " a backup with the code that made it: docs/upgrading.md, Rolling back."
                )
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0013_note_mailed_papers")]

    operations = [
        ReplacePicks(
            model_name="delivery",
            name="picks",
            field=subscriptions.models.fields.PicksField(blank=True, default=subscriptions.picks.Picks),
        ),
        migrations.RunPython(shorten, migrations.RunPython.noop),
    ]
