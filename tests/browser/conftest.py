"""A real browser before a real server, and workers that do at once what they are handed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page


@pytest.fixture
def site(live_server: Any, topics: dict[str, object]) -> Iterator[str]:
    """The address of a running site with the shipped topics."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield live_server.url
    current_app.conf.task_always_eager = before


def _is_complaint(said: ConsoleMessage) -> bool:
    """Errors; that a page has the status 4xx, which a test may want, is none."""
    return said.type == "error" and "status of 4" not in said.text


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages; afterwards none may have asked anybody else for anything, or complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=site, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda sent: sent.url.startswith(site) or complaints.append(sent.url))
        page.on("console", lambda said: _is_complaint(said) and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints
