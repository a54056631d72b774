"""The records of a sending domain: each is broken in the DNS itself, and the doctor says which and how."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from operations.doctor import deliverability, resolver
from operations.doctor.records import public_key
from operations.doctor.resolver import DnsError, Resolver
from operations.findings import State
from subscriptions.delivery.transport import SMTP_BACKEND
from tests.dns_server import DnsServer

pytestmark = pytest.mark.any_database
OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
HOST, IPV6 = "192.0.2.25", "2001:db8::25"
REVERSE = "25.2.0.192.in-addr.arpa"
REVERSE_6 = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
KEY_NAME = "paperpost._domainkey.example.org"


@pytest.fixture(scope="module")
def rsa_key():
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def key_file(rsa_key, tmp_path, settings):
    return write_key(rsa_key, tmp_path, settings)


def write_key(key, folder, settings):
    file = folder / "dkim.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    settings.DKIM_KEY_FILE = str(file)
    return str(file)


@pytest.fixture
def zone(key_file, settings):
    """A domain of which everything is right, and the settings that go with it."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP_BACKEND, "mail.example.org"
    settings.FROM_EMAIL = '"Acme, Inc." <news@example.org>'
    settings.BOUNCE_EMAIL = "bounces@example.org"
    settings.SITE_URL = "https://news.example.org"
    settings.DKIM_SELECTOR = "paperpost"
    return {
        ("example.org", "TXT"): ["some-verification=123", "v=spf1 mx ip6:2001:db8::/64 -all"],
        ("example.org", "MX"): ["10 mail.example.org."],
        ("mail.example.org", "A"): [HOST],
        ("mail.example.org", "AAAA"): [IPV6],
        ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"],
        (KEY_NAME, "TXT"): [public_key(key_file).record],
        (REVERSE, "PTR"): ["mail.example.org."],
        (REVERSE_6, "PTR"): ["mail.example.org."],
    }


def look(name, zone, **behaviour):
    with DnsServer(zone, **behaviour) as server:
        findings = getattr(deliverability, name)(Resolver(server.address))
    return findings if isinstance(findings, list) else [findings]


@pytest.mark.parametrize("name", ["spf", "dkim", "dmarc", "alignment", "ptr", "mx"])
def test_a_domain_of_which_all_is_right_is_ok_and_without_its_records_it_is_not(name, zone):
    assert [finding.state for finding in look(name, zone)] == [OK]
    if name != "alignment":
        (finding,) = look(name, {("mail.example.org", "A"): [HOST]})
        assert finding.state is FAILED
        assert finding.remedy


@pytest.mark.parametrize("name", ["spf", "dkim", "dmarc", "ptr", "mx"])
def test_a_dns_server_that_fails_is_what_is_wrong_not_the_record(name, zone):
    (finding,) = look(name, zone, refuses=True)
    assert finding.state is FAILED
    assert "DNS server" in finding.sentence
    assert "--nameserver" in finding.remedy


def test_a_dns_server_that_is_silent_is_waited_for_a_bounded_time(zone, monkeypatch):
    monkeypatch.setattr(resolver, "SECONDS", 0.2)
    (finding,) = look("dmarc", zone, is_silent=True)
    assert "does not tell" in finding.sentence


@pytest.mark.parametrize(
    ("record", "state", "words"),
    [
        (
            ["v=spf1 ip4:198.51.100.0/24 -all"],
            FAILED,
            "does not let mail.example.org (192.0.2.25) send: fail",
        ),
        (["v=spf1 ip4:192.0.2.0/24 ~all"], FAILED, "(2001:db8::25) send: softfail"),
        (["v=spf1 mx -all", "v=spf1 a -all"], FAILED, "has 2 SPF records"),
        (["v=spf1 +all"], FAILED, "lets everybody send"),
        (["v=spf1 mx"], WARNING, "says nothing of others"),
        (["v=spf1 mx ip4:192.0.2.300 -all"], FAILED, "is no network"),
        (["v=spf1 mx ipv4:192.0.2.25 -all"], FAILED, "is no mechanism"),
        (["v=spf1 include:gone.example -all"], FAILED, "gone.example, which has no SPF record"),
        (["v=spf1 include:loop.example.org -all"], FAILED, "includes itself"),
        (["v=spf1 " + "a " * 11 + "-all"], FAILED, "more than 10 lookups"),
        (["v=spf1 redirect=_spf.example.org"], OK, "lets mail.example.org"),
        (
            ["v=spf1 exists:%{ir}.allowed.example.org a:mail.example.org/24//64 -all"],
            OK,
            "lets mail.example.org",
        ),
    ],
)
def test_spf_is_decided_as_receivers_decide(zone, record, state, words):
    zone["example.org", "TXT"] = record
    zone["_spf.example.org", "TXT"] = ["v=spf1 a:mail.example.org -all"]
    zone["loop.example.org", "TXT"] = ["v=spf1 include:example.org -all"]
    (finding,) = look("spf", zone)
    assert (finding.state, words in finding.sentence) == (state, True), finding


def test_a_providers_other_hosts_may_send_so_spf_only_warns(zone, settings):
    settings.EMAIL_HOST = "smtp.provider.example"
    zone["smtp.provider.example", "A"] = ["203.0.113.9"]
    (finding,) = look("spf", zone)
    assert finding.state is WARNING
    assert "include" in finding.remedy


