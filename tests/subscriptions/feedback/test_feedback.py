"""What came back: judged rightly, drawn upon once, and never by a stranger's word."""

import json
import mailbox
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Unreadable
from subscriptions.addresses import address_hash
from subscriptions.feedback import events
from subscriptions.feedback.events import Feedback, record, sender_troubles, strikes
from subscriptions.feedback.records import Form
from subscriptions.feedback.reports import read
from subscriptions.feedback.return_paths import (
    DigestTag,
    NoticeTag,
    envelope_sender,
    named_by,
    named_by_tag,
    notice_tag,
    tag,
)
from subscriptions.feedback.verdicts import Kind, judge, judge_reply
from subscriptions.feedback.webhooks import feedback_of
from subscriptions.mailbox.inbox import Maildir, read_box
from subscriptions.models import Delivery, DeliveryEvent, Subscriber, Suppression
from subscriptions.readers import consent, links
from tests.factories import NOW, make_subscriber
from tests.subscriptions.delivery.ledger import DAY, queue_one
from tests.subscriptions.feedback.recorded_mail import Case, events_of, forms, mails, payloads

pytestmark = pytest.mark.processes


def bounce(
    *, to: str, recipient: str = "reader@example.org", status: str = "5.1.1", said: str = "", action="failed"
):
    """A delivery status notification as Postfix writes it."""
    said = (
        said
        or f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
    )
    return (
        f"Return-Path: <>\r\nDelivered-To: {to}\r\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery)\r\n"
        f"To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <1@mx.example.net>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {said}\r\n\r\n--b--\r\n"
    ).encode()


# -- the recorded mails ---------------------------------------------------


def test_the_recorded_mails_are_judged_rightly(recorded: Path):
    cases: list[Case] = [*mails(recorded / "mail"), *forms(recorded / "mail")]
    assert len(cases) > 450
    misses = [case for case in cases if not case.right]
    assert len(misses) <= len(cases) * 0.03, misses


def test_nobody_is_suppressed_wrongly_by_a_recorded_mail_or_webhook(recorded: Path):
    for case in [*mails(recorded / "mail"), *forms(recorded / "mail"), *payloads(recorded / "mail")]:
        assert not case.wrongly_suppressed, case


def test_the_recorded_webhooks_are_judged_rightly(recorded: Path):
    cases = list(payloads(recorded / "mail"))
    assert len({case.name.partition(":")[0] for case in cases}) == 13
    assert [case for case in cases if not case.right] == []


def test_every_recorded_mail_can_be_read_even_those_without_an_expectation(recorded: Path):
    for path in (recorded / "mail").rglob("*"):
        if path.is_file() and path.suffix in (".eml", ".txt", ""):
            assert read(path.read_bytes()).reports


# -- pure -----------------------------------------------------------------


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_read(data: bytes):
    with suppress(Unreadable):  # there is nothing in it
        assert read(data).reports


@given(st.text(max_size=300), st.sampled_from([450, 550, 554, 571]))
def test_any_refusal_is_judged(text: str, code: int):
    verdict = judge_reply(code, text)
    assert verdict.kind in (Kind.HARD, Kind.SOFT, Kind.BLOCKED)
    assert code >= 500 or verdict.kind is not Kind.HARD


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (550, "5.1.1 <a@b.example>: Recipient address rejected: User unknown", Kind.HARD),
        (550, "No such user here", Kind.HARD),
        (556, "5.1.10 b.example does not accept mail", Kind.HARD),
        (550, "5.7.1 User unknown; blocked using bl.example", Kind.BLOCKED),
        (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example", Kind.BLOCKED),
        (550, "5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", Kind.BLOCKED),
        (550, "5.7.25 The IP address has no PTR record", Kind.BLOCKED),
        (552, "5.3.4 Message size exceeds fixed limit", Kind.BLOCKED),
        (552, "5.2.2 The email account that you tried to reach is over quota", Kind.SOFT),
        (550, "5.2.1 The account is disabled", Kind.SOFT),
        (450, "4.1.1 User unknown", Kind.SOFT),
        (451, "4.7.1 Greylisting in action, please try again", Kind.SOFT),
    ],
)
def test_refusals_as_servers_word_them(code: int, text: str, kind: Kind):
    assert judge_reply(code, text).kind is kind


