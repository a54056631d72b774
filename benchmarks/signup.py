"""The sign-up form against a bare Django form view that does one insert, on the same server and database.

Both are served by one gunicorn worker with the project's own settings on PostgreSQL; the sign-up also counts
against its limits in Valkey, and calls a worker there for the confirmation mails that wait, once a second at
most. 50 clients press at once, and again as soon as they are answered. The two are measured in turns, so
that a busy machine slows both; ``signup.ratio`` is the median over the turns. Each turn's first answers,
which warm things up, do not count.
"""

import json
import logging
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("SCALE", "1"))
CLIENTS = 50
TURNS = 5
REQUESTS = max(int(1500 * SCALE), 4 * CLIENTS)  # of each kind in each turn
ALMOST_NEVER = "1000000000"


def main() -> int:
    """Print the figures, one JSON object a line."""
    logging.disable(logging.INFO)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-signup-")))
        environment, broker = prepare(stack, folder)
        port = stack.enter_context(serve(environment))
        requests = {"/bare/": request_for("/bare/", ""), "/": request_for("/", page_stamp(port))}
        for wanted in requests.values():
            press(port, wanted, CLIENTS)
        rates: dict[str, list[float]] = {path: [] for path in requests}
        waits: list[float] = []
        for turn in range(TURNS):
            for path in sorted(requests, reverse=bool(turn % 2)):
                rate, took = press(port, requests[path], REQUESTS)
                rates[path].append(rate)
                if path == "/":
                    waits += took
        is_called = any(broker.llen(queue) for queue in ("notices", "send"))
        handed_over = what_workers_will_find(environment) if is_called else 0
    signed_up = TURNS * REQUESTS + CLIENTS
    if handed_over != signed_up:
        sys.stderr.write(f"signup: workers would find {handed_over} of {signed_up} sign-ups.\n")
        return 1
    report(rates, sorted(waits))
    return 0


def what_workers_will_find(environment: dict[str, str]) -> int:
    """How many sign-ups wait for the worker that was called; the floor's rows are not among them."""
    code = (
        "import django; django.setup(); from subscriptions.models import SignUp; "
        "print(SignUp.objects.exclude(text_version='floor').count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return int(done.stdout.split()[-1])


def report(rates: dict[str, list[float]], waits: list[float]) -> None:
    """The figures that stay, and what they are made of."""
    ratio = statistics.median(ours / bare for ours, bare in zip(rates["/"], rates["/bare/"], strict=True))
    p99_over_median = waits[int(len(waits) * 0.99)] / statistics.median(waits)
    figures = [
        ("signup.ratio", ratio, "ratio", ">= 0.7"),
        ("signup.p99_over_median", p99_over_median, "ratio", "< 10"),
        ("signup.per_second", statistics.median(rates["/"]), "1/s", None),
        ("signup.floor_per_second", statistics.median(rates["/bare/"]), "1/s", None),
        ("signup.median_ms", statistics.median(waits) * 1000, "ms", None),
    ]
    for name, value, unit, goal in figures:
        line = {"name": name, "value": round(value, 3), "unit": unit, "goal": goal}
        print(json.dumps(line | ({} if SCALE == 1 else {"scale": SCALE})))


def prepare(stack: ExitStack, folder: Path) -> tuple[dict[str, str], "redis.Redis"]:
    """A PostgreSQL with the tables, a Valkey, and the environment that finds them."""
    from services.broker import EmbeddedBroker
    from tests.postgres import start_postgres

    postgres = start_postgres(folder / "postgres")
    stack.callback(postgres.cleanup)
    broker = stack.enter_context(EmbeddedBroker(folder / "broker"))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks._signup_settings",
        "ENV_FILE": "",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "http://127.0.0.1",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": postgres.get_uri(),
        "REDIS_URL": broker.url,
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "LOG_LEVEL": "ERROR",
        "SIGNUPS_PER_NETWORK": ALMOST_NEVER,
        "SIGNUPS_OVERALL": ALMOST_NEVER,
    }
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        arguments = [sys.executable, "manage.py", *command, "--verbosity", "0"]
        subprocess.run(arguments, cwd=ROOT, env=environment, check=True)
    return environment, redis.Redis.from_url(broker.url)


@contextmanager
def serve(environment: dict[str, str]) -> Iterator[int]:
    """One gunicorn worker on a free port, up while the context is."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    command = ["gunicorn", "config.wsgi", "--workers", "1", "--max-requests", "0"]
    command += ["--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [sys.executable, "-m", *command, "--log-level", "warning"], cwd=ROOT, env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                answer_to(port, b"GET /health/live HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise
                threading.Event().wait(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def answer_to(port: int, request: bytes) -> bytes:
    """The whole answer of the server to the bytes of one request."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def page_stamp(port: int) -> str:
    """The time stamp of a form that a browser has open."""
    page = answer_to(port, b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").decode()
    match = re.search(r'name="shown" value="([^"]+)"', page)
    if match is None:
        raise RuntimeError(f"The form is not there: {page[:300]}")
    time.sleep(1)  # a form that is answered at once is taken for a program's
    return match[1]


def request_for(path: str, stamp: str) -> tuple[bytes, bytes]:
    """A browser's POST, in two parts: a name of eight letters goes between them."""
    cookie = secrets.token_hex(16)
    fields = [
        ("csrfmiddlewaretoken", cookie),
        ("topics", "diffusion-models"),
        ("topics", "robotics"),
        ("language", "en"),
        ("time_zone", "Europe/Berlin"),
        ("hour", "7"),
        ("cadence", "daily"),
        ("weekday", "0"),
        ("size", "10"),
        ("keywords", ""),
        ("authors", ""),
        ("categories", ""),
        ("website", ""),
        ("shown", stamp),
    ]
    body = urllib.parse.urlencode(fields) + "&email="
    tail = "%40example.org"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nOrigin: http://127.0.0.1\r\n"
        f"Cookie: csrftoken={cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Accept-Language: en-GB,en;q=0.9\r\nContent-Length: {len(body) + 8 + len(tail)}\r\n\r\n"
    )
    return (head + body).encode(), tail.encode()


def press(port: int, request: tuple[bytes, bytes], count: int) -> tuple[float, list[float]]:
    """``count`` answers to CLIENTS clients at once: how many a second, and how long each took in seconds."""
    left = iter(range(count))
    took: list[float] = []
    wrong: list[bytes] = []
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            name = secrets.token_hex(4).encode()
            began = time.perf_counter()
            answer = answer_to(port, request[0] + name + request[1])
            seconds = time.perf_counter() - began
            with lock:
                took.append(seconds)
                if b" 302 " not in answer[:20]:
                    wrong.append(answer)

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    elapsed = time.perf_counter() - began
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {count} were not accepted: {wrong[0][:400]!r}")
    return count / elapsed, took


if __name__ == "__main__":
    sys.exit(main())
