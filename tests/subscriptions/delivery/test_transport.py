"""Our own SMTP: over a real server, what it offers, what it refuses, and when it hangs up."""

import base64
import hashlib
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from subscriptions.delivery.dkim import SIGNED, Signer, load_signer, relaxed_body
from subscriptions.delivery.envelopes import Envelope, UnreachableError
from subscriptions.delivery.transport import Server, SmtpTransport
from tests.smtp_sink import HANG_UP, LOSE_REPLY, OK, Act, SmtpSink

DATA = b"From: a@b.example\r\nTo: c@d.example\r\nMessage-ID: <1@b.example>\r\nSubject: x\r\n\r\nHello\r\n"


class Calls:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def send(sink: SmtpSink, envelope: Envelope | None = None, *, calls: Calls | None = None, **options):
    transport = SmtpTransport(Server(sink.host, sink.port, timeout=5, **options))
    try:
        return transport.send(
            envelope or Envelope("a@b.example", "c@d.example", DATA), before_body=calls or Calls()
        )
    finally:
        transport.close()


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_a_message_arrives_as_it_is_with_and_without_pipelining(extensions):
    with SmtpSink(extensions=extensions) as sink:
        calls = Calls()
        reply = send(sink, calls=calls)
    assert reply.accepted
    assert calls.count == 1
    assert sink.bodies == [DATA]


def test_dots_and_lone_line_ends_cannot_end_a_message_or_start_another():
    hostile = b"Subject: x\r\n\r\n.\r\n..two\r\nMAIL FROM:<x@y.example>\n.\nRCPT\r.\rend"
    with SmtpSink() as sink:
        assert send(sink, Envelope("a@b.example", "c@d.example", hostile)).accepted
    assert sink.bodies == [
        b"Subject: x\r\n\r\n.\r\n..two\r\nMAIL FROM:<x@y.example>\r\n.\r\nRCPT\r\n.\r\nend\r\n"
    ]
    assert len(sink.accepted) == 1


@pytest.mark.parametrize(
    "address", ["a@b.example>\r\nRCPT TO:<x@y.example", "a b@c.example", "<a@b.example>"]
)
def test_an_address_that_would_break_out_of_the_envelope_is_refused_here(address):
    with SmtpSink() as sink:
        reply = send(sink, Envelope("a@b.example", address, DATA))
    assert reply.code == 553
    assert not sink.accepted


def test_an_address_outside_ascii_needs_smtputf8_but_its_domain_does_not():
    envelope = Envelope("a@b.example", "홍길동@d.example", DATA)
    with SmtpSink() as sink:
        assert send(sink, envelope).accepted
        assert send(sink, Envelope("a@b.example", "c@bücher.example", DATA)).accepted
        assert list(sink.recipients) == ["홍길동@d.example", "c@xn--bcher-kva.example"]
    with SmtpSink(enable_SMTPUTF8=False) as sink:
        reply = send(sink, envelope)
    assert (reply.code, "SMTPUTF8" in reply.text) == (553, True)


@pytest.mark.parametrize(
    ("stage", "answer", "code"),
    [
        ("mail", "550 5.7.1 not you", 550),
        ("rcpt", "550 5.1.1 unknown", 550),
        ("rcpt", "450 4.2.0 later", 450),
        ("data", "554 5.7.1 spam", 554),
        ("data", "452 4.3.1 disk full", 452),
    ],
)
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_a_refusal_is_passed_on_and_the_connection_goes_on(stage, answer, code, extensions):
    with SmtpSink(extensions=extensions) as sink:
        refused: list[str] = []

        def once(at, address):
            if at == stage and not refused:
                refused.append(at)
                return Act(answer)
            return OK

        sink.play = once
        transport = SmtpTransport(Server(sink.host, sink.port, timeout=5))
        first = transport.send(Envelope("a@b.example", "c@d.example", DATA), before_body=Calls())
        second = transport.send(Envelope("a@b.example", "c@d.example", DATA), before_body=Calls())
        transport.close()
    assert (first.code, first.after_body) == (code, stage == "data")
    assert second.accepted
    assert sink.dialogue["EHLO"] == 1


def test_a_421_reconnects_and_tries_again():
    with SmtpSink() as sink:
        answers = [Act("421 4.3.2 shutting down", close=True)]
        sink.play = lambda stage, address: answers.pop() if stage == "rcpt" and answers else OK
        assert send(sink).accepted
        assert sink.dialogue["EHLO"] == 2
        sink.play = lambda stage, address: Act("421 4.3.2 busy", close=True) if stage == "rcpt" else OK
        assert send(sink).code == 421


def test_a_lost_reply_leaves_the_message_in_doubt_and_is_not_tried_again():
    with SmtpSink(play=lambda stage, address: LOSE_REPLY if stage == "data" else OK) as sink:
        reply = send(sink)
    assert reply.in_doubt
    assert not reply.accepted
    assert len(sink.accepted) == 1


def test_hanging_up_before_the_message_is_put_off_after_some_tries():
    with SmtpSink(play=lambda stage, address: HANG_UP if stage == "rcpt" else OK) as sink:
        calls = Calls()
        reply = send(sink, calls=calls)
        assert sink.dialogue["EHLO"] == 3
    assert (reply.code, reply.in_doubt, calls.count) == (0, False, 0)


def test_what_stops_the_sender_before_the_body_stops_the_message():
    def stop():
        raise KeyboardInterrupt

    with SmtpSink() as sink:
        transport = SmtpTransport(Server(sink.host, sink.port, timeout=5))
        with pytest.raises(KeyboardInterrupt):
            transport.send(Envelope("a@b.example", "c@d.example", DATA), before_body=stop)
        assert transport.connection is None
        assert not sink.accepted


