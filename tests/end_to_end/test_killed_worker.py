"""A worker that dies in the middle of the day costs nobody a mail, and brings nobody two."""

import json
import os
import signal
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from services.broker import EmbeddedBroker
from services.demo import Place, demo_environment
from services.mailcatcher import catcher_command
from services.sample import load_sample
from services.sample.model import SampleModel
from services.sources import SourceServer
from services.supervisor import Service, Supervisor, free_port, procfile_commands
from tests.postgres import start_postgres

SAMPLE = load_sample()
TODAY = datetime.now(UTC).date()


@pytest.fixture
def database_url(tmp_path):
    """PostgreSQL, as where much is sent; the demo and the short form of chaos run on SQLite."""
    server = start_postgres(tmp_path / "postgres")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def day(tmp_path, database_url):
    """Broker, mail catcher, sample sources and a prepared database; nothing of Celery runs yet."""
    with ExitStack() as stack:
        sources = stack.enter_context(SourceServer.from_sample(SAMPLE, day=TODAY))
        model = stack.enter_context(SampleModel(SAMPLE))
        broker = stack.enter_context(EmbeddedBroker(tmp_path))
        smtp = free_port()
        environment = demo_environment(
            Place(tmp_path, free_port(), smtp, sources=sources.url, model=model.url, broker=broker.url)
        )
        environment["DATABASE_URL"] = database_url
        environment["TICK_SECONDS"] = "10"  # each tick looks for what is to be composed, of today too
        supervisor = stack.enter_context(Supervisor(logs=tmp_path / "logs", environment=environment))
        supervisor.start("catcher", catcher_command(smtp, tmp_path / "outbox"))
        in_django(supervisor, "call_command('migrate', verbosity=0); add_readers(load_sample().readers)")
        supervisor.await_port(smtp, what="the mail catcher listens")
        yield supervisor


def in_django(supervisor: Supervisor, statement: str) -> str:
    """Run one statement of the demo inside the services' own environment."""
    imports = (
        "from datetime import timedelta; from django.core.management import call_command;"
        " from django.utils import timezone; from services.demo_day import *;"
        " from services.sample import load_sample"
    )
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


def test_the_day_completes_after_a_kill_between_fetch_and_send_and_nothing_is_sent_again(day, tmp_path):
    commands = procfile_commands()
    day.start("beat", commands["beat"])
    worker = day.start("worker", commands["worker"])
    on = f"--day={TODAY:%F}"
    assert json.loads(day.manage("fetch_papers", on, "--json"))["inserted"] == len(SAMPLE.listed())

    kill(worker)
    steps = [
        f"call_command({name!r}, {on!r})"
        for name in ("compose_editions", "summarise_papers", "approve_editions")
    ]
    in_django(day, "; ".join([*steps, "make_readers_due()"]))
    assert not received(tmp_path)

    day.start("worker", commands["worker"])
    everybody = Counter(reader.email for reader in SAMPLE.readers)
    day.await_that(
        lambda: len(received(tmp_path)) == len(everybody), what="every reader has a mail", seconds=180
    )
    # By hand as well, while the worker and beat go on: there is nothing left to send.
    assert json.loads(day.manage("send_digests", "--json"))["sent"] == 0
    assert received(tmp_path) == everybody

    # Nor is there on the next day, which brings the same papers.
    day.manage("compose_editions", on)
    when = in_django(day, "print((timezone.now() + timedelta(days=1)).isoformat())")
    assert json.loads(day.manage("send_digests", f"--at={when}", "--json"))["sent"] == 0
    assert received(tmp_path) == everybody
