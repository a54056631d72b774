"""The public pages of the content: what a day and a paper look like to whoever passes by."""

from datetime import UTC, datetime, time, timedelta

import pytest

from newsletter.models import Edition, IntakeDay, Reading
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = pytest.mark.django_db


def test_a_day_shows_each_paper_once_in_the_words_of_its_language(client):
    paper, other = make_paper(votes=3), make_paper()
    make_summary(paper, "ko", sentence="로봇이 옷을 갭니다.", title="옷을 개는 로봇")
    make_edition(make_topic(names={"ko": "로봇"}), [paper, other], note={"ko": "편집자의 말"})
    make_edition(make_topic(names={"ko": "시각"}), [paper])
    page = client.get(f"/archive/{DAY}/ko/").content.decode()
    assert page.count(paper.title) == 1
    assert "로봇이 옷을 갭니다." in page
    assert "옷을 개는 로봇" in page
    assert "편집자의 말" in page
    assert '<html lang="ko" dir="ltr">' in page
    assert other.abstract.split(".")[0] in page
    assert "초록 원문" in page


def test_only_days_that_are_ready_are_listed(client):
    make_edition(make_topic(), [make_paper()])
    make_edition(make_topic(), [make_paper()], day=DAY + timedelta(days=1), state=Edition.State.DRAFT)
    page = client.get("/archive/?language=en").content.decode()
    assert f"/archive/{DAY}/en/" in page
    assert f"/archive/{DAY + timedelta(days=1)}/en/" not in page
    assert client.get(f"/archive/{DAY + timedelta(days=1)}/en/").status_code == 404


def test_what_an_editor_hid_and_what_was_withdrawn_is_not_shown(client):
    hidden, withdrawn, seen = make_paper(), make_paper(is_withdrawn=True), make_paper()
    edition = make_edition(make_topic(), [hidden, withdrawn, seen])
    edition.entries.filter(paper=hidden).update(is_hidden=True)
    page = client.get(f"/archive/{DAY}/en/").content.decode()
    assert seen.title in page
    assert hidden.title not in page
    assert withdrawn.title not in page


