"""Proof before consequence: who can forge what decides what may follow from it."""

import mailbox
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from subscriptions.addresses import address_hash
from subscriptions.delivery.operator_actions import retry_failed
from subscriptions.feedback import events
from subscriptions.feedback.attribution import YOUNG, feedback_of, is_redacted
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.reports import read
from subscriptions.feedback.return_paths import envelope_sender, notice_tag, tag, tag_field
from subscriptions.feedback.verdicts import Kind
from subscriptions.mailbox.inbox import Maildir, read_box
from subscriptions.messages.headers import message_id
from subscriptions.models import Delivery, DeliveryEvent, LiftedSuppression, Subscriber, Suppression, Vote
from subscriptions.models.states import DeliveryState
from subscriptions.readers import consent, links
from subscriptions.readers.suppressions import lift
from subscriptions.readers.wishes import Wishes
from subscriptions.roles import write_roles
from tests.factories import NOW, make_paper
from tests.subscriptions.delivery.ledger import DAY, queue_one
from tests.subscriptions.feedback.test_feedback import bounce

pytestmark = pytest.mark.processes

READER = "reader@example.org"
DOUBTED = "550 no such user"


@pytest.fixture(autouse=True)
def bounce_address(settings):
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    settings.REPLY_TO_EMAIL = ""


@pytest.fixture
def sent(db) -> Delivery:
    row = queue_one(email=READER)
    Delivery.objects.update(state="sent", message_id=message_id(row.subscriber.public_id, DAY))
    return Delivery.objects.select_related("subscriber").get()


@pytest.fixture
def take(tmp_path: Path):
    """Take one mail in through a maildir; the counts."""
    box = mailbox.Maildir(tmp_path / "bounces")

    def put(data: bytes, *, now: datetime = NOW):
        box.add(data)
        return read_box(Maildir(tmp_path / "bounces"), now=now).counts

    return put


def tagged(row: Delivery) -> str:
    return envelope_sender(tag(row.pk), default="")


def on(sent: Delivery, days: int) -> Delivery:
    return Delivery.objects.create(
        subscriber=sent.subscriber,
        day=DAY + timedelta(days=days),
        state="sent",
        language="en",
        created_at=NOW + timedelta(days=days),
    )


def returned(row: Delivery, *, link: bool = False, to: str = READER, more: str = "") -> str:
    head = f"Message-ID: {row.message_id}\r\nSubject: x\r\n{more}"
    if to:
        head += f"To: {to}\r\n"
    if link:
        url = links.address("unsubscribe", links.token(row.subscriber, "unsubscribe"))
        head += f"List-Unsubscribe: <{url}>,\r\n <mailto:bounces@paperpost.example?subject=x>\r\n"
    return head


def complaint(head: str, *, to: str = "abuse@paperpost.example", fields: str = "") -> bytes:
    """A report as RFC 5965 has it, about the mail with this head."""
    return (
        f"From: fbl@provider.example\r\nTo: {to}\r\nSubject: complaint\r\n"
        "MIME-Version: 1.0\r\nMessage-ID: <c@provider.example>\r\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSpam.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: abuse\r\nVersion: 1\r\n{fields}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{head}\r\nx\r\n--b--\r\n"
    ).encode()


def state() -> str:
    return Subscriber.objects.get().state


# -- complaints by mail ---------------------------------------------------


def test_a_message_id_alone_suppresses_nobody_and_is_shown(sent: Delivery, take):
    assert take(complaint(returned(sent))) == {"unproven": 1}
    assert state() == "active"
    row = DeliveryEvent.objects.get()
    assert (row.kind, row.standing, row.delivery) == ("complaint", "unproven", sent)
    assert "no signed tag" in row.detail


@pytest.mark.parametrize("where", ["to", "original-mail-from", "return-path", "head"])
def test_a_complaint_with_the_signed_tag_suppresses_wherever_it_stands(sent: Delivery, take, where: str):
    named, field = tagged(sent), tag_field(tag(sent.pk)).decode()
    mails = {
        "to": complaint(returned(sent), to=named),
        "original-mail-from": complaint(returned(sent), fields=f"Original-Mail-From: <{named}>\r\n"),
        "return-path": complaint(returned(sent, more=f"Return-Path: <{named}>\r\n")),
        "head": complaint(returned(sent, more=field)),
    }
    assert take(mails[where]) == {"complaint": 1}
    assert state() == "suppressed"
    assert Suppression.objects.get().reason == "complained"


