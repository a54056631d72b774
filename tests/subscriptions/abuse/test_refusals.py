"""Domains that the operator refuses."""

import os

import pytest
from django.urls import reverse

from subscriptions.abuse.refusals import is_refused
from subscriptions.models import SignUp, Subscriber
from subscriptions.readers.links import token
from tests.factories import make_subscriber
from tests.subscriptions.visitors import act, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(settings, tmp_path):
    file = tmp_path / "domains"
    lines = (
        "# minutes only\n\nMinutes.example  # the worst\n*.brief.example\n쓰레기.example\nnot a domain ü\n"
    )
    file.write_text(lines, encoding="utf-8")
    settings.REFUSED_DOMAINS_FILE = str(file)
    return file


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("a@minutes.example", True),
        ("a@deep.er.minutes.example", True),
        ("a@brief.example", True),
        ("a@notminutes.example", False),
        ("a@minutes.example.org", False),
        ("minutes.example@example.org", False),
        ("a@" + "쓰레기.example".encode("idna").decode(), True),
        ("a@example", False),
    ],
)
def test_a_listed_domain_and_those_below_it_are_refused(listed, address, refused):
    assert is_refused(address) is refused


def test_the_form_says_so_at_the_field_and_keeps_what_was_typed(client, listed):
    answer = act(client, "/", form(email="ada@minutes.example"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "are temporary" in page
    assert 'value="ada@minutes.example"' in page
    assert not SignUp.objects.exists()


def test_nobody_moves_to_such_an_address(client, listed):
    reader = make_subscriber()
    move = reverse("move", args=[token(reader, "my-data")])
    assert act(client, move, {"email": "a@minutes.example"}).status_code == 422
    assert Subscriber.objects.get().new_email == ""


def test_the_file_is_read_again_when_it_changes(listed):
    assert not is_refused("a@new.example")
    listed.write_text("new.example\n", encoding="utf-8")
    os.utime(listed, ns=(1, 2))
    assert is_refused("a@new.example")
    assert not is_refused("a@minutes.example")


def test_a_file_that_is_away_refuses_nobody_and_says_so(settings, tmp_path, caplog):
    settings.REFUSED_DOMAINS_FILE = str(tmp_path / "away")
    assert not is_refused("a@minutes.example")
    assert "REFUSED_DOMAINS_FILE" in caplog.text


def test_no_file_refuses_nobody(settings):
    settings.REFUSED_DOMAINS_FILE = ""
    assert not is_refused("a@minutes.example")
