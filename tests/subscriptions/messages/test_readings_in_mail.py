"""A card leads to the reading in depth once there is one, and shows the paper's own figure where it may."""

import email
import email.policy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.languages import LANGUAGES
from newsletter.models import Figure, Paper, Reading, ReadingText
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_topic
from tests.mail_checker import faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def deliver(papers, language):
    topic = make_topic()
    make_edition(topic, papers)
    (choice,) = choose_batch([make_subscriber(topics=[topic], language=language)], now=NOW)
    assert choice.picks is not None
    return Delivery.objects.create(
        subscriber_id=choice.subscriber_id,
        day=choice.day,
        picks=choice.picks,
        language=language,
        created_at=NOW,
    )


def parts_of(delivery):
    data = build_batch([delivery], now=NOW)[delivery.pk].data
    assert faults_of(data, language=delivery.language) == []
    text, html = email.message_from_bytes(data, policy=email.policy.default).iter_parts()
    return text.get_content(), html.get_content()


def read(paper, *languages):
    reading = Reading.objects.create(paper=paper, state="ready", origin="html", wanted_at=NOW, read_at=NOW)
    for code in languages:
        ReadingText.objects.create(reading=reading, language=code, state="ready", written_at=NOW)
    return reading


def illustrate(paper, **more):
    values = {
        "position": 1,
        "label": "Figure 1",
        "caption": "Overview of <our> \u202emethod.",
        "place_url": "https://arxiv.org/html/x",
        "state": "shown",
        "licence_name": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "width": 1200,
        "height": 400,
        "files": {name: f"figures/x/1-1-abc-{name}" for name in ("600.png", "600.webp")},
    }
    return Figure.objects.create(paper=paper, **values | more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_leads_to_the_reading_and_shows_the_licensed_figure(language):
    paper = make_paper()
    illustrate(paper)
    read(paper, language)
    text, html = parts_of(deliver([paper], language))
    page = f"/papers/{paper.arxiv_id}/{language}/in-depth/"
    assert page in text
    assert html.count(page) == 2
    assert f"/papers/{paper.arxiv_id}/figures/1-1-abc-600.png" in html
    assert 'width="576" height="192"' in html
    assert "Ada Lovelace, Emmy Noether" in html
    assert "https://creativecommons.org/licenses/by/4.0/" in html
    assert "\u202e" not in html


def test_a_reading_that_is_finished_later_changes_the_card():
    paper = make_paper()
    delivery = deliver([paper], "ko")
    before = parts_of(delivery)
    assert all("in-depth" not in part and "자세히 읽기" not in part for part in before)
    assert all(f"/papers/{paper.arxiv_id}/ko/" in part for part in before)
    reading = read(paper)
    assert parts_of(delivery) == before  # there is no Korean text yet
    ReadingText.objects.create(reading=reading, language="ko", state="ready", written_at=NOW)
    assert all(
        f"/papers/{paper.arxiv_id}/ko/in-depth/" in part and "자세히 읽기" in part
        for part in parts_of(delivery)
    )
    Reading.objects.update(state="held")
    assert parts_of(delivery) == before


def test_a_thumbnail_stands_before_a_figure_and_a_figure_that_is_linked_only_nowhere(settings):
    settings.REMOTE_PICTURES = True
    paper = make_paper(image_url="https://pictures.example/one.png")
    illustrate(paper)
    delivery = deliver([paper], "en")
    assert "1-1-abc-600.png" not in parts_of(delivery)[1]
    Paper.objects.update(image_url="")
    assert "1-1-abc-600.png" in parts_of(delivery)[1]
    Figure.objects.update(state="linked")
    assert "<img" not in parts_of(delivery)[1]


def test_the_queries_do_not_grow_with_papers_and_languages():
    seen = []
    for count, languages in ((1, ["en"]), (6, list(LANGUAGES))):
        papers = [make_paper() for _ in range(count)]
        for paper in papers:
            illustrate(paper)
            read(paper, *languages)
        rows = [deliver(papers, language) for language in languages]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            build_batch(rows, now=NOW)
        seen.append(len(queries))
    assert seen[0] == seen[1] <= 11
