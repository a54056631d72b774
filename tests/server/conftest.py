"""The real web server of the Procfile on a loopback port, for tests that speak to it through sockets."""

import socket
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.supervisor import Supervisor, free_port, procfile_commands
from subscriptions.readers.links import _lasting_tokens
from tests.migrated import copy_migrated

READERS = 60
ROOM = 400  # connections of each process
_LOG_IN = """
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
user = User.objects.create_superuser('staff', '', 'a long password')
says = {SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()}
says[BACKEND_SESSION_KEY] = 'django.contrib.auth.backends.ModelBackend'
Session.objects.save('%s', says, timezone.now() + timedelta(hours=1))
"""


def read_all(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@dataclass(frozen=True)
class Site:
    """Where the server listens, where its output goes, and its readers, of whom each test takes some."""

    port: int
    log: Path
    database: Path
    readers: Iterator[uuid.UUID]
    supervisor: Supervisor

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def answer_to(self, *parts: bytes) -> bytes:
        """All that the server says to a request, sent in parts, until it hangs up."""
        with self.connect() as client:
            for part in parts:
                client.sendall(part)
            return read_all(client)

    def get(self, path: str) -> bytes:
        return self.answer_to(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())

    def new_reader(self) -> tuple[uuid.UUID, str]:
        """An active reader whom no test has touched, and the token in the header of that reader's mails."""
        reader = next(self.readers)
        return reader, _lasting_tokens(reader, 0)["unsubscribe"]

    def log_in(self) -> str:
        """The key of a session of staff."""
        key = uuid.uuid4().hex
        self.supervisor.manage("shell", "--no-imports", "-c", _LOG_IN % key)
        return key

    def state(self, reader: uuid.UUID) -> str:
        with sqlite3.connect(self.database) as database:
            (found,) = database.execute(
                "SELECT state FROM subscriptions_subscriber WHERE public_id = ?", (reader.hex,)
            ).fetchone()
        return str(found)


@pytest.fixture(scope="package")
def site(valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`make web` with readers of its own."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    database = folder / "paperpost.sqlite3"
    environment = {
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port} --worker-connections {ROOM}",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": valkey,
        "LOG_LEVEL": "DEBUG",
    }
    copy_migrated(database)
    with Supervisor(logs=folder, environment=environment) as supervisor:
        readers = [uuid.uuid4() for _ in range(READERS)]
        add = (
            "from subscriptions.models import Subscriber; Subscriber.objects.bulk_create(Subscriber("
            "public_id=p, email=f'{p}@example.org', state='active') for p in %r.split())"
        )
        supervisor.manage("shell", "--no-imports", "-c", add % " ".join(map(str, readers)))
        service = supervisor.start("web", procfile_commands()["web"])
        supervisor.await_port(port, what="the site listens")
        made = Site(port, service.log, database, iter(readers), supervisor)
        assert status(made.get("/health/live")) == 200
        yield made
