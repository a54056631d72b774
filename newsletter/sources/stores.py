"""What the gate remembers between requests and processes: small values and answers, each with an expiry.

A file store serves the processes of one machine, a Redis store those of many. Both are bounded in bytes.
"""

import hashlib
import json
import os
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

import redis
from typing_extensions import override


class Store(Protocol):
    """Keys to bytes with an expiry. Written only by the holder of the gate's locks; read by anybody."""

    def get(self, key: str) -> bytes | None:
        """The stored value; None if there is none, it expired or it cannot be read."""

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Store ``value`` under ``key`` for ``seconds``; a value too large for the store may be left out."""

    def drop(self, key: str) -> None:
        """Remove the key, which need not exist."""


class FileStore(Store):
    """One file a key below ``folder``; its first line holds its expiry and length. The oldest go first."""

    def __init__(
        self, folder: Path, *, limit: int = 512 * 1024 * 1024, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self.limit = limit
        self.clock = clock

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()

    @override
    def get(self, key: str) -> bytes | None:
        try:
            head, _, value = self._path(key).read_bytes().partition(b"\n")
            header = json.loads(head)
            return value if header["until"] > self.clock() and header["length"] == len(value) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing, or cut off: treated as missing

    @override
    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_room(len(value))
        head = json.dumps({"until": self.clock() + seconds, "length": len(value)}).encode() + b"\n"
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(head + value)
            Path(name).replace(self._path(key))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    @override
    def drop(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Remove what expired and, oldest first, what does not fit any more. Small values stay."""
        if size < 4096:
            return
        files: list[tuple[float, int, str]] = []
        for entry in os.scandir(self.folder):
            try:
                stat = entry.stat()
            except OSError:
                continue  # another process removed it
            files.append((stat.st_mtime, stat.st_size, entry.path))
        total = sum(length for _, length, _ in files) + size
        for written, length, path in sorted(files):
            if length < 4096 or (total <= self.limit and written > self.clock() - 2 * 86400):
                continue
            Path(path).unlink(missing_ok=True)
            total -= length


class RedisStore(Store):
    """Keys with an expiry in Redis, compressed; of answers, up to ``limit`` bytes a day are kept."""

    def __init__(self, client: redis.Redis, *, prefix: str, limit: int = 64 * 1024 * 1024) -> None:
        self.client = client
        self.prefix = prefix
        self.limit = limit

    @override
    def get(self, key: str) -> bytes | None:
        packed = cast("bytes | None", self.client.get(self.prefix + key))
        try:
            return None if packed is None else zlib.decompress(packed)
        except zlib.error:
            return None

    @override
    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        packed = zlib.compress(value, 1)
        if len(packed) >= 4096 and not self._fits(len(packed)):
            return
        self.client.set(self.prefix + key, packed, px=max(int(seconds * 1000), 1))

    @override
    def drop(self, key: str) -> None:
        self.client.delete(self.prefix + key)

    def _fits(self, size: int) -> bool:
        budget = f"{self.prefix}kept:{int(time.time() // 86400)}"
        total = self.client.incrby(budget, size)
        self.client.expire(budget, 2 * 86400)
        return total <= self.limit
