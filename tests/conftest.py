"""What every test stands on: a place of its own, a real database, a real broker, a real browser.

``TEST_DATABASE=postgres`` runs the same tests on a real PostgreSQL; ``make test`` does both, in several
processes (pytest-xdist), each with a database, a folder, ports, a broker and a browser of its own.

Repeated on PostgreSQL is what may differ there: constraints and their errors, locks, JSON, bulk writes,
searches, orders and the migrations, each statement at least once. A module whose statements others ask too,
and whose tests are about a text, a page, a mail or an answer, is marked ``any_database``: on SQLite alone.
"""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.install import ARGUMENTS, find_browser
from tests.isolation import HOME
from tests.spread import ModuleScheduling, sort_items

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

# What starts processes: the tests of these folders, and who asks for one of these fixtures.
SYSTEMS = ("tests/chaos", "tests/end_to_end", "tests/server")
SERVICES = {"browser", "chromium", "valkey"}
STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen"}


def pytest_configure() -> None:
    """Settings of the suite.

    Many tests make an account: not each may take the half second that makes passwords hard to guess. Many
    change something and look again at a public page: those are kept only by ``kept_pages``.
    """
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    # How long an example takes says how busy the machine is.
    hypothesis.settings.register_profile("suite", deadline=None)
    hypothesis.settings.load_profile("suite")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    """Marks that follow from what a test asks for; after them, the order."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & fixtures:
            item.add_marker(pytest.mark.database)
        if SERVICES & fixtures or item.nodeid.startswith(SYSTEMS):
            item.add_marker(pytest.mark.processes)
    result = yield
    if "PYTEST_XDIST_WORKER" in os.environ:
        sort_items(items)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ModuleScheduling:
    return ModuleScheduling(config, log)


def pytest_collection_finish() -> None:
    """All that was imported and collected stays: what looks for garbage need not look there each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What tests print of hostile texts has to reach the process that reports, which takes UTF-8 alone."""
    report = yield
    report.sections = [(name, _encodable(text)) for name, text in report.sections]
    if report.longrepr is not None and _encodable(text := str(report.longrepr)) != text:
        report.longrepr = _encodable(text)
    return report


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


_running: list[pytest.Item] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _running[:] = [item]
    try:
        return (yield)
    finally:
        _running.clear()


def _refuse_processes(event: str, _: tuple[Any, ...]) -> None:
    """``make check`` promises to start no process: what does has to say so."""
    if event in STARTS and _running and not _running[0].get_closest_marker("processes"):
        raise RuntimeError(f"{_running[0].nodeid} starts a process: mark it with pytest.mark.processes.")


sys.addaudithook(_refuse_processes)


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
    from django.core.cache import caches

    from lib.counting import own_counts
    from subscriptions.delivery import sender

    for name in caches:
        caches[name].clear()
    own_counts.cache_clear()
    sender.forget_cards()
    yield
    for name in caches:
        caches[name].clear()


@pytest.fixture
def kept_pages(settings: Any) -> None:
    """Public pages are kept as they are outside the tests."""
    from django.core.cache import caches

    from config.settings.stores import PAGES

    settings.CACHES = settings.CACHES | {"pages": PAGES}
    caches["pages"].clear()  # what the test before left there


@pytest.fixture
def topics(db: None) -> dict[str, object]:
    """The shipped catalogue as rows, by slug."""
    from newsletter.models import Topic
    from newsletter.topics.assignment import add_missing_topics
    from newsletter.topics.catalogue import load_topics

    add_missing_topics(load_topics())
    return {topic.slug: topic for topic in Topic.objects.all()}