def test_a_complaint_that_only_a_link_proves_does_what_the_link_does(sent: Delivery, take):
    take(complaint(returned(sent, link=True)))
    assert state() == "unsubscribed"
    assert not Suppression.objects.exists()


def test_the_link_of_another_reader_proves_nothing(sent: Delivery, take):
    other = queue_one(email="other@example.org")
    Delivery.objects.filter(pk=other.pk).update(message_id=sent.message_id + "x")
    other.refresh_from_db()
    head = returned(other, link=True).replace(other.message_id, sent.message_id)
    assert take(complaint(head)) == {"unproven": 1}
    assert set(Subscriber.objects.values_list("state", flat=True)) == {"active"}


def test_a_complaint_that_names_another_is_not_acted_on(sent: Delivery, take):
    for number, mail in enumerate(
        (
            complaint(returned(sent), to=tagged(sent), fields="Original-Rcpt-To: <other@example.org>\r\n"),
            complaint(returned(sent, to="other@example.org"), to=tagged(sent)),
        )
    ):
        data = mail.replace(b"<c@provider", b"<c%d@provider" % number)
        assert take(data) == {"unproven": 1}
    assert state() == "active"


@pytest.mark.parametrize("name", ["redacted", "2gtdc5ohfwvggu2tq/cdi8=", "xxxxxx", "***"])
def test_a_complaint_may_be_redacted(sent: Delivery, take, name: str):
    fields = f"Original-Rcpt-To: {name}@example.org\r\n"
    assert is_redacted(f"{name}@example.org")
    assert take(complaint(returned(sent, to=""), to=tagged(sent), fields=fields)) == {"complaint": 1}
    assert state() == "suppressed"


# -- bounces by mail ------------------------------------------------------


def test_a_bounce_names_the_recipient_it_was_sent_to(sent: Delivery, take):
    assert take(bounce(to=tagged(sent), recipient="other@example.org")) == {"unproven": 1}
    assert state() == "active"
    assert "another recipient" in DeliveryEvent.objects.get().detail
    second = bounce(to=tagged(sent), recipient=READER.upper()).replace(b"<1@mx", b"<2@mx")
    assert take(second) == {"hard": 1}
    assert state() == "suppressed"


def test_a_bounce_of_a_forwarding_names_the_recipient_as_the_original_one(sent: Delivery, take):
    data = bounce(to=tagged(sent), recipient="elsewhere@example.net").replace(
        b"Action: failed", f"Original-Recipient: rfc822;{READER}\r\nAction: failed".encode()
    )
    assert take(data) == {"hard": 1}


def test_a_bounce_that_names_nobody_is_not_acted_on(sent: Delivery, take):
    data = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {tagged(sent)}\n"
        "Subject: Undelivered mail\n\n550 5.1.1 no such user\n"
    ).encode()
    assert take(data) == {"unproven": 1}
    assert state() == "active"


def test_a_bounce_after_a_fortnight_is_not_acted_on(sent: Delivery, take):
    late = NOW + YOUNG + timedelta(minutes=1)
    assert take(bounce(to=tagged(sent), recipient=READER), now=late) == {"unproven": 1}
    assert state() == "active"


def test_a_reply_that_quotes_a_message_id_and_looks_like_a_bounce_harms_nobody(sent: Delivery, take):
    data = bounce(to="bounces@paperpost.example", recipient=READER).replace(
        b"MIME-Version", f"In-Reply-To: {sent.message_id}\r\nMIME-Version".encode()
    )
    assert take(data) == {"unproven": 1}
    assert state() == "active"
    sent.refresh_from_db()
    assert sent.state == "sent"


# -- notices --------------------------------------------------------------


def notice_to(reader: Subscriber, address: str) -> str:
    return envelope_sender(notice_tag(reader.pk, to=address, at=NOW), default="")


def test_a_bounce_of_a_confirmation_counts(sent: Delivery, take):
    Subscriber.objects.update(state="pending")
    assert take(bounce(to=notice_to(sent.subscriber, READER), recipient=READER)) == {"hard": 1}
    assert state() == "suppressed"
    assert Suppression.objects.get().reason == "bounced"


