"""The operator's own name stands wherever readers look, and the software's nowhere."""

import email
import email.policy
import re
import uuid
from email.header import decode_header, make_header

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import loader

from config import addresses
from config.settings.brand import site_name
from newsletter.brand import Brand
from newsletter.languages import LANGUAGES
from newsletter.rendering import render_email
from newsletter.rendering.phrases import phrases
from subscriptions.messages.headers import DigestHead, digest_head
from subscriptions.readers.links import reader_links
from tests.catalogues import read_catalogue
from tests.factories import NOW
from tests.newsletter.rendering.test_rendering import NOTICES
from tests.pages import all_pages
from tests.sample_digest import sample_digest

pytestmark = pytest.mark.any_database

OWN = "Ilmenau 論文便り"
SOFTWARE = re.compile(r"paperpost(?!\.(?:example|bib|ris|json|md|csv))", re.IGNORECASE)


@pytest.mark.parametrize("name", ["Café Papers", "논문 배달", "論文便り", "أوراق اليوم", "दैनिक शोध", "R&D"])
def test_a_name_of_any_script_is_taken(monkeypatch, name):
    monkeypatch.setenv("SITE_NAME", f"  {name} ")
    assert site_name() == name


@pytest.mark.parametrize("name", ["two\nlines", "\u202egnirts", "x" * 41, "\ue000", "---"])
def test_a_name_that_cannot_stand_in_a_subject_is_one_sentence_with_the_setting(monkeypatch, name):
    monkeypatch.setenv("SITE_NAME", name)
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_NAME=.*\.$"):
        site_name()


def test_without_a_name_it_is_the_softwares(monkeypatch):
    monkeypatch.setenv("SITE_NAME", "")
    assert site_name() == "Paperpost" == Brand().name


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("news@example.org", '"Acme, Inc." <news@example.org>'),
        ("Editors <news@example.org>", "Editors <news@example.org>"),
        ("", ""),
    ],
)
def test_mail_comes_from_the_name_unless_the_setting_has_its_own(written, sender):
    assert addresses.named_mailbox("FROM_EMAIL", written, name="Acme, Inc.") == sender


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_says_the_own_name(settings, notice, language):
    settings.SITE_NAME = OWN
    mail = render_email(notice, NOTICES[notice], language=language)
    assert OWN in mail.html
    assert OWN in mail.text
    for said in (mail.subject, mail.html, mail.text):
        assert not SOFTWARE.search(said)


def test_a_name_in_the_languages_own_script_stands_without_the_spaces_of_a_latin_one(settings):
    settings.SITE_NAME = "論文便り"
    assert phrases("ja").say("welcome.subject") == "論文便りへようこそ"
    settings.SITE_NAME = "Acme"
    assert phrases("ja").say("welcome.subject") == "Acme へようこそ"


def test_a_name_with_braces_is_a_name(settings):
    settings.SITE_NAME = "{title} {0}"
    assert phrases("en").say("welcome.subject") == "Welcome to {title} {0}"


# Particles that change with the sound before them: 을/를, 이/가, 은/는, 과/와, (으)로, (이)라.
CHANGING = re.compile(r"(?:\{site\}|%\(site\)s)(?:을|를|이|가|은|는|과|와|으로|로|이라|라)(?:\s|$|[.,])")


def test_no_korean_particle_depends_on_how_the_name_ends():
    assert CHANGING.search("이미 {site}를 구독하고")
    mails = [str(phrase) for phrase in phrases("ko").words.values() if "{site}" in str(phrase)]
    pages = [str(row.string) for row in read_catalogue("ko") if "%(site)s" in str(row.string)]
    assert len(mails) >= 9
    assert len(pages) >= 5
    assert not [said for said in mails + pages if CHANGING.search(said)]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_digest_is_the_operators_in_both_parts(settings, tmp_path, language):
    settings.SITE_NAME = OWN
    for said in sample_digest(language, folder=tmp_path):
        assert OWN in said
        assert not SOFTWARE.search(without_addresses(said))


def without_addresses(said: str) -> str:
    return re.sub(r"https?://[^\s\"'<>]+", "", said)


def test_the_head_of_a_mail_names_the_operators_list(settings):
    settings.SITE_NAME = "Acme, Inc."
    head = email.message_from_bytes(digest_head(a_head(), now=NOW), policy=email.policy.default)
    assert head["List-Id"].startswith('"Acme, Inc." <digest.')
    settings.SITE_NAME = "論文便り"
    head = email.message_from_bytes(digest_head(a_head(), now=NOW))
    written = str(make_header(decode_header(head["List-Id"])))
    assert written.startswith("論文便り <digest.")


def a_head() -> DigestHead:
    return DigestHead(
        recipient="reader@example.org",
        subject="A finding",
        identity="<1@paperpost.example>",
        links=reader_links(uuid.UUID(int=1), 0),
        language="en",
        boundary="b",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["en", "ko", "ja", "zh-Hans", "ar"])
def test_every_page_is_the_operators(client, settings, topics, code):
    settings.SITE_NAME = OWN
    language = LANGUAGES[code].django_code
    paths = all_pages(code)
    assert len(paths) > 20
    for path in paths:
        page = client.get(path, headers={"accept-language": language}).content.decode()
        assert OWN in page, path
        shown = re.sub(r'(?:href|src|action|data-[a-z-]+)="[^"]*"', "", page)
        assert not SOFTWARE.search(without_addresses(shown)), path


def test_the_page_of_a_fault_is_the_operators(settings):
    settings.SITE_NAME = "R&D"
    assert "R&amp;D</title>" in loader.get_template("500.html").render()
