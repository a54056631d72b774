"""Where senders keep their checkpoints: in Redis and in a file as well, or in files where there is no Redis.

A checkpoint is overwritten only while it exists, and is taken away in one atomic step: whoever takes it knows
that its writer will not send another byte (step 3 in :mod:`subscriptions.delivery.promise`).
"""

import fcntl
import logging
import os
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import redis
from django.conf import settings
from typing_extensions import override

from lib.redis_clients import redis_client
from newsletter.errors import PaperpostError
from subscriptions.delivery.promise import Checkpoint

KEEP_FOR = 7 * 86400  # seconds
PATIENCE = 15.0  # seconds to wait for a broker that restarts
# As every version has named them: a sweeper must find what a sender of the version before left.
_PREFIX = "paperpost:mark:"
_TAKEN = "paperpost:taken-mark:"
_OVERWRITE = b"*5\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$2\r\nXX\r\n$7\r\nKEEPTTL\r\n"
T = TypeVar("T")
logger = logging.getLogger(__name__)


class CoordinationError(PaperpostError):
    """What senders share, a checkpoint or a rate, cannot be read or written: nothing may be sent."""

    transient = True


class StillAliveError(PaperpostError):
    """The writer of the checkpoint lives on this machine: its lease is not to be swept."""


class CheckpointStore(Protocol):
    """Keeps one checkpoint a lease. Every method may raise :class:`CoordinationError`."""

    def open(self, lease: uuid.UUID, checkpoint: Checkpoint) -> None:
        """Begin, or restore, the checkpoint of ``lease``."""

    def move(self, lease: uuid.UUID, checkpoint: Checkpoint) -> bool:
        """Overwrite the checkpoint of ``lease``; False if it is not there (taken away, or lost)."""

    def take(self, lease: uuid.UUID) -> Checkpoint | None:
        """Stop the writer and read what it left; None if there is nothing. May be repeated."""

    def close(self, lease: uuid.UUID) -> None:
        """Forget the checkpoint of ``lease``."""


class RedisCheckpoints(CheckpointStore):
    """One small key a lease; ``SET … XX`` moves it and ``RENAME`` takes it away."""

    def __init__(self, client: redis.Redis, *, patience: float = PATIENCE) -> None:
        self.client = client
        self.patience = patience
        self._line: Any = None  # a connection for the one command that must be quick

    @override
    def open(self, lease: uuid.UUID, checkpoint: Checkpoint) -> None:
        self._patiently(lambda: self.client.set(f"{_PREFIX}{lease}", checkpoint.dump(), ex=KEEP_FOR))

    @override
    def move(self, lease: uuid.UUID, checkpoint: Checkpoint) -> bool:
        key, value = f"{_PREFIX}{lease}".encode(), checkpoint.dump()
        command = _OVERWRITE % (len(key), key, len(value), value)
        return self._patiently(lambda: self._overwrite(command))

    def _overwrite(self, command: bytes) -> bool:
        """Once for each message: the library's own way to the same bytes costs twice as much."""
        if self._line is None:
            self._line = self.client.connection_pool.make_connection()
        try:
            self._line.send_packed_command([command])
            return self._line.read_response() is not None
        except BaseException:
            self._line.disconnect()  # a late answer must not be taken for the next one's
            raise

    @override
    def take(self, lease: uuid.UUID) -> Checkpoint | None:
        def rename_and_read() -> bytes | None:
            # It may not be there: lost, or an earlier sweeper took it and died before it settled.
            with suppress(redis.ResponseError):
                self.client.rename(f"{_PREFIX}{lease}", f"{_TAKEN}{lease}")
            return cast("bytes | None", self.client.get(f"{_TAKEN}{lease}"))

        stored = self._patiently(rename_and_read)
        return Checkpoint.load(stored) if stored else None

    @override
    def close(self, lease: uuid.UUID) -> None:
        try:
            self.client.delete(f"{_PREFIX}{lease}", f"{_TAKEN}{lease}")
        except redis.RedisError as error:
            logger.info("the checkpoint of lease %s stays until it ends: %s", lease, error)

    def _patiently(self, command: Callable[[], T]) -> T:
        """``command``, again while the broker is away. All commands here may be repeated."""
        until = time.monotonic() + self.patience
        pause = 0.02
        while True:
            try:
                return command()
            except (redis.ConnectionError, redis.TimeoutError) as error:  # BusyLoading is one of them
                if time.monotonic() > until:
                    raise CoordinationError(
                        f"Redis does not answer, and without its checkpoints nothing is sent ({error})."
                    ) from error
            time.sleep(pause)  # a server that restarts sends no event to wait for
            pause = min(pause * 2, 1.0)