def test_a_connection_carries_a_bounded_number_of_messages():
    with SmtpSink() as sink:
        transport = SmtpTransport(Server(sink.host, sink.port, timeout=5), per_connection=3)
        for _ in range(7):
            assert transport.send(Envelope("", "c@d.example", DATA), before_body=Calls()).accepted
        transport.close()
        assert sink.dialogue["EHLO"] == 3


def test_nobody_at_home_is_unreachable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    transport = SmtpTransport(Server("127.0.0.1", port, timeout=2))
    with pytest.raises(UnreachableError, match="does not answer") as caught:
        transport.send(Envelope("a@b.example", "c@d.example", DATA), before_body=Calls())
    assert caught.value.transient


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_starttls_is_used_where_offered_and_checked_where_asked_for(tls):
    with SmtpSink(tls_context=tls, require_starttls=True) as sink:
        assert send(sink).accepted
        with pytest.raises(UnreachableError, match="certificate"):
            send(sink, starttls=True)


def test_a_wrong_password_is_said_and_not_transient():
    def refuse(server, session, envelope, mechanism, data):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=False, handled=False)

    with (
        SmtpSink(authenticator=refuse, auth_require_tls=False) as sink,
        pytest.raises(UnreachableError, match="user name and password") as caught,
    ):
        send(sink, user="me", password="wrong")
    assert not caught.value.transient


# -- signing --------------------------------------------------------------

MESSAGE = (
    b"From: Paperpost <d@p.example>\r\nTo: r@e.example\r\nSubject: Papers\r\n of today\r\n"
    b"List-Unsubscribe: <https://p.example/u>,\r\n <mailto:u@p.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Other: not signed\r\n\r\nBody  text \r\n\r\n\r\n"
)


def canonical_parts(signed: bytes) -> tuple[dict[str, str], bytes]:
    """The signature's tags and the bytes that it covers, computed by the book and apart from the signer."""
    head, _, body = signed.partition(b"\r\n\r\n")
    fields: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in b" \t":
            fields[-1] += b" " + line.strip()
        else:
            fields.append(line)
    split = [(f.partition(b":")[0].decode().lower(), b" ".join(f.partition(b":")[2].split())) for f in fields]
    name, value = split[0]
    assert name == "dkim-signature"
    tags = dict(tag.strip().split("=", 1) for tag in value.decode().split(";"))
    left = list(split[1:])
    covered = b""
    for wanted in tags["h"].replace(" ", "").split(":"):
        for at in range(len(left) - 1, -1, -1):
            if left[at][0] == wanted:
                covered += wanted.encode() + b":" + left.pop(at)[1] + b"\r\n"
                break
    unsigned = value[: value.rindex(b"b=") + 2]
    tags["body"] = body.decode()
    return tags, covered + b"dkim-signature:" + unsigned


def holds(signed: bytes, key) -> bool:
    """Whether a verifier with the public half of ``key`` accepts the message."""
    start = signed.index(b"DKIM-Signature:")
    above, rest = signed[:start], signed[start:]
    head = re.match(rb".*?\r\n(?![ \t])", rest, re.DOTALL)
    assert head is not None
    end = head.end()
    tags, covered = canonical_parts(rest[:end] + above + rest[end:])
    signature = base64.b64decode(tags["b"].replace(" ", ""))
    if base64.b64decode(tags["bh"]) != hashlib.sha256(relaxed_body(tags["body"].encode())).digest():
        return False
    try:
        if isinstance(key, Ed25519PrivateKey):
            key.public_key().verify(signature, hashlib.sha256(covered).digest())
        else:
            key.public_key().verify(signature, covered, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_holds_and_covers_both_unsubscribe_fields(kind):
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()
    signed = Signer("p.example", "s1", key).sign(MESSAGE)
    assert signed.endswith(MESSAGE)
    tags, _ = canonical_parts(signed)
    names = tags["h"].replace(" ", "").split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "from", "subject"} <= set(names)
    assert base64.b64decode(tags["bh"]) == hashlib.sha256(b"Body text\r\n").digest()
    assert holds(signed, key)
    assert holds(signed.replace(b"X-Other: not", b"X-Other: never"), key)
    assert not holds(signed.replace(b"Body", b"body"), key)


@pytest.mark.parametrize("name", SIGNED)
def test_no_signed_field_can_be_added_on_top_or_below(name):
    """RFC 6376, section 8.15: a mail program would show the one, and the signature speak for the other."""
    key = Ed25519PrivateKey.generate()
    signed = Signer("p.example", "s1", key).sign(MESSAGE)
    forged = name.title().encode() + b": forged@evil.example\r\n"
    assert holds(signed, key)
    assert not holds(forged + signed, key)
    assert not holds(signed.replace(b"X-Other:", forged + b"X-Other:"), key)


def test_a_field_that_is_there_twice_is_signed_twice():
    key = Ed25519PrivateKey.generate()
    signed = Signer("p.example", "s1", key).sign(b"To: first@e.example\r\n" + MESSAGE)
    assert holds(signed, key)
    assert not holds(signed.replace(b"first@", b"other@"), key)


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376, section 3.4.5
        (b"x", b"x\r\n"),
    ],
)
def test_bodies_in_relaxed_form(body, canonical):
    assert relaxed_body(body) == canonical


def test_a_key_that_is_none_stops_with_its_name(tmp_path):
    (tmp_path / "key.pem").write_text("nonsense")
    with pytest.raises(ImproperlyConfigured, match="DKIM_KEY_FILE"):
        load_signer(tmp_path / "key.pem", domain="p.example", selector="s")
