"""Loaded before Django reads its settings (``-p tests.isolation``): tests stand on a place of their own."""

import atexit
import os
import tempfile
from pathlib import Path

from tests.migrated import run_folder
from tests.postgres import start_postgres

HOME = Path(tempfile.mkdtemp(prefix="paperpost-tests-"))


def isolate() -> None:
    """Before Django reads its settings: tests own their folder, and nobody's .env, database or internet."""
    run_folder()
    nowhere = "http://127.0.0.1:9"  # the discard port: a test that needs a server asks for one
    os.environ.update(
        ENV_FILE="",
        VAR_DIR=str(HOME),
        DEBUG="1",
        SECRET_KEY="only-for-tests",
        DATABASE_URL="",
        REDIS_URL="",
        OPENAI_BASE_URL="",
        OPENAI_API_KEY="",
        JUDGE_MODEL="none",  # tests count calls; those of the second look ask for it
        ARXIV_API_URL=nowhere,
        ARXIV_FEED_URL=nowhere,
        ARXIV_SITE_URL=nowhere,
        HUGGINGFACE_URL=nowhere,
        EMAIL_URL="smtp://127.0.0.1:9",
        SITE_URL="https://paperpost.example",
        SITE_CHECK_URL="none",
        ALLOWED_HOSTS="testserver,paperpost.example,127.0.0.1,localhost",
        FROM_EMAIL="Paperpost <digest@paperpost.example>",
        CONTACT_EMAIL="operator@paperpost.example",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright's synchronous API runs a loop beside the tests
    )
    if os.environ.get("TEST_DATABASE") == "postgres":
        # One server for all processes of a run: pytest-django gives each a database of its own.
        address = os.environ.get("TEST_POSTGRES") or _start_postgres()
        os.environ.update(DATABASE_URL=address, TEST_POSTGRES=address)


def _start_postgres() -> str:
    # Beside HOME, which settings keep for its owner alone: PostgreSQL runs as a user of its own.
    server = start_postgres(Path(tempfile.mkdtemp(prefix="paperpost-postgres-")) / "data")
    atexit.register(server.cleanup)
    return str(server.get_uri())


isolate()
