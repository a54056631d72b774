"""The mailbox over IMAP: a real server, read every ten minutes, from which nothing is lost or deleted."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import app
from newsletter.errors import DeliveryError, InvalidInput
from subscriptions import tasks
from subscriptions.feedback.return_paths import envelope_sender, tag
from subscriptions.mailbox.imap import imap_folder
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers import links
from tests.authority import Authority, make_authority
from tests.imap_server import ImapServer, running
from tests.subscriptions.delivery.ledger import queue_one
from tests.subscriptions.feedback.test_feedback import bounce

pytestmark = pytest.mark.processes


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
    assert "refuses our login" in caplog.text
    assert imap.flags == {101: set()}


def test_a_folder_that_is_not_there_is_named(imap: ImapServer, db):
    imap.folders.clear()
    with pytest.raises(CommandError, match="INBOX"):
        call_command("read_bounces")


# -- TLS ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("imap"))


def waiting_at(scheme: str, server: ImapServer) -> list[bytes]:
    with imap_folder(f"{scheme}://bounces%40paperpost.example:p%40ss%20word@127.0.0.1:{server.port}") as box:
        return [letter.data for letter in box.waiting()]


def was_told_the_password(server: ImapServer) -> bool:
    return any(command.startswith("LOGIN") for command in server.commands)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_a_mailbox_with_a_certificate_of_our_own_authority_is_read(scheme, authority: Authority, settings):
    settings.SMTP_CA_FILE = str(authority.file)
    with running(tls_server(scheme, authority.trusted)) as server:
        server.add(b"Subject: hello\r\n\r\n")
        assert waiting_at(scheme, server) == [b"Subject: hello\r\n\r\n"]


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
@pytest.mark.parametrize("fault", ["unknown authority", "another host's"])
def test_a_certificate_that_proves_nothing_is_refused_before_the_password(
    scheme, fault, authority: Authority, settings
):
    is_unknown = fault == "unknown authority"
    settings.SMTP_CA_FILE = "" if is_unknown else str(authority.file)
    context = authority.trusted if is_unknown else authority.elsewhere
    with (
        running(tls_server(scheme, context)) as server,
        pytest.raises(DeliveryError, match=r"certificate that can be trusted.*SMTP_CA_FILE") as refused,
    ):
        waiting_at(scheme, server)
    assert refused.value.transient
    assert "\n" not in str(refused.value)
    assert not was_told_the_password(server)


def test_a_server_without_starttls_is_told_no_password_unless_the_address_says_so(settings):
    settings.SMTP_CA_FILE = ""
    with running(ImapServer()) as server:
        with pytest.raises(InvalidInput, match=r"offers no STARTTLS.*BOUNCE_IMAP_URL.*imap\+insecure://"):
            waiting_at("imap", server)
        assert not was_told_the_password(server)
        assert waiting_at("imap+insecure", server) == []
        assert was_told_the_password(server)


def tls_server(scheme: str, context) -> ImapServer:
    capabilities = "IMAP4rev1" if scheme == "imaps" else "IMAP4rev1 STARTTLS"
    return ImapServer(context=context, is_secure=scheme == "imaps", capabilities=capabilities)


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
