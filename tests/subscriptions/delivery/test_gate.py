"""The one gate before every mail: the whole table, and that nothing goes round it."""

from itertools import product

import pytest
from django.core import mail

from subscriptions.delivery import claim, dispatch, gate, notices
from subscriptions.delivery.dispatch import NotPermittedError
from subscriptions.delivery.gate import MailKind, why_not
from subscriptions.desk import edition_preview
from subscriptions.models import Delivery, Subscriber, Suppression
from subscriptions.models.states import NoticeKind, SubscriberState, SuppressionReason
from subscriptions.readers import consent
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.subscriptions.delivery.ledger import queue_one
from tests.subscriptions.visitors import act, form

# In which states a reader gets a mail, if the address is not suppressed; "" where there is no reader.
STATES = {
    "digest": {"active"},
    "confirm": {"pending", "unsubscribed", "suppressed"},
    "already": {"active", "paused"},
    "welcome": {"active"},
    "goodbye": {"unsubscribed"},
    "my-data": {"pending", "active", "paused", "unsubscribed"},
    "email-confirm": {"pending", "active", "paused", "unsubscribed"},
    "leaving": {"active", "paused"},
    "correction": {"active"},
    "test": {""},
    "forward": {"", "pending", "active", "paused", "unsubscribed", "suppressed"},
}
# What a suppressed address gets nevertheless.
NEVERTHELESS = {
    "bounced": {"confirm", "email-confirm", "forward"},
    "erased": {"confirm", "email-confirm", "forward"},
    "complained": {"forward"},
    "operator": {"forward"},
    "a reason that comes one day": set(),
}


@pytest.mark.parametrize("kind", MailKind)
def test_the_whole_table(kind):
    states = ["", *SubscriberState.values]
    for state, reason in product(states, ["", *NEVERTHELESS]):
        expected = state in STATES[kind] and (not reason or kind in NEVERTHELESS[reason])
        assert (why_not(kind, state=state, reasons=[reason] if reason else []) == "") == expected, (
            state,
            reason,
        )
    for first, second in product(NEVERTHELESS, repeat=2):
        both = kind in NEVERTHELESS[first] & NEVERTHELESS[second]
        state = min(STATES[kind])
        assert (why_not(kind, state=state, reasons=[first, second]) == "") == both


def test_every_kind_and_every_reason_has_its_line():
    assert set(STATES) == set(MailKind) == set(gate.WHEN)
    assert set(SuppressionReason.values) == set(gate.DESPITE)
    assert set(NoticeKind.values) == set(notices.KINDS)
    assert set(notices.KINDS) < set(MailKind)


def suppressed(address: str, reason: str) -> None:
    Suppression.objects.keep_out(address, reason=SuppressionReason(reason), at=NOW)


FITTING = {"confirm": "pending", "goodbye": "unsubscribed"}


@pytest.mark.parametrize("reason", ["complained", "operator"])
@pytest.mark.parametrize("kind", NoticeKind.values)
def test_who_complained_gets_no_notice_of_any_kind_nor_at_any_address(db, kind, reason):
    reader = make_subscriber(
        state=FITTING.get(kind, "active"), new_email="next@example.org", confirmed_at=NOW
    )
    suppressed(reader.email, reason)
    assert notices.send(kind, reader, now=NOW) is False
    assert not mail.outbox


@pytest.mark.parametrize("reason", ["complained", "operator"])
def test_a_change_of_address_is_not_announced_to_an_address_that_complained(db, reason):
    reader = make_subscriber(new_email="next@example.org")
    suppressed("next@example.org", reason)
    assert notices.send("email-confirm", reader, now=NOW) is False
    assert notices.send("my-data", reader, now=NOW) is True
    assert [message.to for message in mail.outbox] == [[reader.email]]


def test_a_digest_passes_the_gate_when_it_is_claimed(db):
    good, gone, complained, bounced = (queue_one() for _ in range(4))
    Subscriber.objects.filter(pk=gone.subscriber_id).update(state="unsubscribed")
    suppressed(complained.subscriber.email, "complained")
    suppressed(bounced.subscriber.email, "bounced")
    assert [row.pk for row in claim(now=NOW)] == [good.pk]
    assert Delivery.objects.filter(state="skipped").count() == 3


def test_a_test_to_oneself_passes_it_too(db):
    papers = [make_paper()]
    make_summary(papers[0])
    edition = make_edition(make_topic("diffusion", query="study"), papers)
    suppressed("me@example.org", "operator")
    with pytest.raises(NotPermittedError, match="suppressed"):
        edition_preview.send_test(edition, language="en", size=1, address="me@example.org", now=NOW)
    assert not mail.outbox


def test_nothing_is_handed_over_before_the_gate_has_spoken(db, monkeypatch):
    """Each kind in turn, with a gate that is shut: no transport is even made."""
    monkeypatch.setattr(dispatch, "refusal", lambda *_, **__: "shut")
    monkeypatch.setattr(dispatch, "default_transport", lambda: pytest.fail("went round the gate"))
    for kind in NoticeKind.values:
        reader = make_subscriber(
            state=FITTING.get(kind, "active"), new_email="n@example.org", confirmed_at=NOW
        )
        assert notices.send(kind, reader, now=NOW) is False


def test_an_address_that_bounced_gets_one_confirmation_when_somebody_asks_again(client, db):
    reader = make_subscriber("ada@example.org", state="suppressed", confirmed_at=NOW, next_due_at=None)
    suppressed(reader.email, "bounced")
    for _ in range(3):
        act(client, "/", form())
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["ada@example.org"]
    reader.refresh_from_db()
    consent.confirm(reader, now=NOW)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("reason", ["complained", "operator"])
def test_who_complained_gets_nothing_whoever_fills_in_the_form(client, db, reason):
    suppressed("ada@example.org", reason)
    act(client, "/", form())
    assert not mail.outbox
