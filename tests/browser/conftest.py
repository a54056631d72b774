"""A real browser before a real server, and workers that do at once what they are handed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request


@pytest.fixture
def site(live_server: Any, topics: dict[str, object]) -> Iterator[str]:
    """The address of a running site with the shipped topics."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield live_server.url
    current_app.conf.task_always_eager = before


def _complaints(message: ConsoleMessage) -> list[str]:
    """Errors, and headers that the browser does not know; that a page has the status 4xx, which a test may
    want, is none.
    """
    is_unknown = message.type == "warning" and "header" in message.text
    is_error = message.type == "error" and "status of 4" not in message.text
    return [message.text] if is_error or is_unknown else []


def _strangers(request: Request, site: str) -> list[str]:
    """The address of a request to any other site than the tested one."""
    return [] if request.url.startswith(site) else [request.url]


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
        page.on("request", lambda request: complaints.extend(_strangers(request, site)))
        page.on("console", lambda message: complaints.extend(_complaints(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints
