"""The watch as a real process, with nothing else alive: no broker, no beat, no worker, then no database."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.demo import Place, demo_environment
from services.supervisor import ROOT, Supervisor, free_port, procfile_commands
from tests.migrated import copy_migrated
from tests.operations.alarms.ping_server import PingServer
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.processes, pytest.mark.any_database]


@pytest.fixture
def dead(tmp_path):
    """The settings of an installation in which nothing runs; a mail server and a ping service are outside."""
    nobody = "http://127.0.0.1:9"
    with SmtpSink() as sink, PingServer() as pings:
        place = Place(
            tmp_path, free_port(), sink.port, sources=nobody, model=nobody, broker="redis://127.0.0.1:9/0"
        )
        environment = demo_environment(place) | {
            "OPERATOR_EMAIL": "Ops <ops@example.org>",
            "PING_URL": pings.url,
            "VAR_DIR": str(tmp_path),
        }
        copy_migrated(tmp_path / "paperpost.sqlite3")
        yield tmp_path, environment, sink, pings


def test_it_tells_of_an_engine_that_is_dead_and_of_a_database_that_goes(dead):
    folder, environment, sink, pings = dead
    command = [*procfile_commands()["watch"], "--every", "1"]
    with Supervisor(logs=folder / "logs", environment=environment) as supervisor:
        watch = supervisor.start("watch", command)
        pings.await_ping("GET")
        assert (folder / "watch-tick").exists()
        # What has to last for minutes is said at once by a look at a later moment; the database goes now.
        database = folder / "paperpost.sqlite3"
        for file in folder.glob("paperpost.sqlite3*"):
            file.rename(folder / f"away-{file.name}")
        database.mkdir()  # a file cannot be made in its place
        assert "The database does not answer" in pings.await_ping("POST")
        supervisor.await_that(lambda: sink.recipients["ops@example.org"] == 1, what="the mail came")
        database.rmdir()
        for file in folder.glob("away-*"):
            file.rename(folder / file.name.removeprefix("away-"))
        supervisor.await_that(lambda: sink.recipients["ops@example.org"] == 2, what="the second mail came")
        assert b"Over: The database does not answer" in sink.bodies[1]
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait(timeout=20) == 0


def test_one_look_says_what_needs_a_person(dead):
    folder, environment, sink, pings = dead
    first = watch_once(environment)
    assert first == {"open": [], "mailed": 0, "pinged": True}
    age_alarms(folder)
    second = watch_once(environment)
    assert any("The broker" in sentence for sentence in second["open"])
    assert any("Beat was never seen" in sentence for sentence in second["open"])
    assert second["mailed"] == len(second["open"]) == 2
    assert dict(sink.recipients) == {"ops@example.org": 1}
    assert pings.pings[-1][0] == "POST"


def watch_once(environment):
    done = subprocess.run(
        [sys.executable, "manage.py", "watch", "--once", "--json"],
        cwd=ROOT,
        env=environment | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def age_alarms(folder: Path) -> None:
    """As if what was seen had lasted for an hour."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "paperpost.sqlite3")) as database:
        database.execute("UPDATE operations_alarm SET due_at = datetime(due_at, '-1 hour')")
        database.commit()
