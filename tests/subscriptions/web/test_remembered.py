"""What a reader does from a paper's public page: by a cookie that was asked for, or a link that is mailed."""

import pytest
from django.core import mail
from kombu.exceptions import OperationalError

from config.celery import app
from newsletter.models import Paper
from subscriptions import tasks
from subscriptions.models import FollowedPaper, OwedNotice, SavedPaper, Subscriber
from subscriptions.readers import consent
from subscriptions.readers.links import token
from subscriptions.web.remembered import COOKIE
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_topic
from tests.subscriptions.visitors import act

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def reader():
    return make_subscriber("ada@example.org")


@pytest.fixture
def paper() -> Paper:
    return make_paper()


def remember(client, reader, **headers):
    return client.post(f"/vote/{token(reader, 'vote')}/remember/", headers=headers)


@pytest.mark.parametrize(
    ("deed", "path"),
    [
        ("save", "save/?paper={id}"),
        ("more", "?paper={id}&value=1"),
        ("less", "?paper={id}&value=-1"),
        ("follow", "follow/?paper={id}"),
    ],
)
def test_a_browser_that_remembers_leads_to_the_page_with_the_button_and_changes_nothing(
    client, reader, paper, deed, path
):
    remember(client, reader)
    answer = client.get(f"/reader/?act={deed}&paper={paper.arxiv_id}&language=ko")
    assert answer.status_code == 302
    assert answer["Location"] == f"/vote/{token(reader, 'vote')}/{path.format(id=paper.arxiv_id)}"
    assert "no-store" in answer["Cache-Control"]
    assert client.get(answer["Location"]).status_code == 200
    assert not SavedPaper.objects.exists()
    assert not FollowedPaper.objects.exists()


def test_the_cookie_is_set_by_the_button_alone_and_goes_to_one_address(client, reader):
    page = client.get(f"/vote/{token(reader, 'vote')}/remember/")
    assert not page.cookies
    cookie = remember(client, reader).cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/reader/", True, "Lax")
    assert cookie["max-age"] == 180 * 24 * 3600


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_another_site_plants_no_cookie(client, reader, headers):
    answer = remember(client, reader, **headers)
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies
    assert "Please press the button again." in answer.content.decode()
    # So that the next press does say where it comes from.
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}])
def test_the_readers_own_press_is_believed(client, reader, headers):
    assert COOKIE in remember(client, reader, **headers).cookies


def test_forgetting_and_new_links_end_it(client, reader, paper):
    path = f"/reader/?act=save&paper={paper.arxiv_id}"
    remember(client, reader)
    client.post(f"/vote/{token(reader, 'vote')}/remember/", {"forget": "1"})
    assert client.get(path).status_code == 200
    remember(client, reader)
    consent.renew_links(reader, now=NOW)
    assert client.get(path).status_code == 200
    client.cookies[COOKIE] = "nothing"
    assert "This browser does not know you" in client.get(path).content.decode()


@pytest.mark.parametrize("query", ["", "?act=erase&paper=2603.00001", "?act=save", "?act=save&paper=%00"])
def test_what_is_no_act_leads_nowhere(client, reader, query):
    remember(client, reader)
    answer = client.get(f"/reader/{query}")
    assert answer.status_code in (200, 302)
    assert answer.status_code == 200 or client.get(answer["Location"]).status_code == 404


def test_known_and_unknown_addresses_are_answered_alike_and_only_readers_get_mail(client, reader):
    make_subscriber("gone@example.org", state=Subscriber.State.UNSUBSCRIBED)
    answers = []
    for address in ("ada@example.org", "nobody@example.org", "gone@example.org"):
        answer = act(client, "/reader/?act=save&paper=2603.00001", {"email": address})
        assert answer.status_code == 200
        answers.append(answer.content)
    assert answers[0] == answers[1] == answers[2]
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert "/my-data/" in mail.outbox[0].body
    assert tasks.mail_link(0) is False


def test_without_a_broker_the_link_is_owed_and_a_tick_mails_it(client, reader, monkeypatch):
    def is_away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as broker:
        broker.setattr(tasks.mail_link, "apply_async", is_away)
        answers = [client.post("/reader/", {"email": each}) for each in (reader.email, "no@example.org")]
    assert answers[0].content == answers[1].content
    assert mail.outbox == []
    assert [tuple(row) for row in OwedNotice.objects.values_list("kind", "subscriber")] == [
        ("my-data", reader.pk)
    ]
    assert tasks.send_notice("my-data", reader.pk) is True
    assert [message.to for message in mail.outbox] == [[reader.email]]


def test_who_waits_for_the_link_stands_in_no_line_of_digests():
    assert app.amqp.router.route({}, tasks.mail_link.name)["queue"].name == "notices"


def test_an_address_that_is_none_and_a_flood_are_told(client, settings):
    assert client.post("/reader/", {"email": "nothing"}).status_code == 422
    settings.SIGNUPS_PER_NETWORK = 1
    assert client.post("/reader/", {"email": "one@example.org"}).status_code == 200
    assert client.post("/reader/", {"email": "two@example.org"}).status_code == 429


def test_the_paper_page_leads_there_and_the_form_has_its_topics_and_title(client):
    paper = make_paper(title="Gloves that feel")
    make_edition(make_topic("touch", names={"en": "Touch"}), [paper])
    page = client.get(f"/papers/{paper.arxiv_id}/en/").content.decode()
    for deed in ("save", "more", "less", "follow"):
        assert f'href="/reader/?act={deed}&amp;paper={paper.arxiv_id}&amp;language=en"' in page
    form = client.get(f"/?language=en&topics=touch&topics=nothing&topics=%00&paper={paper.arxiv_id}")
    assert form.status_code == 200
    assert form.context["form"].initial["topics"] == ["touch"]
    assert ">Gloves that feel</textarea>" in form.content.decode()
    hidden = make_paper(title="Not out yet")
    assert "Not out yet" not in client.get(f"/?paper={hidden.arxiv_id}").content.decode()
