"""The migration to short picks loses nothing, may be broken off, and keeps nobody from the table for long."""

import json
from datetime import date
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from newsletter.models import MailedPaper
from subscriptions.models import Delivery
from subscriptions.picks import NOTHING, PINNED, Pick, Picks, Reason, ReasonKind, for_topic, for_update
from subscriptions.stored_picks import FORM, write_picks
from tests.factories import DAY, NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
migration = import_module("subscriptions.migrations.0014_short_picks")


class BrokenOffError(Exception):
    """The migration was stopped."""


def break_off_after_the_first_row(patch: pytest.MonkeyPatch) -> None:
    shorten, done = migration.shortened_if_possible, list[str]()

    def shorten_one(stored: str) -> str:
        if done:
            raise BrokenOffError
        done.append(stored)
        return str(shorten(stored))

    patch.setattr(migration, "STRETCH", 1)
    patch.setattr(migration, "shortened_if_possible", shorten_one)


def stored_picks() -> list[str]:
    """The column as it is, in any form."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(picks AS text) FROM subscriptions_delivery ORDER BY id")
        return [form for (form,) in cursor.fetchall()]


def go_back_on_picks() -> None:
    """The first step back from the short picks, on the schema as it is."""
    loader = MigrationLoader(connection)
    node = "subscriptions", "0014_short_picks"
    before, after = loader.project_state(node, at_end=False), loader.project_state(node)
    with connection.schema_editor(atomic=False) as editor:
        migration.Migration.operations[0].database_backwards("subscriptions", editor, after, before)


def test_rows_of_before_are_written_anew_by_migrate_alone_and_their_papers_noted(monkeypatch):
    old = {
        "papers": [
            [7, [["pinned"], ["topic", 3]]],
            [9, [["query", "linen", ["linen"], [], []], ["later", 1]]],
        ],
        "also": [12],
        "day": "2026-03-18",
        "new": 3,
        "topics": [3, 4],
        "editions": [31, 30],
        "found": [15],
        "asked": "2026-03-19",
    }
    update = {"papers": [[7, [["update", 2], ["topic", 5]]]], "also": [], "day": "2026-03-18", "new": 0}
    for pk in (7, 9, 12, 15):
        make_paper(pk=pk)
    *readers, later_reader = [make_subscriber().pk for _ in range(5)]
    before = [("subscriptions", "0012_learned_pace")]
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    try:
        executor.migrate(before)
        past = MigrationExecutor(connection).loader.project_state(before).apps
        rows = past.get_model("subscriptions", "Delivery").objects
        for reader, picks in zip(readers, (old, update, {}, {"papers": [[7, 5]]}), strict=True):
            rows.create(
                subscriber_id=reader, day=DAY, language="en", created_at=NOW, picks=picks, state="sent"
            )
        long_forms = stored_picks()
        call_command("sqlmigrate", "subscriptions", "0014")
        assert stored_picks() == long_forms
        with monkeypatch.context() as patch:
            break_off_after_the_first_row(patch)
            with pytest.raises(BrokenOffError):
                MigrationExecutor(connection).migrate(latest)
        # A sender of the older version that was not stopped.
        rows.create(
            subscriber_id=later_reader, day=DAY, language="en", created_at=NOW, picks=update, state="sent"
        )
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert stored_picks()[0] != long_forms[0]
    with pytest.raises(IrreversibleError, match="restore"):
        go_back_on_picks()
    first, second, empty, unread, later = Delivery.objects.order_by("pk").values_list("picks", flat=True)
    assert first == Picks(
        papers=(
            Pick(7, (PINNED, for_topic(3))),
            Pick(9, (Reason(ReasonKind.QUERY, query="linen", words=("linen",)),)),
        ),
        also=(12,),
        day=date(2026, 3, 18),
        new=3,
        topics=(3, 4),
        editions=(31, 30),
        queried=(15,),
        requested=date(2026, 3, 19),
    )
    assert second == Picks(papers=(Pick(7, (for_update(2), for_topic(5))),), day=date(2026, 3, 18))
    assert empty == NOTHING
    assert unread.fault
    assert later == second
    assert set(MailedPaper.objects.values_list("paper_id", flat=True)) == {7, 9, 12, 15}
    assert json.loads(write_picks(first))[0] == FORM


if connection.vendor == "postgresql":  # on SQLite the file has one writer, who waits

    @pytest.fixture
    def report():
        """Another connection that has read deliveries, and whose transaction is open."""
        another = connection.copy()
        another.set_autocommit(False)
        with another.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM subscriptions_delivery")
        yield another
        another.close()

    def hold(monkeypatch, pause):
        monkeypatch.setattr(migration, "LONGEST_WAIT", "20ms")
        monkeypatch.setattr(migration, "TRIES", 3)
        monkeypatch.setattr(migration, "sleep", pause)
        migration.hold_for_a_moment(
            connection, "LOCK TABLE subscriptions_delivery; SELECT set_config('paperpost.held', 'yes', false)"
        )

    def was_held() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('paperpost.held', true)")
            held = cursor.fetchone() == ("yes",)
            cursor.execute("RESET paperpost.held")
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
        return held

    def test_the_table_is_taken_once_a_long_query_has_ended(monkeypatch, report):
        pauses: list[float] = []

        def end_the_query(seconds: float) -> None:
            pauses.append(seconds)
            report.rollback()

        hold(monkeypatch, end_the_query)
        assert pauses == [migration.PAUSE]
        assert was_held()

    def test_a_query_that_does_not_end_is_named_and_nobody_waits_for_ever(monkeypatch, report):
        pauses: list[float] = []
        with pytest.raises(CommandError, match="let long queries on it end"):
            hold(monkeypatch, pauses.append)
        assert len(pauses) == 2
        assert not was_held()
