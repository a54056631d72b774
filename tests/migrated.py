"""A migrated SQLite database: made once a run, and copied where a process needs one of its own.

Migrating takes seconds of computing, and each test that starts services needs a database.
"""

import atexit
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_folder() -> Path:
    """The folder that the processes of one run of tests share; the first of them removes it in the end."""
    if "TEST_RUN_FOLDER" not in os.environ:
        os.environ["TEST_RUN_FOLDER"] = tempfile.mkdtemp(prefix="paperpost-run-")
        atexit.register(shutil.rmtree, os.environ["TEST_RUN_FOLDER"], ignore_errors=True)
    return Path(os.environ["TEST_RUN_FOLDER"])


def copy_migrated(path: Path) -> None:
    """Put an empty database with all tables at ``path``."""
    template = run_folder() / "migrated.sqlite3"
    with (run_folder() / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _migrate(template)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    path.chmod(0o600)


def _migrate(template: Path) -> None:
    unfinished = template.with_suffix(".unfinished")
    environment = {
        "ENV_FILE": "",
        "DEBUG": "1",
        "SECRET_KEY": "only-for-tests",
        "VAR_DIR": str(template.parent / "var"),
        "DATABASE_URL": f"sqlite:///{unfinished}",
    }
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)
    with closing(sqlite3.connect(unfinished)) as database:
        database.execute("PRAGMA journal_mode=DELETE")  # all of it is in the one file
    unfinished.rename(template)