def test_a_complaint_about_a_confirmation_counts(sent: Delivery, take):
    Subscriber.objects.update(state="pending")
    data = complaint("Subject: Please confirm\r\n", to=notice_to(sent.subscriber, READER))
    assert take(data) == {"complaint": 1}
    assert state() == "suppressed"
    assert Suppression.objects.get().reason == "complained"


@pytest.mark.parametrize("kind", ["hard", "complaint"])
def test_what_comes_back_from_an_address_wished_for_leaves_the_reader_alone(sent: Delivery, take, kind: str):
    consent.wish_for_address(sent.subscriber, "new@example.org")
    to = notice_to(sent.subscriber, "new@example.org")
    data = bounce(to=to, recipient="new@example.org")
    if kind == "complaint":
        data = complaint("Subject: Please confirm\r\n", to=to)
    assert take(data) == {kind: 1}
    assert state() == "active"
    assert Suppression.objects.get().address_hash == address_hash("new@example.org")


# -- what is doubtful -----------------------------------------------------


def doubtful(row: Delivery, number: int) -> bytes:
    prose = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {tagged(row)}\nMessage-ID: <{number}@mx>\n"
        f"Subject: failure notice\n\n<{READER}>:\nRemote host said: {DOUBTED}\n"
    )
    return prose.encode()


def test_what_is_doubtful_acts_when_it_comes_again_a_day_later(sent: Delivery, take):
    assert take(doubtful(sent, 1)) == {"doubtful": 1}
    assert state() == "active"
    assert DeliveryEvent.objects.get().standing == "doubtful"
    assert take(doubtful(on(sent, 1), 2), now=NOW + timedelta(days=1)) == {"doubtful": 1}
    assert state() == "suppressed"
    assert Suppression.objects.get().reason == "bounced"


def test_what_is_doubtful_does_not_act_twice_for_one_digest_or_within_a_day(sent: Delivery, take):
    for number in range(3):
        take(doubtful(sent, number), now=NOW + timedelta(days=number))
    soon = on(sent, 1)
    Delivery.objects.filter(pk=soon.pk).update(created_at=NOW + timedelta(hours=2))
    take(doubtful(soon, 9), now=NOW + timedelta(hours=3))
    assert state() == "active"


def test_a_mail_that_arrived_in_between_clears_a_doubt(sent: Delivery, take):
    take(doubtful(sent, 1))
    on(sent, 1)
    take(doubtful(on(sent, 2), 2), now=NOW + timedelta(days=2))
    assert state() == "active"
    take(doubtful(on(sent, 3), 3), now=NOW + timedelta(days=3))
    assert state() == "suppressed", "two in a row, with nothing in between"


def test_a_mail_in_between_that_came_back_as_well_clears_nothing(sent: Delivery, take):
    take(doubtful(sent, 1))
    full = bounce(to=tagged(on(sent, 1)), recipient=READER, status="5.2.2", said="552 5.2.2 mailbox full")
    take(full, now=NOW + timedelta(days=1))
    take(doubtful(on(sent, 2), 2), now=NOW + timedelta(days=2))
    assert state() == "suppressed"


def test_a_vote_in_between_clears_a_doubt(sent: Delivery, take):
    take(doubtful(sent, 1))
    Vote.objects.create(subscriber=sent.subscriber, paper=make_paper(), value=1, at=NOW + timedelta(hours=5))
    take(doubtful(on(sent, 1), 2), now=NOW + timedelta(days=1))
    assert state() == "active"


# -- what is our fault ----------------------------------------------------


def blocked(row: Delivery) -> bytes:
    said = "550 5.7.26 Unauthenticated email from paperpost.example: DMARC policy"
    return bounce(to=tagged(row), recipient=READER, status="5.7.26", said=said)


def test_a_digest_that_came_back_for_a_reason_of_ours_is_put_off(sent: Delivery, take):
    assert take(blocked(sent), now=NOW + timedelta(minutes=5)) == {"blocked": 1}
    sent.refresh_from_db()
    assert sent.state == DeliveryState.DEFERRED
    assert sent.reason == "refused for a reason of ours: authentication"
    assert sent.retry_at == NOW + timedelta(minutes=5) + events.PUT_OFF
    assert Delivery.objects.claimable(NOW + timedelta(hours=5)).exists()
    assert state() == "active"


