"""Requests of channels stay out of private networks, follow nothing and say what is known when they fail."""

import pytest

from newsletter.channels import wire
from newsletter.channels.posts import Request
from newsletter.channels.wire import NoAnswerError, NotSentError, check_public, deliver
from tests.newsletter.channels.standins import HANG_UP, HOOK, answer

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::"),
    ],
)
def test_no_private_address_is_public(address):
    with pytest.raises(NotSentError, match="private network") as raised:
        check_public(address)
    assert raised.value.is_permanent


def test_public_addresses_are():
    for address in ("1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"):
        check_public(address)


def test_a_name_that_leads_into_a_private_network_is_sent_nothing(stand_in, settings, monkeypatch):
    """The address that was connected to counts: the name looks public."""
    standin = stand_in("slack")
    settings.CHANNEL_PRIVATE_HOSTS = []
    monkeypatch.setattr(wire, "_is_named", lambda _: False)
    with pytest.raises(NotSentError, match="private network"):
        deliver(Request(f"https://localhost:{standin.port}/services/{HOOK}", b"{}"))
    assert standin.requests == []


def test_only_named_hosts_may_be_asked_without_https(settings):
    settings.CHANNEL_PRIVATE_HOSTS = ["chat.example.org:8065"]
    with pytest.raises(NotSentError, match="CHANNEL_PRIVATE_HOSTS") as raised:
        deliver(Request(f"http://chat.example.org/hooks/{HOOK}", b"{}"))
    assert HOOK not in str(raised.value)
    for address in ("file:///etc/passwd", "https://", "https://[x", "https://a:0/", "gopher://a/"):
        with pytest.raises(NotSentError, match="no web address"):
            deliver(Request(address, b"{}"))


def test_a_redirect_is_an_answer_and_is_not_followed(stand_in):
    first, second = stand_in("slack"), stand_in("slack")
    first.next_answers.append(answer(307, "", Location=f"{second.base}/services/T000/B000/{HOOK}"))
    assert deliver(Request(first.base, b"{}")).status == 307
    assert second.requests == []


def test_nobody_there_and_no_answer_are_told_apart(stand_in):
    standin = stand_in("slack")
    standin.next_answers.append(HANG_UP)
    with pytest.raises(NoAnswerError, match="gave no answer") as raised:
        deliver(Request(f"{standin.base}/{HOOK}", b"{}"))
    assert HOOK not in str(raised.value)
    standin.__exit__()
    with pytest.raises(NotSentError, match="cannot be reached") as refused:
        deliver(Request(f"{standin.base}/{HOOK}", b"{}"))
    assert not refused.value.is_permanent
    assert HOOK not in str(refused.value)


def test_a_slow_answer_ends_and_a_long_one_is_cut(stand_in, monkeypatch):
    standin = stand_in("slack")
    monkeypatch.setattr(wire, "READ", 0.2)
    standin.before_answer = lambda: standin.pause.wait(3)
    import threading

    standin.pause = threading.Event()
    with pytest.raises(NoAnswerError):
        deliver(Request(standin.base, b"{}"))
    standin.pause.set()
    standin.next_answers.append(answer(200, "x" * 200_000))
    assert len(deliver(Request(standin.base, b"{}")).body) == wire.LONGEST_ANSWER
