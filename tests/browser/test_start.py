"""A start in one's own words, in a real browser: chips by one press with a script, a filled form without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_paper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database, pytest.mark.slow]

Open = Callable[..., Page]
WORDS = "I work on robot manipulation"


@pytest.fixture
def papers(topics: dict[str, object]) -> None:
    make_paper(title="Robot Manipulation by Touch", abstract="A hand feels.", categories=["cs.RO"])
    for number in range(10):
        make_paper(title=f"On other matters {number}")


def ask(page: Page) -> None:
    page.locator("details.how > summary").click()
    page.locator("details.start > summary").click()
    page.locator("#start-text").fill(WORDS)
    page.locator("[data-start]").click()


@pytest.mark.usefixtures("papers")
def test_suggestions_are_taken_over_and_given_back_by_one_press(open_page: Open):
    page = open_page("/")
    page.locator("#email").fill("ada@example.org")
    ask(page)
    topic = page.locator('[data-take-topic="robotics"]')
    search = page.locator("[data-take-search]")
    topic.click()
    expect(topic).to_have_attribute("aria-pressed", "true")
    expect(page.locator('input[name="topics"][value="robotics"]')).to_be_checked()
    search.click()
    expect(page.locator("#keywords")).to_have_value('"robot manipulation"')
    search.click()
    expect(page.locator("#keywords")).to_have_value("")
    topic.click()
    expect(page.locator('input[name="topics"][value="robotics"]')).not_to_be_checked()
    expect(page.locator("#email")).to_have_value("ada@example.org")


@pytest.mark.usefixtures("papers")
def test_without_a_script_enter_signs_up_and_the_button_fills_the_form_in(open_page: Open):
    page = open_page("/", java_script_enabled=False)
    page.locator("#email").fill("ada@example.org")
    ask(page)
    expect(page.locator('input[name="topics"][value="robotics"]')).to_be_checked()
    expect(page.locator("#keywords")).to_have_value('"robot manipulation"')
    expect(page.locator("#email")).to_have_value("ada@example.org")
    page.locator("#email").press("Enter")
    page.wait_for_url(lambda url: "/start/" not in url)