class FileCheckpoints(CheckpointStore):
    """One file a lease below ``folder``, locked while its writer lives. Serves one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handles: dict[uuid.UUID, int] = {}

    @override
    def open(self, lease: uuid.UUID, checkpoint: Checkpoint) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / str(lease), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise CoordinationError(
                f"The checkpoint in {self.folder} cannot be written: {error.strerror}."
            ) from error
        old = self.handles.pop(lease, None)
        if old is not None:
            os.close(old)
        fcntl.flock(handle, fcntl.LOCK_EX)
        self.handles[lease] = handle
        self._write(handle, checkpoint)

    @override
    def move(self, lease: uuid.UUID, checkpoint: Checkpoint) -> bool:
        handle = self.handles.get(lease)
        if handle is None or os.fstat(handle).st_nlink == 0:
            return False
        self._write(handle, checkpoint)
        return True

    @override
    def take(self, lease: uuid.UUID) -> Checkpoint | None:
        try:
            handle = os.open(self.folder / str(lease), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            # A line that was cut short by a full disk was never acted upon: the one before it counts.
            lines = (self.folder / str(lease)).read_bytes().split(b"\n")[:-1]
        except BlockingIOError:
            raise StillAliveError(f"The sender of lease {lease} lives.") from None
        finally:
            os.close(handle)
        return Checkpoint.load(lines[-1]) if lines else None

    @override
    def close(self, lease: uuid.UUID) -> None:
        (self.folder / str(lease)).unlink(missing_ok=True)
        handle = self.handles.pop(lease, None)
        if handle is not None:
            os.close(handle)

    def _write(self, handle: int, checkpoint: Checkpoint) -> None:
        line = checkpoint.dump() + b"\n"
        try:
            if os.write(handle, line) != len(line):
                raise CoordinationError(f"The disk of {self.folder} is full.")
        except OSError as error:
            raise CoordinationError(
                f"The checkpoint in {self.folder} cannot be written: {error.strerror}."
            ) from error


class MirroredCheckpoints(CheckpointStore):
    """Redis decides who may go on; a file beside the sender still knows when Redis has forgotten.

    The file is written first, so it is never behind.
    """

    def __init__(self, shared: CheckpointStore, beside: FileCheckpoints) -> None:
        self.shared = shared
        self.beside = beside

    @override
    def open(self, lease: uuid.UUID, checkpoint: Checkpoint) -> None:
        self._note(lease, checkpoint, self.beside.open)
        self.shared.open(lease, checkpoint)

    @override
    def move(self, lease: uuid.UUID, checkpoint: Checkpoint) -> bool:
        self._note(lease, checkpoint, self.beside.move)
        return self.shared.move(lease, checkpoint)

    @override
    def take(self, lease: uuid.UUID) -> Checkpoint | None:
        checkpoint = self.shared.take(lease)
        return self.beside.take(lease) if checkpoint is None else checkpoint

    @override
    def close(self, lease: uuid.UUID) -> None:
        self.shared.close(lease)
        self.beside.close(lease)

    def _note(
        self, lease: uuid.UUID, checkpoint: Checkpoint, write: Callable[[uuid.UUID, Checkpoint], object]
    ) -> None:
        """Write the file; if the disk is full, Redis alone has the checkpoint."""
        try:
            write(lease, checkpoint)
        except CoordinationError as error:
            logger.warning("%s", error)


def default_checkpoints(*, patience: float = PATIENCE) -> CheckpointStore:
    """Checkpoints in Redis and in files; in files only, where this machine's embedded broker does not run."""
    client = redis_client(settings.REDIS_URL)
    beside = FileCheckpoints(Path(settings.VAR_DIR) / "marks")
    if not settings.REDIS_IS_GIVEN:
        try:
            client.ping()
        except redis.RedisError:
            return beside
    return MirroredCheckpoints(RedisCheckpoints(client, patience=patience), beside)
