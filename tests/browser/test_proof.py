"""The proof of work in a real browser: done while the form is filled in, and kind without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from subscriptions.models import Subscriber
from tests.browser.test_life import choose, sign_up

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture(autouse=True)
def asked_for(settings, valkey):
    settings.SIGNUP_PROOF_OF_WORK = True
    settings.REDIS_URL = valkey


def test_a_reader_who_fills_in_the_form_notices_a_sentence(open_page: Open):
    page = open_page("/")
    page.locator("#email").focus()
    expect(page.locator(".proof [role=status]")).to_have_text("The small calculation against misuse is done.")
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
    expect(page.locator("#form .banner")).to_contain_text("press the button once more")
    page.locator("#form button.primary").click()
    page.wait_for_url("**/check-mail/**")


def test_without_a_script_the_form_says_what_it_needs(open_page: Open):
    page = open_page("/", java_script_enabled=False)
    said = page.locator("noscript p")
    expect(said).to_be_visible()
    assert "that needs JavaScript" in said.inner_text()
