"""The operator's own name stands wherever readers look, and the software's nowhere."""

import email
import email.policy
import os
import re
import subprocess
import sys
import uuid
from email.header import decode_header, make_header
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import loader
from PIL import Image

from config import addresses, branding
from config.settings.brand import site_name
from lib.colours import contrast
from newsletter.brand import OWN_COLOURS, Brand
from newsletter.languages import LANGUAGES
from newsletter.rendering import render_email
from newsletter.rendering.phrases import phrases
from services.demo import Place, demo_environment
from subscriptions.messages.headers import DigestHead, digest_head
from subscriptions.readers.links import reader_links
from tests.catalogues import read_catalogue
from tests.factories import NOW
from tests.mail_checker import Page
from tests.newsletter.rendering.test_rendering import NOTICES
from tests.pages import all_pages
from tests.sample_digest import sample_digest

pytestmark = pytest.mark.any_database


def forget_what_was_rendered() -> None:
    """The brand is the same for a whole process, and what is rendered once is kept; tests are of many."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("newsletter.rendering", "subscriptions.messages")):
            for kept in vars(module).values():
                if hasattr(kept, "cache_clear"):
                    kept.cache_clear()


@pytest.fixture(autouse=True)
def nothing_rendered():
    forget_what_was_rendered()
    yield
    forget_what_was_rendered()


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
    assert phrases("zh-Hant").say("welcome.subject") == "歡迎訂閱論文便り"
    settings.SITE_NAME = "Acme"
    assert phrases("ja").say("welcome.subject") == "Acmeへようこそ"
    assert phrases("zh-Hant").say("welcome.subject") == "歡迎訂閱 Acme"


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
    assert len(pages) >= 3
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
    raw = email.message_from_bytes(digest_head(a_head(), now=NOW))
    written = str(make_header(decode_header(raw["List-Id"])))
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


COLOURS = ["#93380f", "#0b6e4f", "#ffff00", "#fff", "#000000", "#00ffcc", "#7f7f7f", "#1a1aff", "ff66cc"]
LIGHT_GROUNDS = ("#f3efe7", "#fffdf9", "#f5efe4")
DARK_GROUNDS = ("#121214", "#1a1a1d", "#26231f")


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_can_be_read_on_light_and_on_dark(colour):
    own = branding.palette("SITE_COLOUR", colour)
    assert own is not None
    for shades, grounds in ((own.light, LIGHT_GROUNDS), (own.dark, DARK_GROUNDS)):
        for ground in (*grounds, shades.on, shades.wash):
            assert contrast(shades.accent, ground) >= 4.5, (shades, ground)
            assert contrast(shades.deep, ground) >= 4.5, (shades, ground)


def test_a_colour_that_can_be_read_stays_as_it_is_and_the_contrast_is_the_one_of_wcag():
    own = branding.palette("SITE_COLOUR", "#0B6E4F")
    assert own is not None
    assert own.light.accent == "#0b6e4f"
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the example everybody knows
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("text", ["red", "#12", "#12345g", "rgb(1,2,3)", "#1234567;}"])
def test_what_is_no_colour_is_one_sentence_with_the_setting(text):
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_COLOUR=.*: write a colour as #93380f\.$"):
        branding.palette("SITE_COLOUR", text)


def picture(
    folder: Path, *, size: tuple[int, int], colour: str | float, kind: str = "PNG", mode: str = "RGB"
) -> str:
    path = folder / "logo"
    Image.new(mode, size, colour).save(path, kind)
    return str(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_scaled_for_fine_screens_and_written_anew(tmp_path, kind):
    made = branding.logo("SITE_LOGO", picture(tmp_path, size=(2000, 1000), colour="green", kind=kind))
    assert made is not None
    assert (made.width, made.height) == (88, 44)
    with Image.open(BytesIO(made.png)) as shown:
        assert (shown.format, shown.size) == ("PNG", (176, 88))


@pytest.mark.parametrize(("colour", "is_lost"), [((20, 20, 20, 255), True), ((200, 80, 40, 255), False)])
def test_a_transparent_logo_that_would_be_lost_in_the_dark_gets_a_ground(tmp_path, colour, is_lost):
    path = tmp_path / "logo"
    drawn = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    drawn.paste(colour, (20, 10, 80, 40))
    drawn.save(path, "PNG")
    made = branding.logo("SITE_LOGO", str(path))
    assert made is not None
    with Image.open(BytesIO(made.png)) as shown:
        assert shown.has_transparency_data is not is_lost


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "mail programs show no SVG"),
        (b"GIF89a" + bytes(50), "no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "no PNG, JPEG or WebP"),
        (b"", "no PNG, JPEG or WebP"),
        (bytes(2_000_001), "larger than 2,000,000 bytes"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_logo_is_one_sentence_with_the_setting(tmp_path, data, why):
    path = tmp_path / "logo"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ImproperlyConfigured, match=rf"^SITE_LOGO=.*{why}"):
        branding.logo("SITE_LOGO", str(path))


def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path):
    path = picture(tmp_path, size=(5000, 4000), colour=1, mode="1")
    with pytest.raises(ImproperlyConfigured, match="more than 16 million pixels"):
        branding.logo("SITE_LOGO", path)


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">'
    "<title>Acme</title><rect width='64' height='64' fill='#0b6e4f'/></svg>"
)


def test_a_sender_picture_as_bimi_asks_for_it_is_served(client, settings, tmp_path):
    (tmp_path / "sender.svg").write_text(SVG)
    settings.SENDER_PICTURE = branding.sender_picture("SENDER_PICTURE", str(tmp_path / "sender.svg"))
    answer = client.get("/brand/sender.svg")
    assert answer.content.decode() == SVG
    assert answer["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ('baseProfile="tiny-ps"', "", "tiny-ps"),
        ("0 0 64 64", "0 0 64 32", "square"),
        ("<title>Acme</title>", "", "title"),
        ("<rect", "<script>1</script><rect", "nothing in it may move"),
        ("<rect", '<rect onclick="x"', "nothing in it may move"),
        ("<rect", '<use href="https://example.org/a.svg"/><rect', "nothing in it may move"),
        ("<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg', "no document type"),
        ("</svg>", "", "no SVG"),
    ],
)
def test_a_sender_picture_that_bimi_would_refuse_is_one_sentence(tmp_path, was, becomes, why):
    path = tmp_path / "sender.svg"
    path.write_text(SVG.replace(was, becomes))
    with pytest.raises(ImproperlyConfigured, match=rf"^SENDER_PICTURE=.*{why}"):
        branding.sender_picture("SENDER_PICTURE", str(path))


@pytest.mark.parametrize("text", ["javascript:alert(1)", "example.org", "https://", "https://a b"])
def test_an_imprint_that_is_no_address_is_one_sentence_with_the_setting(text):
    with pytest.raises(ImproperlyConfigured, match=r"^IMPRINT_URL=.*https://\.$"):
        branding.web_address("IMPRINT_URL", text)


@pytest.mark.django_db
def test_logo_colour_and_imprint_stand_in_mails_and_on_pages(client, settings, tmp_path):
    settings.SITE_NAME = 'R&D "daily"'
    settings.SITE_COLOURS = branding.palette("SITE_COLOUR", "#0b6e4f")
    settings.SITE_LOGO = branding.logo("SITE_LOGO", picture(tmp_path, size=(400, 80), colour="navy"))
    settings.IMPRINT_TEXT = "Acme & Sons\n\n<b>1 Lane</b>"
    settings.POSTAL_ADDRESS = "1 Lane, Town"
    text, html = sample_digest("en", folder=tmp_path)
    notice = render_email("confirm", NOTICES["confirm"], language="ar")
    for mail in (html, notice.html):
        page = Page(mail)
        assert page.faults == []
        assert f"{settings.SITE_URL}/brand/logo.png?v={settings.SITE_LOGO.version}" in mail
        assert 'alt="R&amp;D &quot;daily&quot;"' in mail
        assert "#93380f" not in mail
        assert "#0b6e4f" in mail
        assert f"{settings.SITE_URL}/imprint/" in page.targets
    assert f"Imprint:\n{settings.SITE_URL}/imprint/" in text

    front = client.get("/").content.decode()
    assert f"/brand/logo.png?v={settings.SITE_LOGO.version}" in front
    assert '/brand/colours.css?v=0b6e4f"' in front
    assert "--rust: #0b6e4f" in client.get("/brand/colours.css").content.decode()
    assert b"#0b6e4f" in client.get("/brand/stamp.svg").content
    logo = client.get("/brand/logo.png")
    assert logo.content == settings.SITE_LOGO.png
    assert client.get("/brand/logo.png", headers={"if-none-match": logo["ETag"]}).status_code == 304
    imprint = client.get("/imprint/?language=ko").content.decode()
    assert "Acme &amp; Sons" in imprint
    assert "&lt;b&gt;1 Lane" in imprint
    assert 'lang="ko"' in imprint


@pytest.mark.django_db
def test_without_the_settings_there_is_nothing_of_it(client):
    front = client.get("/").content.decode()
    assert "/brand/" not in front
    assert "/imprint/" not in front
    for address in ("/brand/logo.png", "/brand/sender.svg", "/imprint/"):
        assert client.get(address).status_code == 404


def test_the_shades_of_the_style_sheet_are_those_that_the_code_knows(settings):
    sheet = (settings.BASE_DIR / "static/site.css").read_text("utf-8")
    for shades in OWN_COLOURS:
        for name, value in zip(("rust", "rust-deep", "rust-wash", "on-colour"), shades, strict=True):
            assert f"--{name}: {value};" in sheet
    for ground in (*LIGHT_GROUNDS[:2], *DARK_GROUNDS[:2]):
        assert f": {ground};" in sheet


@pytest.mark.processes
def test_the_environment_of_the_demo_under_another_name_is_that_names(settings, tmp_path):
    """``SITE_NAME=… SITE_COLOUR=… make demo``, as docs/branding.md has it."""
    demo = demo_environment(Place(tmp_path, 1, 2, sources="http://127.0.0.1:3", model="", broker=""))
    shown = "s.FROM_EMAIL, s.UNFOLD['SITE_TITLE'], s.SITE_COLOURS.light.accent"
    own = {"SITE_NAME": "Ilmenau Papers", "SITE_COLOUR": "#0b6e4f"}
    done = subprocess.run(
        [sys.executable, "-c", f"import config.settings as s; print({shown})"],
        env=os.environ | demo | own,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = "Ilmenau Papers <digest@paperpost.example> Ilmenau Papers #0b6e4f"
    assert done.stdout.strip() == said


def test_no_template_of_a_mail_has_the_accent_or_the_name_written_into_it(settings):
    for path in sorted((settings.BASE_DIR / "templates/emails").rglob("*.*")):
        written = path.read_text("utf-8")
        for own in (OWN_COLOURS.light.accent, OWN_COLOURS.dark.accent, "Paperpost"):
            assert own not in written, path
