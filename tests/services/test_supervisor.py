"""Starting, watching and stopping services on one machine."""

import signal
import socket
import sys

import pytest
import redis

from services.broker import EmbeddedBroker
from services.supervisor import ServiceError, Supervisor, certain_port, free_port, procfile_commands

pytestmark = pytest.mark.processes


@pytest.fixture
def supervisor(tmp_path):
    with Supervisor(logs=tmp_path / "logs", environment={"GREETING": "hello"}) as running:
        yield running


def test_a_service_gets_the_environment_and_writes_to_its_own_log(supervisor):
    program = "import os; print(os.environ['GREETING'], os.environ['EXTRA'], flush=True); input()"
    service = supervisor.start("echo", [sys.executable, "-c", program], EXTRA="there")
    service.process.wait(timeout=10)
    assert service.last_output().startswith("hello there")


def test_a_service_that_ends_by_itself_is_told_with_its_last_words(supervisor):
    service = supervisor.start("broken", [sys.executable, "-c", "raise SystemExit('no such key')"])
    service.process.wait(timeout=10)
    with pytest.raises(ServiceError, match=r"(?s)broken service ended with status 1.*no such key"):
        supervisor.check()


def test_waiting_in_vain_ends_with_what_was_waited_for(supervisor):
    with pytest.raises(ServiceError, match="the moon rises"):
        supervisor.await_that(lambda: False, what="the moon rises", seconds=0.3)


def test_a_service_that_dies_while_we_watch_is_started_again(supervisor, monkeypatch):
    monkeypatch.setattr("services.supervisor.SHORTEST_RUN", 0.0)
    first = supervisor.start("worker", [sys.executable, "-c", "import time; time.sleep(600)"])
    first.process.kill()
    told = []

    def stop(line):
        told.append(line)
        supervisor._stop.set()

    supervisor.watch(report=stop)
    assert told == ["The worker service ended with status -9; it is started again."]
    assert supervisor.services["worker"].process.pid != first.process.pid
    assert supervisor.services["worker"].process.poll() is None


def test_a_service_that_dies_at_once_again_and_again_ends_the_watch(supervisor):
    supervisor.start("broken", [sys.executable, "-c", "raise SystemExit('no such key')"]).process.wait()
    with pytest.raises(ServiceError, match="no such key"):
        supervisor.watch()


def test_leaving_stops_every_service(tmp_path):
    with Supervisor(logs=tmp_path, environment={}) as running:
        service = running.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
    assert service.process.poll() is not None


PATIENT = """
import signal, sys, time
def finish(*_):
    print("finishing", flush=True)
    time.sleep(FOR)
    print("finished", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, finish)
print("ready", flush=True)
while True:
    time.sleep(60)
"""


def start_patient(supervisor, name, *, seconds):
    program = PATIENT.replace("FOR", str(seconds))
    service = supervisor.start(name, [sys.executable, "-c", program])
    supervisor.await_that(lambda: service.last_output() == "ready", what="it is ready")
    return service


def test_whoever_is_sending_may_finish_and_the_mail_catcher_ends_after_that(tmp_path):
    with Supervisor(logs=tmp_path, environment={}, patience=20) as supervisor:
        catcher = start_patient(supervisor, "catcher", seconds=0)
        worker = start_patient(supervisor, "worker", seconds=0.5)
    assert worker.last_output().endswith("finished")
    assert worker.process.returncode == 0
    assert catcher.log.stat().st_mtime >= worker.log.stat().st_mtime


def test_a_second_signal_waits_for_nobody(tmp_path):
    with Supervisor(logs=tmp_path, environment={}, patience=600) as supervisor:
        worker = start_patient(supervisor, "worker", seconds=600)
        supervisor._signalled()
        supervisor.watch()
        supervisor._signalled()
    assert worker.process.returncode == -signal.SIGKILL


def test_make_run_takes_the_port_it_was_given_or_none(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"^PORT={port} cannot be used: something else listens there"):
            certain_port(str(port))
    assert certain_port(str(port)) == port
    for text in ("0", "65536", "http", "²", ""):
        with pytest.raises(ServiceError, match=f"PORT={text} is no port"):
            certain_port(text)


def test_a_taken_port_is_replaced_by_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)


def test_the_procfile_names_web_worker_beat_and_watch():
    commands = procfile_commands()
    assert list(commands) == ["web", "worker", "beat", "watch"]
    assert commands["worker"][:3] == ["celery", "-A", "config"]


def test_the_embedded_broker_is_a_real_one_and_asks_for_its_password(tmp_path):
    with EmbeddedBroker(tmp_path) as broker:
        client = redis.from_url(broker.url)
        client.set("key", "value")
        assert client.get("key") == b"value"
        assert (tmp_path / "broker-url").read_text() == broker.url
        assert (tmp_path / "broker-url").stat().st_mode & 0o077 == 0
        port = client.connection_pool.connection_kwargs["port"]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
    assert not (tmp_path / "broker-url").exists()
