"""Each alarm is told once, and once when it is over: by mail, by ping and at the desk."""

import threading
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from operations.alarms import mails, pings
from operations.alarms.kinds import KINDS, Problem
from operations.alarms.ledger import LEASE, claim_untold
from operations.alarms.telling import evaluate, mail_untold
from operations.models import Alarm
from subscriptions.delivery.transport import SMTP_BACKEND
from tests.factories import NOW
from tests.operations.alarms.ping_server import PingServer
from tests.smtp_sink import Act, SmtpSink

pytestmark = pytest.mark.django_db

DISK = Problem("disk", "The disk of VAR_DIR is nearly full: 1.0 of 10 GB (10%) are free.")
BROKER = Problem("broker_down", "The broker (REDIS_URL) does not answer: nothing reaches the workers.")
CALM = KINDS["disk"].calm
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        settings.OPERATOR_EMAIL = ["ops@example.org"]
        settings.SITE_URL, settings.REDIS_URL = "https://papers.example", "redis://127.0.0.1:9/0"
        yield server


def seeing(*problems):
    return {problem.kind: lambda _, problem=problem: [problem] for problem in problems} | {
        kind: lambda _: [] for kind in KINDS if kind not in {problem.kind for problem in problems}
    }


def run(at, *problems):
    return evaluate(at, conditions=seeing(*problems))


def mails_in(sink):
    return [message_from_bytes(body, policy=policy.default) for body in sink.bodies]


def test_one_mail_when_it_begins_and_one_when_it_is_over(sink):
    for minutes in range(4):
        assert run(NOW + minutes * MINUTE, DISK).open == (DISK.sentence,)
    (mail,) = mails_in(sink)
    assert mail["To"] == "ops@example.org"
    assert mail["Subject"] == f"Paperpost: {DISK.sentence}"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert f"What to do: {KINDS['disk'].remedy}" in text
    assert "https://papers.example/admin/operations/alarm/" in text
    over_at = NOW + 3 * MINUTE + CALM
    for minutes in (4, 8, 12):
        run(NOW + minutes * MINUTE)
    assert len(sink.bodies) == 1, "it has not been well for long enough"
    assert run(over_at).open == ()
    run(over_at + MINUTE)
    _, mail = mails_in(sink)
    assert mail["Subject"] == f"Paperpost: Over: {DISK.sentence}"
    assert "From 2026-03-18 09:00 UTC to 2026-03-18 09:13 UTC" in mail.get_content()
    run(over_at + CALM, DISK)
    assert len(sink.bodies) == 3, "it is another alarm"


def test_nothing_of_an_alarm_or_of_the_sites_name_becomes_a_field_of_the_mail(sink, settings):
    evil = "x\r\nBcc: all@example.org\r\n\r\n<b>y\u2028Bcc: a@b.example"
    settings.SITE_NAME = f"Paper\r\nBcc: b@example.org\n{'é' * 60}"
    run(NOW, Problem("disk", evil))
    (mail,) = mails_in(sink)
    assert set(mail) == {
        *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding"),
    } | (set(mail) & {"Reply-To", "X-Paperpost-Tag"})
    assert "Bcc" not in mail
    assert dict(sink.recipients) == {"ops@example.org": 1}
    assert "\n" not in mail["Subject"]


def test_what_comes_and_goes_is_one_alarm(sink):
    for minutes in range(0, 60, 3):
        run(NOW + minutes * MINUTE, *((DISK,) if minutes % 6 else ()))
    assert Alarm.objects.count() == len(sink.bodies) == 1


def test_what_passes_before_it_is_due_is_never_told(sink):
    run(NOW, BROKER)
    assert run(NOW + MINUTE, BROKER).open == ()
    run(NOW + MINUTE + CALM)
    assert not Alarm.objects.exists()
    run(NOW, BROKER)
    assert run(NOW + 2 * MINUTE, BROKER).open == (BROKER.sentence,)
    assert len(sink.bodies) == 1


def test_all_that_is_new_is_in_one_mail_to_each(sink, settings):
    settings.OPERATOR_EMAIL = ["ops@example.org", "night@example.org"]
    run(NOW, DISK)
    run(NOW + CALM, Problem("silent_queue", "The queue send is silent.", "send"), BROKER)
    run(NOW + CALM + 5 * MINUTE, Problem("silent_queue", "The queue send is silent.", "send"), BROKER)
    assert dict(sink.recipients) == {"ops@example.org": 3, "night@example.org": 3}
    last = mails_in(sink)[-1].get_content()
    assert "The queue send is silent." in last


