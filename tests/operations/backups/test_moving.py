"""From SQLite to PostgreSQL without losing a row; or a sentence on what stands in the way."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from operations.backups.errors import BackupError, RefusedError
from operations.backups.moving import move
from operations.backups.tables import TableSum, read_lines, tables_of
from operations.heartbeats import record_beat, record_queue, record_watch
from subscriptions.models import Delivery, Subscriber
from tests.every_table import fill_every_table
from tests.migrated import copy_migrated
from tests.operations.backups.test_backups import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture(autouse=True)
def _other_databases(django_db_blocker, monkeypatch):
    """Tests may use the database of the settings alone; these are about another one too."""
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", django_db_blocker._real_ensure_connection)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:////tmp/other.sqlite3", "is no PostgreSQL database"),
        ("nonsense", "is no PostgreSQL database"),
        ("postgres://ada:secret@127.0.0.1:9/none", "does not answer"),
    ],
)
def test_a_target_that_cannot_be_is_named_without_its_password(url: str, sentence: str):
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("move_database", url)
    assert refused.value.returncode == 1
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("live", [record_beat, record_watch, partial(record_queue, "send")])
def test_nothing_moves_while_paperpost_runs(live: Callable[[], None]):
    live()
    with pytest.raises(CommandError, match="Paperpost is running"):
        call_command("move_database", "postgres://127.0.0.1:9/none")


if connection.vendor == "postgresql":

    @pytest.fixture
    def lite(tmp_path) -> Iterator[str]:
        """A SQLite database with a row in every table; the tests' own one is where it moves."""
        copy_migrated(tmp_path / "db.sqlite3")
        options = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "db.sqlite3")}}
        connections.settings["lite"] = connections.configure_settings(options)["default"]
        fill_every_table(using="lite")
        yield "lite"
        connections["lite"].close()
        del connections["lite"], connections.settings["lite"]

    def target() -> str:
        base, _, _ = os.environ["DATABASE_URL"].partition("?")
        name = str(connection.settings_dict["NAME"])
        return os.environ["DATABASE_URL"].replace(base, f"{base.rpartition('/')[0]}/{name}", 1)

    def sums(alias: str) -> dict[str, TableSum]:
        found = {}
        for table in tables_of(apps):
            found[table.label] = TableSum()
            for line in read_lines(connections[alias], table):
                found[table.label].add(line)
        return found

    def test_every_row_of_every_table_is_the_same_there(lite: str):
        before = sums(lite)
        gone = Delivery.objects.using(lite).create(
            id=900,
            subscriber=Subscriber.objects.using(lite).get(),
            day="2026-01-01",
            language="en",
            created_at=timezone.now(),
        )
        gone.delete()
        moved = {table.label: (table.rows, table.checksum) for table in move(target(), source=lite)}
        assert moved == {label: (each.rows, each.checksum) for label, each in before.items()}
        assert all(rows for rows, _ in moved.values())
        assert sums("default") == before == sums(lite)
        assert Subscriber.objects.create(email="next@example.org").pk > 1
        reader = Subscriber.objects.earliest("pk")
        row = Delivery.objects.create(
            subscriber=reader, day="2026-01-01", language="en", created_at=timezone.now()
        )
        assert row.pk > 900
        with pytest.raises(RefusedError, match="has rows"):
            move(target(), source=lite)

    def test_nobody_writes_to_the_old_database_meanwhile(lite: str):
        refused: list[str] = []

        def write(_rows: int, _all: int) -> None:
            path = connections[lite].settings_dict["NAME"]
            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as web:
                assert web.execute("SELECT count(*) FROM subscriptions_subscriber").fetchone() == (1,)
                with pytest.raises(sqlite3.OperationalError, match="locked") as error:
                    web.execute("DELETE FROM subscriptions_subscriber")
                refused.append(str(error.value))

        move(target(), source=lite, progress=write)
        assert refused

    def test_a_row_that_postgresql_does_not_take_is_named_and_nothing_moves(lite: str):
        with connections[lite].cursor() as cursor:
            cursor.execute("UPDATE newsletter_paper SET title = 'a' || char(0) || 'b'")
        with pytest.raises(BackupError, match=r"newsletter\.Paper"):
            move(target(), source=lite)
        assert not Subscriber.objects.exists()

    def test_the_command_says_what_it_needs(tmp_path):
        Subscriber.objects.create(email="here@example.org")
        with pytest.raises(CommandError, match="has rows"):
            run("move_database", target())
