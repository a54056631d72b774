"""The database, its tables and the broker: each is broken, and the doctor says which and what to do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from lib.redis_clients import redis_client
from operations.doctor import keeping, stores, workers
from operations.findings import State
from operations.heartbeats import record_beat, record_queue, record_watch, silent_after
from operations.models import Backup
from services.broker import EmbeddedBroker
from subscriptions.models import Subscriber
from tests.factories import make_subscriber

OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
DEAD = "redis://:secret@127.0.0.1:9/0"


@pytest.mark.django_db
def test_a_database_that_answers_and_takes_writes_is_ok():
    finding = stores.database()
    assert finding.state is OK
    assert "can be written to" in finding.sentence


@pytest.mark.django_db
def test_a_database_that_is_read_only_is_failed():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            finding = stores.database()
            cursor.execute("PRAGMA query_only = OFF")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            finding = stores.database()
            cursor.execute("SET default_transaction_read_only = off")
    assert finding.state is FAILED
    assert "takes nothing new" in finding.sentence


@pytest.mark.django_db
def test_migrations_that_are_missing_or_from_the_future_are_named():
    assert stores.migrations().state is OK
    recorder = MigrationRecorder(connection)
    recorder.record_applied("operations", "9999_from_the_future")
    finding = stores.migrations()
    assert finding.state is WARNING
    assert "operations.9999_from_the_future" in finding.sentence
    recorder.record_unapplied("operations", "9999_from_the_future")
    newest = max(name for app, name in recorder.applied_migrations() if app == "operations")
    recorder.record_unapplied("operations", newest)
    finding = stores.migrations()
    assert finding.state is FAILED
    assert f"operations.{newest}" in finding.sentence
    assert "migrate" in finding.remedy


def test_a_broker_that_answers_is_ok_and_one_that_is_dead_is_failed_without_its_password(valkey, settings):
    settings.REDIS_URL = valkey
    assert stores.broker().state is OK
    settings.REDIS_URL = DEAD
    finding = stores.broker()
    assert finding.state is FAILED
    assert "REDIS_URL" in finding.remedy
    assert "secret" not in finding.sentence


@pytest.mark.processes
def test_a_broker_that_drops_messages_or_takes_none_is_said(tmp_path, settings):
    with EmbeddedBroker(tmp_path / "broker") as broker:
        settings.REDIS_URL = broker.url
        with redis_client(broker.url) as client:
            client.config_set("maxmemory", "100mb")
            client.config_set("maxmemory-policy", "allkeys-lru")
            assert "drops" in stores.broker().sentence
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")
            finding = stores.broker()
            client.config_set("maxmemory", "0")
    assert finding.state is FAILED
    assert "does not take messages" in finding.sentence


@pytest.mark.django_db
def test_a_folder_that_takes_no_files_or_is_another_than_a_workers_is_failed(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    assert "no worker has said" in stores.shared_folder().sentence
    record_queue("send")
    finding = stores.shared_folder()
    assert (finding.state, "what the workers see" in finding.sentence) == (OK, True)
    settings.VAR_DIR = tmp_path / "another"
    settings.VAR_DIR.mkdir()
    record_queue("fetch")
    finding = stores.shared_folder()
    assert (finding.state, "workers of send see another" in finding.sentence) == (FAILED, True)
    settings.VAR_DIR = tmp_path / "gone"
    finding = stores.shared_folder()
    assert finding.state is FAILED
    assert "VAR_DIR" in finding.sentence


@pytest.mark.django_db
def test_beat_and_queues_are_known_by_their_last_signs(valkey, settings):
    settings.REDIS_URL = valkey
    assert workers.beat().state is FAILED
    # Neither Compose file is everybody's: the page that is named has the commands of both.
    assert "the service beat of your Compose file; docs/operations.md" in workers.beat().remedy
    assert {finding.state for finding in workers.queues()} == {FAILED}
    assert workers.watch().state is WARNING
    record_watch()
    assert workers.watch().state is OK
    record_watch(at=timezone.now() - timedelta(minutes=11))
    assert workers.watch().state is FAILED
    record_beat()
    record_queue("send")
    record_queue("notices", at=timezone.now() - 10 * silent_after())
    states = {finding.name: finding.state for finding in workers.queues()}
    assert workers.beat().state is OK
    assert states["queue send"] is OK
    assert states["queue notices"] is states["queue fetch"] is FAILED


@pytest.mark.django_db
def test_messages_that_wait_in_a_queue_are_counted(valkey, settings):
    settings.REDIS_URL = valkey
    record_queue("send")
    with redis_client(valkey) as client:
        client.rpush("send", *["a message"] * (workers.LONG + 1))
        (finding,) = [each for each in workers.queues() if each.name == "queue send"]
        client.delete("send")
    assert finding.state is WARNING
    assert str(workers.LONG + 1) in finding.sentence


DAY = timedelta(days=1)


@pytest.mark.parametrize(("age", "state"), [(DAY / 2, OK), (3 * DAY, WARNING), (9 * DAY, FAILED)])
@pytest.mark.django_db
def test_a_backup_that_is_too_old_is_failed(age, state):
    Backup.objects.create(taken_at=timezone.now() - age, path="/mnt/paperpost.backup", rows=1, size=1)
    assert keeping.backups().state is state


@pytest.mark.django_db
def test_no_backup_at_all_is_a_warning_at_first_and_failed_once_readers_have_been_here_for_a_week():
    assert keeping.backups().state is WARNING
    reader = make_subscriber()
    Subscriber.objects.filter(pk=reader.pk).update(created_at=timezone.now() - 9 * DAY)
    assert keeping.backups().state is FAILED


def test_a_journal_of_wishes_that_cannot_be_written_is_told(db, settings, tmp_path):
    settings.WISHES_JOURNAL = str(tmp_path / "wishes")
    assert keeping.wishes().state is OK
    (tmp_path / "file").touch()
    settings.WISHES_JOURNAL = str(tmp_path / "file" / "wishes")
    finding = keeping.wishes()
    assert finding.state is FAILED
    assert "WISHES_JOURNAL" in finding.sentence
