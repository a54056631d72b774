"""The sign of the site for tabs and home screens, what an installed site is called, and static files."""

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from lxml import html
from PIL import Image

from newsletter.brand import OWN_COLOURS

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 10 10">'
    b'<title>Lab</title><rect width="10" height="10" fill="#00ff00"/></svg>'
)


def picture(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    return Image.open(io.BytesIO(answer.content))


def head_of(page):
    (head,) = html.fromstring(page.decode()).iter("head")
    return head


def test_a_page_names_its_icons_and_all_are_there(client):
    head = head_of(client.get("/privacy/").content)
    links = {link.get("rel"): link.get("href") for link in head.iter("link")}
    assert picture(client, links["apple-touch-icon"]).size == (180, 180)
    assert picture(client, "/favicon.ico").info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    manifest = client.get(links["manifest"]).json()
    assert (manifest["name"], manifest["start_url"], manifest["dir"]) == ("Paperpost", "/", "ltr")
    for icon in manifest["icons"]:
        assert "{}x{}".format(*picture(client, icon["src"]).size) == icon["sizes"]
    assert [icon.get("purpose", "any") for icon in manifest["icons"]] == ["any", "any", "maskable"]
    schemes = [meta.get("media") for meta in head.iter("meta") if meta.get("name") == "theme-color"]
    assert schemes == ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]


def test_a_maskable_icon_has_its_sign_in_the_middle(client):
    icon = picture(client, "/brand/icon-maskable.png").convert("RGB")
    accent = tuple(bytes.fromhex(OWN_COLOURS.light.accent[1:]))
    assert icon.getpixel((256, 150)) == accent
    assert icon.getpixel((256, 40)) == icon.getpixel((5, 5)) != accent


def test_the_operators_colour_and_square_are_the_sign(client, settings):
    settings.SITE_COLOURS = OWN_COLOURS._replace(light=OWN_COLOURS.light._replace(accent="#0000aa"))
    assert picture(client, "/brand/icon-192.png").convert("RGB").getpixel((96, 40)) == (0, 0, 170)
    settings.SENDER_PICTURE = SQUARE
    assert picture(client, "/apple-touch-icon.png").convert("RGB").getpixel((2, 2)) == (0, 255, 0)


def test_static_files_have_names_of_their_contents_are_compressed_and_kept_for_ever(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    call_command("collectstatic", "--no-input", verbosity=0)
    client = Client(headers={"accept-encoding": "gzip"})
    head = head_of(gzip.decompress(client.get("/archive/").content))
    for link in head.iter("link"):
        address = link.get("href", "")
        if not address.startswith("/static/"):
            continue
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer["Cache-Control"]
        if link.get("rel") == "stylesheet":
            assert answer["Content-Encoding"] == "gzip"
            assert b"color: var(--" in gzip.decompress(answer.getvalue())
    hashed = {path.name for path in Path(tmp_path).glob("*.css")}
    assert len(hashed) == 2 * len(list(Path("static").glob("*.css")))
