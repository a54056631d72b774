"""What is encrypted and what is verified, with real servers, before a password leaves and a mail does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from subscriptions.delivery import connections
from subscriptions.delivery.connections import Server, connect
from subscriptions.delivery.envelopes import Envelope, UnreachableError
from subscriptions.delivery.transport import SmtpTransport
from tests.authority import Authority, make_authority
from tests.smtp_sink import SmtpSink

ENVELOPE = Envelope("a@b.example", "c@d.example", b"From: a@b.example\r\nSubject: x\r\n\r\nHello\r\n")
WHO: dict[str, Any] = {"user": "me", "password": "a secret of ours"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def far_away(monkeypatch):
    """The servers of these tests are on this machine; let them count as anybody's."""
    monkeypatch.setattr(connections, "_is_here", lambda _: False)


@pytest.fixture(autouse=True)
def _say_again():
    connections._log_weakness.cache_clear()


class Door:
    """Lets everybody in, and remembers what was said at it."""

    def __init__(self):
        self.passwords: list[bytes] = []

    def __call__(self, server, session, envelope, mechanism, data):
        self.passwords.append(data.password)
        return AuthResult(success=True)


def send(sink: SmtpSink, **options):
    transport = SmtpTransport(Server(sink.host, sink.port, timeout=5, **options))
    try:
        return transport.send(ENVELOPE, before_body=lambda: None)
    finally:
        transport.close()


def test_a_password_goes_behind_a_verified_certificate_by_every_scheme(authority, far_away):
    door = Door()
    ca = str(authority.file)
    behind: dict[str, Any] = {"authenticator": door, "auth_required": True, "require_starttls": True}
    with SmtpSink(tls_context=authority.trusted, **behind) as sink:
        assert send(sink, ca_file=ca, **WHO).accepted
        assert send(sink, ca_file=ca, starttls=True, **WHO).accepted
    with SmtpSink(ssl_context=authority.trusted, authenticator=door, auth_require_tls=False) as sink:
        assert send(sink, ca_file=ca, tls=True, **WHO).accepted
    assert door.passwords == [WHO["password"].encode()] * 3


@pytest.mark.parametrize("scheme", [{}, {"starttls": True}, {"tls": True}])
@pytest.mark.parametrize("server", ["unknown authority", "other name"])
def test_a_password_is_not_sent_where_nobody_vouches_for_the_server(authority, far_away, scheme, server):
    door = Door()
    context = authority.trusted if server == "unknown authority" else authority.elsewhere
    ca = "" if server == "unknown authority" else str(authority.file)
    wrapped = {"ssl_context": context} if scheme.get("tls") else {"tls_context": context}
    with (
        SmtpSink(authenticator=door, auth_require_tls=False, **wrapped) as sink,
        pytest.raises(UnreachableError, match=r"certificate.*SMTP_CA_FILE.*EMAIL_URL") as caught,
    ):
        send(sink, ca_file=ca, **scheme, **WHO)
    assert not caught.value.transient
    assert not door.passwords
    assert not sink.accepted


def test_without_tls_no_password_is_sent_but_on_this_machine(monkeypatch):
    door = Door()
    with SmtpSink(authenticator=door, auth_require_tls=False) as sink:
        assert send(sink, **WHO).accepted
        monkeypatch.setattr(connections, "_is_here", lambda _: False)
        with pytest.raises(UnreachableError, match=r"offers no TLS.*EMAIL_URL.*smtps://"):
            send(sink, **WHO)
    assert len(door.passwords) == 1


def test_a_listener_is_kept_out_without_a_password_and_it_is_said_once(authority, far_away, caplog):
    with SmtpSink(tls_context=authority.trusted, require_starttls=True) as sink:
        assert send(sink).accepted
        assert send(sink).accepted
        assert caplog.text.count("unverified") == 1
        assert send(sink, ca_file=str(authority.file)).accepted
    assert caplog.text.count("unverified") == 1


def test_required_tls_is_not_waived(far_away):
    with SmtpSink() as sink, pytest.raises(UnreachableError, match=r"offers no STARTTLS.*smtp\+tls://"):
        send(sink, starttls=True)
    assert not sink.accepted


def test_a_file_without_certificates_is_named(authority, tmp_path):
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    with (
        SmtpSink(tls_context=authority.trusted) as sink,
        pytest.raises(UnreachableError, match="SMTP_CA_FILE"),
    ):
        send(sink, starttls=True, ca_file=str(nonsense))


# -- somebody on the line --------------------------------------------------


@contextmanager
def script(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that says ``answers``, the first at once and each of the others to one command."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(answers[0])
                for answer in answers[1:]:
                    heard.append(connection.recv(4096))
                    connection.sendall(answer)
                while data := connection.recv(4096):
                    heard.append(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(timeout=5)


EHLO = b"250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"


@pytest.mark.parametrize("who", [{}, WHO])
def test_what_is_slipped_in_before_the_handshake_ends_the_connection(who, far_away):
    """An attacker adds a reply to the one to STARTTLS; a careless client takes it for the server's."""
    injected = b"220 go ahead\r\n" + b"250-mail.example\r\n250 AUTH PLAIN\r\n235 welcome\r\n"
    with (
        script(b"220 mail.example\r\n", EHLO, injected) as (port, heard),
        pytest.raises(UnreachableError, match="more than its reply to STARTTLS"),
    ):
        connect(Server("127.0.0.1", port, timeout=5, **who))
    assert not any(b"AUTH" in said or b"MAIL" in said for said in heard)


@pytest.mark.parametrize(
    "stripped",
    [
        (b"250-mail.example\r\n250-XXXXXXXA\r\n250 AUTH PLAIN LOGIN\r\n",),
        (EHLO, b"454 TLS not available\r\n"),
        (EHLO, b"502 not known\r\n"),
    ],
)
def test_who_takes_starttls_away_gets_no_password(stripped, far_away):
    with (
        script(b"220 mail.example\r\n", *stripped) as (port, heard),
        pytest.raises(UnreachableError, match="TLS"),
    ):
        connect(Server("127.0.0.1", port, timeout=5, **WHO))
    assert not any(b"AUTH" in said for said in heard)


def test_how_to_log_in_is_read_behind_tls_only(authority, far_away):
    """What is offered before TLS may be anybody's: aiosmtpd offers nothing to log in with until then."""
    door = Door()
    with SmtpSink(tls_context=authority.trusted, authenticator=door, extensions=()) as sink:
        connection = connect(Server(sink.host, sink.port, ca_file=str(authority.file), timeout=5, **WHO))
        assert connection.has_extn("auth")
        connection.quit()
    assert door.passwords == [WHO["password"].encode()]


def test_a_server_that_logs_nobody_in_is_named(far_away, authority):
    with (
        SmtpSink(tls_context=authority.trusted, auth_exclude_mechanism=["LOGIN", "PLAIN"]) as sink,
        pytest.raises(UnreachableError, match="no way to log in"),
    ):
        send(sink, ca_file=str(authority.file), **WHO)
