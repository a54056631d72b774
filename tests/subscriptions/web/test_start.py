"""A start in one's own words on the sign-up page and in the preferences: it suggests, and changes nothing."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from newsletter.models import WantedPaper
from subscriptions.models import ConsentEvent, SignUp, Subscriber
from subscriptions.readers.links import token
from tests.factories import make_paper, make_subscriber
from tests.subscriptions.visitors import form

pytestmark = pytest.mark.django_db

WORDS = "I work on robot manipulation with diffusion policies"


@pytest.fixture
def papers(topics):
    return [
        make_paper(
            title="Robot Manipulation with Diffusion Policies",
            abstract="Diffusion policies control robot manipulation.",
            categories=["cs.RO"],
        ),
        make_paper(title="Robot Manipulation by Touch", abstract="A hand feels.", categories=["cs.RO"]),
        *(make_paper(title=f"On other matters {n}") for n in range(20)),
    ]


def ticked(page: str) -> list[str]:
    boxes = re.findall(r'<input type="checkbox" name="topics" value="([\w-]+)"([^>]*)>', page)
    return [slug for slug, rest in boxes if "checked" in rest]


def keywords(page: str) -> list[str]:
    found = re.search(r'<textarea id="keywords"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return found[1].replace("&quot;", '"').splitlines()


def test_without_a_script_the_form_comes_back_filled_with_all_that_was_typed(client, papers):
    typed = form(start=WORDS, email="ada@example.org", keywords="linen", hour="21", authors="Fei-Fei Li")
    page = client.post("/start/?language=en", typed).content.decode()
    assert {"diffusion-models", "robotics"} <= {*ticked(page)}
    assert keywords(page)[0] == "linen"
    assert {'"robot manipulation"', '"diffusion policies"'} <= {*keywords(page)}
    assert 'value="ada@example.org"' in page
    assert "Fei-Fei Li" in page
    assert '<option value="21" selected' in page
    assert WORDS in page
    assert "error" not in re.findall(r'class="([^"]*)"', page)
    assert not SignUp.objects.exists()
    assert not Subscriber.objects.exists()


def test_what_comes_back_can_be_sent_as_it_is(client, papers):
    page = client.post("/start/?language=en", form(start=WORDS, topics=[])).content.decode()
    sent = form(topics=ticked(page), keywords="\n".join(keywords(page)), start=WORDS)
    assert client.post("/?language=en", sent).status_code == 302
    kept = SignUp.objects.get()
    assert "robotics" in kept.wishes["topics"]
    assert '"robot manipulation"' in kept.wishes["queries"]
    assert WORDS not in str(kept.wishes)


def test_for_the_script_there_are_chips_with_what_the_last_week_would_have_had(client, papers):
    page = client.post("/start/?language=en", {"start": WORDS}, headers={"x-fragment": "1"}).content.decode()
    assert "<html" not in page
    assert 'data-take-topic="robotics"' in page
    chips = dict(re.findall(r'data-take-search="([^"]*)">.*?<small>(\d+)</small>', page))
    assert chips["&quot;robot manipulation&quot;"] == "2"
    assert chips["&quot;diffusion policies&quot;"] == "1"


def test_topics_are_named_in_the_language_of_the_page(client, papers):
    page = client.post("/start/?language=ko", {"start": "로보틱스"}, headers={"x-fragment": "1"})
    assert "로보틱스</button>" in page.content.decode()


def test_a_file_is_read_like_a_paste(client, papers):
    bib = f"@misc{{a, eprint={{{papers[0].arxiv_id}}}, archivePrefix={{arXiv}}}}".encode()
    file = SimpleUploadedFile("library.bib", bib)
    page = client.post("/start/?language=en", {"start_file": file}, headers={"x-fragment": "1"})
    assert 'data-take-topic="robotics"' in page.content.decode()


def test_papers_that_are_not_here_are_named_and_not_fetched(client, papers):
    page = client.post("/start/?language=en", {"start": "2401.00001"}, headers={"x-fragment": "1"})
    assert "their topics are unknown: <bdi>2401.00001</bdi>" in page.content.decode()
    assert not WantedPaper.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"start": ""}, "Paste a title"),
        ({"start": "물리"}, "name your subject in English"),
        ({"start": "zxcvb qwrtz"}, "name your subject in English"),
        ({"start_file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, "not a list of papers"),
    ],
)
def test_what_brings_nothing_says_kindly_what_to_do(client, papers, sent, said):
    page = client.post("/start/?language=en", sent, headers={"x-fragment": "1"}).content.decode()
    assert said in page


def test_hostile_text_reaches_no_page_as_markup(client, papers):
    hostile = '"><script>alert(1)</script> robotics \u202e'
    for headers in ({}, {"x-fragment": "1"}):
        page = client.post("/start/?language=en", {"start": hostile}, headers=headers).content.decode()
        assert "<script>alert" not in page


def test_a_search_that_finds_an_eighth_of_all_papers_is_a_topic(client, topics):
    for n in range(20):
        make_paper(title=f"Spinning Wheels {n}", abstract="Spinning wheels turn.")
    page = client.post("/start/", {"start": "spinning wheels"}, headers={"x-fragment": "1"}).content.decode()
    assert "data-take-search" not in page


def test_looking_is_limited_as_previews_are(client, papers, settings):
    settings.LOOKS_PER_NETWORK = 1
    first, second = (
        client.post("/start/?language=en", {"start": WORDS}, headers={"x-fragment": "1"}) for _ in range(2)
    )
    assert "data-take-topic" in first.content.decode()
    assert "please wait a minute" in second.content.decode()


def test_no_more_searches_are_filled_in_than_a_reader_may_have(client, papers):
    lines = "\n".join(f"word{n}" for n in range(19))
    page = client.post("/start/?language=en", form(start=WORDS, keywords=lines)).content.decode()
    assert len(keywords(page)) == 20


def test_in_the_preferences_it_suggests_and_saves_nothing(client, papers):
    reader = make_subscriber("ada@example.org", queries=["linen"], hour=5)
    before = Subscriber.objects.values().get()
    address = f"/preferences/{token(reader, 'preferences')}/start/"
    typed = {"start": WORDS, "keywords": "linen", "hour": "9", "topics": []}
    page = client.post(address, typed).content.decode()
    assert "robotics" in ticked(page)
    assert keywords(page)[0] == "linen"
    assert '<option value="9" selected' in page
    chips = client.post(address, {"start": WORDS}, headers={"x-fragment": "1"}).content.decode()
    assert 'data-take-topic="robotics"' in chips
    assert Subscriber.objects.values().get() == before
    assert not reader.topics.exists()
    assert not ConsentEvent.objects.exists()
    assert client.get(address).status_code == 302


def test_a_get_leads_to_the_form(client):
    assert client.get("/start/?language=ko")["Location"] == "/?language=ko"


@pytest.mark.parametrize("path", ["/?language=en"])
def test_the_pages_offer_it_in_their_fold(client, topics, path):
    page = client.get(path).content.decode()
    assert 'id="start-text"' in page
    assert "formenctype" in page
