"""What every test stands on: a place of its own, a real database, a real broker, a real browser.

``TEST_DATABASE=postgres`` runs the same tests on a real PostgreSQL; ``make test`` does both.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.install import ARGUMENTS, find_browser
from tests.isolation import HOME

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


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
    if reporter and os.environ.get("CI") and skipped and exitstatus == pytest.ExitCode.OK:
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
def browser(chromium: str) -> Iterator[Browser]:
    """The one browser of a session: Playwright's loop runs in this thread and suffers no second."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real Valkey of this session's own."""
    from services.broker import EmbeddedBroker

    with EmbeddedBroker(HOME / "broker") as broker:
        yield broker.url


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    from django.core.cache import cache

    from subscriptions.abuse.throttling import own_counts

    cache.clear()
    own_counts.cache_clear()
    yield
    cache.clear()


@pytest.fixture
def topics(db: None) -> dict[str, object]:
    """The shipped catalogue as rows, by slug."""
    from newsletter.models import Topic
    from newsletter.topics.assignment import add_missing_topics
    from newsletter.topics.catalogue import load_topics

    add_missing_topics(load_topics())
    return {topic.slug: topic for topic in Topic.objects.all()}
