"""The site as the world reaches it: certificates that ended, are another's, or are nobody's; dead ports."""

import os
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from operations.doctor import web
from operations.findings import State
from tests.authority import make_authority
from tests.imap_server import ImapServer, running

pytestmark = pytest.mark.any_database
OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED


@contextmanager
def https(context, *, status=200, body=b'{"status": "ok"}'):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass  # a client that does not like the certificate hangs up

        def get_request(self):
            line, address = super().get_request()
            return context.wrap_socket(line, server_side=True, do_handshake_on_connect=False), address

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ca").mkdir()
    return tmp_path / "ca"


def trusting(authority):
    return ssl.create_default_context(cafile=str(authority.file))


def look(settings, folder, *, days=90.0, which="trusted", trusts=True):
    authority = make_authority(folder, days=days)
    with https(getattr(authority, which)) as url:
        settings.SITE_URL = url
        return web.certificate(trusting(authority) if trusts else None)


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (90, OK, "90 more days"),
        (10, WARNING, "10 more days"),
        (2, FAILED, "2 more days"),
        (-0.5, FAILED, "not valid: certificate has expired"),
    ],
)
def test_a_certificate_is_judged_by_its_last_day(settings, folder, days, state, words):
    finding = look(settings, folder, days=days)
    assert (finding.state, words in finding.sentence) == (state, True), finding


def test_a_certificate_of_another_name_or_of_nobody_is_failed(settings, folder, tmp_path):
    finding = look(settings, folder, which="elsewhere")
    assert finding.state is FAILED
    assert "127.0.0.1" in finding.sentence
    (tmp_path / "second").mkdir()
    finding = look(settings, tmp_path / "second", trusts=False)
    assert finding.state is FAILED
    assert "not valid" in finding.sentence


def test_no_tls_is_a_warning_on_this_machine_and_failed_in_the_world(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert web.certificate().state is WARNING
    settings.SITE_URL = "http://news.example.org"
    assert web.certificate().state is FAILED


def test_a_port_on_which_nobody_listens_is_failed(settings):
    settings.SITE_URL = "https://127.0.0.1:9"
    assert [web.certificate().state, web.site().state] == [FAILED, FAILED]
    assert "SITE_URL" in web.site().sentence


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, b'{"status": "ok"}', OK),
        (200, b"<h1>It works!</h1>", FAILED),
        (200, b'["ok"]', FAILED),
        (502, b"Bad Gateway", FAILED),
        (400, b"Bad Request", FAILED),
    ],
)
def test_what_answers_has_to_be_paperpost(settings, folder, status, body, state):
    authority = make_authority(folder)
    with https(authority.trusted, status=status, body=body) as url:
        settings.SITE_URL = url
        assert web.site(trusting(authority)).state is state


def test_webhooks_that_anybody_could_call_are_failed_and_weak_secrets_a_warning(settings):
    settings.WEBHOOK_KEYS = ()
    assert web.webhooks().state is OK
    settings.WEBHOOK_KEYS, settings.ANYMAIL = ("MANDRILL_WEBHOOK_KEY", "WEBHOOK_SECRET"), {}
    finding = web.webhooks()
    assert finding.state is FAILED
    assert "MANDRILL_WEBHOOK_KEY or WEBHOOK_SECRET" in finding.remedy
    settings.ANYMAIL = {"WEBHOOK_SECRET": "a:b"}
    assert web.webhooks().state is WARNING
    settings.ANYMAIL = {"WEBHOOK_SECRET": "a-name:8f1e6f4c2b7a4d0f9e3c"}
    finding = web.webhooks()
    assert finding.state is OK
    assert "8f1e" not in finding.sentence


def test_bounces_that_nobody_reads_are_a_warning(settings):
    settings.WEBHOOK_KEYS, settings.BOUNCE_IMAP_URL, settings.BOUNCE_MAILDIR = (), "", ""
    assert web.bounces().state is WARNING
    settings.WEBHOOK_KEYS = ("WEBHOOK_SECRET",)
    assert web.bounces().state is OK


