"""``python -m tests.documents.installation FOLDER``: an installation that runs the commands it is given.

It serves a socket in FOLDER until it is ended: each question is a command line of ``manage.py`` and the
folder to run it in, the answer its exit status and what it printed. Sources and a mail server are its own.
"""

import io
import json
import os
import signal
import socketserver
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from services.broker import EmbeddedBroker
from services.mailcatcher import catcher
from services.sample import load_sample
from services.sources import SourceServer
from services.supervisor import free_port
from tests.migrated import copy_migrated

READER = "you@example.org"  # the documents' own
LOOKS = ("doctor",)  # tells also what is missing here, by its status
_numbers = count(1)


def start(folder: Path, *, broker: str) -> None:
    """Settings of a new installation, what answers it, and Django."""
    from newsletter.arxiv import calendar

    port = free_port()
    catcher(folder / "outbox", port=port).start()
    sources = SourceServer.from_sample(load_sample(), day=calendar.latest_day(datetime.now(UTC))).start().url
    os.environ.update(
        ENV_FILE=str(folder / "opt/paperpost/.env"),
        VAR_DIR=str(folder / "var/lib/paperpost"),
        EMAIL_URL=f"smtp://127.0.0.1:{port}",
        SITE_URL=f"http://127.0.0.1:{free_port()}",
        REDIS_URL=broker,
        ARXIV_INTERVAL="0",
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_SUPERUSER_PASSWORD="only-for-this-test",
        **dict.fromkeys(("ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_SITE_URL", "HUGGINGFACE_URL"), sources),
    )
    import django

    django.setup()
    from django.conf import settings

    # Accounts are made often here: not each may take the second that makes passwords hard to guess.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def begin_anew() -> None:
    """An empty database with one reader, who waits for a first digest on all topics."""
    from django.db import connection
    from django.utils import timezone

    from newsletter.models import Topic
    from subscriptions.models import Subscriber, Subscription

    connection.close()
    database = Path(connection.settings_dict["NAME"])
    for part in database.parent.glob(f"{database.name}*"):
        part.unlink()
    copy_migrated(database)
    now = timezone.now()
    reader = Subscriber.objects.create(email=READER, state="active", confirmed_at=now, next_due_at=now)
    Subscription.objects.bulk_create(
        [Subscription(subscriber=reader, topic=topic) for topic in Topic.objects.all()]
    )
    connection.close()


def run(words: Sequence[str]) -> int:
    """Run one command as ``manage.py`` does. Returns its exit status."""
    from django.core.management import execute_from_command_line

    line = ["manage.py", *words]
    if words[0] == "createsuperuser":  # what a person is asked for
        line += ["--no-input", f"--username=editor{next(_numbers)}", f"--email={READER}"]
    try:
        execute_from_command_line(line)
    except SystemExit as end:
        status = int(end.code or 0)
        return 0 if words[0] in LOOKS and status == 1 else status
    return 0


def take_arguments(words: Sequence[str]) -> int:
    """Have a command read its arguments and do nothing else."""
    from django.core.management import get_commands, load_command_class

    command: Any = get_commands()[words[0]]
    if isinstance(command, str):
        command = load_command_class(command, words[0])
    command.create_parser("manage.py", words[0]).parse_args(words[1:])
    return 0


def answer(question: dict[str, Any], elsewhere: Sequence[str]) -> dict[str, Any]:
    """What a command said and how it ended; one that is run ``elsewhere`` only reads its arguments."""
    words, said = question["words"], io.StringIO()
    act: Callable[[Sequence[str]], int] = run
    if question.get("elsewhere") or words[0] in elsewhere:
        act = take_arguments
    with redirect_stdout(said), redirect_stderr(said), chdir(question["folder"]):
        try:
            status = act(words)
        except SystemExit as end:
            status = int(end.code or 0)
        except Exception:  # noqa: BLE001 - whoever asked is told
            status = 70
            said.write(traceback.format_exc())
    return {"status": status, "output": said.getvalue()}


class Line(socketserver.StreamRequestHandler):
    """One question."""

    def handle(self) -> None:
        """Answer it."""
        from tests.documents.elsewhere import COMMANDS

        question = json.loads(self.rfile.readline())
        if not question["words"]:
            begin_anew()
            given: dict[str, Any] = {"status": 0, "output": ""}
        else:
            given = answer(question, tuple(COMMANDS))
        self.wfile.write(json.dumps(given).encode())


def main(folder: Path) -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # the broker ends with it
    with (
        EmbeddedBroker(folder) as broker,
        socketserver.UnixStreamServer(str(folder / "socket"), Line) as server,
    ):
        start(folder, broker=broker.url)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
