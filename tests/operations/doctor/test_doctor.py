"""The command: every check side by side, none able to stop the others, one table or one JSON object."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from operations.doctor import examination, registry
from operations.doctor.examination import Check, examine
from operations.findings import State, failed, ok, warning
from operations.management.commands import doctor
from subscriptions.delivery.transport import SMTP_BACKEND
from tests.dns_server import DnsServer

pytestmark = pytest.mark.any_database


def run(*arguments):
    """What it printed, and its exit status."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), end.code
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def checks(monkeypatch):
    late = warning("queue fetch", "2,000 wait.", "Start one.")
    made = [
        Check("disk", lambda: ok("disk", "20.0 of 100.0 GiB are free.")),
        Check("queues", lambda: [ok("queue send", "It is served."), late]),
    ]
    monkeypatch.setattr(doctor, "all_checks", lambda **_: made)
    return made


def test_it_ends_with_0_unless_one_failed(checks):
    out, err, status = run()
    assert (err, status) == ("", 0)
    assert out.endswith("2 ok, 1 warning, 0 failed\n")
    checks.append(Check("spf", lambda: failed("spf", "There is none.", "Copy one.")))
    out, err, status = run()
    assert (err, status) == ("Failed: spf.\n", 1)
    lines = out.splitlines()
    assert lines[0].split() == ["✓", "disk", "20.0", "of", "100.0", "GiB", "are", "free."]
    assert "→ Start one." in out
    assert "✗ spf          There is none." in lines


def test_json_is_one_object_with_findings_and_counts(checks):
    out, _, status = run("--json")
    report = json.loads(out)
    assert status == 0
    assert {name: report[name] for name in State} == {"ok": 2, "warning": 1, "failed": 0}
    assert report["findings"][2] == {
        "name": "queue fetch",
        "state": "warning",
        "sentence": "2,000 wait.",
        "remedy": "Start one.",
    }


def test_only_what_is_named_is_looked_at(checks):
    out, _, _ = run("--only", "disk", "--json")
    assert [finding["name"] for finding in json.loads(out)["findings"]] == ["disk"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "nothing"), "there are disk, queues"),
        (("--to", "nobody"), "email address"),
        (("--nameserver", "dns"), "192.0.2.53"),
    ],
)
def test_bad_arguments_end_with_2_and_a_sentence(checks, arguments, words):
    with pytest.raises(CommandError, match=words) as caught:
        run(*arguments)
    assert caught.value.returncode == 2


def test_a_check_that_raises_is_a_failed_finding_without_passwords():
    def broken():
        raise RuntimeError("no route to postgres://me:secret@db/x")

    (finding,) = Check("database", broken).findings()
    assert finding.state is State.FAILED
    assert "RuntimeError" in finding.sentence
    assert "secret" not in finding.sentence


def test_a_check_that_hangs_does_not_hold_up_the_others():
    hangs = threading.Event()

    def slow():
        hangs.wait(60)
        return ok("slow", "At last.")

    checks = [Check("slow", slow), Check("quick", lambda: ok("quick", "So it is."))]
    found = {check.name: findings for check, findings in examine(checks, seconds=0.3)}
    hangs.set()
    assert found["quick"][0].state is State.OK
    assert found["slow"][0].state is State.FAILED
    assert "0.3 seconds" in found["slow"][0].sentence


@pytest.mark.django_db(transaction=True)
def test_all_that_is_dead_is_said_within_its_time_in_one_run(settings, tmp_path):
    """Nothing of the suite's own settings answers but its database: the discard port stands for all else."""
    settings.VAR_DIR, settings.ARXIV_INTERVAL, settings.REDIS_URL = tmp_path, 0.0, "redis://127.0.0.1:9/0"
    settings.EMAIL_BACKEND = SMTP_BACKEND
    with DnsServer({}) as server:
        out, err, status = run("--json", "--nameserver", server.address, "--to", "me@example.org")
    states = {finding["name"]: finding["state"] for finding in json.loads(out)["findings"]}
    assert status == 1
    dead = ("broker", "beat", "queue send", "arxiv API", "huggingface", "smtp", "spf", "dmarc", "mx", "site")
    assert {states[name] for name in (*dead, "test mail")} == {"failed"}
    assert {states[name] for name in ("database", "migrations", "shared folder", "zone data")} == {"ok"}
    assert all(name in err for name in dead)
    assert len(states) >= len(registry.all_checks())
    assert examination.WHOLE <= 15


@pytest.mark.processes
def test_a_database_that_is_dead_is_the_one_failure():
    """The program itself, as a person calls it: what only needs the database is not known."""
    names = ("database", "migrations", "beat", "queues", "backups", "model", "one-click")
    only = [argument for name in names for argument in ("--only", name)]
    nowhere = {"DATABASE_URL": "postgres://me:secret@127.0.0.1:9/paperpost", "OPENAI_API_KEY": "a-key"}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", *only],
        cwd=Path(__file__).resolve().parents[3],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    states = {finding["name"]: finding["state"] for finding in json.loads(done.stdout)["findings"]}
    assert states == {name: "failed" if name == "database" else "warning" for name in names}
    assert (done.returncode, done.stderr) == (1, "Failed: database.\n")
    assert "secret" not in done.stdout
