"""Once a week a digest ends with what its reader saved; no other day's does, and no page of it."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.languages import LANGUAGES
from newsletter.rendering.phrases import phrases
from subscriptions.messages import LARGEST_HTML, build_batch
from subscriptions.messages.page import build_page
from subscriptions.models import Delivery, SavedPaper
from subscriptions.picks import PINNED
from subscriptions.readers import saved
from subscriptions.readers.links import token
from tests.factories import DAY, NOW, make_paper, make_picks, make_subscriber
from tests.mail_checker import content_of
from tests.subscriptions.visitors import act

pytestmark = pytest.mark.django_db
WEDNESDAY = 2  # as DAY and NOW are
HEADING = "Saved in the last seven days"


def deliver(reader, *papers, **fields) -> Delivery:
    values = {"day": DAY, "created_at": NOW, "language": reader.language, "state": "queued"} | fields
    picks = values.pop("picks", None) or make_picks(*(papers or (make_paper(),)), why=(PINNED,))
    return Delivery.objects.create(subscriber=reader, picks=picks, **values)


def bodies(delivery: Delivery) -> tuple[str, str]:
    message = message_from_bytes(build_batch([delivery], now=NOW)[delivery.pk].data, policy=default)
    return content_of(message, "plain"), content_of(message, "html")


def keep(reader, title="Gloves that feel", *, ago: timedelta = timedelta(hours=1)) -> SavedPaper:
    paper = make_paper(title=title)
    saved.save(reader, paper, now=NOW - ago)
    return SavedPaper.objects.get(paper=paper)


def test_the_digest_of_the_readers_day_ends_with_what_was_saved():
    reader = make_subscriber(weekday=WEDNESDAY)
    row = keep(reader)
    keep(reader, "Too old", ago=timedelta(days=7, minutes=1))
    text, html = bodies(deliver(reader))
    for body in (text, html):
        after = body.partition(HEADING)[2]
        assert "Gloves that feel" in after
        assert row.paper.abstract_url in after
        assert f"/vote/{token(reader, 'vote')}/papers/" in after
        assert "Too old" not in body
        assert "/my-data/" not in body


@pytest.mark.parametrize(
    ("fields", "day", "is_told"),
    [
        ({"weekday": 0}, DAY, False),
        ({"weekday": 0}, DAY - timedelta(days=2), True),
        ({"weekday": WEDNESDAY, "cadence": "weekly"}, DAY, True),
        ({"weekday": 6, "cadence": "weekdays"}, DAY - timedelta(days=2), True),
        ({"weekday": 6, "cadence": "weekdays"}, DAY, False),
        ({"weekday": 3, "cadence": "weekdays"}, DAY + timedelta(days=1), True),
    ],
)
def test_it_is_told_on_one_day_of_the_week(fields, day, is_told):
    reader = make_subscriber(**fields)
    keep(reader)
    assert (HEADING in bodies(deliver(reader, day=day))[0]) == is_told


def test_who_saved_nothing_or_wants_it_not_or_asked_for_a_digest_is_not_told(client):
    nothing, off = make_subscriber(weekday=WEDNESDAY), make_subscriber(weekday=WEDNESDAY)
    keep(off)
    path = f"/preferences/{token(off, 'preferences')}/weekly/"
    client.get(path)
    assert HEADING in bodies(deliver(off, day=DAY - timedelta(days=7)))[0]
    act(client, path, {"on": "0"})
    assert HEADING not in bodies(deliver(off))[0]
    assert HEADING not in bodies(deliver(nothing))[0]
    act(client, path, {"on": "1"})
    assert HEADING in bodies(Delivery.objects.get(subscriber=off, day=DAY))[0]
    asked = make_picks(make_paper(), why=(PINNED,), requested=DAY)
    assert HEADING not in bodies(deliver(off, day=DAY - timedelta(days=14), picks=asked))[0]


def test_a_withdrawn_paper_is_not_told_and_the_page_tells_none():
    reader = make_subscriber(weekday=WEDNESDAY)
    kept, gone = keep(reader), keep(reader, "A mistake")
    gone.paper.is_withdrawn = True
    gone.paper.save()
    delivery = deliver(reader)
    text, _ = bodies(delivery)
    assert kept.paper.title in text
    assert "A mistake" not in text
    page = build_page(delivery) or ""
    assert kept.paper.title not in page
    assert HEADING not in page


def test_hostile_titles_are_text_and_a_long_week_keeps_its_bounds():
    reader = make_subscriber(weekday=WEDNESDAY)
    for number in range(9):
        keep(reader, f"<script>alert({number})</script>" + "long " * 300, ago=timedelta(hours=number))
    papers = [make_paper(abstract="word " * 900, title="word " * 100) for _ in range(40)]
    delivery = deliver(reader, *papers)
    data = build_batch([delivery], now=NOW)[delivery.pk].data
    html = data.partition(b"Content-Type: text/html")[2]
    assert len(html) <= LARGEST_HTML + 2_000
    shown = content_of(message_from_bytes(data, policy=default), "html")
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;alert") == 5


def test_the_queries_do_not_grow_with_readers_and_saved_papers():
    readers = [make_subscriber(weekday=WEDNESDAY) for _ in range(8)]
    paper = make_paper()
    deliveries = [deliver(reader, paper) for reader in readers]
    for reader in readers:
        for number in range(3):
            keep(reader, f"Paper {number}")

    def queries(rows):
        with CaptureQueriesContext(connection) as captured:
            messages = build_batch(rows, now=NOW)
        assert len(messages) == len(rows)
        return len(captured)

    assert queries(deliveries) == queries(deliveries[:1]) <= 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_words(language):
    reader = make_subscriber(weekday=WEDNESDAY, language=language)
    keep(reader)
    text, html = bodies(deliver(reader))
    assert phrases(language).say("digest.saved_week") in text
    assert phrases(language).say("digest.reading_list") in html
