"""Real processes: three that fetch at once, and a backfill that is killed and started again."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from services.sources import SourceServer
from tests.migrated import copy_migrated

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[3]
MONDAY = date(2026, 3, 2)
ADDRESSES = ("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL")


SUBMITTED = [date(2026, 2, 27), *(MONDAY + timedelta(days=number) for number in range(18))]


def papers():
    """Three papers a day, submitted an hour or two before the cut-off; listed from the 2nd to the 20th."""
    return [
        {
            "id": f"2603.{100 * number + copy:05d}",
            "title": f"Paper {copy} of {day}",
            "abstract": "About something.",
            "authors": ["Ada Lovelace"],
            "categories": ["cs.CL"],
            "published": f"{day}T17:00:00Z",
        }
        for number, day in enumerate(SUBMITTED)
        for copy in range(3)
    ]


class Machine(NamedTuple):
    """``manage`` starts a command in a process of its own."""

    manage: Callable[..., subprocess.Popen[str]]
    server: SourceServer
    database: Path


@pytest.fixture
def machine(tmp_path):
    """Runs manage.py against a database and a folder of its own, and the local server."""
    with SourceServer(papers=papers()) as server:
        environment = {
            **os.environ,
            "ENV_FILE": "",
            "DEBUG": "1",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'test.sqlite3'}",
            "REDIS_URL": "",
            **dict.fromkeys(
                ("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL"), server.url
            ),
        }

        def manage(*arguments: str, interval: str = "0") -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env={**environment, "ARXIV_INTERVAL": interval},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        copy_migrated(tmp_path / "test.sqlite3")
        yield Machine(manage, server, tmp_path / "test.sqlite3")


def finished(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def days_done(path):
    with sqlite3.connect(path) as database:
        return database.execute("select count(*) from newsletter_intakeday").fetchone()[0]


def test_three_fetching_processes_keep_the_gate(machine):
    days = [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]
    fetch = ("fetch_papers", "--source", "arxiv", "--json", "--day")
    running = [machine.manage(*fetch, str(day), interval="3") for day in days]
    counts = [finished(process) for process in running]
    assert [count["inserted"] for count in counts] == [3, 3, 3]
    times = [entry.time for entry in machine.server.log]
    assert len(times) == 4, "three days, and the feed that does not show them, once"
    assert len({entry.path for entry in machine.server.log}) == 4
    assert machine.server.busiest == 1
    assert min(later - earlier for earlier, later in pairwise(times)) >= 3.0


def test_a_killed_backfill_goes_on_where_it_was_and_two_at_once_do_no_harm(machine):
    arguments = ("backfill", "--from", "2026-03-02", "--to", "2026-03-20", "--json")
    killed = machine.manage(*arguments, interval="0.2")
    deadline = time.monotonic() + 60
    while days_done(machine.database) < 8:
        assert time.monotonic() < deadline, killed.communicate()
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = days_done(machine.database)
    assert 8 <= before < 38

    both = [machine.manage(*arguments), machine.manage(*arguments)]
    counts = [finished(process) for process in both]
    assert all(count["days_skipped"] >= before // 2 for count in counts)
    assert all(count["days_failed"] == 0 for count in counts)
    with sqlite3.connect(machine.database) as database:
        counted = "select count(*), count(distinct arxiv_id) from newsletter_paper"
        stored = database.execute(counted).fetchone()
        announced = database.execute("select count(*) from newsletter_announcement").fetchone()[0]
    assert stored == (57, 57)
    assert announced == 57
    queries = [
        parse_qs(urlsplit(entry.path).query)["search_query"][0]
        for entry in machine.server.log
        if entry.path.startswith("/api/query")
    ]
    # The query that was under way when the axe fell is the only one that may have been asked twice.
    assert len(queries) - len(set(queries)) <= 1