def test_an_alarm_whose_condition_cannot_be_known_goes_on(sink):
    run(NOW, DISK)

    def fails(_):
        raise OSError("no such folder")

    told = evaluate(NOW + 3 * CALM, conditions=seeing() | {"disk": fails})
    assert told.open == (DISK.sentence,)


def test_a_mail_server_that_is_down_is_tried_again_and_then_it_is_told_once(sink):
    port = sink.port
    sink.stop()
    told = run(NOW, DISK)
    assert (told.open, told.mailed) == ((DISK.sentence,), 0)
    sink.port = port
    sink.start()
    run(NOW + MINUTE, DISK)
    assert not sink.bodies, "it is left alone for a while"
    run(NOW + LEASE, DISK)
    run(NOW + 3 * LEASE, DISK)
    assert len(sink.bodies) == 1


def test_a_refused_recipient_keeps_no_other_from_being_told(sink, settings):
    settings.OPERATOR_EMAIL = ["gone@example.org", "ops@example.org"]
    sink.play = lambda stage, address: Act("550 no") if address == "gone@example.org" else Act()
    assert run(NOW, DISK).mailed == 1
    assert dict(sink.recipients) == {"ops@example.org": 1}


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_one_tells(sink):
    Alarm.objects.create(kind="disk", sentence=DISK.sentence, began_at=NOW, seen_at=NOW, due_at=NOW)
    start = threading.Barrier(4)

    def tell():
        start.wait()
        while True:
            try:
                mail_untold(NOW)
                break
            except OperationalError:  # SQLite in memory waits for no other thread
                continue
        connection.close()

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sink.bodies) == 1


def test_who_dies_while_telling_leaves_it_to_the_next(sink):
    Alarm.objects.create(kind="disk", sentence=DISK.sentence, began_at=NOW, seen_at=NOW, due_at=NOW)
    assert len(claim_untold(NOW)) == 1  # and nothing follows
    assert mail_untold(NOW + MINUTE) == 0
    assert mail_untold(NOW + LEASE) == 1


def test_without_a_setting_whoever_may_steer_deliveries_is_told(sink, settings):
    settings.OPERATOR_EMAIL = []
    User.objects.create_superuser("root", "root@example.org", "a long password")
    User.objects.create_user("night", "night@example.org", "a long password", is_staff=True).groups.add(
        Group.objects.get(name="operator")
    )
    User.objects.create_user("editor", "editor@example.org", "a long password", is_staff=True).groups.add(
        Group.objects.get(name="editor")
    )
    User.objects.create_superuser("gone", "gone@example.org", "a long password", is_active=False)
    assert mails.recipients() == ["root@example.org", "night@example.org"]
    settings.DEBUG = True
    assert mails.recipients() == []


def test_nobody_to_tell_is_no_error_and_the_desk_says_it(sink, settings, admin_client):
    settings.OPERATOR_EMAIL, settings.DEBUG = [], True
    now = timezone.now()
    run(now, DISK, BROKER)
    page = admin_client.get(reverse("admin:index")).content.decode()
    assert DISK.sentence in page
    assert BROKER.sentence not in page, "it is not due yet"
    listed = admin_client.get(reverse("admin:operations_alarm_changelist")).content.decode()
    assert "needs a person" in listed
    assert BROKER.sentence not in listed
    run(now + 2 * CALM)
    assert DISK.sentence not in admin_client.get(reverse("admin:index")).content.decode()


def test_the_ping_address_hears_that_all_is_well_and_what_is_not(sink, settings):
    with PingServer() as server:
        settings.PING_URL = server.url
        assert run(NOW).pinged
        assert run(NOW, DISK).pinged
        assert server.pings == [
            ("GET", "/ping/a-secret-name", ""),
            ("POST", "/ping/a-secret-name/fail", DISK.sentence),
        ]
        server.status = 500
        assert not run(NOW).pinged
    assert not run(NOW).pinged


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hc.example/ping/1", "https://hc.example/ping/1/fail"),
        ("https://hc.example/ping/1/", "https://hc.example/ping/1/fail"),
        ("https://hc.example/ping/1?create=1", "https://hc.example/ping/1/fail?create=1"),
    ],
)
def test_the_address_of_failures(url, expected):
    assert pings.fail_url(url) == expected


def test_the_secret_of_the_ping_address_is_not_logged(settings, caplog):
    settings.PING_URL = "http://127.0.0.1:9/ping/a-secret-name"
    assert not pings.ping([])
    assert "PING_URL cannot be reached" in caplog.text
    assert "a-secret-name" not in caplog.text
