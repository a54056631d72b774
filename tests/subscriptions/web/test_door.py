"""The front page without a browser: what it shows of the papers, what it guesses, and what follows."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.utils import timezone, translation

from newsletter.models import Edition, Topic
from newsletter.topics.assignment import add_missing_topics
from newsletter.topics.catalogue import load_topics
from subscriptions.abuse import throttling
from subscriptions.models import ConsentEvent, SignUp, Subscriber
from subscriptions.web import schedules
from subscriptions.web.forms import stamp
from subscriptions.web.offer import offer, popular_topics
from tests.factories import DAY, make_edition, make_paper, make_subscriber, make_summary
from tests.subscriptions.visitors import act, form

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

COOKIE = "paperpost-form"


@pytest.fixture(autouse=True)
def topics():
    add_missing_topics(load_topics())
    cache.clear()


def headlines(client, code="en"):
    page = client.get(f"/?language={code}").content.decode()
    section = re.findall(r'<section class="headlines".*?</section>', page, re.DOTALL)[0]
    return [re.sub(r"<[^>]*>", "", line).strip() for line in re.findall(r"<li>.*?</li>", section)]


def edition(slug="robotics", *papers, day=DAY, **fields):
    return make_edition(Topic.objects.get(slug=slug), list(papers), day=day, **fields)


# -- headlines ----------------------------------------------------------------------------------------------


def test_the_headlines_are_the_most_voted_papers_of_the_latest_ready_day_each_once(client):
    old = make_paper(title="Of the day before", day=DAY - timedelta(days=1), votes=99)
    papers = [make_paper(title=f"Paper {number}", day=DAY, votes=number) for number in range(5)]
    edition("robotics", old, day=DAY - timedelta(days=1))
    edition("robotics", *papers)
    edition("diffusion-models", *papers)
    edition("cosmology", make_paper(title="Not approved", votes=100), state=Edition.State.DRAFT)
    assert headlines(client) == ["Paper 4", "Paper 3", "Paper 2"]
    assert "Headlines of" in client.get("/").content.decode()


def test_headlines_are_in_the_pages_language_where_there_are_summaries_in_it(client):
    papers = [make_paper(title=f"Paper {number}", day=DAY, votes=number) for number in range(5)]
    make_summary(papers[0], "ko", title="로봇이 옷을 갠다")
    make_summary(papers[1], "ko", author="extract", title="")
    edition("robotics", *papers)
    assert headlines(client, "ko") == ["로봇이 옷을 갠다", "Paper 4", "Paper 3"]
    assert headlines(client, "en") == ["Paper 4", "Paper 3", "Paper 2"]


def test_what_is_hidden_or_withdrawn_is_no_headline_and_a_title_is_no_markup(client):
    hidden, withdrawn = make_paper(title="Hidden", votes=9), make_paper(title="Gone", is_withdrawn=True)
    made = edition("robotics", hidden, withdrawn, make_paper(title="<script>alert(1)</script>", day=DAY))
    made.entries.filter(paper=hidden).update(is_hidden=True)
    assert headlines(client) == ["&lt;script&gt;alert(1)&lt;/script&gt;"]


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_a_fresh_installation_says_so_kindly_and_shows_an_example(client, code):
    page = client.get(f"/?language={code}").content.decode()
    assert headlines(client, code) == []
    assert "Attention Is All You Need" in page
    with translation.override(code):
        assert translation.gettext("Latest headlines") in page


def test_the_page_asks_the_database_a_bounded_number_of_times_and_then_not_at_all(
    client, django_assert_max_num_queries
):
    for slug in ("robotics", "diffusion-models", "cosmology"):
        edition(slug, *(make_paper(day=DAY) for _ in range(8)))
    with django_assert_max_num_queries(16):
        client.get("/?language=ko")
    with django_assert_max_num_queries(0):
        client.get("/?language=ko")


# -- topics -------------------------------------------------------------------------------------------------


def follow(slug, count, **fields):
    for _ in range(count):
        make_subscriber(topics=[Topic.objects.get(slug=slug)], **fields)


def first(language="en", chosen=()):
    return [topic.slug for topic in offer(language, chosen=chosen).first]


def test_popular_is_what_most_readers_follow_and_nobodys_own_choice(client):
    follow("cosmology", 5)
    follow("robotics", 4)
    follow("economics", 2)  # too few to say
    follow("probability", 9, state="pending", confirmed_at=None)  # anybody can send forms
    assert first() == ["cosmology", "robotics", load_topics()[0].slug]
    page = client.get("/").content.decode()
    assert (
        re.findall(r'data-area="\w+"><input type="checkbox" name="topics" value="([\w-]+)"', page) == first()
    )


def test_without_readers_the_catalogues_order_holds_and_a_closed_topic_is_not_offered():
    assert first() == [topic.slug for topic in load_topics()[:3]]
    Topic.objects.filter(slug=load_topics()[0].slug).update(is_active=False)
    cache.clear()
    assert first() == [topic.slug for topic in load_topics()[1:4]]


def test_every_topic_stands_once_the_chosen_ones_among_the_first():
    offered = offer("ja", chosen=["cosmology", "robotics"])
    slugs = [topic.slug for area in offered.areas for topic in area.topics]
    assert sorted([*slugs, *(topic.slug for topic in offered.first)]) == sorted(
        topic.slug for topic in load_topics()
    )
    assert {topic.slug for topic in offered.first if topic.chosen} == {"cosmology", "robotics"}


def test_popular_is_asked_once_an_hour(django_assert_num_queries):
    popular_topics()
    with django_assert_num_queries(0):
        popular_topics()


# -- what is guessed ----------------------------------------------------------------------------------------


def test_an_address_and_a_topic_sign_up_and_the_rest_is_guessed(client):
    data = {"email": "ada@example.org", "topics": ["robotics"], "shown": stamp(timezone.now())}
    with time_machine.travel(timezone.now() + timedelta(seconds=9)):
        answer = act(client, "/", data, headers={"Accept-Language": "ko-KR,ko;q=0.9"})
    assert answer.status_code == 302
    reader = Subscriber.objects.get()
    assert (reader.language, reader.time_zone, reader.hour) == ("ko", "Asia/Seoul", 8)
    assert (reader.cadence, reader.size) == ("weekdays", 10)


SENTENCES = {
    "en": ("Every weekday at 8:00, Seoul time, in Korean", "Every Sunday at 20:00, Berlin time, in English"),
    "ko": ("평일 오전 8시(서울 시간)에 한국어로", "매주 일요일 오후 8시(베를린 시간)에 영어로"),
    "zh-hans": ("每个工作日 8:00（首尔时间），韩语", "每星期日 20:00（柏林时间），英语"),
    "ja": ("平日8時（ソウル時間）に韓国語で", "毎週日曜日20時（ベルリン時間）に英語で"),
    "ar": (
        "من الاثنين إلى الجمعة الساعة 8:00 بتوقيت سيول، باللغة الكورية",
        "يوم الأحد من كل أسبوع الساعة 20:00 بتوقيت برلين، باللغة الإنجليزية",
    ),
}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_guesses_are_a_sentence(code):
    weekdays = {"language": "ko", "time_zone": "Asia/Seoul", "hour": 8, "cadence": "weekdays", "weekday": 0}
    weekly = {
        "language": "en", "time_zone": "Europe/Berlin", "hour": "20", "cadence": "weekly", "weekday": "6"
    }  # fmt: skip
    with translation.override(code):
        said = tuple(schedules.sentence(fields, now=timezone.now()) for fields in (weekdays, weekly))
    assert said == SENTENCES[code]


def test_in_korean_every_day_is_said_as_people_say_it():
    fields = {"language": "ko", "time_zone": "Asia/Seoul", "hour": 8, "cadence": "daily", "weekday": 0}
    with translation.override("ko"):
        assert schedules.sentence(fields, now=timezone.now()) == "매일 오전 8시(서울 시간)에 한국어로"
        hours = dict(schedules.hour_choices("ko"))
    assert (hours[0], hours[12], hours[23]) == ("오전 12시", "오후 12시", "오후 11시")


def test_a_form_with_nonsense_in_it_still_shows_a_sentence(client):
    answer = client.post("/", form(hour="99", cadence="never", weekday="x", language="xx", time_zone="Mars"))
    assert answer.status_code == 422
    assert "Every weekday at 8:00" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({"email": "nothing"}, False),
        ({"topics": []}, False),
        ({"keywords": "(robot"}, True),
        ({"hour": "99"}, True),
        ({"time_zone": "Etc/Unknown"}, True),
    ],
)
def test_the_fold_opens_for_an_error_that_is_in_it(client, fields, is_open):
    page = client.post("/", form(**fields)).content.decode()
    assert ('id="how" open>' in page) is is_open
    assert "aria-invalid" in page or "topics-error" in page or "keywords-error" in page


# -- the preview --------------------------------------------------------------------------------------------


def test_what_was_looked_at_a_moment_ago_is_not_another_look(client, monkeypatch):
    looks: list[object] = []

    def admit(**asked: object) -> bool:
        looks.append(asked)
        return True

    monkeypatch.setattr(throttling, "admit_look", admit)
    paper = make_paper(title="Folding shirts", day=timezone.now().date())
    make_summary(paper, "en")
    edition("robotics", paper, day=timezone.now().date())
    for _ in range(5):
        page = client.post("/preview/", form(topics=["robotics"]), headers={"X-Fragment": "1"})
        assert "Folding shirts" in page.content.decode()
    assert len(looks) == 1
    client.post("/preview/", form(topics=["robotics"], size="5"), headers={"X-Fragment": "1"})
    assert len(looks) == 2


# -- the mail that follows ----------------------------------------------------------------------------------


def sign_up(client, **fields):
    answer = act(client, "/?language=en", form(**fields))
    assert answer.status_code == 302
    return answer


def test_the_page_names_the_address_that_stands_in_no_address_of_a_page(client):
    answer = sign_up(client, email="ada+x@example.org")
    assert answer["Location"] == "/check-mail/?language=en"
    page = client.get(answer["Location"])
    assert "<bdi>ada+x@example.org</bdi>" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    kept = client.cookies[COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["max-age"]) == (True, "Lax", 3600)
    assert "ada" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', page.content.decode()))


def test_known_and_unknown_addresses_see_the_same_page(client):
    make_subscriber("known@example.org")
    pages = set()
    with time_machine.travel(timezone.now(), tick=False):
        for address in ("known@example.org", "other@example.org"):
            sign_up(client, email=address)
            page = client.get("/check-mail/?language=en").content.decode()
            pages.add(re.sub(r'value="\w{64}"', "", page.replace(address, "")))
    assert len(pages) == 1


def test_a_stranger_without_the_cookie_or_with_one_of_their_own_making_is_told_nothing(client):
    assert "We have sent you an email." in client.get("/check-mail/?language=en").content.decode()
    for made_up in ("x", "WyJhQGIuYyJd:1abc:def", "ada@example.org"):
        client.cookies[COOKIE] = made_up
        assert "<bdi>" not in client.get("/check-mail/").content.decode()
        assert client.post("/check-mail/").headers["Location"].startswith("/?language=")
    assert not SignUp.objects.exists()
    sign_up(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=3601)):
        assert "<bdi>" not in client.get("/check-mail/").content.decode()


def test_the_mail_is_sent_once_more_after_a_minute_and_so_often_a_day(client):
    sign_up(client)
    start = timezone.now()
    with time_machine.travel(start + timedelta(seconds=30)):
        answer = act(client, "/check-mail/?language=en")
        assert (answer.status_code, len(mail.outbox)) == (429, 1)
        assert "wait a minute" in answer.content.decode()
    for turn, sent in ((1, 2), (2, 3), (3, 3)):  # NOTICES_PER_ADDRESS is 3
        with time_machine.travel(start + timedelta(seconds=70 * turn)):
            answer = act(client, "/check-mail/?language=en")
            assert answer.status_code == 302
            page = client.get(answer["Location"]).content.decode()
            assert "again" in page
            assert "At most 3 emails a day go to one address." in page
            assert len(mail.outbox) == sent
    assert {message.to[0] for message in mail.outbox} == {"ada@example.org"}
    assert Subscriber.objects.count() == 1
    assert ConsentEvent.objects.filter(kind="signed-up").count() == 4


def test_sending_once_more_counts_as_a_sign_up_of_the_network(client, settings):
    sign_up(client)
    settings.SIGNUPS_PER_NETWORK = 1
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        answer = act(client, "/check-mail/?language=en")
    assert answer.status_code == 429
    assert len(mail.outbox) == 1


def test_a_wrong_address_leads_back_to_the_form_as_it_was(client):
    sign_up(client, email="adda@example.org", topics=["cosmology"], hour="21", keywords="dark matter\naxion")
    page = client.get("/?language=en&change=address")
    text = page.content.decode()
    assert 'value="adda@example.org"' in text
    assert 'value="cosmology" checked' in text
    assert '<option value="21" selected>' in text
    assert "dark matter\naxion</textarea>" in text
    assert "autofocus" in text
    assert "no-store" in page["Cache-Control"]
    assert "adda@" not in client.get("/?language=en").content.decode()


def test_searches_that_are_too_long_for_a_cookie_are_left_out_of_it_and_nothing_else(client):
    long = "\n".join(
        " OR ".join(f"“{chr(0x4E00 + n * 97 + m)}学{n}{m}”" for m in range(12)) for n in range(18)
    )
    sign_up(client, keywords=long, topics=["cosmology"])
    assert len(client.cookies[COOKIE].OutputString()) < 4096
    text = client.get("/?change=address").content.decode()
    assert 'value="cosmology" checked' in text
    assert "ada@example.org" in text


@pytest.mark.parametrize(("is_caught", "count"), [(True, 1), (False, 0)])
def test_where_mail_is_caught_the_page_leads_to_it(client, settings, is_caught, count):
    settings.MAIL_STAYS_HERE = is_caught
    settings.ROOT_URLCONF = "tests.subscriptions.web.caught_mail_urls"
    sign_up(client)
    assert client.get("/check-mail/").content.decode().count('href="/mail/"') == count