def test_a_mail_server_on_this_machine_is_known_by_the_address_of_the_site(zone, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    zone["news.example.org", "A"] = ["203.0.113.80"]
    (spf,) = look("spf", zone)
    (ptr,) = look("ptr", zone)
    assert (spf.state, ptr.state) == (FAILED, FAILED)
    assert "203.0.113.80" in spf.sentence
    assert "203.0.113.80" in ptr.sentence


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        (lambda text: [], FAILED, "no key"),
        (lambda text: [text, text + "; n=old"], FAILED, "2 keys"),
        (lambda text: [text.partition("p=")[0] + "p="], FAILED, "revoked"),
        (lambda text: [text[:-40]], FAILED, "was it cut"),
        (lambda text: [text.replace("k=rsa", "k=ed25519")], FAILED, "cannot be read"),
        (lambda text: [text + "; t=y"], WARNING, "a trial"),
        (lambda text: [another_key()], FAILED, "not that of DKIM_KEY_FILE"),
    ],
)
def test_a_key_that_receivers_cannot_use_is_named(zone, change, state, words):
    zone[KEY_NAME, "TXT"] = change(zone[KEY_NAME, "TXT"][0])
    (finding,) = look("dkim", zone)
    assert (finding.state, words in finding.sentence) == (state, True), finding


def another_key() -> str:
    import base64

    raw = (
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(("bits", "words"), [(1024, "more and more"), (0, "Ed25519")])
def test_a_key_that_some_receivers_do_not_take_is_a_warning(zone, tmp_path, settings, bits, words):
    made = (
        generate_private_key(public_exponent=65537, key_size=bits) if bits else Ed25519PrivateKey.generate()
    )
    zone[KEY_NAME, "TXT"] = [public_key(write_key(made, tmp_path, settings)).record]
    (finding,) = look("dkim", zone)
    assert (finding.state, words in finding.sentence) == (WARNING, True), finding


def test_without_a_key_of_ours_the_mail_servers_is_looked_at_by_its_selector(zone, settings):
    settings.DKIM_KEY_FILE = ""
    assert look("dkim", zone)[0].state is OK
    settings.DKIM_SELECTOR = "unknown"
    (finding,) = look("dkim", zone)
    assert finding.state is WARNING
    assert "DKIM_SELECTOR" in finding.remedy


@pytest.mark.parametrize(
    ("record", "state", "words"),
    [
        (["v=DMARC1; p=none; rua=mailto:d@example.org"], OK, "p=none"),
        (["v=DMARC1; p=reject"], WARNING, "nobody is told"),
        (["v=DMARC1; p=later; rua=mailto:d@example.org"], FAILED, "p=later"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], FAILED, "2 DMARC records"),
        (["v=DMARC; p=none"], FAILED, "no DMARC record"),
    ],
)
def test_dmarc_is_read_as_receivers_read_it(zone, record, state, words):
    zone["_dmarc.example.org", "TXT"] = record
    (finding,) = look("dmarc", zone)
    assert (finding.state, words in finding.sentence) == (state, True), finding


def test_a_part_of_a_domain_has_the_policy_of_the_whole(zone, settings):
    settings.FROM_EMAIL = "news@letters.example.org"
    zone["_dmarc.example.org", "TXT"] = ["v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org"]
    (finding,) = look("dmarc", zone)
    assert finding.state is OK
    assert "p=reject" in finding.sentence
    assert look("alignment", zone)[0].state is OK


@pytest.mark.parametrize(
    ("from_email", "bounces", "signs", "state"),
    [
        ("news@example.org", "b@bounces.example.org", False, OK),
        ("news@example.org", "b@elsewhere.example", True, OK),
        ("news@example.org", "b@elsewhere.example", False, FAILED),
        ("me@gmail.com", "", True, FAILED),
    ],
)
def test_what_readers_see_is_what_spf_or_dkim_speaks_for(zone, settings, from_email, bounces, signs, state):
    settings.FROM_EMAIL, settings.BOUNCE_EMAIL = from_email, bounces
    if not signs:
        settings.DKIM_KEY_FILE = ""
    assert look("alignment", zone)[0].state is state


def test_strict_alignment_takes_no_part_of_the_domain(zone, settings):
    settings.BOUNCE_EMAIL, settings.DKIM_KEY_FILE = "b@bounces.example.org", ""
    zone["_dmarc.example.org", "TXT"] = ["v=DMARC1; p=reject; aspf=s; rua=mailto:d@example.org"]
    assert look("alignment", zone)[0].state is FAILED


def test_a_name_that_does_not_lead_back_is_as_good_as_none(zone):
    zone[REVERSE, "PTR"] = ["host-25.provider.example."]
    (finding,) = look("ptr", zone)
    assert finding.state is FAILED
    assert "host-25.provider.example" in finding.sentence


@pytest.mark.parametrize(
    ("records", "state", "words"),
    [
        ({("example.org", "MX"): ["0 ."]}, FAILED, "takes no mail"),
        ({("example.org", "MX"): ["10 gone.example.org."]}, FAILED, "has no address"),
        (
            {("example.org", "MX"): ["10 mail.example.org.", "20 gone.example.org."]},
            WARNING,
            "gone.example.org",
        ),
        ({("example.org", "MX"): [], ("example.org", "A"): [HOST]}, WARNING, "no MX record"),
    ],
)
def test_bounces_that_arrive_nowhere_are_named(zone, records, state, words):
    (finding,) = look("mx", {**zone, **records})
    assert (finding.state, words in finding.sentence) == (state, True), finding


def test_a_sender_without_a_domain_is_said_once_for_each(settings):
    settings.FROM_EMAIL = "paperpost@localhost"
    (finding,) = look("spf", {})
    assert finding.state is WARNING
    assert "FROM_EMAIL" in finding.sentence


@pytest.mark.parametrize("text", ["one.one.one.one", "1.1.1", "1.1.1.1:dns", "[::1]x"])
def test_what_is_no_address_of_a_dns_server_is_refused(text):
    with pytest.raises(DnsError, match=r"write it as 192\.0\.2\.53"):
        Resolver(text)
