"""Beat goes on while nobody works, and no hour of ticks waits for the worker that comes back."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import redis
from celery import Celery

from config.celery import SHORTEST_EXPIRY, app, seconds_between
from operations import heartbeats
from operations.beat import TICK_FILE
from services.broker import EmbeddedBroker
from services.demo import Place, demo_environment
from services.supervisor import Supervisor, free_port, procfile_commands
from tests.migrated import copy_migrated

pytestmark = pytest.mark.processes

QUEUES = ("notices", "send", "summarise", "fetch")
TICK = 1
DAY = 86_400


def queued(client: redis.Redis) -> Counter[tuple[str, str]]:
    """How many messages of each task lie in each queue."""
    messages = ((queue, json.loads(raw)) for queue in QUEUES for raw in client.lrange(queue, 0, -1))
    return Counter((queue, message["headers"]["task"]) for queue, message in messages)


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
        seconds = seconds_between(entry["schedule"])
        if entry["task"] == "operations.tasks.record_queue_heartbeat":
            seconds = heartbeats.silent_after().total_seconds()
        assert entry["options"]["expires"] == max(seconds, SHORTEST_EXPIRY), entry
        assert seconds_between(entry["schedule"]) in (settings.TICK_SECONDS, 60, 180, 600, 3600, DAY), entry


def test_ticks_of_an_idle_time_are_dropped_when_a_worker_comes(idle):
    supervisor, client = idle
    commands = procfile_commands()
    supervisor.start("beat", commands["beat"])
    task = ("send", "subscriptions.tasks.sweep")
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


def test_who_has_stopped_is_known_by_its_silence(idle, tmp_path):
    supervisor, client = idle
    commands, port = procfile_commands(), free_port()
    for name in ("beat", "worker"):
        supervisor.start(name, commands[name])
    supervisor.start("web", commands["web"], GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{port} --workers 1")

    def engine() -> tuple[int, dict[str, Any]]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/health/engine", timeout=60)
        except httpx.TransportError:
            return 0, {}
        return answer.status_code, answer.json()

    def silent() -> set[str]:
        parts = engine()[1].items()
        return {
            name for name, part in parts if (part if isinstance(part, str) else part["status"]) == "failed"
        }

    supervisor.await_that(lambda: engine()[0] == 200, what="beat and all queues are alive")
    assert all(engine()[1][f"queue:{queue}"]["waited"] < 60 for queue in QUEUES)
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    for task in ("operations.tasks.record_queue_heartbeat", "subscriptions.tasks.sweep"):
        assert re.search(rf'^paperpost_task_seconds_count{{task="{task}"}} [1-9]', metrics, re.MULTILINE)
    assert 'paperpost_silent{name="beat"} 0.0' in metrics
    ticked = (tmp_path / TICK_FILE).stat().st_mtime
    supervisor.await_that(lambda: (tmp_path / TICK_FILE).stat().st_mtime > ticked, what="beat ticks again")

    broker = client.connection_pool.connection_kwargs
    url = f"redis://:{broker['password']}@{broker['host']}:{broker['port']}/0"
    with Celery(broker=url, set_as_current=False) as control:
        control.control.cancel_consumer("send", reply=True, timeout=5)
    supervisor.await_that(lambda: silent() == {"status", "queue:send"}, what="nobody serves the queue")

    beat = supervisor.services.pop("beat")
    beat.process.kill()
    beat.process.wait()
    supervisor.await_that(lambda: "beat" in silent(), what="beat is silent")
    assert engine()[0] == 503
    assert httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=60).status_code == 200


def test_a_run_that_asks_for_another_asks_for_one_that_ends(settings, monkeypatch):
    from subscriptions import tasks

    sent = []
    monkeypatch.setattr(tasks.send_queued, "apply_async", lambda *_, **options: sent.append(options))
    tasks._request_next_run()
    assert sent[0]["expires"] >= settings.TICK_SECONDS
