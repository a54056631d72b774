"""One run at a time, over processes; a dead holder frees the turn."""

import os
import signal
import subprocess
import sys

import pytest

from lib.locks import run_lock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

HOLDER = """
import django; django.setup()
from django.db import connections
from lib.locks import run_lock
connections["default"].settings_dict["NAME"] = {name!r}
with run_lock("a test") as held:
    print(held, flush=True)
    input()
"""


@pytest.fixture
def holder():
    """Another process that has the turn."""
    from django.db import connection

    program = HOLDER.format(name=connection.settings_dict["NAME"])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "True"
    yield process
    process.kill()
    process.wait()


def test_a_second_run_is_told_that_another_is_at_work(holder):
    with run_lock("a test") as acquired:
        assert not acquired
    with run_lock("another test") as acquired:
        assert acquired


def test_a_killed_holder_frees_the_turn(holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with run_lock("a test", wait=True) as acquired:
        assert acquired
