"""What balancers and monitors are told."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.staticfiles import storage as static_storages
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from operations import heartbeats
from operations.queues import served_queues
from operations.web import health

pytestmark = pytest.mark.django_db
PATHS = ("/health/live", "/health/ready", "/health/engine")
NOBODY = "redis://127.0.0.1:9/0"


@pytest.mark.parametrize("path", PATHS)
def test_health_is_looked_at_and_never_kept(client, path):
    assert client.post(path).status_code == 405
    assert "no-store" in client.get(path)["Cache-Control"]
    assert client.head(path).content == b""


def test_a_dead_broker_takes_no_page_off_the_air(client, settings):
    settings.REDIS_URL = NOBODY
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "static": "ok", "migrations": "ok"}


def test_a_dead_database_is_told(client, monkeypatch):
    def fail():
        raise OperationalError("could not connect to postgres://paperpost:secret@db")

    monkeypatch.setattr(connection, "cursor", fail)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failed", "database": "failed", "static": "ok"}
    answer = client.get("/health/engine")
    assert (answer.status_code, answer.json()["database"]) == (503, "failed")


def test_tables_that_are_missing_are_told(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("operations.0099_not_yet", False)])
    health._remember_that_tables_are_complete.cache_clear()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "failed")
    monkeypatch.undo()
    assert client.get("/health/ready").json()["migrations"] == "ok"


@pytest.mark.parametrize("manifest", [None, "{", '{"version": "1.1", "paths": {"other.css": "other.1.css"}}'])
def test_pages_without_a_manifest_of_static_files_are_told(client, monkeypatch, settings, tmp_path, manifest):
    settings.STATIC_ROOT = tmp_path
    if manifest is not None:
        (tmp_path / "staticfiles.json").write_text(manifest)
    monkeypatch.setattr(health, "staticfiles_storage", LazyManifest())
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["static"]) == (503, "failed")


class LazyManifest(static_storages.ConfiguredStorage):
    """As in production: what reads the manifest at the first page."""

    def _setup(self) -> None:
        self._wrapped = ManifestStaticFilesStorage()


def test_a_manifest_whose_files_are_there_is_well(client, monkeypatch, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    storage = ManifestStaticFilesStorage()
    for name in health.ON_EVERY_PAGE:
        (tmp_path / f"hashed.{name}").write_text("")
        storage.hashed_files[name] = f"hashed.{name}"
    monkeypatch.setattr(health, "staticfiles_storage", storage)
    assert client.get("/health/ready").status_code == 200
    (tmp_path / "hashed.site.css").unlink()
    assert client.get("/health/ready").json()["static"] == "failed"


def test_the_engine_is_well_when_beat_and_all_queues_are(client, settings, valkey):
    settings.REDIS_URL = valkey
    answer = client.get("/health/engine")
    assert answer.status_code == 503
    assert answer.json()["beat"] == {"status": "failed", "age": None}
    heartbeats.record_beat()
    for queue in served_queues():
        heartbeats.record_queue(queue, waited=0.5)
    answer = client.get("/health/engine")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["queue:send"]["waited"] == 0.5
    heartbeats.record_queue("send", at=timezone.now() - timedelta(hours=2))
    answer = client.get("/health/engine")
    assert answer.status_code == 503
    assert answer.json()["queue:send"]["status"] == "failed"
    assert answer.json()["queue:send"]["age"] == pytest.approx(7200, abs=60)
    assert answer.json()["queue:fetch"]["status"] == "ok"


def test_a_dead_broker_is_told_by_the_engine(client, settings):
    settings.REDIS_URL = NOBODY
    heartbeats.record_beat()
    for queue in served_queues():
        heartbeats.record_queue(queue)
    answer = client.get("/health/engine")
    assert (answer.status_code, answer.json()["broker"]) == (503, "failed")
    assert answer.json()["beat"]["status"] == "ok"


class SilentBroker:
    """Of which one thread at a time waits for an answer, until it is ``released``."""

    def __init__(self, monkeypatch, *, answer: bool) -> None:
        self.asked, self.reached, self.released = 0, threading.Event(), threading.Event()
        self._answer = answer
        monkeypatch.setattr(health, "_broker_answers", self._ask)

    def _ask(self) -> bool:
        self.asked += 1
        self.reached.set()
        assert self.released.wait(20)
        return self._answer


@contextmanager
def asking(broker: health._Broker):
    """Another thread asks ``broker``; yields the list in which its answer will stand."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(broker.answers()))
    thread.start()
    yield answers
    thread.join(20)


def test_a_silent_broker_holds_one_thread_of_a_process(monkeypatch):
    broker = health._Broker()
    monkeypatch.setattr(health, "_broker_answers", lambda: True)
    assert broker.answers()
    silent = SilentBroker(monkeypatch, answer=False)
    with asking(broker) as answers:
        assert silent.reached.wait(20)
        assert [broker.answers() for _ in range(20)] == [True] * 20
        assert silent.asked == 1
        silent.released.set()
    assert answers == [False]
    assert not broker.answers()


@pytest.mark.parametrize("answer", [True, False])
def test_who_asks_first_waits_for_the_one_answer(monkeypatch, answer: bool):
    silent, broker = SilentBroker(monkeypatch, answer=answer), health._Broker()
    monkeypatch.setattr(health, "BROKER_SECONDS", 20)
    with asking(broker) as first:
        assert silent.reached.wait(20)
        with asking(broker) as second:
            silent.released.set()
    assert first == second == [answer]


def test_a_broker_of_which_nothing_is_known_in_time_has_failed(monkeypatch):
    silent, broker = SilentBroker(monkeypatch, answer=True), health._Broker()
    monkeypatch.setattr(health, "BROKER_SECONDS", 0.01)
    with asking(broker):
        assert silent.reached.wait(20)
        assert not broker.answers()
        silent.released.set()
    assert broker.answers()
    monkeypatch.setattr(health, "BROKER_BELIEVED", 0.0)  # that answer is too old by now
    silent.reached.clear()
    silent.released.clear()
    with asking(broker):
        assert silent.reached.wait(20)
        assert not broker.answers()
        silent.released.set()
