"""Proof of work: ours to make and to check, counts once, and holds for an hour."""

import base64
import json
import logging
import re
from datetime import timedelta

import pytest
import time_machine
from altcha.v1 import solve_challenge
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from lib import counting
from lib.redis_clients import shared_client
from subscriptions.abuse import proofs
from subscriptions.models import SignUp
from tests.subscriptions.visitors import act, form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_for(settings, valkey):
    settings.SIGNUP_PROOF_OF_WORK = True
    settings.SIGNUP_PROOF_EFFORT = 1000
    settings.REDIS_URL = valkey
    shared_client(valkey).flushdb()
    return settings


def packed(said: object) -> str:
    return base64.b64encode(json.dumps(said).encode()).decode()


def solved(given: dict[str, object], **changes: object) -> str:
    """The answer of an honest browser, or with something changed."""
    found = solve_challenge(str(given["challenge"]), str(given["salt"]), "SHA-256", 1000)
    assert found is not None
    names = ("algorithm", "challenge", "salt", "signature")
    return packed({name: given[name] for name in names} | {"number": found.number} | changes)


def asked(client) -> dict[str, object]:
    answer = client.get("/proof/")
    assert "no-store" in answer["Cache-Control"]
    return answer.json()


def test_a_solved_challenge_opens_the_form(client):
    answer = act(client, "/", form(altcha=solved(asked(client))))
    assert answer.status_code == 302
    assert "check-mail" in answer["Location"]


def test_a_solution_counts_once(client):
    proof = solved(asked(client))
    assert act(client, "/", form(email="one@example.org", altcha=proof)).status_code == 302
    again = act(client, "/", form(email="two@example.org", altcha=proof))
    assert again.status_code == 422
    assert "press the button again" in again.content.decode()
    assert proof not in again.content.decode()  # the page asks for a new one


def test_a_form_with_a_mistake_keeps_its_proof(client):
    proof = solved(asked(client))
    answer = act(client, "/", form(email="not an address", altcha=proof))
    (kept,) = re.findall(r'name="altcha" value="([^"]+)"', answer.content.decode())
    assert kept == proof
    assert act(client, "/", form(altcha=kept)).status_code == 302


def test_an_old_challenge_is_refused(client):
    proof = solved(asked(client))
    with time_machine.travel(timezone.now() + timedelta(minutes=proofs.MINUTES, seconds=2)):
        assert not proofs.is_solved(proof)
        assert act(client, "/", form(altcha=proof)).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 2000},
        {"number": True},
        {"number": "1"},
        {"algorithm": "SHA-1"},
        {"signature": "0" * 64},
        {"signature": None},
        {"challenge": "0" * 64},
        {"salt": "00?expires=9999999999&"},
        {"salt": "\ud800"},
    ],
)
def test_a_changed_answer_is_refused(client, changes):
    assert not proofs.is_solved(solved(asked(client), **changes))


def test_a_challenge_of_another_site_is_refused(settings):
    challenge = proofs.make_challenge(now=timezone.now()).as_json()
    assert proofs.is_solved(solved(challenge))
    settings.SECRET_KEY = "of another site"
    assert not proofs.is_solved(solved(challenge))


@given(answer=st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(packed))
@example(answer=base64.b64encode(b"[" * 700).decode())
@example(answer=packed({"algorithm": "SHA-256"}))
@example(answer=packed([]))
def test_no_answer_breaks_the_check(answer):
    assert not proofs.is_solved(answer)
    assert not proofs.spend(answer)


@pytest.mark.parametrize("proof", ["", "x", packed({})])
def test_without_a_proof_nothing_is_kept_and_the_page_says_what_it_needs(client, proof):
    answer = act(client, "/", form(altcha=proof))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "short calculation" in page
    assert re.search(r"<noscript>.*JavaScript.*</noscript>", page, re.DOTALL)
    assert 'value="ada@example.org"' in page
    assert not SignUp.objects.exists()


def test_without_redis_a_proof_is_believed(client, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    counting.own_counts.cache_clear()
    answer = solved(asked(client))
    with caplog.at_level(logging.WARNING):
        assert client.post("/", form(altcha=answer)).status_code == 302
        again = client.post("/", form(altcha=answer))
    assert again.status_code == 422, "this process remembers it"
    assert "by itself" in caplog.text


def test_a_site_that_does_not_ask_says_nothing_of_it(client, settings):
    settings.SIGNUP_PROOF_OF_WORK = False
    assert "proof" not in client.get("/").content.decode()
    assert client.get("/proof/").status_code == 404
    assert act(client, "/", form()).status_code == 302
