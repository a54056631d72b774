"""The mailbox over IMAP: a real server, read every ten minutes, from which nothing is lost or deleted."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import app
from subscriptions import links, tasks
from subscriptions.feedback.envelopes import envelope_sender, tag
from subscriptions.models import Delivery, Subscriber
from tests.imap_server import ImapServer, running
from tests.subscriptions.ledger import queue_one
from tests.subscriptions.test_feedback import bounce


@pytest.fixture
def imap(settings, tmp_path) -> Iterator[ImapServer]:
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    settings.VAR_DIR = tmp_path
    with running(ImapServer()) as server:
        settings.BOUNCE_IMAP_URL = (
            f"imap+insecure://bounces%40paperpost.example:p%40ss%20word@127.0.0.1:{server.port}/INBOX"
        )
        yield server


@pytest.fixture
def goodbyes(monkeypatch) -> list[tuple[object, ...]]:
    """What was handed over to the workers."""
    said: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "hand_over", lambda task, *arguments: said.append((task.name, *arguments)))
    return said


def letter(subject: str, text: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Reader <reader@example.org>", subject
    message.set_content(text)
    return message.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def sent(db) -> Delivery:
    row = queue_one(email="reader@example.org")
    Delivery.objects.update(created_at=timezone.now())
    return row


def test_what_came_back_is_read_once_and_stays_where_it_is(imap: ImapServer, sent: Delivery):
    imap.add(bounce(to=envelope_sender(tag(sent.pk), default="")))
    assert tasks.read_bounces_due() == 1
    assert Subscriber.objects.get().state == "suppressed"
    assert tasks.read_bounces_due() == 0
    assert imap.flags == {101: {"\\Seen"}}
    assert len(imap.mails) == 1


def test_a_mail_that_unsubscribes_is_answered_once(imap: ImapServer, sent: Delivery, goodbyes):
    for _ in range(2):
        imap.add(letter(f"unsubscribe {links.token(sent.subscriber, 'unsubscribe')}"))
    assert tasks.read_bounces_due() == 2
    assert Subscriber.objects.get().state == "unsubscribed"
    assert goodbyes == [("subscriptions.tasks.send_notice", "goodbye", sent.subscriber_id)]


def test_a_persons_reply_reaches_the_editor(imap: ImapServer, db):
    imap.add(letter("Re: papers", "The third one was wonderful."))
    assert tasks.read_bounces_due() == 1
    (forwarded,) = mail.outbox
    assert forwarded.to == ["editor@paperpost.example"]
    assert b"The third one was wonderful." in forwarded.attachments[0][1]


def test_a_mailbox_that_lets_nobody_in_is_told_of_and_changes_nothing(imap: ImapServer, db, caplog):
    imap.add(letter("Re: papers"))
    imap.password = "changed"
    assert tasks.read_bounces_due() == 0
    assert "lets us not in" in caplog.text
    assert imap.flags == {101: set()}


def test_a_folder_that_is_not_there_is_named(imap: ImapServer, db):
    imap.folders.clear()
    with pytest.raises(CommandError, match="INBOX"):
        call_command("read_bounces")


def test_without_a_mailbox_nothing_is_read(settings, db):
    settings.BOUNCE_IMAP_URL = ""
    assert tasks.read_bounces_due() == 0


def test_the_mailbox_is_looked_at_every_ten_minutes():
    due = [
        entry
        for entry in app.conf.beat_schedule.values()
        if entry["task"] == "subscriptions.tasks.read_bounces_due"
    ]
    assert len(due) == 1
    assert due[0]["schedule"].minute == set(range(0, 60, 10))
