"""The short form of chaos: a small day, every blow, both databases. ``make chaos`` is the long form."""

import json
import os
import subprocess
import sys

import pytest

from tests.chaos.broker import unexpected_tracebacks
from tests.chaos.field import ROOT

SHORT = ("--limit=150", "--kills=2")


def play(*arguments: str, scene: str = "field") -> dict:
    command = [sys.executable, "-m", f"tests.chaos.{scene}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 1), ("postgres", 2)])
def test_at_most_once_whatever_breaks(database: str, seed: int):
    found = play(*SHORT, f"--database={database}", f"--seed={seed}", "--readers=100")
    assert found["duplicates"] == 0, found
    assert found["lost"] == 0, found
    assert found["denied"] == 0, found
    assert found["uncertain"] <= found["kills"] + found["replies_lost"], found
    assert found["left_by_the_dead"] <= found["kills"], found
    assert found["accepted"] >= 80, found


def test_at_least_once_loses_nothing_and_repeats_under_the_same_message_id():
    found = play(*SHORT, "--promise=at-least-once", "--readers=80", "--seed=3")
    assert found["lost"] == 0, found
    assert found["uncertain"] == 0, found
    assert found["other_message_ids"] == 0, found
    assert found["duplicates"] <= found["kills"] + found["replies_lost"], found


def test_three_hosts_and_one_is_cut_off_while_it_sends():
    found = play(scene="hosts")
    assert found["duplicates"] == found["lost"] == found["denied"] == 0, found
    assert found["uncertain"] <= found["kills"], found
    assert found["accepted"] >= found["readers"] - found["kills"], found
    assert 0 < found["done"]["cut off at"] < found["done"]["over without it"], found
    assert found["done"]["came back"], found


def test_work_goes_on_when_the_broker_dies_at_work():
    """``BROKER_KILLS=10`` for more of them, with a restart, a minute without broker and a flush besides."""
    kills = int(os.environ.get("BROKER_KILLS", "2"))
    acts = ["kill"] * kills + (["terminate", "away", "flush"] if kills > 2 else [])
    found = play(*acts, scene="broker")
    assert len(found["seconds"]) == len(acts)
    assert max(found["seconds"]) <= 15, found
    assert found["tracebacks"] == [], found


def test_a_traceback_is_expected_only_where_the_broker_is_away():
    lost = "Traceback (most recent call last):\n  File x\n    ^^\nredis.exceptions.ConnectionError: away.\n"
    ours = "Traceback (most recent call last):\n  File y\nAttributeError: 'NoneType' has no 'hostname'\n"
    assert unexpected_tracebacks(f"a line\n{lost}\n\nThe above\n\n{ours}a line\n") == [
        "AttributeError: 'NoneType' has no 'hostname'"
    ]
