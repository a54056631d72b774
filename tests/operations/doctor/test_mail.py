"""Mail as it leaves: servers that refuse or encrypt badly, and a message that cannot be left with a click."""

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.core.management import call_command

from operations.doctor import mail
from operations.findings import State
from subscriptions.delivery import connections
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.transport import SMTP_BACKEND
from tests.authority import make_authority
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.operations.doctor.test_deliverability import write_key
from tests.smtp_sink import Act, SmtpSink

pytestmark = pytest.mark.any_database
OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED


@pytest.fixture
def authority(tmp_path, settings):
    (tmp_path / "ca").mkdir()
    made = make_authority(tmp_path / "ca")
    settings.SMTP_CA_FILE = str(made.file)
    return made


@pytest.fixture
def elsewhere(monkeypatch):
    """The server of a test is on this machine, where less is asked of it."""
    monkeypatch.setattr(connections, "_is_here", lambda _: False)
    monkeypatch.setattr(mail, "_is_here", lambda _: False)


def look(settings, sink, **values):
    settings.EMAIL_BACKEND, settings.EMAIL_IS_CAUGHT = SMTP_BACKEND, False
    for name, value in values.items():
        setattr(settings, name, value)
    with sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        return mail.smtp()


LOGIN = {"EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p"}


def test_a_server_that_encrypts_and_lets_us_in_is_ok(settings, authority, elsewhere):
    sink = SmtpSink(
        tls_context=authority.trusted, auth_required=True, authenticator=lambda *_: AuthResult(success=True)
    )
    finding = look(settings, sink, EMAIL_USE_TLS=True, **LOGIN)
    assert finding.state is OK
    assert "TLSv1.3, and takes the user u" in finding.sentence


def test_a_server_that_refuses_the_password_is_failed(settings, authority, elsewhere):
    no = AuthResult(success=False, handled=False)
    sink = SmtpSink(tls_context=authority.trusted, auth_required=True, authenticator=lambda *_: no)
    finding = look(settings, sink, EMAIL_USE_TLS=True, **LOGIN)
    assert finding.state is FAILED
    assert "user name and password" in finding.sentence


def test_starttls_that_is_required_and_not_offered_is_failed_and_a_warning_where_it_is_not_required(
    settings, elsewhere
):
    assert look(settings, SmtpSink(), EMAIL_USE_TLS=True).state is FAILED
    finding = look(settings, SmtpSink(), EMAIL_USE_TLS=False)
    assert finding.state is WARNING
    assert "clear text" in finding.sentence


def test_a_certificate_for_another_name_is_failed_or_a_warning(settings, authority, elsewhere):
    assert look(settings, SmtpSink(tls_context=authority.elsewhere), EMAIL_USE_TLS=True).state is FAILED
    finding = look(settings, SmtpSink(tls_context=authority.elsewhere), EMAIL_USE_TLS=False)
    assert finding.state is WARNING
    assert "vouches" in finding.sentence


def test_a_port_on_which_nobody_listens_is_failed(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP_BACKEND, "127.0.0.1", 9
    finding = mail.smtp()
    assert finding.state is FAILED
    assert "127.0.0.1:9" in finding.sentence
    assert "EMAIL_URL" in finding.remedy


def test_mail_that_is_caught_here_although_readers_wait_for_it_is_a_warning(settings):
    settings.DEBUG = False
    settings.EMAIL_BACKEND = SMTP_BACKEND
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_IS_CAUGHT = sink.host, sink.port, True
        finding = mail.smtp()
    assert finding.state is WARNING
    assert "EMAIL_URL is not set" in finding.sentence


@pytest.mark.django_db
def test_a_test_mail_arrives_or_the_servers_reason_is_shown(settings):
    settings.EMAIL_BACKEND = SMTP_BACKEND
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        assert mail.trial_mail("me@example.org").state is OK
        assert sink.recipients == {"me@example.org": 1}
        sink.play = lambda stage, _: Act(reply="550 5.7.1 we know you") if stage == "data" else Act()
        finding = mail.trial_mail("me@example.org")
    assert finding.state is FAILED
    assert "we know you" in finding.sentence


@pytest.mark.django_db
def test_one_click_is_ok_signed_or_not_and_needs_https(settings, tmp_path):
    settings.DKIM_KEY_FILE = ""
    assert "must sign them" in mail.one_click().sentence
    write_key(generate_private_key(public_exponent=65537, key_size=2048), tmp_path, settings)
    finding = mail.one_click()
    assert (finding.state, "covers them" in finding.sentence) == (OK, True)
    settings.SITE_URL = "http://paperpost.example"
    finding = mail.one_click()
    assert finding.state is FAILED
    assert "http://paperpost.example" in finding.sentence
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert mail.one_click().state is WARNING


@pytest.mark.django_db
def test_the_newest_digest_is_what_is_looked_at(settings, monkeypatch):

    papers = [make_paper() for _ in range(3)]
    for paper in papers:
        make_summary(paper)
    edition = make_edition(make_topic("diffusion", query="study"), papers)
    make_subscriber("ada@example.org", topics=[edition.topic])
    settings.EMAIL_BACKEND = SMTP_BACKEND
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        call_command("send_digests", "--at", NOW.isoformat(), "--json")
    data = mail._digest()
    assert papers[0].title.encode() in data
    assert b"ada@example.org" not in data
    assert mail.one_click().state is OK


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data.replace(b"List-Unsubscribe-Post:", b"X-Removed:"), "lacks"),
        (lambda data: data.replace(b"List-Unsubscribe: ", b"X-Removed: "), "lacks"),
        (lambda data: data.replace(b"list-unsubscribe-post:", b""), "does not cover list-unsubscribe-post"),
        (lambda data: data[data.index(b"From:") :], "does not cover list-unsubscribe and"),
    ],
)
@pytest.mark.django_db
def test_a_message_without_one_click_or_without_its_signature_is_failed(settings, tmp_path, spoil, words):
    write_key(generate_private_key(public_exponent=65537, key_size=2048), tmp_path, settings)
    signed = default_signer()(mail._digest())
    assert mail.judge_one_click(signed, signs_here=True).state is OK
    finding = mail.judge_one_click(spoil(signed), signs_here=True)
    assert finding.state is FAILED
    assert words in finding.sentence
