"""The local mail server keeps what it is given, and its pages show it."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from django.urls import include, path

from services.mailcatcher import catcher
from services.supervisor import free_port

# The pages are part of the site only while DEBUG is on, which the tests' Django never is.
pytestmark = pytest.mark.urls(__name__)
urlpatterns = [
    path("mail/", include("services.mailpages")),
    path("", include("subscriptions.urls")),
    path("", include("newsletter.urls")),
]


@pytest.fixture
def outbox(tmp_path, settings):
    settings.OUTBOX_DIR = tmp_path
    server = catcher(tmp_path, port=free_port())
    server.start()
    yield server
    server.stop()


def send(server, *, subject="Hello", html="<p>Hi <script>alert(1)</script></p>"):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.org", "b@example.org"
    message.set_content("Hi in text")
    message.add_alternative(html, subtype="html")
    source = message.as_bytes(policy=SMTP)
    with smtplib.SMTP("127.0.0.1", server.port) as connection:
        connection.sendmail("a@example.org", ["b@example.org"], source)
    return source


def test_a_message_becomes_a_file_byte_for_byte_under_its_trace(outbox, tmp_path):
    source = send(outbox)
    (file,) = tmp_path.glob("*.eml")
    trace, kept = file.read_bytes().split(b"Subject", 1)
    assert trace == b"Return-Path: <a@example.org>\r\nDelivered-To: b@example.org\r\n"
    assert b"Subject" + kept == source


def test_the_pages_list_and_show_the_mail(outbox, tmp_path, client, db):
    send(outbox, subject="Übersicht <b>")
    (file,) = tmp_path.glob("*.eml")
    listed = client.get("/mail/").content.decode()
    assert "Übersicht &lt;b&gt;" in listed
    assert file.stem in listed
    assert "Hi in text" in client.get(f"/mail/{file.stem}/").content.decode()
    assert b"Subject" in client.get(f"/mail/{file.stem}/source/").content


def test_the_mails_markup_is_shown_where_it_can_run_nothing(outbox, tmp_path, client):
    send(outbox)
    (file,) = tmp_path.glob("*.eml")
    policy = client.get(f"/mail/{file.stem}/html/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy


def test_an_empty_outbox_says_so(outbox, client):
    assert client.get("/mail/").status_code == 200


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd"])
def test_a_name_that_is_no_mail_is_not_found(outbox, client, name):
    assert client.get(f"/mail/{name}/").status_code == 404