def test_unknown_in_answer_to_the_message_itself_is_a_filter_speaking():
    assert judge_reply(550, "User unknown").kind is Kind.HARD
    assert judge_reply(550, "User unknown", after_body=True).kind is Kind.SOFT


def test_a_notice_of_delay_is_soft_and_an_automatic_reply_is_no_bounce():
    delayed = read(bounce(to="b@p.example", action="delayed", status="4.4.1", said="timed out")).reports[0]
    assert judge(delayed).kind is Kind.SOFT
    away = EmailMessage()
    away["From"], away["Subject"], away["Auto-Submitted"] = "a@b.example", "Out of office", "auto-replied"
    away.set_content("I am back on Monday. User unknown 550 5.1.1")
    assert read(away.as_bytes()).reports[0].form is Form.AUTO_REPLY


def test_three_strikes_over_days_and_they_fade():
    today = date(2026, 3, 18)
    days = [today - timedelta(days=number) for number in range(3)]
    assert strikes(days, today=today)
    assert not strikes(days[:2], today=today)
    assert not strikes([today] * 5, today=today), "one bad day is one strike"
    assert not strikes([day - timedelta(days=30) for day in days], today=today)
    assert not strikes([today - timedelta(days=14 * number) for number in range(3)], today=today)


@given(st.integers(min_value=1, max_value=2**62))
def test_an_envelope_names_its_delivery_and_nothing_else_does(number: int):
    assert named_by_tag(tag(number)) == DigestTag(number)
    assert named_by_tag(tag(number).upper()) == DigestTag(number)
    forged = tag(number)[:-1] + ("a" if tag(number)[-1] != "a" else "b")
    assert named_by_tag(forged) != DigestTag(number)


def test_the_envelope_sender_is_tagged_where_there_is_a_bounce_address(settings):
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    sender = envelope_sender(tag(42), default="x@y.example")
    assert sender.startswith("bounces+")
    assert named_by(f"<{sender}>") == DigestTag(42)
    assert named_by("bounces+nonsense@paperpost.example") is None
    settings.BOUNCE_EMAIL = ""
    assert envelope_sender(tag(42), default="x@y.example") == "x@y.example"


@given(st.integers(min_value=1, max_value=2**62), st.emails())
def test_the_envelope_of_a_notice_names_its_reader_its_day_and_its_address(number: int, address: str):
    text = notice_tag(number, to=address, at=NOW)
    assert len(text) <= 35
    for written in (text, text.upper()):
        named = named_by_tag(written)
        assert isinstance(named, NoticeTag)
        assert (named.subscriber_id, named.day) == (number, NOW.date())
        assert named.went_to(address.upper())
        assert not named.went_to(f"x{address}")
    assert not isinstance(named_by_tag(text), DigestTag), "a notice is no digest"
    assert named_by_tag(text[1:]) is None
    assert named_by_tag(f"0{tag(number)}") is None, "each form has a signature of its own"


def test_the_envelope_of_a_notice_outlives_a_change_of_the_secret(settings):
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    sender = envelope_sender(notice_tag(7, to="reader@example.org", at=NOW), default="")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret", [settings.SECRET_KEY]
    named = named_by(f"<{sender}>")
    assert isinstance(named, NoticeTag)
    assert named.went_to("reader@example.org")
    settings.SECRET_KEY_FALLBACKS = []
    assert named_by(sender) is None


# -- events and states ----------------------------------------------------


def feedback(
    kind: Kind, delivery: Delivery | None, *, number: int = 1, at: datetime = NOW, **fields
) -> Feedback:
    return Feedback(
        kind=kind,
        reason="a reason",
        source="test",
        event_id=str(number),
        at=at,
        delivery_id=delivery.pk if delivery else None,
        **fields,
    )


@pytest.fixture
def sent(db) -> Delivery:
    row = queue_one(email="Reader@Example.org")
    Delivery.objects.filter(pk=row.pk).update(
        state="sent", message_id=f"<{DAY:%Y%m%d}.abc@paperpost.example>"
    )
    row.refresh_from_db()
    return row


