"""One road for all mail: notices, digests, tests and forwards leave by the same server, in the same way."""

import ast
import re
from email import message_from_bytes, policy
from email.headerregistry import Address
from functools import cache
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.utils import timezone

from subscriptions import tasks
from subscriptions.delivery import connections, notices
from subscriptions.delivery.dispatch import DeferredError, dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.desk import edition_preview
from subscriptions.feedback.return_paths import NoticeTag, named_by
from subscriptions.messages.single import SingleMail, build_single
from subscriptions.models import Delivery, DeliveryEvent, OwedNotice, Subscriber, Suppression
from subscriptions.readers import owed_notices
from tests.authority import make_authority
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.smtp_sink import Act, SmtpSink
from tests.subscriptions.delivery.test_transport import holds

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        yield server


@pytest.fixture
def edition(db):
    papers = [make_paper() for _ in range(3)]
    for paper in papers:
        make_summary(paper)
    return make_edition(make_topic("diffusion", query="study"), papers)


@pytest.fixture
def key(settings, tmp_path) -> Ed25519PrivateKey:
    made = Ed25519PrivateKey.generate()
    (tmp_path / "dkim.pem").write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    settings.DKIM_KEY_FILE = str(tmp_path / "dkim.pem")
    return made


@pytest.mark.django_db
def test_a_test_by_command_leaves_as_digests_do(sink, key):
    call_command("sendtestemail", "operator@example.org")
    [body] = sink.bodies
    assert holds(body, key)
    with pytest.raises(CommandError, match="is incomplete"):
        call_command("sendtestemail", "nobody")


