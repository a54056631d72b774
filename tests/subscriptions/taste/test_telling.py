from datetime import timedelta

import pytest

from newsletter.rendering.phrases import phrases
from subscriptions.delivery.audience import enqueue
from subscriptions.messages import build_batch
from subscriptions.models import Delivery, DeliveryEvent, SignUp, Subscriber
from subscriptions.readers import consent
from subscriptions.readers.wishes import Wishes
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db
WISHES = Wishes()
UNTOLD, ON = Subscriber.Taste.UNTOLD, Subscriber.Taste.ON


@pytest.fixture
def topic():
    return make_topic("learning")


def queue_a_day(topic, *, later=0):
    """A digest for everybody, ``later`` days after the first."""
    day, now = DAY + timedelta(days=later), NOW + timedelta(days=later)
    make_edition(topic, [make_paper(day=day)], day=day, state="approved", approved_at=now)
    Subscriber.objects.update(next_due_at=now)
    enqueue(now)
    return Delivery.objects.get(created_at=now)


def body_of(delivery):
    message = build_batch([delivery], now=delivery.created_at)[delivery.pk]
    return "".join(part.get_content() for part in _parsed(message.data).walk() if not part.is_multipart())


def _parsed(data):
    from email import message_from_bytes, policy

    return message_from_bytes(data, policy=policy.default)


@pytest.mark.parametrize("language", ["en", "ko", "zh-Hans", "ja", "ar"])
def test_a_reader_is_told_by_one_digest_and_votes_count_from_the_next(topic, language):
    reader = make_subscriber(topics=[topic], taste=UNTOLD, language=language)
    first = queue_a_day(topic)
    words = phrases(language).say("digest.taste_notice")
    body = body_of(first)
    assert body.count(words.split(".")[0].split("。")[0][:20]) == 2  # in HTML and in plain text
    assert body.count("/#learning") == 2  # where it is switched off
    reader.refresh_from_db()
    assert reader.taste == UNTOLD
    Delivery.objects.update(state="sent")
    second = queue_a_day(topic, later=1)
    assert words[:20] not in body_of(second)
    reader.refresh_from_db()
    assert reader.taste == ON


@pytest.mark.parametrize("state", ["failed", "skipped", "uncertain", "deferred"])
def test_a_digest_that_did_not_arrive_told_nobody(topic, state):
    reader = make_subscriber(topics=[topic], taste=UNTOLD)
    queue_a_day(topic)
    Delivery.objects.update(state=state)
    assert queue_a_day(topic, later=1).picks.tells_of_taste
    reader.refresh_from_db()
    assert reader.taste == UNTOLD


def test_a_digest_that_came_back_told_nobody(topic):
    reader = make_subscriber(topics=[topic], taste=UNTOLD)
    first = queue_a_day(topic)
    Delivery.objects.update(state="sent")
    DeliveryEvent.objects.create(
        delivery=first, subscriber=reader, kind="hard", source="x", event_id="1", at=NOW
    )
    assert queue_a_day(topic, later=1).picks.tells_of_taste


def test_who_switched_it_off_is_not_told_and_stays_off(topic):
    reader = make_subscriber(topics=[topic], taste=Subscriber.Taste.OFF)
    assert not queue_a_day(topic).picks.tells_of_taste
    reader.refresh_from_db()
    assert reader.taste == Subscriber.Taste.OFF


@pytest.mark.parametrize(("version", "taste"), [(consent.TEXT_VERSION, ON), ("2026-11", UNTOLD)])
def test_who_signs_up_by_a_text_that_names_profiling_need_not_be_told(version, taste):
    form = SignUp.objects.create(
        email="ada@example.org", wishes=WISHES.as_json(), language="en", text_version=version, at=NOW
    )
    consent.receive(form.pk)
    assert Subscriber.objects.get().taste == taste


def test_who_comes_back_by_the_new_text_need_not_be_told():
    reader = make_subscriber("ada@example.org", taste=UNTOLD, state=Subscriber.State.UNSUBSCRIBED)
    form = consent.sign_up(
        email=reader.email,
        wishes=WISHES,
        page_language="en",
        origin="",
        now=NOW,
    )
    consent.receive(form.pk)
    consent.confirm(reader, now=NOW)
    reader.refresh_from_db()
    assert reader.taste == ON


@pytest.mark.parametrize("language", ["en", "ko", "zh-hans", "ja", "ar"])
def test_the_privacy_page_names_profiling(client, language):
    page = client.get(f"/privacy/?language={language}")
    assert page.status_code == 200
    assert b"<h2>" in page.content
    assert b"/privacy/" in client.get("/").content