def test_a_hard_bounce_suppresses_the_address_and_survives_erasure(sent: Delivery):
    assert record([feedback(Kind.HARD, sent)]) == {"hard": 1}
    reader = Subscriber.objects.get(pk=sent.subscriber_id)
    assert reader.state == "suppressed"
    sent.refresh_from_db()
    assert (sent.state, sent.reason) == ("failed", "came back: a reason")
    reader.delete()
    assert Suppression.objects.get().address_hash == address_hash("reader@example.org")
    assert not Subscriber.objects.exists()


def move(delivery: Delivery, to: str) -> Subscriber:
    """The digest moves an hour after ``delivery`` went out."""
    consent.wish_for_address(delivery.subscriber, to)
    consent.change_address(delivery.subscriber, now=NOW + timedelta(hours=1))
    return Subscriber.objects.get(pk=delivery.subscriber_id)


def test_a_late_bounce_of_the_old_address_leaves_the_new_one_alone(sent: Delivery):
    move(sent, "new@example.org")
    assert record([feedback(Kind.HARD, sent, at=NOW + timedelta(days=1))]) == {"hard": 1}
    assert Subscriber.objects.get().state == "active"
    assert [row.address_hash for row in Suppression.objects.all()] == [address_hash("reader@example.org")]
    assert DeliveryEvent.objects.get().kind == "hard"
    later = Delivery.objects.create(
        subscriber=sent.subscriber, day=DAY + timedelta(days=1), state="sent", language="en",
        created_at=NOW + timedelta(days=1),
    )  # fmt: skip
    record([feedback(Kind.HARD, later, number=2, at=NOW + timedelta(days=1))])
    assert Subscriber.objects.get().state == "suppressed", "the new one bounces by itself"
    assert Suppression.objects.of("new@example.org").exists()


def test_each_move_has_its_own_old_address(sent: Delivery):
    move(sent, "second@example.org")
    consent.wish_for_address(sent.subscriber, "third@example.org")
    consent.change_address(sent.subscriber, now=NOW + timedelta(hours=2))
    record([feedback(Kind.HARD, sent)])
    assert [row.address_hash for row in Suppression.objects.all()] == [address_hash("reader@example.org")]


def test_strikes_against_the_old_address_do_not_count_against_the_new_one(sent: Delivery):
    record([feedback(Kind.SOFT, sent, number=number, at=NOW + timedelta(days=number)) for number in range(2)])
    move(sent, "new@example.org")
    record([feedback(Kind.SOFT, sent, number=3, at=NOW + timedelta(days=2))])
    assert Subscriber.objects.get().state == "active"


def test_the_same_event_told_again_changes_nothing(sent: Delivery):
    assert record([feedback(Kind.COMPLAINT, sent)] * 2) == {"complaint": 1}
    Subscriber.objects.update(state="active")
    assert record([feedback(Kind.COMPLAINT, sent)]) == {}
    assert Subscriber.objects.get().state == "active"


def test_a_complaint_suppresses_and_an_opt_out_only_unsubscribes(sent: Delivery):
    record([feedback(Kind.COMPLAINT, sent, opt_out=True)])
    assert Subscriber.objects.get().state == "unsubscribed"
    assert not Suppression.objects.exists()
    record([feedback(Kind.COMPLAINT, sent, number=2)])
    assert Subscriber.objects.get().state == "suppressed"
    assert Suppression.objects.get().reason == "complained"


def later(sent: Delivery, days: int) -> Delivery:
    """The digest of the same reader so many days after ``sent``."""
    row, _ = Delivery.objects.get_or_create(
        subscriber=sent.subscriber,
        day=DAY + timedelta(days=days),
        defaults={"state": "sent", "language": "en", "created_at": NOW + timedelta(days=days)},
    )
    return row


def each_day(kind: Kind, sent: Delivery, count: int) -> list[Feedback]:
    """One event for each of ``count`` digests, a day apart."""
    return [
        feedback(kind, later(sent, days), number=days, at=NOW + timedelta(days=days)) for days in range(count)
    ]


@pytest.mark.parametrize("kind", [Kind.SOFT, Kind.BLOCKED, Kind.AUTO_REPLY])
def test_other_events_suppress_nobody_however_many(sent: Delivery, kind: Kind):
    record(each_day(kind, sent, 20))
    assert not Suppression.objects.exists()
    assert Subscriber.objects.get().state == ("paused" if kind is Kind.SOFT else "active")


