"""What every test stands on: a place of its own, a real database, a real broker, a real browser.

``TEST_DATABASE=postgres`` runs the same tests on a real PostgreSQL; ``make test`` does both.
"""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.install import find_browser

HOME = Path(tempfile.mkdtemp(prefix="paperpost-tests-"))
RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def isolate() -> None:
    """Before Django reads its settings: tests own their folder, and nobody's .env, database or internet."""
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
        ARXIV_API_URL=nowhere,
        ARXIV_FEED_URL=nowhere,
        ARXIV_SITE_URL=nowhere,
        HUGGINGFACE_URL=nowhere,
        EMAIL_URL="smtp://127.0.0.1:9",
        SITE_URL="https://paperpost.example",
        ALLOWED_HOSTS="testserver,paperpost.example,127.0.0.1,localhost",
        FROM_EMAIL="Paperpost <digest@paperpost.example>",
        CONTACT_EMAIL="operator@paperpost.example",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright's synchronous API runs a loop beside the tests
    )
    if os.environ.get("TEST_DATABASE") == "postgres":
        from tests.postgres import start_postgres

        server = start_postgres(HOME / "postgres")
        atexit.register(server.cleanup)
        os.environ["DATABASE_URL"] = server.get_uri()


isolate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that touch the database are marked, so that a second run can repeat just those on PostgreSQL."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures):
            item.add_marker(pytest.mark.database)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """On CI a skipped test is a failure: there, everything a test needs has to be present."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if os.environ.get("CI") and skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"CI is set and {skipped} tests were skipped: that is a failure.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real data; a test that needs it is skipped where it is missing."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded data (../shared/data) is not here")
    return RECORDED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome."""
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium or Chrome was found, and none could be installed")
    return found


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real Valkey of this session's own."""
    from services.broker import EmbeddedBroker

    with EmbeddedBroker(HOME / "broker") as broker:
        yield broker.url


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def topics(db: None) -> dict[str, object]:
    """The shipped catalogue as rows, by slug."""
    from newsletter.catalogue import load_topics
    from newsletter.models import Topic
    from newsletter.topics import add_missing_topics

    add_missing_topics(load_topics())
    return {topic.slug: topic for topic in Topic.objects.all()}
