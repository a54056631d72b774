"""The front page as a stranger meets it: first screen, fold and live preview; and the page after it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from newsletter.models import Paper, Topic
from subscriptions.models import Subscriber
from tests.browser.test_accessibility import problems
from tests.browser.test_life import choose, press, reader, sign_up, unfold
from tests.factories import make_edition, make_paper, make_summary

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Open = Callable[..., Page]

HEADLINES = {
    "en": "A headline that is as long as the titles of new papers are, and says what was found in them",
    "ko": "실제 논문의 제목만큼 길고 무엇을 알아냈는지까지 모두 말해 주는 새 논문의 주요 소식 한 줄",
    "zh-Hans": "一篇新论文的标题，长度与真实论文的标题相当，并且完整地说明了研究者究竟发现了什么",
    "ja": "実際の論文の題名と同じくらい長く、何が明らかになったのかまでを伝える新しい論文の見出し",
    "ar": "عنوان ورقة جديدة بطول عناوين الأوراق الحقيقية يوضح ما الذي توصل إليه الباحثون فيها",
}
# Adds up what moves without having been asked to, as browsers measure it (Layout Instability, CLS).
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def papers(topics: dict[str, Topic]) -> list[Paper]:
    day = timezone.now().date()
    papers = [
        make_paper(title=f"{HEADLINES['en']} ({number})", day=day, votes=9 - number) for number in range(6)
    ]
    for number, paper in enumerate(papers):
        for code, title in HEADLINES.items():
            make_summary(paper, code, title=f"{title} ({number})" if code != "en" else "")
    make_edition(topics["large-language-models"], papers, day=day)
    make_edition(topics["robotics"], papers[3:], day=day)
    return papers


@pytest.mark.parametrize("code", HEADLINES)
def test_what_matters_stands_in_the_first_screen_and_three_fields_sign_up(
    open_page: Open, papers: list[Paper], code: str
):
    page = open_page(f"/?language={code}", viewport={"width": 375, "height": 812})
    page.evaluate(WATCH_SHIFTS)
    shown = [
        page.locator(each) for each in ("h1", ".headlines li a", "#topics label.chip", "#email", ".how-now")
    ]
    shown.append(page.locator("#form button.primary"))
    for width, height in ((375, 812), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        boxes = [box for each in shown for one in each.all() if (box := one.bounding_box())]
        assert len(boxes) == 1 + 3 + 3 + 1 + 1 + 1
        assert min(box["y"] for box in boxes) >= 0
        assert max(box["y"] + box["height"] for box in boxes) <= height
    expect(page.locator("#form button:visible, [data-preview]:visible")).to_have_count(1)
    page.evaluate("window.shifted = 0")
    page.locator("#topics input").nth(1).check()
    expect(page.locator("#preview .glance li")).to_have_count(6)
    assert page.evaluate("window.shifted") <= 0.02
    assert problems(page) == []
    page.locator("#email").fill("ada@example.org")
    press(page, "#form button.primary")
    assert reader().topics.get().slug == "large-language-models"
    assert (reader().language, reader().hour, reader().cadence) == (code, 8, "weekdays")


def test_the_fold_says_what_is_in_it_and_follows_the_choices(open_page: Open):
    page = open_page("/?language=ko", timezone_id="Asia/Calcutta")
    said = page.locator("[data-now]")
    expect(said).to_have_text("평일 오전 8시(콜카타 시간)에 한국어로")
    unfold(page)
    page.locator("#cadence").select_option("weekly")
    page.locator("#weekday").select_option("2")
    page.locator("#hour").select_option("21")
    page.locator("#language").select_option("ar")
    page.locator("#zone").select_option("Asia/Seoul")
    expect(said).to_have_text("매주 수요일 오후 9시(서울 시간)에 아랍어로")
    # The server says the same.
    page.locator("#email").fill("nothing")
    press(page, "#form button.primary")
    expect(said).to_have_text("매주 수요일 오후 9시(서울 시간)에 아랍어로")
    expect(page.locator("#how")).not_to_have_attribute("open", "")


@pytest.mark.parametrize(
    ("browser_zone", "kept", "shown"),
    [
        ("Asia/Calcutta", "Asia/Kolkata", "Kolkata (UTC+5:30)"),
        ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia", "Ushuaia (UTC\N{MINUS SIGN}3)"),
    ],
)
def test_a_browsers_own_zone_is_taken_listed_or_not(
    open_page: Open, browser_zone: str, kept: str, shown: str
):
    page = open_page("/?language=en", timezone_id=browser_zone)
    assert page.evaluate("document.getElementById('zone').selectedOptions[0].text") == shown
    sign_up(page, "ada@example.org", "robotics")
    assert reader().time_zone == kept


def test_the_picture_is_the_digest_of_ones_own_choices(open_page: Open, papers: list[Paper]):
    asked: list[str] = []
    page = open_page("/?language=en", viewport={"width": 1280, "height": 800})
    page.on("request", lambda request: asked.extend([request.url] if "/preview/" in request.url else []))
    look = page.locator("#preview .look")
    expect(look).to_contain_text("From the latest edition")
    expect(page.locator("[data-preview]")).to_be_hidden()
    choose(page, "large-language-models")
    expect(look.locator(".glance li")).to_have_count(6)
    choose(page, "robotics")
    page.locator("input[value=large-language-models]").uncheck()
    expect(look.locator(".glance li")).to_have_count(3)
    page.locator("#language").select_option("ko")
    expect(look.locator(".letter-translated").first).to_contain_text("실제 논문의 제목만큼")
    page.locator("#language").select_option("en")
    expect(look.locator(".letter-translated")).to_have_count(0)
    assert len(asked) == 3  # two changes at once are one question, and what was asked is not asked again
    page.locator("input[value=robotics]").uncheck()
    expect(look).to_contain_text("From the latest edition")
    assert not Subscriber.objects.exists()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.now().astimezone(), tick=True) as traveller:
        yield traveller


@pytest.mark.parametrize("has_script", [True, False])
def test_a_wrong_address_is_put_right_and_the_mail_sent_once_more(
    open_page: Open, clock: time_machine.Traveller, has_script: bool
):
    page = open_page("/?language=en", java_script_enabled=has_script)
    if has_script:
        page.clock.install()
        page.reload()
        page.clock.fast_forward(2000)
    unfold(page)
    page.locator("#size").select_option("5")
    sign_up(page, "adda@example.org", "robotics")
    expect(page.locator("main")).to_contain_text("adda@example.org")
    page.get_by_role("link", name="Wrong address?").click()
    expect(page.locator("#email")).to_be_focused()
    expect(page.locator("#email")).to_have_value("adda@example.org")
    expect(page.locator("#topics input[value=robotics]")).to_be_checked()
    assert page.locator("#size").input_value() == "5"
    page.locator("#email").fill("ada@example.org")
    clock.shift(timedelta(seconds=2))  # one call of a worker a second is enough for all sign-ups
    if has_script:
        page.clock.fast_forward(2000)
    press(page, "#form button.primary")
    assert mail.outbox[-1].to == ["ada@example.org"]

    if has_script:  # axe is one
        assert problems(page) == []

    again = page.locator("[data-resend] button")
    if has_script:
        expect(again).to_be_hidden()
    else:
        press(page, "[data-resend] button")
        expect(page.locator("[role=alert]")).to_contain_text("minute")
        assert len(mail.outbox) == 2
    clock.shift(timedelta(seconds=61))
    if has_script:
        page.clock.fast_forward(61_000)
        expect(again).to_be_visible()
    press(page, "[data-resend] button")
    expect(page.locator("main")).to_contain_text("again")
    assert [message.to for message in mail.outbox[1:]] == [["ada@example.org"], ["ada@example.org"]]