def test_soft_bounces_of_three_digests_let_the_reader_rest(sent: Delivery):
    record([feedback(Kind.SOFT, sent, number=number) for number in range(9)])
    record([feedback(Kind.SOFT, sent, number=9 + n, at=NOW + timedelta(days=n)) for n in range(3)])
    assert Subscriber.objects.get().state == "active", "one digest is one strike, however often it is told"
    record([feedback(Kind.SOFT, later(sent, 1), number=20, at=NOW + timedelta(days=1))])
    assert Subscriber.objects.get().state == "active"
    record([feedback(Kind.SOFT, later(sent, 2), number=21, at=NOW + timedelta(days=2))])
    reader = Subscriber.objects.get()
    assert reader.state == "paused"
    assert reader.paused_until == date(2026, 4, 3)


def test_a_notice_of_delay_is_no_strike(sent: Delivery):
    for days in range(5):
        row = later(sent, days)
        record([feedback(Kind.SOFT, row, number=days, at=NOW + timedelta(days=days), final=False)])
    record([feedback(Kind.SOFT, later(sent, 5), number=9, at=NOW + timedelta(days=5))])
    assert Subscriber.objects.get().state == "active"
    assert Delivery.objects.filter(state="sent").count() == 5, "what is delayed may arrive yet"


def test_soft_bounces_do_not_shorten_a_pause_of_the_readers_own(sent: Delivery):
    Subscriber.objects.update(state="paused", paused_until=date(2026, 9, 1), next_due_at=None)
    record(each_day(Kind.SOFT, sent, 3))
    assert Subscriber.objects.get().paused_until == date(2026, 9, 1)
    assert not sent.subscriber.consent_events.exists(), "nothing was changed, so nothing is noted"
    Subscriber.objects.update(paused_until=date(2026, 3, 22))
    record([feedback(Kind.SOFT, later(sent, 2), number=9, at=NOW + timedelta(days=2))])
    assert Subscriber.objects.get().paused_until == date(2026, 4, 3)


def test_what_is_our_fault_is_shown_to_the_operator(sent: Delivery):
    record([feedback(Kind.BLOCKED, sent, detail="550 blocked using bl.example")])
    assert sender_troubles(NOW - timedelta(days=1)) == {"a reason": 1}
    assert sender_troubles(NOW + timedelta(days=1)) == {}


def test_a_stranger_cannot_suppress_anybody(sent: Delivery):
    forged = Feedback(Kind.HARD, "unknown user", "mailbox", "x", NOW, delivery_id=None)
    assert record([forged] * 2) == {"unknown": 2}
    assert Subscriber.objects.get().state == "active"
    (row,) = DeliveryEvent.objects.all()
    assert (row.standing, row.delivery, row.subscriber) == ("unproven", None, None)


def test_a_stranger_cannot_fill_our_tables(sent: Delivery, monkeypatch):
    monkeypatch.setattr(events, "MOST_UNPROVEN_A_DAY", 3)
    forged = [Feedback(Kind.HARD, "unknown user", "mailbox", str(n), NOW) for n in range(10)]
    assert record(forged) == {"unknown": 10}
    assert DeliveryEvent.objects.count() == 3
    tomorrow = Feedback(Kind.HARD, "unknown user", "mailbox", "x", NOW + timedelta(days=1, hours=1))
    record([tomorrow])
    assert DeliveryEvent.objects.count() == 4


# -- webhooks -------------------------------------------------------------


def test_a_webhook_names_its_delivery_by_the_signed_tag(sent: Delivery):
    payload = {
        "event": "hard_bounce",
        "email": "reader@example.org",
        "reason": "550 5.1.1 unknown user",
        "ts_epoch": 1700000000000,
        "message-id": "<unknown@example>",
        "X-Mailin-custom": json.dumps({"delivery": tag(sent.pk)}),
    }
    (event,) = events_of("brevo", payload)
    found = feedback_of(event, service="Brevo", now=NOW)
    assert (found.kind, found.delivery_id) == (Kind.HARD, sent.pk)
    assert record([found, found]) == {"hard": 1}
    payload["X-Mailin-custom"] = json.dumps({"delivery": "aaaaaaaaaaaaa"})
    (event,) = events_of("brevo", payload)
    assert feedback_of(event, service="Brevo", now=NOW).delivery_id is None


