"""Mailboxes and hosts among the settings: what is not one stops the start, with a sentence."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import addresses

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("", ""),
        (" a@b.example ", "a@b.example"),
        ("<a@b.example>", "a@b.example"),
        ("Paperpost <a@localhost>", "Paperpost <a@localhost>"),
        ('"Acme, Inc." <a@b.example>', '"Acme, Inc." <a@b.example>'),
        ("Paperpost (beta) <a@b.example>", '"Paperpost (beta)" <a@b.example>'),
        ('"the \\"best\\"" <a@b.example>', '"the \\"best\\"" <a@b.example>'),
        ("신문 <a@straße.example>", "신문 <a@xn--strae-oqa.example>"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@βόλος.example", "a@xn--nxasmm1c.example"),
        ("a@中国。example", "a@xn--fiqs8s.example"),
    ],
)
def test_one_mailbox_is_taken_with_its_domain_in_ascii(text, mailbox):
    assert addresses.mailbox("FROM_EMAIL", text) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        "Acme, Inc. <a@b.example>",
        "a@b.example, c@d.example",
        "Team: a@b.example;",
        "a@b@c.example",
        "a b@c.example",
        "a@b.example <",
        "a@b.example>",
        "x <y> <a@b.example>",
        "name only",
        "@b.example",
        "a@",
        "a@b..example",
        "a@-b.example",
        "a@xn--a.example",
        "jürgen@b.example",
        "a@b.example\nBcc: c@d.example",
        "“Acme” <a@b.example> (x)",
        "a.@b.example",
        f"{'a' * 65}@b.example",
    ],
)
def test_what_is_not_one_mailbox_is_refused_by_the_settings_name(text):
    with pytest.raises(ImproperlyConfigured, match=r"^REPLY_TO_EMAIL"):
        addresses.mailbox("REPLY_TO_EMAIL", text)


def test_a_bounce_address_leaves_room_for_its_tag():
    assert addresses.bounce_mailbox("BOUNCE_EMAIL", "Bounces <b@straße.example>") == "b@xn--strae-oqa.example"
    with pytest.raises(ImproperlyConfigured, match="28 characters"):
        addresses.bounce_mailbox("BOUNCE_EMAIL", f"{'b' * 29}@b.example")


def test_addresses_of_the_web_and_hosts_are_ascii():
    assert (
        addresses.url("SITE_URL", "https://straße.example:8443/ä")
        == "https://xn--strae-oqa.example:8443/%C3%A4"
    )
    assert addresses.url("SITE_URL", "https://paperpost.example") == "https://paperpost.example"
    assert addresses.host("EMAIL_URL", "mail.bücher.example") == "mail.xn--bcher-kva.example"
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        addresses.url("SITE_URL", "https://ä..example")


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    code = (
        "from django.conf import settings as s\n"
        "print(s.FROM_EMAIL, s.SITE_URL, s.ALLOWED_HOSTS[0], s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_SSL)"
    )
    given = {"ENV_FILE": "", "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], env=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", ["FROM_EMAIL", "REPLY_TO_EMAIL", "BOUNCE_EMAIL", "CONTACT_EMAIL"])
def test_the_start_stops_with_a_sentence(name, tmp_path):
    stopped = start(VAR_DIR=str(tmp_path), **{name: "Acme, Inc. <a@b.example>"})
    assert stopped.returncode != 0
    assert f"{name}='Acme, Inc. <a@b.example>' is not one mailbox" in stopped.stderr


def test_the_start_knows_names_in_other_scripts_and_each_schemes_port(tmp_path):
    started = start(
        VAR_DIR=str(tmp_path),
        FROM_EMAIL="Post <post@straße.example>",
        SITE_URL="https://straße.example",
        EMAIL_URL="smtps://u:p@mail.straße.example",
    )
    named = "xn--strae-oqa.example"
    assert started.stdout.strip() == f"Post <post@{named}> https://{named} {named} mail.{named} 465 True", (
        started.stderr
    )
    assert start(VAR_DIR=str(tmp_path), EMAIL_URL="smtp+tls://mail.example").stdout.split()[-2] == "587"
    missing = start(VAR_DIR=str(tmp_path), SMTP_CA_FILE=str(tmp_path / "missing.pem"))
    assert "SMTP_CA_FILE" in missing.stderr
