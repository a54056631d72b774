"""A vote in a mail, and the next day's digest: another order, and why, in the reader's language."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from newsletter.features.corpus import take_in_features
from newsletter.models import Paper, Topic
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.models import Subscriber, Vote
from tests.factories import make_edition, make_paper, make_subscriber, make_summary
from tests.mail_checker import content_of, faults_of
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Open = Callable[..., Page]

SUBJECTS = ("Gloves", "Kites", "Pots", "Roofs", "Sails", "Wheels")
OF_THE_AUTHOR = {
    "en": "by Grace Hopper, whom you liked",
    "ko": "좋아하신 저자 Grace Hopper의 논문",
    "ar": "بقلم Grace Hopper، ممن أعجبتك أوراقهم",
}
OF_THE_WORDS = {
    "en": "shares “weaving looms” with “Weaving Looms by Reinforcement”, which you liked",
    "ko": "좋아하신 논문 “Weaving Looms by Reinforcement”에도 나온 표현 “weaving looms”",
    "ar": "تشترك في «weaving looms» مع ورقة «Weaving Looms by Reinforcement» التي أعجبتك",
}
VOTED = {
    "en": "From your next digest on, papers like this one are ranked higher.",
    "ko": "다음 메일부터 비슷한 논문을 더 위쪽에 싣습니다.",
    "ar": "ابتداءً من نشرتك القادمة ستظهر الأوراق المشابهة في موضع أعلى.",
}


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        yield server


def announce(day: datetime, language: str, *papers: Paper) -> None:
    """An edition of ``papers``, summarised, in the order of everybody's votes."""
    for paper in papers:
        make_summary(paper, language)
    take_in_features(now=day)
    make_edition(Topic.objects.get(slug="robotics"), list(papers), day=day.date())


def others(day: datetime) -> list[Paper]:
    """Papers that nobody has voted for, each by people and of words of its own."""
    return [
        make_paper(
            day=day.date(),
            title=f"{subject} {day.date():%A}",
            abstract=f"{subject} were measured by hand. They hold longer than before.",
            authors=[f"{subject} {name}" for name in ("Miller", "Baker")],
            votes=50 - place,
        )
        for place, subject in enumerate(SUBJECTS)
    ]


def mails_of(sink: SmtpSink, *, at: datetime, language: str) -> dict[str, EmailMessage]:
    """What a mail server got when the digests due ``at`` were sent, by recipient: faultless mails."""
    before = len(sink.bodies)
    Subscriber.objects.update(next_due_at=at)
    call_command("send_digests", "--at", at.isoformat())
    mails = {}
    for body in sink.bodies[before:]:
        assert faults_of(body, language=language) == []
        message = message_from_bytes(body, policy=policy.default)
        assert isinstance(message, EmailMessage)
        mails[str(message["To"])] = message
    return mails


def titles_of(mail: EmailMessage) -> list[str]:
    """The titles of the papers that stand in the mail in full, from the top."""
    return [
        unescape(title) for title in re.findall(r"<h2[^>]*><a [^>]*>([^<]*)</a>", content_of(mail, "html"))
    ]


def vote_link(mail: EmailMessage, paper: Paper) -> str:
    """The path behind "more like this" of ``paper``."""
    links = [unescape(link) for link in re.findall(r'href="([^"]*/vote/[^"]*)"', content_of(mail, "html"))]
    (link,) = [link for link in links if f"paper={paper.arxiv_id}&value=1" in link]
    return urlsplit(link)._replace(scheme="", netloc="").geturl()


def read_in(browser: Browser, html: str) -> str:
    """What a person sees of a mail."""
    with browser.new_page() as page:
        page.set_content(html)
        return page.locator("body").inner_text()


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
@pytest.mark.parametrize("shared", ["author", "words"])
def test_a_vote_in_a_mail_changes_the_next_days_digest_which_says_why(
    open_page: Open, browser: Browser, sink: SmtpSink, language: str, shared: str
):
    robotics, today = Topic.objects.get(slug="robotics"), timezone.now()
    tomorrow = today + timedelta(days=1)
    liked = make_paper(
        day=today.date(),
        title="Weaving Looms by Reinforcement",
        abstract="Weaving looms learn to weave. Weaving looms that learned need no hand.",
        authors=["Grace Hopper"],
        votes=40,
    )
    announce(today, language, *others(today), liked)
    reader, neighbour = (
        make_subscriber(address, topics=[robotics], language=language, size=len(SUBJECTS) + 1)
        for address in ("ada@example.org", "bob@example.org")
    )
    first = mails_of(sink, at=today, language=language)
    assert titles_of(first[reader.email]) == titles_of(first[neighbour.email])

    page = open_page(vote_link(first[reader.email], liked), locale="en-GB")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert not Vote.objects.exists()
    with page.expect_navigation():
        page.locator("main form button.primary").click()
    expect(page.locator("main .lede")).to_have_text(VOTED[language])
    assert list(Vote.objects.values_list("subscriber", "paper", "value")) == [(reader.pk, liked.pk, 1)]

    alike = make_paper(
        day=tomorrow.date(),
        title="Hats by Steam" if shared == "author" else "Steam for Weaving Looms",
        abstract="Steam shapes felt." if shared == "author" else "Weaving looms are driven by steam.",
        authors=["Grace Hopper", "Mary Shelley"] if shared == "author" else ["Mary Shelley"],
    )
    announce(tomorrow, language, *others(tomorrow), alike)
    second = mails_of(sink, at=tomorrow, language=language)
    for_reader, for_neighbour = second[reader.email], second[neighbour.email]
    assert titles_of(for_neighbour)[-1] == alike.title
    assert titles_of(for_reader)[0] == alike.title

    sentence = (OF_THE_AUTHOR if shared == "author" else OF_THE_WORDS)[language]
    for mail, says in ((for_reader, 1), (for_neighbour, 0)):
        assert read_in(browser, content_of(mail, "html")).count(sentence) == says
        text = re.sub("[\u2066-\u2069]", "", content_of(mail, "plain"))
        assert text.count(f"- {sentence}") == says

    (view,) = set(re.findall(r'href="https?://[^/"]+(/digests/[^"]*)"', content_of(for_reader, "html")))
    page.goto(unescape(view))
    expect(page.get_by_role("main")).to_contain_text(alike.title)
    # One forwarded mail opens the pages of all digests: they do not tell what was liked.
    expect(page.get_by_role("main")).not_to_contain_text(sentence)
