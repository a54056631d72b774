"""The broker dies, again and again, while all senders are at work; the worker has to go on by itself.

Worker and beat are those of the Procfile, on the embedded broker of ``make run``. Before each death every
process of the worker is busy, more tasks are reserved, and others wait for their countdown. After it a form
is filled in, and the seconds are counted until its confirmation is with the mail server: that takes beat, the
worker and both of its queues.

``python -m tests.chaos.broker kill kill terminate away flush`` prints one JSON object.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import redis

from services.broker import EmbeddedBroker
from services.supervisor import Supervisor, free_port, procfile_commands
from tests.migrated import copy_migrated
from tests.smtp_sink import read_log

PAUSE = 0.03  # seconds that the mail server takes for a message: the senders are at work all the time
READERS = 300  # of one batch: ten seconds of sending
AWAY_SECONDS = 60.0
# How a traceback may end: no connection to the broker, or one that broke.
EXPECTED = (
    r"(?:redis|kombu)\.exceptions\.(?:ConnectionError|TimeoutError|OperationalError)\b|Connection\w*Error\b"
)
PATIENCE = 60.0  # seconds after which tasks are taken not to flow any more


class Scene:
    """Everything of Celery's as real processes, and what befalls the broker."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.log = folder / "accepted.jsonl"
        self.forms = 0
        self.broker = stack.enter_context(EmbeddedBroker(folder / "var"))
        mail_port = free_port()
        environment = {
            "ENV_FILE": "",
            "VAR_DIR": str(folder / "var"),
            "DEBUG": "1",
            "SECRET_KEY": "only-for-chaos-" * 4,
            "DATABASE_URL": f"sqlite:///{folder / 'chaos.sqlite3'}",
            "REDIS_URL": self.broker.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "TICK_SECONDS": "2",
            "SITE_URL": "https://paperpost.example",
            "FROM_EMAIL": "Paperpost <digest@paperpost.example>",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        copy_migrated(folder / "chaos.sqlite3")
        os.environ.update(environment)
        import django

        django.setup()
        self.supervisor = stack.enter_context(Supervisor(logs=folder / "logs", environment=environment))
        mail = ["python", "-m", "tests.smtp_sink", f"--port={mail_port}", f"--log={self.log}"]
        self.supervisor.start("mail", [*mail, f"--pause={PAUSE}"])
        self.supervisor.await_port(mail_port, what="the mail server listens")

    def start(self) -> None:
        commands = procfile_commands()
        self.supervisor.start("beat", commands["beat"])
        self.supervisor.start("worker", [word.replace(",fetch", "") for word in commands["worker"]])

    # -- work ---------------------------------------------------------------

    def is_sending(self, senders: int) -> bool:
        from subscriptions.models import Delivery

        return Delivery.objects.filter(state="sending").values("lease").distinct().count() >= senders

    def set_to_work(self) -> None:
        """Two senders in the middle of a batch, more tasks than the worker has processes, some for later."""
        from subscriptions.tasks import publish_demand, receive_late_sign_ups
        from tests.chaos.field import due_readers

        for senders in (1, 2):
            due_readers(READERS)
            self.supervisor.await_that(
                partial(self.is_sending, senders), what=f"{senders} senders at work", seconds=60
            )
        for _ in range(12):
            publish_demand.delay()
            receive_late_sign_ups.apply_async(countdown=20)

    def seconds_to_answer_a_form(self) -> float:
        """From a form's commit to its confirmation; :data:`PATIENCE` if there is none."""
        from django.utils import timezone

        from subscriptions.readers.consent import sign_up
        from subscriptions.readers.wishes import Wishes

        self.forms += 1
        email = f"stranger{self.forms}@example.org"
        sign_up(
            email=email, wishes=Wishes(topics=("chaos",)), page_language="en", origin="", now=timezone.now()
        )
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE:
            if any(message.recipient == email for message in read_log(self.log)):
                return time.monotonic() - began
            self.supervisor.check()
            time.sleep(0.05)
        return PATIENCE

    # -- what befalls the broker --------------------------------------------

    def kill(self) -> None:
        """As the system kills a broker that takes too much memory; another is started a moment later."""
        os.kill(self.broker.pid, signal.SIGKILL)

    def terminate(self) -> None:
        os.kill(self.broker.pid, signal.SIGTERM)

    def away(self) -> None:
        """Nobody can connect for a minute: its port is taken."""
        port = int(self.broker.url.rpartition(":")[2].partition("/")[0])
        self.kill()
        with socket.socket() as squatter:
            squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            until = time.monotonic() + 5
            while True:
                try:
                    squatter.bind(("127.0.0.1", port))
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise
            time.sleep(AWAY_SECONDS)

    def flush(self) -> None:
        with redis.Redis.from_url(self.broker.url) as client:
            client.flushall()

    def play(self, *acts: str) -> dict[str, Any]:
        self.start()
        seconds = []
        for act in acts:
            self.set_to_work()
            getattr(self, act)()
            seconds.append(round(self.seconds_to_answer_a_form(), 1))
        log = (self.folder / "logs" / "worker.log").read_text(encoding="utf-8")
        return {"acts": acts, "seconds": seconds, "tracebacks": unexpected_tracebacks(log)}


def unexpected_tracebacks(log: str) -> list[str]:
    """The last lines of the tracebacks in a worker's ``log``, but for those of a broker that is away."""
    ends = re.findall(r"^Traceback .*\n(?:(?: .*)?\n)*(\S.*)", log, re.MULTILINE)
    return [end for end in ends if not re.match(EXPECTED, end)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("acts", nargs="+", choices=("kill", "terminate", "away", "flush"))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="paperpost-broker-"))
    with ExitStack() as stack:
        found = Scene(folder, stack).play(*options.acts)
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
