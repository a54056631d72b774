"""How fast the public site is on an archive of years, and what two hundred readers at once get of it.

75,000 papers (times SCALE; real ones, of the recorded data) stand in editions of all topics day by day, in
SQLite and in PostgreSQL (``DATABASE=sqlite`` or ``DATABASE=postgres``: one alone). Forty pages of each kind,
or all there are, are asked for uncached and again by who holds them; the floor is Django's own list view of
the same papers, in the same process. Then 200 readers read ten pages each before one worker of the real
server. ``site.median_ms_max`` is the slowest kind's median on the slower database. ``KEEP=folder`` keeps what
was built, on both databases, and a later run only measures; ``BUILD=1`` builds and measures nothing.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks._site_pages import PICTURES
from benchmarks._site_papers import RECORDED, read_archive
from benchmarks._site_readers import READERS, crowd, serve

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("SCALE", "1"))
PAPERS = int(75_000 * SCALE)
IS_BUILD_ONLY = os.environ.get("BUILD") == "1"
BUILT = "built"  # a file beside a database that is whole
DATABASES = [os.environ["DATABASE"]] if os.environ.get("DATABASE") else ["sqlite", "postgres"]


def main() -> int:
    """Print the figures, one JSON object a line; 1 without recorded papers or where something failed."""
    if os.environ.get("SITE_BENCHMARK_PART"):
        measure_here(Path(os.environ["SITE_BENCHMARK_PART"]))
        return 0
    if not RECORDED.is_dir():
        sys.stderr.write(f"site: the recorded papers are not at {RECORDED}; nothing was measured.\n")
        return 1
    with ExitStack() as stack:
        kept = os.environ.get("KEEP")
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-site-")))
        folder.mkdir(parents=True, exist_ok=True)
        papers = folder / "papers"
        if not papers.exists():
            papers.write_bytes(pickle.dumps(read_archive(PAPERS)))
        measured = {name: measure(name, folder) for name in DATABASES}
    if not IS_BUILD_ONLY:
        report(measured)
    return 0


def measure(database: str, folder: Path) -> dict[str, Any]:
    """Build and measure on one database: ``kinds`` and ``crowd``."""
    with ExitStack() as stack:
        environment = prepare(stack, database, folder)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.site"],
            cwd=ROOT,
            env=environment | {"SITE_BENCHMARK_PART": str(folder / "papers")},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        if IS_BUILD_ONLY:
            return {}
        measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        port = stack.enter_context(serve(environment))
        return measured | {"crowd": asdict(crowd(port, measured.pop("addresses")))}


def prepare(stack: ExitStack, database: str, folder: Path) -> dict[str, str]:
    """A database with its tables, a Valkey, and the environment of a production that finds them.

    A database that a stopped run left half built is made anew.
    """
    from services.broker import EmbeddedBroker
    from tests.postgres import start_postgres

    var, data = folder / database, folder / "postgres-data"  # nobody but us may look into VAR_DIR
    if not (var / BUILT).exists():
        shutil.rmtree(var, ignore_errors=True)
        if database == "postgres":
            shutil.rmtree(data, ignore_errors=True)
    var.mkdir(exist_ok=True)
    address = f"sqlite:///{var / 'site.sqlite3'}"
    if database == "postgres":
        server = start_postgres(data, is_kept="KEEP" in os.environ)
        stack.callback(server.cleanup)
        address = server.get_uri()
    broker = stack.enter_context(EmbeddedBroker(var / "broker"))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks._site_settings",
        "ENV_FILE": "",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "http://127.0.0.1",
        "VAR_DIR": str(var),
        "DATABASE_URL": address,
        "REDIS_URL": broker.url,
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "LOG_LEVEL": "ERROR",
        "API_REQUESTS_PER_NETWORK": "1000000000",
    }
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        arguments = [sys.executable, "manage.py", *command, "--verbosity", "0"]
        subprocess.run(arguments, cwd=ROOT, env=environment, check=True)
    return environment


def measure_here(papers: Path) -> None:
    """In a process of its own: fill an empty database, measure, and print all as one line of JSON."""
    import django

    django.setup()
    from benchmarks._site_pages import addresses_of_a_morning, measure
    from benchmarks._site_rows import build, catch_up, telling
    from benchmarks._site_search import search_figures
    from newsletter.models import Entry, Paper, Summary

    built = Path(os.environ["VAR_DIR"]) / BUILT
    if not built.exists():
        with telling("rows"):
            build(pickle.loads(papers.read_bytes()))
    catch_up()
    built.touch()
    if IS_BUILD_ONLY:
        return
    measured = {
        "rows": {
            "papers": Paper.objects.count(),
            "entries": Entry.objects.count(),
            "summaries": Summary.objects.count(),
        },
        "kinds": [asdict(kind) for kind in measure()],
        "search": asdict(search_figures()),
        "addresses": addresses_of_a_morning(),
    }
    print(json.dumps(measured))


def report(measured: dict[str, dict[str, Any]]) -> None:
    """The figures that stay, and what they are made of."""
    kinds = [
        kind | {"database": database}
        for database, figures in measured.items()
        for kind in figures["kinds"]
        if kind["name"] not in ("floor", *PICTURES)
    ]
    about = next(iter(measured.values()))["rows"] | ({} if SCALE == 1 else {"scale": SCALE})
    for name, key, unit, goal in (
        ("median_ms_max", "ms", "ms", "<= 40"),
        ("conditional_ms", "conditional", "ms", "<= 3"),
        ("queries_max", "queries", "queries", "<= 12"),
        ("kilobytes_max", "kilobytes", "KiB", "<= 60"),
    ):
        worst = max(kinds, key=lambda kind: kind[key])
        say(name, worst[key], unit, goal, kind=worst["name"], database=worst["database"], **about)
    for database, crowd_figures in ((name, figures["crowd"]) for name, figures in measured.items()):
        for line in crowd_figures["errors"][:5]:
            sys.stderr.write(f"site: {line}\n")
        count = len(crowd_figures["errors"])
        times = {key: crowd_figures[key] for key in ("median", "p95", "per_second", "asked")}
        say("concurrent_errors", count, "errors", "0", database=database, readers=READERS, **times)
    for database, found in ((name, figures["search"]) for name, figures in measured.items()):
        more = {key: found[key] for key in found if key not in ("recall", "p95", "first_ten")}
        say("search_recall", found["recall"], "share", ">= 0.9", database=database, **more)
        say("search_p95_ms", found["p95"], "ms", "<= 60", database=database)
    firsts = [figures["search"]["first_ten"] for figures in measured.values()]
    differing = sum(any(first[text] != firsts[0][text] for first in firsts) for text in firsts[0])
    say("search_disagreements", differing, "searches", "0", databases=len(firsts))
    for database, kind in _by_database(measured):
        values = {key: kind[key] for key in kind if key not in ("name", "ms")}
        say(f"{kind['name']}_ms", kind["ms"], "ms", "", database=database, **values)


def _by_database(measured: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for database, figures in measured.items():
        for kind in figures["kinds"]:
            yield database, kind


def say(name: str, value: float, unit: str, goal: str, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": f"site.{name}", "value": value, "unit": unit}
    print(json.dumps(line | ({"goal": goal} if goal else {}) | more), flush=True)


if __name__ == "__main__":
    sys.exit(main())
