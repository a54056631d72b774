"""A worker that dies in the middle of the day costs nobody a mail, and brings nobody two."""

import json
import os
import signal
from collections import Counter
from contextlib import ExitStack
from email import message_from_bytes
from pathlib import Path

import pytest

from services.broker import EmbeddedBroker
from services.demo import demo_environment
from services.mailcatcher import catcher_command
from services.sample import load_sample
from services.sources import SourceServer
from services.supervisor import Service, Supervisor, free_port, procfile_commands
from tests.postgres import start_postgres

SAMPLE = load_sample()


pytestmark = pytest.mark.database


@pytest.fixture
def database_url(tmp_path):
    """A database of this test's own, of the kind that this run is about."""
    if os.environ.get("TEST_DATABASE") != "postgres":
        yield f"sqlite:///{tmp_path / 'paperpost.sqlite3'}"
        return
    server = start_postgres(tmp_path / "postgres")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def day(tmp_path, database_url):
    """Broker, mail catcher, sample sources and a prepared database; nothing of Celery runs yet."""
    with ExitStack() as stack:
        sources = stack.enter_context(SourceServer.from_sample(SAMPLE))
        broker = stack.enter_context(EmbeddedBroker(tmp_path))
        smtp = free_port()
        environment = demo_environment(
            tmp_path, web=free_port(), smtp=smtp, sources=sources.url, broker=broker.url
        )
        environment["DATABASE_URL"] = database_url
        supervisor = stack.enter_context(Supervisor(logs=tmp_path / "logs", environment=environment))
        supervisor.start("catcher", catcher_command(smtp, tmp_path / "outbox"))
        supervisor.manage("migrate", "--no-input")
        in_django(supervisor, "add_readers(load_sample().readers)")
        supervisor.await_port(smtp, what="the mail catcher listens")
        yield supervisor


def in_django(supervisor: Supervisor, statement: str) -> str:
    """Run one statement of the demo inside the services' own environment."""
    imports = "from services.demo import *; from services.sample import load_sample"
    return supervisor.manage("shell", "--no-imports", "--command", f"{imports}; {statement}")


def kill(service: Service) -> None:
    """SIGKILL for the worker and its children."""
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait(timeout=10)


def received(folder: Path) -> Counter[str]:
    """How many mails each address got."""
    return Counter(
        str(message_from_bytes(file.read_bytes())["Delivered-To"])
        for file in (folder / "outbox").glob("*.eml")
    )


def test_the_day_completes_after_a_kill_between_fetch_and_send(day, tmp_path):
    commands = procfile_commands()
    day.start("beat", commands["beat"])
    worker = day.start("worker", commands["worker"])
    on = f"--day={SAMPLE.day:%F}"
    assert json.loads(day.manage("fetch_papers", on, "--json"))["inserted"] == len(SAMPLE.papers)

    kill(worker)
    in_django(day, "add_summaries(load_sample())")
    for command in ("compose_editions", "summarise_papers", "approve_editions"):
        day.manage(command, on)
    in_django(day, "make_readers_due()")
    assert not received(tmp_path)

    day.start("worker", commands["worker"])
    everybody = Counter(reader.email for reader in SAMPLE.readers)
    day.await_that(lambda: len(received(tmp_path)) == len(everybody), what="every reader has a mail")
    # By hand as well, while the worker and beat go on: there is nothing left to send.
    assert json.loads(day.manage("send_digests", "--json"))["sent"] == 0
    assert received(tmp_path) == everybody


def test_a_second_day_with_the_same_papers_sends_nothing_again(day, tmp_path):
    on = f"--day={SAMPLE.day:%F}"
    for command in ("fetch_papers", "compose_editions", "approve_editions"):
        day.manage(command, on)
    in_django(day, "make_readers_due()")
    assert json.loads(day.manage("send_digests", "--json"))["sent"] == len(SAMPLE.readers)
    day.manage("compose_editions", on)
    tomorrow = "(timezone.now() + timedelta(days=1)).isoformat()"
    when = in_django(
        day, f"from datetime import timedelta; from django.utils import timezone; print({tomorrow})"
    )
    assert json.loads(day.manage("send_digests", f"--at={when}", "--json"))["sent"] == 0
    assert received(tmp_path) == Counter(reader.email for reader in SAMPLE.readers)