def test_one_that_is_no_news_any_more_can_be_tried_again_at_the_desk(sent: Delivery, take):
    take(blocked(sent), now=NOW + timedelta(days=3))
    sent.refresh_from_db()
    assert sent.state == DeliveryState.FAILED
    assert retry_failed(Delivery.objects.all(), now=NOW) == 1


# -- lifting --------------------------------------------------------------


def test_lifting_a_suppression_allows_a_new_double_opt_in_and_makes_nobody_active(sent: Delivery):
    record([Feedback(Kind.COMPLAINT, "complaint", "test", "1", NOW, delivery_id=sent.pk)])
    assert lift(READER.upper(), by="owner", why="a wrong click, says reader@example.org", now=NOW)
    assert state() == "unsubscribed"
    assert not Suppression.objects.exists()
    row = LiftedSuppression.objects.get()
    assert (row.reason, row.by, row.at) == ("complained", "owner", NOW)
    assert row.why == "a wrong click, says <reader>"
    assert sent.subscriber.consent_events.latest("pk").detail == {"how": "suppression lifted by owner"}
    assert not lift(READER, by="owner", why="again", now=NOW)


def test_the_events_of_a_mail_are_built_without_a_database_row_for_none(db):
    incoming = read(bounce(to="bounces@paperpost.example", recipient=READER))
    (event,) = feedback_of(incoming, b"", now=NOW)
    assert event.unproven == "it names no mail of ours"
    assert replace(event, unproven="").standing == "certain"


# -- at the desk ----------------------------------------------------------


@pytest.fixture
def desk(client, db):
    """Log somebody of a role in."""
    write_roles(Group, Permission, ContentType)

    def enter(role: str):
        user = User.objects.create_user(role, f"{role}@example.org", "a long password", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return enter


LIFT = "/admin/subscriptions/suppression/lift/"


def test_an_owner_lifts_a_suppression_by_the_address_with_a_reason(sent: Delivery, desk):
    record([Feedback(Kind.COMPLAINT, "complaint", "test", "1", NOW, delivery_id=sent.pk)])
    owner = desk("owner")
    assert b"Lift a suppression" in owner.get("/admin/subscriptions/suppression/").content
    owner.post(LIFT, {"address": READER, "reason": ""})
    owner.post(LIFT, {"address": "other@example.org", "reason": "a wrong click"})
    assert state() == "suppressed"
    owner.get(LIFT)
    assert state() == "suppressed", "a GET changes nothing"
    owner.post(LIFT, {"address": READER, "reason": "a wrong click"})
    assert state() == "unsubscribed"
    row = LiftedSuppression.objects.get()
    assert (row.by, row.why) == ("owner", "a wrong click")
    assert b"a wrong click" in owner.get("/admin/subscriptions/liftedsuppression/").content
    signed_up = consent.receive(
        consent.sign_up(email=READER, wishes=Wishes(topics=()), page_language="en", origin="", now=NOW).pk
    )
    assert signed_up is not None
    assert signed_up[0] == "confirm", "a new double opt-in is possible"


def test_an_owner_lifts_at_the_readers_page_and_an_operator_nowhere(sent: Delivery, desk):
    record([Feedback(Kind.COMPLAINT, "complaint", "test", "1", NOW, delivery_id=sent.pk)])
    page = f"/admin/subscriptions/subscriber/{sent.subscriber_id}/"
    operator = desk("operator")
    assert operator.post(LIFT, {"address": READER, "reason": "a wrong click"}).status_code == 403
    assert operator.post(f"{page}act/", {"act": "lift", "reason": "a wrong click"}).status_code == 403
    assert b"Lift the suppression" not in operator.get(f"{page}change/").content
    owner = desk("owner")
    assert b"Lift the suppression" in owner.get(f"{page}change/").content
    owner.post(f"{page}act/", {"act": "lift", "reason": "a wrong click"})
    assert state() == "unsubscribed"


def test_what_is_not_proved_is_shown_at_the_desk(sent: Delivery, take, desk):
    take(complaint(returned(sent)), now=timezone.now())
    operator = desk("operator")
    assert b"without proof" in operator.get("/admin/").content
    page = operator.get("/admin/subscriptions/deliveryevent/?standing__exact=unproven").content
    assert b"no signed tag" in page
