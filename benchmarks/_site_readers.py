"""Two hundred readers at once before one worker of the real server, each with pages of a day to read."""

import asyncio
import random
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READERS = 200
PAGES = 10  # that each reads, one after the other
PATIENCE = 60  # seconds for one answer
SEED = 20260318


@dataclass(frozen=True, slots=True)
class Crowd:
    """How it went. Times are in milliseconds."""

    asked: int
    errors: tuple[str, ...]
    median: float
    p95: float
    per_second: float


@contextmanager
def serve(environment: dict[str, str]) -> Iterator[int]:
    """The Procfile's ``web`` with one worker on a free port, up while the context is."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    command = re.search(r"^web: (.+)$", (ROOT / "Procfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert command is not None
    server = subprocess.Popen(
        [sys.executable, "-m", *command[1].split(), "--workers", "1", "--bind", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=environment | {"GUNICORN_CMD_ARGS": "--log-level warning"},
    )
    try:
        asyncio.run(_wait_for(port, server))
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


async def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while (await _status(port, "/health/live"))[0] != "200":
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("The server does not answer.")
        await asyncio.sleep(0.2)


def crowd(port: int, addresses: Sequence[str]) -> Crowd:
    """All readers at once; the first of the addresses are read most (the n-th 1/n times as often)."""
    return asyncio.run(_crowd(port, addresses))


async def _crowd(port: int, addresses: Sequence[str]) -> Crowd:
    chance = random.Random(SEED)
    weights = [1 / place for place in range(1, len(addresses) + 1)]
    took: list[float] = []
    errors: list[str] = []

    async def read(paths: Sequence[str]) -> None:
        for path in paths:
            began = time.perf_counter()
            status, seconds = await _status(port, path)
            took.append(time.perf_counter() - began)
            if status != "200":
                errors.append(f"{path}: {status} after {seconds:.1f} s")

    began = time.perf_counter()
    await asyncio.gather(*(read(chance.choices(addresses, weights, k=PAGES)) for _ in range(READERS)))
    elapsed = time.perf_counter() - began
    took.sort()
    return Crowd(
        asked=len(took),
        errors=tuple(errors),
        median=round(statistics.median(took) * 1000, 1),
        p95=round(took[int(len(took) * 0.95)] * 1000, 1),
        per_second=round(len(took) / elapsed, 1),
    )


async def _status(port: int, path: str) -> tuple[str, float]:
    """The status of a whole answer, or what went wrong, and after how many seconds."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            fields = ("Host: 127.0.0.1", "Connection: close", "Accept-Encoding: gzip", "", "")
            request = "\r\n".join((f"GET {path} HTTP/1.1", *fields))
            writer.write(request.encode("ascii"))
            answer = await reader.read(-1)
            writer.close()
    except (OSError, TimeoutError) as error:
        return repr(error), time.monotonic() - began
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
    status = head[9:12].decode("ascii", "replace")
    if length and int(length[1]) != len(body):
        status += f", cut at {len(body)} of {int(length[1])} bytes"
    return status, time.monotonic() - began
