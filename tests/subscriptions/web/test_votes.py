"""Votes: a button decides, a look at a page never does, and what a vote does is said as it is."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.core.management import call_command

from newsletter.models import Paper
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.models import Delivery, Subscriber, Taste, TasteOverride, Vote
from subscriptions.picks import for_topic
from subscriptions.readers import votes
from subscriptions.readers.links import token
from tests.factories import (
    DAY,
    NOW,
    make_edition,
    make_paper,
    make_picks,
    make_subscriber,
    make_summary,
    make_topic,
)
from tests.mail_checker import content_of
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")
_IN_HTML = re.compile(r"\b(?:href|src|action)=\"([^\"]+)\"")
MOST_PAGES = 300


@pytest.fixture
def mailed(settings):
    """A digest as a mail server got it, and the reader, who voted once before."""
    settings.EMAIL_BACKEND = SMTP_BACKEND
    topic = make_topic("diffusion", query="study")
    papers = [make_paper() for _ in range(3)]
    for paper in papers:
        make_summary(paper)
    make_edition(topic, papers)
    reader = make_subscriber("ada@example.org", topics=[topic])
    votes.cast(reader, make_paper(), 1, now=NOW)
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        call_command("send_digests", "--at", NOW.isoformat())
    (body,) = sink.bodies
    return message_from_bytes(body, policy=policy.default), reader


def rows():
    """All that is kept of content and of people."""
    models = [
        model
        for app in ("newsletter", "operations", "subscriptions")
        for model in apps.get_app_config(app).get_models()
    ]
    assert {Vote, Taste, TasteOverride, Subscriber} <= set(models)
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def links_in(message):
    """The addresses of the mail's two parts and of its head, as a scanner finds them."""
    found = [unescape(link) for link in _IN_HTML.findall(content_of(message, "html"))]
    found += _IN_TEXT.findall(content_of(message, "plain"))
    for field in ("List-Unsubscribe", "List-Archive", "List-Help"):
        found += re.findall(r"<(https?://[^>]+)>", str(message[field] or ""))
    return list(dict.fromkeys(found))


def test_who_opens_everything_teaches_nothing(mailed, client, settings):
    """Every link of a mail and of the pages behind them, by HEAD and by GET, as scanners of mail do."""
    message, _ = mailed
    site = urlsplit(settings.SITE_URL)
    before = rows()
    waiting = links_in(message)
    assert sum("/vote/" in link for link in waiting) >= 6
    opened: set[str] = set()
    while waiting and len(opened) < MOST_PAGES:
        link = waiting.pop(0)
        parts = urlsplit(link)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if parts.netloc != site.netloc or path in opened:
            continue
        opened.add(path)
        for call in (client.head, client.get):
            answer = call(path)
            assert answer.status_code < 500, path
        if answer["Content-Type"].startswith("text/html"):
            pages = _IN_HTML.findall(answer.content.decode())
            waiting += [urljoin(link, unescape(page)) for page in pages]
    assert {path.split("/")[1] for path in opened} >= {"vote", "digests", "preferences", "unsubscribe"}
    assert rows() == before


def press(client, reader, paper, linked, **pressed):
    return client.post(f"/vote/{token(reader, 'vote')}/?paper={paper.arxiv_id}&value={linked}", pressed)


@pytest.mark.parametrize(
    ("state", "value", "sentence"),
    [
        ("on", "1", "From your next digest on, papers like this one are ranked higher."),
        ("on", "-1", "From your next digest on, papers like this one are ranked lower."),
        ("off", "1", "changes no digest"),
        ("off", "-1", "changes no digest"),
        ("untold", "1", "once a digest has told you"),
        ("on", "0", "along with what was learned from it"),
        ("off", "0", "along with what was learned from it"),
    ],
)
def test_the_page_says_what_the_vote_does(client, state, value, sentence):
    reader, paper = make_subscriber(taste=state), make_paper(title="<i>Hats</i>")
    page = press(client, reader, paper, value).content.decode()
    assert sentence in page
    assert "&lt;i&gt;Hats" in page
    assert "<i>Hats" not in page
    assert list(Vote.objects.values_list("paper", "value")) == (
        [(paper.pk, int(value))] if value != "0" else []
    )


def test_a_vote_that_is_taken_back_was_never_learned(client):
    reader, paper = make_subscriber(), make_paper()
    press(client, reader, paper, "1")
    learned = bytes(Taste.objects.get(pk=reader.pk).profile)
    press(client, reader, paper, "1", value="0")
    assert not Vote.objects.exists()
    assert bytes(Taste.objects.get(pk=reader.pk).profile) != learned


