"""SIGKILL, for real: the worker in a process of its own, the service in this one."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from tests.factories import make_edition, make_paper, make_topic
from tests.newsletter.channels.standins import make_channel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database, pytest.mark.processes]
WORK = "import django; django.setup(); from newsletter.channels.posting import post_due; print(post_due())"


@pytest.fixture
def file(tmp_path):
    """The copy of the database that workers work on."""
    return tmp_path / "copy.sqlite3"


@pytest.fixture
def worker(file):
    """Starts a worker's run on the copy in ``file``, which it leaves behind."""

    def start(standin):
        if not file.exists():
            with closing(sqlite3.connect(file)) as copy:
                connection.ensure_connection()
                connection.connection.backup(copy)
        environ = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{file}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "CHANNEL_PRIVATE_HOSTS": f"127.0.0.1:{standin.port}",
        }
        root = Path(__file__).resolve().parents[3]
        return subprocess.Popen([sys.executable, "-c", WORK], env=environ, cwd=root, stdout=subprocess.PIPE)

    return start


def test_a_worker_that_is_killed_while_the_service_answers_posts_nothing_twice(stand_in, worker, file):
    now = datetime.now(UTC)
    topic = make_topic()
    make_edition(topic, [make_paper(day=now.date())], day=now.date())
    slack = stand_in("slack")
    make_channel(slack, topic=topic, hour=0)
    arrived, killed = threading.Event(), threading.Event()

    def before_answer():
        arrived.set()
        killed.wait(60)

    slack.before_answer = before_answer
    first = worker(slack)
    assert arrived.wait(60)
    first.kill()
    first.wait(60)
    killed.set()
    with closing(sqlite3.connect(file)) as rows:
        assert rows.execute("SELECT state FROM newsletter_channelpost").fetchall() == [("sending",)]
        rows.execute("UPDATE newsletter_channelpost SET lease_until = '2026-01-01 00:00:00'")
        rows.commit()
    second = worker(slack)
    assert second.communicate(timeout=60)[0].decode().strip() == "{'uncertain': 1}"
    with closing(sqlite3.connect(file)) as rows:
        assert rows.execute("SELECT state FROM newsletter_channelpost").fetchall() == [("uncertain",)]
    assert len(slack.requests) == 1
