"""Signing up on the page of a topic: within every limit of the form, from no other site."""

import re
from dataclasses import replace

import pytest
import time_machine
from django.test import Client

from subscriptions.models import SignUp
from subscriptions.readers.wishes import Wishes
from tests.factories import make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db
PAGE = "/topics/memory/ko/"
FORM = f"{PAGE}subscribe/"


@pytest.fixture
def fields():
    """What a browser sends of the form, a minute after the page was shown."""
    make_edition(make_topic("memory"), [make_paper()])
    with time_machine.travel("2026-03-18T09:20:00Z", tick=False) as clock:
        page = Client().get(PAGE).content.decode()
        assert "csrfmiddlewaretoken" not in page
        assert f'action="{FORM}"' in page
        (shown,) = re.findall(r'name="shown" value="([^"]+)"', page)
        clock.shift(60)
        yield {"email": "ada@example.org", "shown": shown, "website": "", "altcha": ""}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://testserver"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
)
def test_an_address_alone_asks_for_the_topic_in_the_language_of_the_page(fields, headers):
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(FORM, fields, headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, "/check-mail/?language=ko")
    form = SignUp.objects.get()
    assert (form.email, form.language) == ("ada@example.org", "ko")
    wishes = Wishes.from_json(form.wishes)
    assert (wishes.topics, wishes.language, wishes.cadence) == (("memory",), "ko", "weekdays")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_turned_away_with_the_form_itself(fields, headers):
    answer = Client(enforce_csrf_checks=True).post(FORM, fields, headers=headers)
    assert answer.status_code == 403
    assert "csrfmiddlewaretoken" in answer.content.decode()
    assert not SignUp.objects.exists()


def test_the_trap_the_clock_and_wrong_addresses_count_as_at_the_form(fields, client):
    client.post(FORM, fields | {"website": "x"})
    assert not SignUp.objects.exists()
    for wrong in ({"shown": ""}, {"shown": "1.0:forged"}, {"email": "ada@"}):
        answer = client.post(FORM, fields | wrong)
        assert answer.status_code == 422
        assert 'value="memory" checked' in " ".join(answer.content.decode().split())
    assert not SignUp.objects.exists()
    with time_machine.travel("2026-03-20T09:00:00Z"):
        assert client.post(FORM, fields).status_code == 422, "a page of two days ago"


def test_nothing_else_than_the_short_form_is_read(fields, client):
    client.post(FORM, fields | {"topics": "other", "keywords": "x", "size": "50", "language": "ar"})
    wishes = Wishes.from_json(SignUp.objects.get().wishes)
    assert wishes == replace(wishes, topics=("memory",), language="ko", size=10, queries=())


def test_the_proof_of_work_is_asked_for_where_the_form_asks_for_it(fields, client, settings):
    settings.SIGNUP_PROOF_OF_WORK = True
    assert client.post(FORM, fields).status_code == 422
    assert "data-proof-url" in client.get(PAGE).content.decode()
    assert not SignUp.objects.exists()


def test_looking_at_the_address_leads_to_the_topic(client):
    make_topic("memory")
    assert client.get(FORM)["Location"] == PAGE
    assert client.get("/topics/memory/tlh/subscribe/").status_code == 404
