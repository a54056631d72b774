"""Beat goes on while nobody works, and no hour of ticks waits for the worker that comes back."""

import json
from collections import Counter
from contextlib import ExitStack

import pytest
import redis

from config.celery import SHORTEST_EXPIRY, app, seconds_between
from services.broker import EmbeddedBroker
from services.demo import Place, demo_environment
from services.supervisor import Supervisor, free_port, procfile_commands
from tests.migrated import copy_migrated

pytestmark = pytest.mark.processes

QUEUES = ("notices", "send", "summarise", "fetch")
TICK = 1


def queued(client: redis.Redis) -> Counter[str]:
    """How many messages of each task lie in the queues."""
    messages = (json.loads(raw) for queue in QUEUES for raw in client.lrange(queue, 0, -1))
    return Counter(message["headers"]["task"] for message in messages)


@pytest.fixture
def idle(tmp_path):
    """Broker, database and settings; nothing of Celery runs yet."""
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(tmp_path))
        nobody = "http://127.0.0.1:9"
        environment = demo_environment(
            Place(tmp_path, free_port(), free_port(), sources=nobody, model=nobody, broker=broker.url)
        )
        environment["TICK_SECONDS"] = str(TICK)
        copy_migrated(tmp_path / "paperpost.sqlite3")
        supervisor = stack.enter_context(Supervisor(logs=tmp_path / "logs", environment=environment))
        client = stack.enter_context(redis.Redis.from_url(broker.url))
        yield supervisor, client


def test_every_tick_has_its_end(settings):
    app.finalize()
    assert app.conf.beat_schedule
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] == max(seconds_between(entry["schedule"]), SHORTEST_EXPIRY), entry
        assert seconds_between(entry["schedule"]) in (settings.TICK_SECONDS, 60, 180, 600, 3600), entry


def test_ticks_of_an_idle_time_are_dropped_when_a_worker_comes(idle):
    supervisor, client = idle
    commands = procfile_commands()
    supervisor.start("beat", commands["beat"])
    task = "subscriptions.tasks.sweep"
    supervisor.await_that(lambda: queued(client)[task] >= 9, what="nine ticks lie in the queue")
    left = queued(client).total()

    worker = supervisor.start("worker", commands["worker"])
    supervisor.await_that(
        lambda: (
            max(queued(client).values(), default=0) <= SHORTEST_EXPIRY // TICK + 1
            and "succeeded" in worker.log.read_text(encoding="utf-8")
        ),
        what="the queues hold what is alive and no more",
        seconds=60,
    )
    log = worker.log.read_text(encoding="utf-8")
    assert log.count("Discarding revoked task") >= left // 4, log


def test_a_run_that_asks_for_another_asks_for_one_that_ends(settings, monkeypatch):
    from subscriptions import tasks

    sent = []
    monkeypatch.setattr(tasks.send_queued, "apply_async", lambda *_, **options: sent.append(options))
    tasks._request_next_run()
    assert sent[0]["expires"] >= settings.TICK_SECONDS
