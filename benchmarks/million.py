"""A million readers, from due to sent, with PostgreSQL, Valkey, beat, worker and mail server on one machine.

Each reader has topics, a digest of the day before and a taste that the ranking goes by (the rows of
:mod:`benchmarks._ranking_speed`); the day has 1,000 real papers. The clock runs from the moment at which beat
starts, with everybody due and nobody chosen for, to the last row that is settled: choosing, rendering,
joining, sending and settling, as the Procfile's worker does it for the queues ``notices`` and ``send``. The
content's queues are not served: its work was done before.

``million.twice`` and ``million.lost`` compare the ledger with the mail server's own count. A row is sent only
after the server took its message, so each sent row is one message at least: as many messages as sent rows
are none twice.
"""

import json
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

SCALE = float(os.environ.get("SCALE", "1"))
READERS = max(2_000, int(1_000_000 * SCALE))
RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "arxiv_meta"
LIMIT = 3 * 3600.0  # seconds after which it is given up
LOOK = 2.0  # seconds between two looks at the ledger and at the processes
OPEN = ("queued", "claimed", "sending", "deferred")
COUNTED = re.compile(r"mesg=(\d+)")


def main() -> int:
    """Print the figures, one JSON object a line; 1 if a reader has no digest, or two."""
    if not RECORDED.is_dir():
        sys.stderr.write(f"million: the recorded data is not at {RECORDED}.\n")
        return 1
    logging.disable(logging.WARNING)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-million-")))
        counts = folder / "accepted"
        postgres = services(stack, folder, counts)
        run_one(fill)
        before = database_bytes(postgres)
        watched = Watch({"postgres": postgres_pid(folder), **children("valkey", "smtp-sink")})
        seconds, phases = send_all(stack, folder, watched)
        return report(seconds, phases, watched, database_bytes(postgres) - before, accepted(counts))


# -- around -----------------------------------------------------------------------------------------------


def services(stack: ExitStack, folder: Path, counts: Path) -> Any:
    """Those of the benchmark of delivery, with beat's settings; no source is asked."""
    from benchmarks import delivery
    from services.supervisor import free_port

    postgres = delivery.services(stack, folder, counts=counts)
    nowhere = f"http://127.0.0.1:{free_port()}"
    os.environ.update(
        TICK_SECONDS="10",
        ARXIV_API_URL=nowhere,
        ARXIV_FEED_URL=nowhere,
        ARXIV_SITE_URL=nowhere,
        HUGGINGFACE_URL=nowhere,
        LOG_LEVEL="WARNING",
        # The rows of the other benchmarks, of so many readers and of today.
        READERS=str(READERS),
        NOW=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return postgres


def run_one(work: Any) -> None:
    """Do a piece of work in a process of its own. Raises SystemExit if it fails."""
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"million: {work.__name__} failed")


def fill() -> None:
    """The rows of the benchmark of the ranking, without its figures."""
    import django

    sys.stdout = sys.stderr
    django.setup()
    from benchmarks._ranking_speed import fill as fill_with_tastes

    fill_with_tastes()


def postgres_pid(folder: Path) -> int:
    """The process from which all of PostgreSQL's come."""
    return int((folder / "postgres" / "postmaster.pid").read_text("ascii").split()[0])


def children(*names: str) -> dict[str, int]:
    """The processes that this one started whose programs are called so, or begin so: name → process."""
    found = {process.name(): process.pid for process in psutil.Process().children(recursive=True)}
    return {name: pid for name in names for program, pid in found.items() if program.startswith(name)}


def database_bytes(postgres: Any) -> int:
    """What the database takes on disk."""
    return int(re.findall(r"\d+", postgres.psql("SELECT pg_database_size(current_database())"))[0])


def accepted(counts: Path) -> int:
    """How many messages the mail server has taken, by its own count."""
    found = COUNTED.findall(counts.read_text("ascii", errors="replace"))
    return int(found[-1]) if found else 0