MAILBOX = "imap+insecure://bounces%40paperpost.example:p%40ss%20word@127.0.0.1:{port}/INBOX"


def test_a_mailbox_that_lets_us_in_is_ok_and_nothing_in_it_changes(settings):
    with running(ImapServer()) as server:
        settings.WEBHOOK_KEYS, settings.BOUNCE_IMAP_URL = (), MAILBOX.format(port=server.port)
        number = server.add(b"Subject: hello\r\n\r\n")
        assert web.bounces().state is OK
        assert server.flags[number] == set()
        assert list(server.mails) == [number]
        assert server.commands[-1] == "LOGOUT"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("p%40ss", "another", "refuses our login"),
        ("/INBOX", "/Bounces", "no folder 'Bounces'"),
        ("imap+insecure", "imap", "offers no STARTTLS"),
        ("imap+insecure", "imaps", "The mailbox at 127.0.0.1"),
        ("imap+insecure", "pop3", "BOUNCE_IMAP_URL"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_failed_with_the_reason(settings, right, wrong, words):
    settings.SMTP_CA_FILE = ""
    settings.WEBHOOK_KEYS = ("WEBHOOK_SECRET",)  # one road that works hides no other that does not
    with running(ImapServer()) as server:
        settings.BOUNCE_IMAP_URL = MAILBOX.format(port=server.port).replace(right, wrong)
        finding = web.bounces()
    assert finding.state is FAILED
    assert words in finding.sentence
    assert "%20word" not in finding.sentence
    assert "ss word" not in finding.sentence
    assert "BOUNCE_IMAP_URL" in finding.remedy


def test_a_mailbox_whose_server_is_away_or_never_answers_is_failed(settings, monkeypatch):
    settings.BOUNCE_IMAP_URL = MAILBOX.format(port=9)
    assert web.bounces().state is FAILED
    monkeypatch.setattr(web, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.BOUNCE_IMAP_URL = MAILBOX.format(port=silent.getsockname()[1])
        finding = web.bounces()
    assert finding.state is FAILED
    assert "timed out" in finding.sentence


def test_a_maildir_has_to_be_one_that_is_read_and_written(settings, monkeypatch, tmp_path):
    settings.WEBHOOK_KEYS, settings.BOUNCE_IMAP_URL, settings.BOUNCE_MAILDIR = (), "", str(tmp_path)
    assert (web.bounces().state, "new" in web.bounces().sentence) == (FAILED, True)
    (tmp_path / "new").mkdir()
    assert web.bounces().state is OK, "cur is made with the first mail"
    (tmp_path / "cur").touch()
    assert (web.bounces().state, "cur" in web.bounces().sentence) == (FAILED, True)
    (tmp_path / "cur").unlink()
    (tmp_path / "cur").mkdir()
    assert web.bounces().state is OK
    # Root, who may run these tests, may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path / "cur")
    finding = web.bounces()
    assert finding.state is FAILED
    assert "cur: Nothing may be written there" in finding.sentence
    assert "BOUNCE_MAILDIR" in finding.remedy


@pytest.mark.parametrize(
    ("site_url", "hops", "state"),
    [
        ("https://news.example.org", 1, OK),
        ("https://news.example.org", 0, FAILED),
        ("http://127.0.0.1:8000", 0, OK),
        ("http://127.0.0.1:8000", 1, WARNING),
    ],
)
def test_a_proxy_that_is_not_believed_is_failed(settings, tmp_path, site_url, hops, state):
    settings.SITE_URL, settings.PROXY_HOPS, settings.VAR_DIR = site_url, hops, tmp_path
    assert web.proxy().state is state


def test_a_proxy_that_passed_a_request_on_is_remembered(client, settings, tmp_path):
    settings.SITE_URL, settings.PROXY_HOPS, settings.VAR_DIR = "http://127.0.0.1:8000", 0, tmp_path
    client.get("/health/live", headers={"X-Forwarded-For": "203.0.113.7"})
    finding = web.proxy()
    assert finding.state is FAILED
    assert "near address" in finding.sentence
    assert "PROXY_HOPS" in finding.remedy
