"""An installation of this project's first commit is upgraded, with data in every table, and loses nothing."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import pytest
from django.apps import apps as present
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.test import override_settings

from newsletter.models import Paper, Summary, SummaryAttempt, Topic
from operations.upgrading import FIRST, read_schema
from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Suppression, Vote
from tests.upgrades.filling import DAY, EACH, fill
from tests.upgrades.schemas import read_made_from_models, read_migrated

pytestmark = [pytest.mark.database, pytest.mark.processes, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
ALIAS = "first"
OF_THEN = {
    "newsletter": "tests.upgrades.first_schema.newsletter.migrations",
    "subscriptions": "tests.upgrades.first_schema.subscriptions.migrations",
    "operations": None,
}
# What a migration makes that no model names.
BY_HAND = "newsletter_searchentry_vector"
# What was stored then, where a reader of today has to understand it.
FIELDS: dict[str, dict[str, Any]] = {
    "Subscriber": {"state": "active", "time_zone": "Asia/Calcutta", "confirmed_at": "2025-11-20T08:00Z"},
    "Delivery": {
        "state": "sent",
        "picks": {
            "papers": [[1, [["pinned"], ["topic", 1]]], [2, [["query", "linen", ["linen"], [], []]]]],
            "also": [],
            "day": f"{DAY}",
            "new": 2,
            "topics": [1],
            "editions": [1],
        },
    },
    "Summary": {"state": "ready", "author": "model", "sentence": "Half the memory is enough."},
    "Vote": {"value": 1},
    "Topic": {"names": {"en": "Linen"}, "categories": ["cs.LG"], "query": "linen"},
    "Paper": {"authors": ["Ada Lovelace"], "categories": ["cs.LG"]},
}


@pytest.fixture
def address(tmp_path, django_db_setup, django_db_blocker):
    """The URL of a new, empty database beside that of the tests; it is known as :data:`ALIAS`."""
    with django_db_blocker.unblock():
        yield from new_database(tmp_path)
        connection.close()


def new_database(folder):
    if connection.vendor == "sqlite":
        url = f"sqlite:///{folder / 'first.sqlite3'}"
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {ALIAS}")
            cursor.execute(f"CREATE DATABASE {ALIAS}")
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{ALIAS}").geturl()
    of_tests = connections.settings["default"]
    connections.settings[ALIAS] = {**of_tests, **environ.Env.db_url_config(url)}
    yield url
    connections[ALIAS].close()
    del connections[ALIAS], connections.settings[ALIAS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {ALIAS} WITH (FORCE)")


def begin_as_then() -> dict[str, int]:
    """The schema of the first commit, and rows in all of its tables: how many in each."""
    with override_settings(MIGRATION_MODULES=OF_THEN):
        executor = MigrationExecutor(connections[ALIAS])
        executor.migrate(list(FIRST))
        apps = executor.loader.project_state(list(FIRST)).apps
        models = [apps.get_model("auth", "User")]
        models += [model for app, _ in FIRST for model in apps.get_app_config(app).get_models()]
        return fill(in_order(models), using=ALIAS, fields=FIELDS)


def in_order(models):
    """``models``, each behind those that its rows point to."""
    ordered: dict[str, Any] = {}
    while waiting := [model for model in models if model._meta.label not in ordered]:
        free = [model for model in waiting if pointed_to(model) <= {*ordered, model._meta.label}]
        assert free, waiting
        ordered |= {model._meta.label: model for model in free}
    return list(ordered.values())


def pointed_to(model) -> set[str]:
    fields = model._meta.concrete_fields
    return {field.related_model._meta.label for field in fields if field.is_relation}


def upgrade(url: str, folder: Path) -> str:
    """Run today's ``migrate``, as an operator does; what it said."""
    environment = {"DATABASE_URL": url, "VAR_DIR": str(folder), "ENV_FILE": "", "DEBUG": "1"}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def differences(database: BaseDatabaseWrapper) -> dict[str, tuple[set[str], set[str]]]:
    """Of each table that is not as its model says: the columns, and the names of constraints and indexes."""
    found = {}
    for model in present.get_models(include_auto_created=True):
        columns, names = read_schema(database, model._meta.db_table)
        wanted = {str(field.column) for field in model._meta.local_concrete_fields}
        named = {str(item.name) for item in (*model._meta.constraints, *model._meta.indexes)}
        missing, left_over = named - names, names & {"unique_demand"}
        if columns != wanted or missing or left_over:
            found[model._meta.db_table] = (columns ^ wanted, missing | left_over)
    return found


def test_an_installation_of_the_first_commit_becomes_one_of_today(address, tmp_path):
    before = begin_as_then()
    assert set(before.values()) == {EACH}
    assert len(before) == 20
    told = upgrade(address, tmp_path)
    assert "newsletter_reading" in told  # a table of the first migration that was not there then
    upgraded = connections[ALIAS]
    with upgraded.cursor() as cursor:
        for table, count in before.items():
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] >= count, table
    assert differences(upgraded) == {}
    if upgraded.vendor == "postgresql":
        by_migrations = {part for part in read_migrated(upgraded) if BY_HAND not in part}
        assert by_migrations == read_made_from_models(upgraded)
    emails = Subscriber.objects.using(ALIAS).order_by("pk").values_list("email", "time_zone", "state")
    assert list(emails) == [(f"Reader{number}@example.org", "Asia/Kolkata", "active") for number in (1, 2)]
    for row in Delivery.objects.using(ALIAS):
        assert row.picks.fault == ""
        assert [pick.paper for pick in row.picks.papers] == [1, 2]
        assert row.state == "sent"
    assert set(Summary.objects.using(ALIAS).values_list("sentence", "state")) == {
        ("Half the memory is enough.", "ready")
    }
    for model in (Paper, SummaryAttempt, ConsentEvent, DeliveryEvent, Suppression, Vote):
        assert model._default_manager.using(ALIAS).count() == EACH, model
    assert Topic.objects.using(ALIAS).filter(names={"en": "Linen"}).count() == EACH
    assert Topic.objects.using(ALIAS).count() > 2 * EACH  # and the catalogue's