def send_one_of_each(edition) -> None:
    """A confirmation, a digest, and a test to an operator."""
    pending = make_subscriber("new@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    assert notices.send("confirm", pending, now=NOW)
    make_subscriber("ada@example.org", topics=[edition.topic])
    call_command("send_digests", "--at", NOW.isoformat(), "--json")
    edition_preview.send_test(edition, language="en", size=3, address="me@example.org", now=NOW)


def test_a_server_that_wants_starttls_and_a_password_gets_notices_as_well_as_digests(
    settings, edition, key, tmp_path, monkeypatch
):
    monkeypatch.setattr(connections, "_is_here", lambda _: False)
    (tmp_path / "ca").mkdir()
    authority = make_authority(tmp_path / "ca")
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "u", "p"
    settings.SMTP_CA_FILE = str(authority.file)
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    with SmtpSink(
        tls_context=authority.trusted,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda *_: AuthResult(success=True),
    ) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        send_one_of_each(edition)
    assert [message.recipient for message in sink.accepted] == [
        "new@example.org",
        "ada@example.org",
        "me@example.org",
    ]
    confirmation, digest, test = sink.accepted
    named = named_by(confirmation.sender)
    assert isinstance(named, NoticeTag)
    assert named.went_to("new@example.org")
    assert re.fullmatch(r"bounces\+[a-z2-7]+@paperpost\.example", digest.sender)
    assert test.sender == "bounces@paperpost.example"
    for body in sink.bodies:
        assert holds(body, key)
        head = message_from_bytes(body, policy=policy.default)
        assert "d=paperpost.example" in head["DKIM-Signature"]
        assert head["Message-ID"].endswith("@paperpost.example>")


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_refusal_for_good_is_final_and_a_later_is_tried_again(sink, db, stage):
    pending = make_subscriber("new@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    sink.play = lambda at, _: Act(reply="550 5.1.1 no such user") if at == stage else Act()
    owed_notices.owe("confirm", pending.pk, now=timezone.now())
    for _ in range(2):
        assert tasks.send_notice.apply(args=("confirm", pending.pk)).get() is False
    assert sink.dialogue["EHLO"] == 1
    assert not OwedNotice.objects.exists()
    sink.play = lambda at, _: Act(reply="450 4.2.0 later") if at == stage else Act()
    pending = make_subscriber("next@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    with pytest.raises(DeferredError, match="450"):
        notices.send("confirm", pending, now=NOW)


def test_a_dead_address_is_suppressed_by_its_confirmation(sink, db):
    """As a bounce would do that comes later: nobody need wait for a digest to find out."""
    sink.play = lambda at, _: Act(reply="550 5.1.1 No such user here") if at == "rcpt" else Act()
    pending = make_subscriber("gone@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    assert notices.send("confirm", pending, now=timezone.now()) is False
    assert Suppression.objects.of("gone@example.org").get().reason == "bounced"
    sink.play = lambda at, _: Act(reply="550 5.7.1 blocked using zen.spamhaus.org") if at == "rcpt" else Act()
    other = make_subscriber("here@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    assert notices.send("confirm", other, now=timezone.now()) is False
    assert not Suppression.objects.of("here@example.org").exists()
    assert DeliveryEvent.objects.filter(kind="blocked").count() == 1


def test_a_server_that_is_away_puts_a_notice_off(settings, db):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = SMTP_BACKEND, 9
    pending = make_subscriber("new@example.org", state=Subscriber.State.PENDING, next_due_at=None)
    with pytest.raises(DeferredError, match="does not answer"):
        notices.send("confirm", pending, now=NOW)


# -- names in other scripts --------------------------------------------------


def header_bytes(body: bytes) -> bytes:
    return body.partition(b"\r\n\r\n")[0]


def test_every_header_and_envelope_is_ascii_by_idna_2008(sink, edition, key, settings):
    """``ß`` and ``ς`` are letters of their own since 2008; before, they were written as others."""
    settings.FROM_EMAIL = '"Zeitung, täglich" <post@straße.example>'
    settings.REPLY_TO_EMAIL = "Redaktion <wir@βόλος.example>"
    settings.BOUNCE_EMAIL = "zurück@straße.example".replace("ü", "u")
    settings.BOUNCE_IMAP_URL = "imaps://bounces:secret@imap.example/INBOX"
    settings.SITE_URL = "https://xn--strae-oqa.example"
    make_subscriber("leser@faß.example", topics=[edition.topic])
    call_command("send_digests", "--at", NOW.isoformat(), "--json")
    pending = make_subscriber("neu@faß.example", state=Subscriber.State.PENDING, next_due_at=None)
    assert notices.send("confirm", pending, now=NOW)
    edition_preview.send_test(edition, language="ko", size=3, address="ich@faß.example", now=NOW)
    assert len(sink.bodies) == 3
    for message, body in zip(sink.accepted, sink.bodies, strict=True):
        assert message.recipient.endswith("@xn--fa-hia.example")
        assert message.sender.endswith("@xn--strae-oqa.example")
        head = header_bytes(body)
        assert head.isascii()
        assert b"strasse" not in head
        assert b"d=xn--strae-oqa.example;" in head
        assert holds(body, key)
        parsed = message_from_bytes(body, policy=policy.default)
        assert not parsed.defects
        (sender,) = parsed["From"].addresses
        assert sender == Address("Zeitung, täglich", "post", "xn--strae-oqa.example")
        (answers,) = parsed["Reply-To"].addresses
        assert answers.domain == "xn--nxasmm1c.example"
        (to,) = parsed["To"].addresses
        assert to.domain == "xn--fa-hia.example"
        assert parsed["Message-ID"].endswith("@xn--strae-oqa.example>")
        if parsed["List-Id"]:
            assert parsed["List-Id"] == "Paperpost <digest.xn--strae-oqa.example>"
            assert "mailto:zuruck@xn--strae-oqa.example?" in parsed["List-Unsubscribe"]


def test_an_address_outside_ascii_goes_where_it_is_taken_and_fails_for_good_elsewhere(settings, edition):
    settings.EMAIL_BACKEND = SMTP_BACKEND
    make_subscriber("홍길동@example.org", topics=[edition.topic])
    with SmtpSink(enable_SMTPUTF8=False) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        with pytest.raises(SystemExit):
            call_command("send_digests", "--at", NOW.isoformat(), "--json")
    row = Delivery.objects.get()
    assert (row.state, "SMTPUTF8" in row.reply) == ("failed", True)
    assert Subscriber.objects.get().state == "active"
    assert not DeliveryEvent.objects.exists(), "nothing came back: it was we who could not"
    Delivery.objects.update(state="queued")
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        call_command("send_digests", "--at", NOW.isoformat(), "--json")
    assert list(sink.recipients) == ["홍길동@example.org"]


@pytest.mark.parametrize(
    "hostile", ["x\r\nBcc: v@e.example", "<a@b> <c@d>", "jürgen@müller.example", "", "@"]
)
def test_whoever_wrote_the_forward_cannot_break_its_head(sink, db, hostile):
    message = build_single(
        SingleMail(
            recipient="editor@example.org", subject=hostile, text=hostile, reply_to=hostile, attached=b"x"
        ),
        now=NOW,
    )
    assert dispatch(MailKind.FORWARD, message, reader=None, now=NOW).accepted
    (body,) = sink.bodies
    assert header_bytes(body).isascii()
    parsed = message_from_bytes(body, policy=policy.default)
    assert parsed["Bcc"] is None
    assert [part.get_content() for part in parsed.iter_attachments()] == [b"x"]


# -- nobody goes round -------------------------------------------------------


def python_files() -> list[Path]:
    return [path for app in ("subscriptions", "newsletter", "config") for path in (ROOT / app).rglob("*.py")]


@cache
def names_in(path: Path) -> set[str]:
    """What a module calls or defines by name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for kind, field in (
            (ast.Name, "id"),
            (ast.Attribute, "attr"),
            (ast.FunctionDef, "name"),
            (ast.ClassDef, "name"),
        ):
            if isinstance(node, kind):
                names.add(getattr(node, field))
    return names


def test_only_the_road_knows_a_transport_and_only_a_transport_knows_a_backend():
    """Digests pass the gate when they are claimed, every other mail in dispatch: nobody else may send."""

    def users(*names: str) -> set[str]:
        return {str(path.relative_to(ROOT)) for path in python_files() if names_in(path) & set(names)}

    folder = "subscriptions/delivery"
    assert users("default_transport") == {
        f"{folder}/{name}.py" for name in ("dispatch", "sender", "transport")
    }
    assert users("SmtpTransport") == {f"{folder}/transport.py"}
    assert users("AnymailTransport") == {f"{folder}/services.py", f"{folder}/transport.py"}
    backends = ("EmailMultiAlternatives", "send_mail", "mail_admins", "mail_managers", "send_mass_mail")
    assert users(*backends) == {f"{folder}/services.py"}
    assert users("send_messages") == {f"{folder}/services.py"}
    assert users("get_connection") == {f"{folder}/transport.py"}
    smtplib = {
        str(path.relative_to(ROOT))
        for path in python_files()
        if re.search(r"^import smtplib", path.read_text(), re.MULTILINE)
    }
    assert smtplib == {f"{folder}/connections.py", f"{folder}/transport.py"}
