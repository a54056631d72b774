"""Readers' pages, looked at by axe-core: light and dark, left to right and right to left, narrow and wide.

Of the pages that everybody may see, :mod:`tests.browser.test_site` looks at every kind in every language.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from newsletter.models import Topic
from subscriptions.readers.links import token
from tests.browser.axe import bring_axe, violations
from tests.factories import make_edition, make_paper, make_subscriber
from tests.pages import all_pages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
ARCHIVE = {"", "api", "archive", "authors", "feeds", "papers", "privacy", "search", "today", "topics"}


def problems(page: Page, within: str | None = None) -> list[str]:
    return [f"{page.url} {each}" for each in violations(page, within=within)]


def is_of_a_reader(path: str) -> bool:
    """Whether it is no page of the archive."""
    return path.partition("?")[0].split("/")[1] not in ARCHIVE


@pytest.mark.parametrize(
    ("code", "scheme", "width"),
    [("en", "light", 1200), ("ko", "dark", 375), ("ar", "light", 320)],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    open_page: Callable[..., Page], code: str, scheme: str, width: int
):
    page = open_page("/", color_scheme=scheme, viewport={"width": width, "height": 900})
    bring_axe(page)
    found: list[str] = []
    for path in filter(is_of_a_reader, all_pages(code)):
        page.goto(path)
        page.evaluate("for (const closed of document.querySelectorAll('details')) closed.open = true")
        found += problems(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path} is wider than {width} pixels")
    assert found == []


def test_axe_finds_nothing_on_pages_that_follow_a_press(open_page: Callable[..., Page]):
    page = open_page("/?language=en")
    found: list[str] = []

    def press(selector: str) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()
        found.extend(problems(page))

    press("#form button.primary")
    assert page.locator("#email-error").is_visible()
    reader = make_subscriber(topics=list(Topic.objects.filter(slug="robotics")), new_email="new@example.org")
    page.goto(f"/confirm/{token(make_subscriber(state='pending', confirmed_at=None), 'confirm')}/")
    press("main form button")
    page.goto(f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    press("button[name=cadence]")
    page.goto(f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    press("button.primary")
    press("main form button")
    page.goto(f"/arrive/{token(reader, 'email-confirm')}/")
    press("main form button")
    reader.refresh_from_db()
    page.goto(f"/vote/{token(reader, 'vote')}/?paper={make_paper().arxiv_id}")
    press("main form button")
    press("main form button")
    page.goto(f"/my-data/{token(reader, 'my-data')}/import/")
    press("#list button")
    assert page.locator("#file-error").is_visible()
    page.locator("#pasted").fill("2403.03163\nNobody knows this title\nhttps://example.org/")
    press("#list button")
    press("form.survey button.primary")
    assert page.locator("#brought").is_visible()
    make_edition(Topic.objects.get(slug="robotics"), [make_paper(), make_paper()])
    page.goto(f"/rate/{token(reader, 'vote')}/")
    press("form.rate button")
    page.goto(f"/vote/{token(reader, 'vote')}/?paper={make_paper().arxiv_id}&value=-1")
    press("main form button.primary")
    press(".fewer button")
    press("main form button")
    page.goto(f"/preferences/{token(reader, 'preferences')}/")
    page.locator("#until").fill("2020-01-01")
    press("#pause form >> nth=0 >> button")
    page.goto(f"/preferences/{token(reader, 'preferences')}/")
    press("#data form button")
    page.goto(f"/my-data/{token(reader, 'my-data')}/")
    page.locator("#new-email").fill("nothing")
    press("#address button")
    page.goto(f"/my-data/{token(reader, 'my-data')}/erase/")
    press("button.danger")
    assert found == []
