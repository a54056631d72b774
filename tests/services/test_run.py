"""``make run`` as a person starts it: first settings, all services, a site that answers, and an end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from services.supervisor import ROOT, free_port, procfile_commands
from tests.migrated import copy_migrated

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.any_database]

PATIENCE = 60  # seconds: whoever asks first waits until the program is loaded
NOWHERE = "http://127.0.0.1:9"  # the discard port
SOURCES = ("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL")


@contextmanager
def starting(tmp_path: Path, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """``services.run`` in a folder of its own, whose settings nobody has written yet."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **dict.fromkeys(SOURCES, NOWHERE),
        "DEBUG": "1",  # as docs/quick-start.md begins; files of the pages are not compressed
        "ENV_FILE": str(tmp_path / ".env"),
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port()),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def test_a_mail_catcher_that_cannot_listen_is_named_at_once(tmp_path: Path):
    with socket.socket() as taken:
        with suppress(OSError):  # something else listens there already
            taken.bind(("127.0.0.1", 8025))
            taken.listen()
        with starting(tmp_path) as run:
            said, _ = run.communicate()
    assert run.returncode == 1
    sentence = "The mail catcher cannot listen at 8025: something else does, such as a demo or Mailpit. "
    assert said.splitlines()[1:] == [f"{sentence}End that, or set EMAIL_URL."]


def test_make_run_starts_everything_and_stops_it(tmp_path: Path):
    copy_migrated(tmp_path / "var/paperpost.sqlite3")
    with starting(tmp_path, EMAIL_URL="smtp://127.0.0.1:9") as run:
        see_it_run(run, tmp_path)


def see_it_run(run: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert run.stdout is not None
    said = []
    for line in run.stdout:
        said.append(line)
        if "Paperpost is up" in line:
            break
    assert said[0].startswith("Wrote .env with a new SECRET_KEY"), said
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    address = said[-1].split()[3]
    assert httpx.get(address, timeout=PATIENCE).status_code == 200, said
    assert httpx.get(f"{address}health/ready", timeout=PATIENCE).status_code == 200
    run.send_signal(signal.SIGINT)
    rest = run.stdout.read()
    assert run.wait() == 0, rest
    assert "Stopping; whoever is sending has a minute to finish." in rest
    for name in procfile_commands():
        assert (tmp_path / f"var/logs/{name}.log").exists()