@pytest.mark.parametrize("arxiv_id", ["2603.00001", "astro-ph/0601001", "math.GT/0309136"])
def test_a_paper_has_a_page_whatever_its_id(client, arxiv_id):
    paper = make_paper(arxiv_id=arxiv_id, title="Of <b>bold</b> titles & $\\alpha$")
    make_edition(make_topic(), [paper])
    make_summary(paper, "ar", sentence="جملة واحدة.")
    answer = client.get(f"/papers/{arxiv_id}/ar/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<b>bold</b>" not in page
    assert "α" in page
    assert "جملة واحدة." in page
    assert f"https://arxiv.org/abs/{arxiv_id}" in page


@pytest.mark.parametrize(
    "path",
    [
        "/archive/2026-99-99/en/",
        "/archive/2020-01-01/en/",
        f"/archive/{DAY}/tlh/",
        "/archive/yesterday/en/",
        "/papers/2603.99999/en/",
        "/papers/../en/",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(client, path):
    make_edition(make_topic(), [make_paper()])
    assert client.get(path).status_code == 404


def test_pages_of_the_content_only_look(client):
    for path in ("/archive/", f"/archive/{DAY}/en/"):
        assert client.post(path).status_code == 405


def test_a_day_of_many_topics_costs_few_queries(client, django_assert_max_num_queries):
    for _ in range(8):
        make_edition(make_topic(), [make_paper() for _ in range(5)])
    with django_assert_max_num_queries(11):
        client.get(f"/archive/{DAY}/en/")


@pytest.mark.parametrize(
    ("now", "state", "says"),
    [
        ("2026-03-21T09:00Z", "", "no papers at weekends"),
        ("2026-06-22T09:00Z", "", "because arXiv observed Juneteenth. The next ones are those of"),
        ("2026-01-21T00:30Z", "", "has not announced the papers"),  # New York's evening is not over
        ("2026-03-18T09:00Z", "", "are not there yet"),
        ("2026-03-18T09:00Z", "failed", "could not be fetched"),
    ],
)
def test_the_archive_says_why_there_is_nothing_of_today(client, monkeypatch, now, state, says):
    moment = datetime.fromisoformat(now)
    monkeypatch.setattr("newsletter.web.archive_pages.timezone.now", lambda: moment)
    yesterday = moment.date() - timedelta(days=1)
    IntakeDay.objects.create(source="arxiv", day=yesterday, state="done", at=moment)
    if state:
        IntakeDay.objects.create(source="arxiv", day=moment.date(), state=state, at=moment)
    english = client.get("/archive/?language=en").content.decode()
    assert says in english
    pages = [
        client.get(f"/archive/?language={code}").content.decode() for code in ("ko", "zh-Hans", "ja", "ar")
    ]
    assert not any(says in page or "{day}" in page for page in pages)
    assert all('<p class="lede">' in page and "arXiv" in page for page in pages)


def test_the_archive_says_nothing_where_there_is_nothing_to_wait_for(client, monkeypatch):
    moment = datetime.combine(DAY + timedelta(days=1), time(9), UTC)  # a Thursday
    monkeypatch.setattr("newsletter.web.archive_pages.timezone.now", lambda: moment)
    make_edition(make_topic(), [make_paper()], day=moment.date() - timedelta(days=30))
    assert "lede" not in client.get("/archive/?language=en").content.decode(), "a service that is not at work"
    IntakeDay.objects.create(source="arxiv", day=moment.date(), state="done", at=moment)
    assert "are not there yet" in client.get("/archive/?language=en").content.decode()
    make_edition(make_topic(), [make_paper()], day=moment.date(), state=Edition.State.DRAFT)
    make_edition(make_topic(), [make_paper()], day=moment.date())
    assert "lede" not in client.get("/archive/?language=en").content.decode()


def test_a_papers_page_leads_to_its_reading_in_depth_once_there_is_one(client):
    paper = make_paper()
    make_edition(make_topic(), [paper])
    page = f"/papers/{paper.arxiv_id}/en/"
    html = client.get(page).content.decode()
    assert "/in-depth/" not in html
    assert f'href="{page}" lang="en" rel=' not in html, "it does not lead to itself"
    Reading.objects.create(
        paper=paper, state=Reading.State.READY, origin=Reading.Origin.HTML, wanted_at=NOW, read_at=NOW
    )
    assert f'href="/papers/{paper.arxiv_id}/en/in-depth/"' in client.get(page).content.decode()
    assert "/in-depth/" not in client.get(f"/papers/{paper.arxiv_id}/ko/").content.decode()


def test_a_day_shows_the_first_papers_of_a_topic_and_leads_to_the_others(client, settings):
    settings.EDITION_SIZE = 2
    papers = [make_paper(title=f"Paper of place {place}") for place in range(5)]
    topic = make_topic("memory")
    make_edition(topic, papers)

    def shown(query: str) -> list[int]:
        page = client.get(f"/archive/{DAY}/en/{query}").content.decode()
        return [place for place in range(5) if f"Paper of place {place}" in page]

    page = client.get(f"/archive/{DAY}/en/").content.decode()
    assert shown("") == [0, 1]
    assert f'<a href="/archive/{DAY}/en/?topic=memory&amp;p=2">3 more papers in this topic</a>' in page
    assert shown("?topic=memory") == [0, 1]
    assert shown("?topic=memory&p=2") == [2, 3]
    assert shown("?topic=memory&p=3") == [4]


@pytest.mark.parametrize("query", ["?topic=memory&p=9", "?topic=none", "?topic=%00"])
def test_a_page_of_a_topic_that_does_not_exist_is_not_found(client, query):
    make_edition(make_topic("memory"), [make_paper()])
    assert client.get(f"/archive/{DAY}/en/{query}").status_code == 404
