"""Real reports of real mail servers, end to end: a mailbox is read, and the right thing follows."""

import mailbox
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from subscriptions.feedback.reports import read
from subscriptions.feedback.return_paths import envelope_sender, tag
from subscriptions.models import Delivery, DeliveryEvent, Subscriber, Suppression
from tests.imap_server import ImapServer, running
from tests.subscriptions.delivery.ledger import queue_one
from tests.subscriptions.feedback.test_verdicts import CASES, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.processes]


@pytest.fixture(autouse=True)
def bounce_address(settings):
    settings.BOUNCE_EMAIL = "bounces@paperpost.test"


def report_of(name: str) -> bytes:
    """The recorded report, as if it were about a digest that has just been sent to its recipient."""
    data = (CASES / name).read_bytes()
    (report,) = read(data).reports
    address = next((found for found in report.named if found.startswith("fwd@")), report.recipient)
    row = queue_one(email=address)
    Delivery.objects.filter(pk=row.pk).update(state="sent", created_at=timezone.now(), attempts=1)
    ours = envelope_sender(tag(row.pk), default="").encode()
    return re.sub(rb"bounces\+[a-z2-7]+@paperpost\.test", ours, data)


def check(right: str) -> None:
    """The consequence of the one report for its one reader."""
    reader, row, event = Subscriber.objects.get(), Delivery.objects.get(), DeliveryEvent.objects.get()
    kind = right.partition(" ")[0].rstrip(",")
    assert (event.kind, event.standing) == (kind, "certain")
    assert event.final == ("not final" not in right)
    assert Suppression.objects.exists() == (kind == "hard")
    assert reader.state == ("suppressed" if kind == "hard" else "active")
    after = {"hard": "failed", "soft": "failed", "blocked": "deferred"}[kind] if event.final else "sent"
    assert row.state == after
    assert "MAILER-DAEMON" not in event.detail
    assert "@reader.test" not in event.detail


@pytest.mark.parametrize(("name", "right"), verdicts())
def test_a_report_in_a_maildir_has_its_consequence(name: str, right: str, tmp_path: Path, capsys):
    mailbox.Maildir(tmp_path / "box").add(report_of(name))
    call_command("read_bounces", maildir=tmp_path / "box")
    check(right)


@pytest.mark.parametrize(("name", "right"), verdicts()[::5])
def test_a_report_over_imap_has_the_same_consequence(name: str, right: str, settings, capsys):
    with running(ImapServer()) as server:
        settings.BOUNCE_IMAP_URL = (
            f"imap+insecure://bounces%40paperpost.example:p%40ss%20word@127.0.0.1:{server.port}/INBOX"
        )
        server.add(report_of(name))
        call_command("read_bounces")
    check(right)
