"""A list of 100,000 subscribers taken in on PostgreSQL by ``import_subscribers``, and then once more.

``rosters.rss_growth`` compares the command's peak memory with that for a list of a tenth.
``rosters.changed_by_second_run`` counts the tables of people that a second run of the same file leaves other
than they were, byte by byte.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("SCALE", "1"))
LINES = max(int(100_000 * SCALE), 1000)
TABLES = ("subscriber", "subscription", "consentevent", "suppression", "signup")


def main() -> int:
    """Print the figures, one JSON object a line."""
    from tests.postgres import start_postgres

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-rosters-")))
        postgres = start_postgres(folder / "postgres")
        stack.callback(postgres.cleanup)
        environment = os.environ | {
            "DEBUG": "0",  # in debugging, Django keeps every statement
            "ENV_FILE": "",
            "SECRET_KEY": "only-for-benchmarks-" * 3,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "http://127.0.0.1",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": postgres.get_uri(),
        }
        manage(environment, "migrate", "--verbosity", "0")
        small, whole = (
            write_list(folder / "small.csv", LINES // 10, "s"),
            write_list(folder / "whole.csv", LINES, "w"),
        )
        _, _, tenth = take_in(environment, small)
        counts, seconds, used = take_in(environment, whole)
        before = [content(postgres, table) for table in TABLES]
        again, again_seconds, _ = take_in(environment, whole)
        after = [content(postgres, table) for table in TABLES]
    if counts["imported"] != LINES or again["known"] != LINES:
        sys.stderr.write(f"rosters: of {LINES} lines became first {counts}, then {again}.\n")
        return 1
    figure("rosters.import_seconds", seconds, "s", goal="<= 60", lines=LINES)
    figure("rosters.import_cpu_seconds", used.ru_utime + used.ru_stime, "s")
    figure("rosters.second_run_seconds", again_seconds, "s", lines=LINES)
    figure("rosters.rss_growth", used.ru_maxrss / tenth.ru_maxrss, "ratio", goal="<= 1.1")
    figure("rosters.rss_mb", used.ru_maxrss / 1024, "MB")
    changed = sum(first != second for first, second in zip(before, after, strict=True))
    figure("rosters.changed_by_second_run", changed, "tables", goal="0")
    return 0


def write_list(path: Path, lines: int, mark: str) -> Path:
    """A list as Mailchimp writes it, with a time zone, topics and searches of everybody's own."""
    zones = ("Europe/Berlin", "Asia/Seoul", "America/New_York", "UTC")
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ("Email Address", "Status", "Language", "Time Zone", "Topics", "Keywords", "OPTIN_TIME")
        )
        for line in range(lines):
            table.writerow(
                (
                    f"reader.{mark}{line}@mail{line % 300}.example.org",
                    "subscribed",
                    ("en", "ko", "ja", "de-AT")[line % 4],
                    zones[line % 4],
                    "robotics;Large language models",
                    "diffusion model" if line % 3 else "",
                    "2025-05-01 10:00:00",
                )
            )
    return path


def take_in(environment: dict[str, str], path: Path) -> tuple[dict[str, Any], float, Any]:
    """The counts of one import, its seconds from start to end, and what of the machine it used."""
    began = time.perf_counter()
    command = [sys.executable, "manage.py", "import_subscribers", str(path), "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"import_subscribers ended with status {process.returncode}.")
    return json.loads(output), time.perf_counter() - began, usage


def content(postgres: Any, table: str) -> str:
    """A hash of all rows of a table."""
    return str(
        postgres.psql(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM subscriptions_{table} t")
    )


def manage(environment: dict[str, str], *arguments: str) -> None:
    """Run one of Django's commands. Raises CalledProcessError if it fails."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)


def figure(name: str, value: float, unit: str, **more: object) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": name, "value": round(value, 3), "unit": unit, **more}
    print(json.dumps(line | ({} if SCALE == 1 else {"scale": SCALE})))


if __name__ == "__main__":
    sys.exit(main())
