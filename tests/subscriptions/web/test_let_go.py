"""Links of digests that were let go: a kind page that leads on, and everything that needs no digest works."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletter.models import MailedPaper, Report
from operations.pruning.run import prune
from subscriptions.models import Delivery, SavedPaper, Subscriber, Vote
from subscriptions.periods import current_periods
from subscriptions.readers import links
from tests.factories import make_edition, make_paper, make_picks, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=200)
WORDS = {
    "en": "This digest is no longer kept",
    "ko": "더 이상 보관되지 않습니다",
    "zh-Hans": "已不再保存",
    "ja": "もう保存されていません",
    "ar": "لم نعد نحتفظ بهذه النشرة",
}


@pytest.fixture
def paper():
    paper = make_paper(day=LONG_AGO.date())
    make_summary(paper)
    make_edition(make_topic(), [paper], day=LONG_AGO.date(), state="frozen")
    MailedPaper.objects.create(paper=paper, since=LONG_AGO.date(), until=LONG_AGO.date())
    return paper


@pytest.fixture
def reader(paper):
    reader = make_subscriber(confirmed_at=LONG_AGO)
    give(reader, paper)
    return reader


def give(reader, paper, *, at=LONG_AGO):
    return Delivery.objects.create(
        subscriber=reader, day=at.date(), state="sent", language="en", created_at=at, picks=make_picks(paper)
    )


def pages_of(reader, paper) -> dict[str, str]:
    """The addresses, in a mail and on pages behind it, for which a digest's row is looked up."""
    view, vote = links.token(reader, "view"), links.token(reader, "vote")
    return {
        "digest": reverse("digest", args=[view, f"{LONG_AGO:%F}"]),
        "way back": reverse("digest-of-paper", args=[vote]) + f"?paper={paper.arxiv_id}",
    }


@pytest.mark.parametrize("language", WORDS)
def test_the_link_of_a_digest_that_was_let_go_says_so_in_the_readers_language(
    client, reader, paper, language
):
    Subscriber.objects.update(language=language)
    pages = pages_of(reader, paper)
    assert {client.get(path).status_code for path in pages.values()} == {200}
    assert prune(NOW).counts["deliveries"] == 1
    for path in pages.values():
        answer = client.get(path)
        assert answer.status_code == 410
        assert WORDS[language] in answer.content.decode()
        assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_it_leads_to_that_days_papers_to_other_digests_and_to_the_preferences(client, reader, paper):
    young = give(reader, paper, at=NOW)
    prune(NOW)
    page = client.get(pages_of(reader, paper)["digest"]).content.decode()
    view = links.token(reader, "view")
    ways = [
        reverse("archive-day", args=[f"{LONG_AGO:%F}", "en"]),
        reverse("digests", args=[view]),
        links.reader_links(reader.public_id, 0).preferences,
    ]
    assert [way for way in ways if f'href="{way}"' not in page] == []
    # On a day without an edition the archive as a whole.
    earlier = reverse("digest", args=[view, f"{LONG_AGO + timedelta(days=3):%F}"])
    assert f'href="{reverse("archive")}?language=en"' in client.get(earlier).content.decode()
    assert f"{young.day:%F}" in client.get(ways[1]).content.decode()


def test_the_way_back_from_a_vote_leads_to_the_paper_and_opens_nothing_more(client, reader, paper):
    prune(NOW)
    page = client.get(pages_of(reader, paper)["way back"]).content.decode()
    assert f'href="{reverse("paper", args=[paper.arxiv_id, "en"])}"' in page
    for purpose in ("preferences", "view", "unsubscribe"):
        assert links.token(reader, purpose) not in page


def test_all_other_links_of_its_mail_still_do_what_they_say(client, reader, paper):
    prune(NOW)
    vote = links.token(reader, "vote")
    query = f"?paper={paper.arxiv_id}"
    for name in ("vote", "save", "follow", "wrong", "remember", "fewer"):
        assert client.get(reverse(name, args=[vote]) + query).status_code in (200, 302), name
    assert client.post(reverse("vote", args=[vote]) + query, {"value": "1"}).status_code == 200
    assert client.post(reverse("save", args=[vote]) + query).status_code == 200
    assert (Vote.objects.get().paper, SavedPaper.objects.get().paper) == (paper, paper)
    words = {"words": "It says the opposite.", "statement": "other"}
    assert client.post(reverse("wrong", args=[vote]) + query, words).status_code == 200
    assert Report.objects.get().paper == paper
    lasting = asdict(links.reader_links(reader.public_id, 0))
    for name in ("preferences", "unsubscribe", "view"):
        assert client.get(lasting[name]).status_code == 200, name
    for form in ("atom", "rss", "json"):
        name = {"atom": "digest-feed", "rss": "digest-rss-feed", "json": "digest-json-feed"}[form]
        assert client.get(reverse(name, args=[links.token(reader, "digest-feed")])).status_code == 200
    assert "None of your digests is kept any more." in client.get(lasting["view"]).content.decode()
    assert client.post(lasting["one_click"], {"List-Unsubscribe": "One-Click"}).status_code == 200
    reader.refresh_from_db()
    assert reader.state == "unsubscribed"


def test_a_day_that_never_had_a_digest_is_no_digest_that_was_let_go(client, paper):
    reader = make_subscriber(confirmed_at=NOW - timedelta(days=150))
    give(reader, paper, at=NOW - timedelta(days=20))
    view = links.token(reader, "view")
    days = {
        "before the reader": (NOW - timedelta(days=300), 404),
        "let go": (NOW - timedelta(days=140), 410),
        "before the first that is kept": (NOW - timedelta(days=30), 410),
        "kept": (NOW - timedelta(days=20), 200),
        "none that day": (NOW - timedelta(days=10), 404),
        "to come": (NOW + timedelta(days=10), 404),
    }
    answers = {
        name: client.get(reverse("digest", args=[view, f"{day:%F}"])).status_code
        for name, (day, _) in days.items()
    }
    assert answers == {name: status for name, (_, status) in days.items()}
    other = make_paper()
    path = reverse("digest-of-paper", args=[links.token(reader, "vote")])
    assert client.get(f"{path}?paper={other.arxiv_id}").status_code == 404


@pytest.mark.parametrize("language", WORDS)
def test_the_page_on_privacy_has_the_days_of_the_code_in_every_language(client, language, settings):
    settings.KEEP_DELIVERIES_DAYS = 97
    page = client.get(f"/privacy/?language={language}").content.decode()
    shown = page.split('<dl class="periods">')[1].split("</dl>")[0]
    periods = current_periods()
    told = [periods.deliveries, periods.mails, periods.unconfirmed, periods.reports]
    days = [part.split("</dd>")[0] for part in shown.split("<dd>")[1:]]
    assert [int("".join(filter(str.isdigit, text))) for text in days] == told
    assert periods.deliveries == 97
    assert f'href="/privacy/?language={language}"'.lower() in page.split("<footer")[1].lower()