@pytest.mark.parametrize("query", ["", "?paper=", "?paper=2603.99999", "?paper=%00", "?paper=" + "9" * 5000])
def test_a_vote_for_no_paper_is_refused_kindly(client, query):
    reader = make_subscriber()
    answer = client.post(f"/vote/{token(reader, 'vote')}/{query}", {"value": "1"})
    assert answer.status_code == 404
    assert not Vote.objects.exists()


@pytest.mark.parametrize("value", ["2", "", "1.0", "yes", "\0"])
def test_no_other_value_is_a_vote(client, value):
    reader, paper = make_subscriber(), make_paper()
    assert press(client, reader, paper, "1", value=value).status_code == 404
    assert not Vote.objects.exists()
    assert Paper.objects.get().votes == paper.votes


@pytest.fixture
def sent():
    """A reader and a paper that stood in a digest which was sent, with its topic."""
    topic = make_topic("gloves")
    paper = make_paper(title="Gloves that feel", authors=["Ada Lovelace", "Emmy Noether"])
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic])
    Delivery.objects.create(
        subscriber=reader,
        day=DAY,
        state="sent",
        language="en",
        created_at=NOW,
        picks=make_picks(paper, why=(for_topic(topic.pk),)),
    )
    return reader, paper, topic


def test_after_less_each_topic_author_and_category_is_offered_taken_back_and_leads_to_the_digest(
    sent, client
):
    reader, paper, topic = sent
    query = f"?paper={paper.arxiv_id}"
    back = f'href="/vote/{token(reader, "vote")}/digest/{query}"'
    path = f"/vote/{token(reader, 'vote')}/"
    voted = client.post(f"{path}{query}&value=-1").content.decode()
    offered = re.findall(r'name="what" value="([^":]+:[^"]+)"', voted)
    kinds = [each.partition(":")[0] for each in offered]
    assert kinds == ["topic", "author", "author", *["category"] * len(paper.categories)]
    assert topic.name_in("en") in voted
    assert "Ada Lovelace" in voted
    assert back in voted
    for what in offered:
        answer = client.post(f"{path}fewer/{query}", {"what": what}).content.decode()
        assert TasteOverride.objects.filter(subscriber=reader).count() == 1, what
        assert back in answer
        answer = client.post(f"{path}fewer/{query}", {"what": what, "undo": "1"}).content.decode()
        assert not TasteOverride.objects.filter(subscriber=reader).exists(), what
        assert back in answer
    undone = client.post(f"{path}{query}", {"value": "0"}).content.decode()
    assert not Vote.objects.filter(subscriber=reader).exists()
    assert back in undone


def test_one_link_of_a_vote_leads_back_to_the_digest_and_to_no_preferences(sent, client):
    reader, paper, _ = sent
    Delivery.objects.update(picks=replace(Delivery.objects.get().picks, tells_of_taste=True))
    vote = token(reader, "vote")
    seen, to_do = set(), [f"/vote/{vote}/?paper={paper.arxiv_id}&value=1"]
    while to_do:
        path = to_do.pop()
        if path in seen:
            continue
        seen.add(path)
        for answer in (client.get(path), client.post(path)):
            page = unescape(answer.content.decode())
            for purpose in ("preferences", "unsubscribe", "view", "catch-up"):
                assert token(reader, purpose) not in page, (purpose, path)
            found = [urljoin(path, each) for each in _IN_HTML.findall(page)]
            to_do += [
                each
                for each in (
                    urlsplit(each)._replace(scheme="", netloc="", fragment="").geturl() for each in found
                )
                if each.startswith(f"/vote/{vote}/")
            ]
    back = f"/vote/{vote}/digest/?paper={paper.arxiv_id}"
    assert back in seen
    page = client.get(back)
    assert page.status_code == 200
    assert paper.title in page.content.decode()
    assert client.get(f"/vote/{vote}/digest/?paper={make_paper().arxiv_id}").status_code == 404
    assert client.get(f"/vote/{vote}/digest/").status_code == 404


def test_a_paper_of_no_digest_has_no_way_back(sent, client):
    reader, _, _ = sent
    other = make_paper()
    page = client.post(f"/vote/{token(reader, 'vote')}/?paper={other.arxiv_id}&value=1").content.decode()
    assert "/digest/" not in page
    Delivery.objects.update(state="queued")
    paper = Paper.objects.get(title="Gloves that feel")
    page = client.post(f"/vote/{token(reader, 'vote')}/?paper={paper.arxiv_id}&value=1").content.decode()
    assert "/digest/" not in page
