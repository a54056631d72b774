"""The proof of work in a real browser: done while the form is filled in, and kind without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from subscriptions.models import Subscriber
from tests.browser.test_accessibility import problems
from tests.browser.test_life import choose, sign_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Open = Callable[..., Page]


@pytest.fixture(autouse=True)
def asked_for(settings, valkey):
    settings.SIGNUP_PROOF_OF_WORK = True
    settings.REDIS_URL = valkey


def test_a_reader_who_fills_in_the_form_notices_a_sentence(open_page: Open):
    page = open_page("/")
    page.locator("#email").focus()
    expect(page.locator(".proof [role=status]")).to_have_text("The check against misuse is done.")
    sign_up(page, "ada@example.org", "robotics")
    assert Subscriber.objects.get().state == "pending"


def test_a_proof_that_was_spent_is_made_anew(open_page: Open):
    page = open_page("/")
    page.locator("#email").focus()
    expect(page.locator(".proof")).to_have_attribute("data-state", "ready")
    page.evaluate("document.getElementById('form').elements.altcha.value = 'bm90aGluZw=='")
    choose(page, "robotics")
    page.locator("#email").fill("ada@example.org")
    page.locator("#form button.primary").click()
    expect(page.locator("#form .banner")).to_contain_text("press the button again")
    page.locator("#form button.primary").click()
    page.wait_for_url("**/check-mail/**")


def test_without_a_script_the_form_says_what_it_needs(open_page: Open):
    page = open_page("/", java_script_enabled=False)
    said = page.locator("noscript p")
    expect(said).to_be_visible()
    assert "which needs JavaScript" in said.inner_text()


@pytest.mark.parametrize(("code", "scheme", "width"), [("ko", "light", 1200), ("ar", "dark", 320)])
def test_axe_finds_nothing_while_and_after_the_proof_is_made_and_when_it_is_refused(
    open_page: Open, code: str, scheme: str, width: int
):
    page = open_page(f"/?language={code}", color_scheme=scheme, viewport={"width": width, "height": 900})
    page.route("**/proof/", lambda _route: None)  # never answered: the calculation stays where it begins
    page.locator("#email").focus()
    expect(page.locator(".proof")).to_have_attribute("data-state", "working")
    found = problems(page, ".door")
    page.unroute("**/proof/")
    page.reload()
    page.locator("#email").focus()
    expect(page.locator(".proof")).to_have_attribute("data-state", "ready")
    found += problems(page, ".door")
    page.evaluate("document.getElementById('form').elements.altcha.value = 'bm90aGluZw=='")
    page.locator("#form button.primary").click()
    expect(page.locator("#form .banner")).to_be_visible()
    found += problems(page)
    assert found == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
