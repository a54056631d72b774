"""A running demo, as ``make demo`` starts it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from time import monotonic
from typing import Any

from services.supervisor import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Demo:
    """A demo that is up: where its site is, what it said until then, and the mail it has delivered."""

    folder: Path
    site: str
    said: str
    process: "subprocess.Popen[str]"

    def press_enter(self) -> None:
        """As somebody does who wants it to be tomorrow."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def mails(self, *, to: str = "") -> list[EmailMessage]:
        """The caught mails, oldest first; those to ``to`` if it is given."""
        found = []
        for file in sorted((self.folder / "outbox").glob("*.eml")):
            message = message_from_bytes(file.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            if not to or to in str(message["To"]):
                found.append(message)
        return found

    def await_mail(
        self, fits: Callable[[EmailMessage], Any], *, to: str, seconds: float = 60
    ) -> EmailMessage:
        """The first mail to ``to`` for which ``fits`` holds, once it has come."""
        deadline = monotonic() + seconds
        while monotonic() < deadline:
            for message in self.mails(to=to):
                if fits(message):
                    return message
            assert self.process.poll() is None, "the demo ended"
            threading.Event().wait(0.2)
        subjects = [str(message["Subject"]) for message in self.mails(to=to)]
        raise AssertionError(f"No such mail to {to} within {seconds:.0f} s; there are: {subjects}")


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """A demo in ``folder`` that has delivered its first day and stays up; ended in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.demo", "--folder", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Up until"):
            break
    site = re.search(r"^Site +(\S+?)/?$", "".join(said), re.MULTILINE)
    assert site, "the demo did not come up:\n" + "".join(said)
    yield Demo(folder=folder, site=site[1], said="".join(said), process=process)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