# -- the mailbox ----------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "bounces")


def read_all(box: mailbox.Maildir):
    return read_box(Maildir(Path(box._path)), now=NOW)


def test_a_bounce_to_the_tagged_address_suppresses_its_reader(sent: Delivery, maildir, settings):
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    maildir.add(bounce(to=envelope_sender(tag(sent.pk), default="")))
    assert read_all(maildir).counts == {"hard": 1}
    assert Subscriber.objects.get().state == "suppressed"
    assert read_all(maildir).counts == {}, "it was marked as read"


def test_a_bounce_that_names_no_delivery_harms_nobody(sent: Delivery, maildir):
    maildir.add(bounce(to="bounces@paperpost.example", recipient="Reader@example.org"))
    assert read_all(maildir).counts == {"unknown": 1}
    assert Subscriber.objects.get().state == "active"
    assert DeliveryEvent.objects.get().standing == "unproven", "it is shown at the desk"


def test_a_persons_reply_is_forwarded_whole_with_the_answer_going_to_the_person(db, maildir, settings):
    settings.REPLY_TO_EMAIL = "Editor <editor@paperpost.example>"
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "Reader <reader@example.org>", "Re: Today's papers"
    letter.set_content("The third one was wonderful.")
    maildir.add(letter.as_bytes())
    assert read_all(maildir).counts == {"forwarded": 1}
    (forwarded,) = mail.outbox
    assert forwarded.to == ["editor@paperpost.example"]
    assert forwarded.reply_to == ["reader@example.org"]
    assert b"The third one was wonderful." in forwarded.attachments[0][1]
    # Our own forwarding never goes round in circles.
    maildir.add(forwarded.message().as_bytes())
    assert read_all(maildir).counts == {"kept": 1}
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_person_may_quote_what_was_forwarded(db, maildir, settings, line_end: bytes):
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    lines = (b"From: a@example.org", b"Subject: Re: Fwd: Hello", b"", b"X-Paperpost-Forwarded: 1", b"Well?")
    maildir.add(line_end.join(lines))
    assert read_all(maildir).counts == {"forwarded": 1}


def test_a_reply_that_cannot_be_forwarded_stays_unread_and_is_told_of(db, maildir, settings):
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    letter = EmailMessage()
    letter["From"], letter["Message-ID"] = "reader@example.org", "<r1@example.org>"
    letter.set_content("Hello")
    maildir.add(letter.as_bytes())
    reading = read_all(maildir)
    assert "<r1@example.org> stays unread" in reading.problems[0]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert read_all(maildir).counts == {"forwarded": 1}


def test_a_mail_with_the_readers_link_as_its_subject_unsubscribes(sent: Delivery, maildir):
    token = links.token(sent.subscriber, "unsubscribe")
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "somebody@else.example", f"unsubscribe {token}"
    letter.set_content("")
    maildir.add(letter.as_bytes())
    assert read_all(maildir).counts == {"unsubscribed": 1}
    assert Subscriber.objects.get().state == "unsubscribed"


def test_the_command_reads_a_maildir_and_refuses_a_folder_that_is_none(db, maildir, tmp_path, capsys):
    maildir.add(bounce(to="bounces@paperpost.example"))
    call_command("read_bounces", maildir=Path(maildir._path), json=True)
    assert '"unknown": 1' in capsys.readouterr().out
    with pytest.raises(CommandError, match="is not a maildir") as caught:
        call_command("read_bounces", maildir=tmp_path)
    assert caught.value.returncode == 2
    with pytest.raises(CommandError, match="BOUNCE_IMAP_URL"):
        call_command("read_bounces")


def test_a_suppressed_reader_is_made_once_and_its_consent_says_why(sent: Delivery):
    record([feedback(Kind.HARD, sent), feedback(Kind.HARD, sent, number=2)])
    assert [event.detail for event in sent.subscriber.consent_events.all()] == [{"why": "a reason"}]


def test_times_of_events_are_kept(sent: Delivery):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    record([feedback(Kind.AUTO_REPLY, sent, at=at)])
    assert DeliveryEvent.objects.get().at == at
    assert make_subscriber().state == "active"