class Watch:
    """The most memory that each kind of process took, a child of a worker being one process, and the seconds
    of computing of each kind while it is watched.
    """

    def __init__(self, roots: dict[str, int]) -> None:
        self.roots = roots
        self.most: dict[str, float] = {}
        self._busy: dict[tuple[str, int], float] = {}
        self._before: dict[tuple[str, int], float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def busy(self) -> dict[str, float]:
        """Seconds of computing by kind, of those that ended meanwhile too."""
        seconds = dict.fromkeys(self.roots, 0.0)
        for key, busy in self._busy.items():
            seconds[key[0]] += busy - self._before.get(key, 0.0)
        return seconds

    def __enter__(self) -> "Watch":
        self._look_once()
        self._before = dict(self._busy)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK):
            self._look_once()

    def _look_once(self) -> None:
        for name, pid in list(self.roots.items()):
            for process in self._family(pid):
                try:
                    memory, times = process.memory_info(), process.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                # PostgreSQL's buffers are one memory that all its processes show as theirs.
                own = memory.rss - (memory.shared if name == "postgres" else 0)
                self.most[name] = max(self.most.get(name, 0), own / 1e6)
                self._busy[name, process.pid] = times.user + times.system

    @staticmethod
    def _family(pid: int) -> list[psutil.Process]:
        try:
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


# -- the run ----------------------------------------------------------------------------------------------


def send_all(stack: ExitStack, folder: Path, watched: Watch) -> tuple[float, dict[str, float]]:
    """Start beat and the worker, and wait until nothing is open: (seconds, when each phase was over)."""
    import django

    django.setup()
    from services.supervisor import Supervisor, procfile_commands

    supervisor = stack.enter_context(Supervisor(logs=folder / "logs", environment={}))
    commands = procfile_commands()
    worker = [word.replace(",summarise,fetch", "") for word in commands["worker"]]
    watched.roots["worker"] = supervisor.start("worker", worker).process.pid
    beat = [*commands["beat"], f"--schedule={folder / 'beat-schedule'}"]
    began = time.monotonic()
    watched.roots["beat"] = supervisor.start("beat", beat).process.pid
    phases: dict[str, float] = {}
    with watched:
        while not is_over(phases, began):
            supervisor.check()
            if time.monotonic() > began + LIMIT:
                sys.stderr.write(f"million: not over after {LIMIT:.0f} s.\n")
                break
            time.sleep(LOOK)  # the ledger sends no event
    return time.monotonic() - began, phases


def is_over(phases: dict[str, float], began: float) -> bool:
    """Whether everybody was chosen for and nothing of it is open; notes when each was first so."""
    from django.utils import timezone

    from subscriptions.models import Delivery, Subscriber

    if "chosen" not in phases:
        if Subscriber.objects.active().filter(next_due_at__lte=timezone.now()).exists():
            return False
        phases["chosen"] = time.monotonic() - began
    return not Delivery.objects.filter(state__in=OPEN).exists()


def report(seconds: float, phases: dict[str, float], watched: Watch, growth: int, taken: int) -> int:
    """Print the figures; 1 if one breaks a promise."""
    from django.db.models import Count

    from subscriptions.models import Delivery

    today = Delivery.objects.filter(created_at__gte=os.environ["NOW"])
    states = dict(today.order_by().values_list("state").annotate(Count("pk")))
    sent = states.get("sent", 0)
    lost = READERS - sent + max(0, sent - taken)
    twice = max(0, taken - sent)
    cores = os.cpu_count()
    minutes = {f"{name}_minutes": round(at / 60, 2) for name, at in phases.items()}
    say(
        "million.minutes",
        seconds / 60,
        "min",
        "<= 45",
        cores=cores,
        per_second=round(sent / seconds),
        **minutes,
    )
    busy: dict[str, Any] = {f"{name}_ms": round(of / READERS * 1000, 3) for name, of in watched.busy.items()}
    say("million.busy_ms", sum(watched.busy.values()) / READERS * 1000, "ms of one core a reader", **busy)
    most: dict[str, Any] = {f"{name}_mb": round(mb) for name, mb in sorted(watched.most.items())}
    say("million.rss_mb_max", max(watched.most.values(), default=0), "MB", **most)
    say("million.bytes_per_delivery", growth / max(sent, 1), "bytes", gigabytes=round(growth / 1e9, 2))
    say("million.twice", twice, "count", "0", accepted=taken)
    say("million.lost", lost, "count", "0", states=states)
    return int(bool(twice or lost))


def say(name: str, value: float, unit: str, goal: str = "", **more: Any) -> None:
    """Print one figure as a line of JSON."""
    figure: dict[str, Any] = {"name": name, "value": round(value, 4), "unit": unit, "readers": READERS}
    if goal:
        figure["goal"] = goal
    if SCALE != 1:
        figure["scale"] = SCALE
    print(json.dumps({**figure, **more}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
