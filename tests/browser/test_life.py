"""A reader's whole life in a browser, in three languages, with and without a script."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from newsletter.models import Topic
from subscriptions import delivery
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers.links import token
from tests.factories import make_edition, make_paper, make_subscriber, make_summary
from tests.subscriptions.visitors import link_in

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


def unfold(page: Page) -> None:
    """Open what stands under "How and when"."""
    if page.locator("#how").get_attribute("open") is None:
        page.locator("#how > summary").click()


def choose(page: Page, slug: str) -> None:
    """Tick a topic as a person does: where it is not among the first, open the fold and its area."""
    box = page.locator(f"input[value={slug}]")
    if not page.locator("#topics").locator(box).count():
        unfold(page)
        area = page.locator("details.area", has=box)
        if area.get_attribute("open") is None:
            area.locator("summary").click()
    box.check()


def sign_up(page: Page, address: str, *slugs: str) -> None:
    for slug in slugs:
        choose(page, slug)
    page.locator("#email").fill(address)
    page.locator("#form button.primary").click()
    page.wait_for_url("**/check-mail/**")


def press(page: Page, selector: str = "main form button.primary") -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def reader() -> Subscriber:
    return Subscriber.objects.get()


LANGUAGES = [
    ("en", "ltr"),
    pytest.param("ko", "ltr", marks=pytest.mark.any_database),
    pytest.param("ar", "rtl", marks=pytest.mark.any_database),
]


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_a_whole_life(open_page: Open, code: str, direction: str, has_script: bool):
    robotics = Topic.objects.get(slug="robotics")
    paper = make_paper(day=timezone.now().date(), published_at=timezone.now())
    make_summary(paper, code)
    make_edition(robotics, [paper], day=timezone.now().date())

    page = open_page(f"/?language={code}", timezone_id="Asia/Kolkata", java_script_enabled=has_script)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator(".headlines li")).to_have_count(1)
    if not has_script:
        unfold(page)
        page.locator("#zone").select_option("Asia/Kolkata")
    sign_up(page, "ada@example.org", "robotics", "diffusion-models")
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("main")).to_contain_text("ada@example.org")
    assert "ada" not in page.url
    assert (reader().time_zone, reader().language, reader().hour) == ("Asia/Kolkata", code, 8)

    page.goto(link_in(mail.outbox[0], "confirm"))
    expect(page.locator("html")).to_have_attribute("lang", code)
    press(page)
    assert reader().state == "active"

    delivery.enqueue(timezone.now())
    first = Delivery.objects.get()
    assert [pick.paper for pick in first.picks.papers] == [paper.pk]

    page.locator("main a.button").click()
    page.locator("input[value=robotics]").uncheck()
    page.locator("#hour").select_option("21")
    press(page, "#form button.primary")
    assert (reader().hour, [topic.slug for topic in reader().topics.all()]) == (21, ["diffusion-models"])

    page.locator("#until").fill((timezone.now() + timedelta(days=30)).date().isoformat())
    press(page, "#pause form >> nth=0 >> button")
    assert reader().state == "paused"
    press(page, "#pause button[name=resume]")
    assert reader().state == "active"

    expect(page.locator("main")).not_to_contain_text("ada@example.org")
    press(page, "#data form[action$='/my-data/'] button")
    page.goto(link_in(mail.outbox[-1], "my-data"))
    expect(page.locator("main")).to_contain_text("ada@example.org")
    page.locator("#new-email").fill("ada@new.example.org")
    press(page, "#address button")
    page.goto(link_in(mail.outbox[-1], "arrive"))
    press(page)
    assert reader().email == "ada@new.example.org"
    page.locator("main a.button").click()
    preferences = page.url

    page.locator("#data a[href*='/unsubscribe/']").click()
    press(page)
    assert reader().state == "unsubscribed"
    press(page, "main form button")
    assert reader().state == "active"

    page.goto(preferences)
    press(page, "#data form[action$='/my-data/'] button")
    page.goto(link_in(mail.outbox[-1], "my-data"))
    with page.expect_download() as download:
        page.locator("a[href$='paperpost.json']").click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert exported["email"] == "ada@new.example.org"

    page.locator("a[href$='/erase/']").click()
    press(page, "button.danger")
    assert not Subscriber.objects.exists()
    answer = page.goto(preferences)
    assert answer is not None
    assert answer.status == 410


def test_what_is_wrong_without_a_script_is_shown_where_it_is_and_nothing_typed_is_lost(open_page: Open):
    page = open_page("/?language=en", java_script_enabled=False)
    expect(page.locator("#topic-search")).to_have_count(0)
    choose(page, "robotics")
    page.locator("details.own:has(#keywords) > summary").click()
    page.locator("#keywords").fill("(robot")
    page.locator("#email").fill("ada@example")
    page.locator("#how > summary").click()  # fold it again
    press(page, "#form button.primary")
    expect(page.locator("#email-error")).to_be_visible()
    expect(page.locator("#keywords-error")).to_be_visible()
    expect(page.locator("#keywords")).to_have_value("(robot")
    expect(page.locator("#topics input[value=robotics]")).to_be_checked()
    page.locator("#keywords").fill("")
    page.locator("#email").fill("ada@example.org")
    press(page, "#form button.primary")
    assert reader().topics.get().slug == "robotics"


def test_a_preview_without_a_script_is_the_same_page_with_all_that_was_typed(open_page: Open):
    page = open_page("/?language=en", java_script_enabled=False)
    choose(page, "diffusion-models")
    page.locator("#email").fill("half@")
    press(page, "[data-preview]")
    expect(page.locator("#preview")).to_contain_text("the next one may")
    expect(page.locator("#email")).to_have_value("half@")
    expect(page.locator("input[value=diffusion-models]")).to_be_checked()


def test_the_catalogue_is_searched_while_typing_and_has_the_first_topics_too(open_page: Open):
    page = open_page("/?language=en")
    page.get_by_role("link", name="All topics").click()
    chip = "[data-catalogue] .chip"
    page.locator("#topic-search").fill("ROBOT")
    expect(page.locator(chip, has=page.locator("input[value=robotics]"))).to_be_visible()
    expect(page.locator(chip, has=page.locator("input[value=cosmology]"))).to_be_hidden()
    page.locator("#topic-search").fill("로보틱스")
    expect(page.locator(chip, has=page.locator("input[value=robotics]"))).to_be_visible()
    page.locator("#topic-search").fill("zzzz")
    expect(page.locator("[data-catalogue] .area:visible")).to_have_count(0)
    expect(page.locator(".search .hint")).not_to_be_empty()
    page.locator("#topic-search").fill("diffusion models")
    page.locator(chip, has_text="Diffusion models").locator("input").check()
    expect(page.locator("#topics input[value=diffusion-models]")).to_be_checked()
    page.locator("#topics input[value=diffusion-models]").uncheck()
    expect(page.locator(chip, has_text="Diffusion models").locator("input")).not_to_be_checked()
    page.locator("#topic-search").fill("")
    expect(page.locator("[data-catalogue] .area:visible")).not_to_have_count(0)


def test_a_search_says_what_it_would_have_found(open_page: Open):
    make_paper(title="Robots that fold shirts", day=timezone.now().date())
    page = open_page("/?language=en")
    unfold(page)
    page.locator("details.own:has(#keywords) > summary").click()
    page.locator("#keywords").fill("robot shirts")
    expect(page.locator("[data-findings=keywords]")).to_contain_text("1 paper in the last 5 days")
    expect(page.locator("[data-findings=keywords]")).to_contain_text("Robots that fold shirts")
    page.locator("#keywords").fill("(robot")
    expect(page.locator("[data-findings=keywords]")).to_contain_text("bracket")


def test_a_preview_that_fails_says_so_and_can_be_asked_for_again(open_page: Open):
    address = f"/preferences/{token(make_subscriber(), 'preferences')}/"
    page = open_page(address)
    choose(page, "robotics")
    page.route("**/preview/**", lambda route: route.fulfill(status=429))
    page.locator("[data-preview]").click()
    expect(page.locator("#preview")).to_contain_text("try again")
    page.unroute("**/preview/**")
    page.locator("[data-preview]").click()
    expect(page.locator("#preview")).to_contain_text("the next one may")
    expect(page.locator("#preview")).to_be_in_viewport()


def test_everything_is_reached_by_keyboard(open_page: Open):
    page = open_page("/?language=en")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    box = page.locator("input[value=large-language-models]")
    for _ in range(40):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    page.locator("#email").focus()
    page.keyboard.type("ada@example.org")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert reader().topics.get().slug == "large-language-models"


def test_the_day_of_the_week_is_asked_only_where_it_counts(open_page: Open):
    page = open_page("/?language=en")
    unfold(page)
    expect(page.locator("#weekday")).to_be_hidden()
    page.locator("#cadence").select_option("weekly")
    expect(page.locator("#weekday")).to_be_visible()
