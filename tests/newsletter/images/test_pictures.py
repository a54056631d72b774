"""Pictures: bounded, written anew, never fetched from where they must not be."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from PIL import Image

from newsletter.errors import Unreadable
from newsletter.images import pictures
from newsletter.images.pictures import check_public, fetch_missing, picture_of
from newsletter.images.thumbnails import MOST_BYTES_WRITTEN, paint, prepare
from newsletter.web.picture_pages import picture
from tests.factories import DAY, make_edition, make_paper, make_topic

pytestmark = [pytest.mark.any_database, pytest.mark.processes]

URL = "https://pictures.example/a.png"


def drawn(size=(1600, 900), kind="PNG", mode="RGB", **options):
    image = Image.radial_gradient("L").resize(size).convert(mode)
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.REMOTE_PICTURES = False
    return tmp_path / "pictures"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_pictures_become_bounded_jpegs_or_pngs(kind):
    painted = prepare(drawn((4000, 1000), kind))
    assert painted.kind in ("jpg", "png")
    assert (painted.width, painted.height) == (1152, 288)
    assert len(painted.data) <= MOST_BYTES_WRITTEN
    assert Image.open(BytesIO(painted.data)).size == (painted.width, painted.height)


def test_transparency_becomes_white():
    written = paint(drawn((20, 20), "PNG", "RGBA")).data
    assert Image.open(BytesIO(written)).mode in ("RGB", "P")
    clear = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(clear, "PNG")
    written = paint(clear.getvalue()).data
    assert Image.open(BytesIO(written)).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>Not found</title>",
        drawn()[:500],
        drawn((1, 1)),
        drawn((20, 20), "BMP"),
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Unreadable):
        paint(data)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = BytesIO()
    Image.new("1", (9_000, 9_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(Unreadable, match="9000 x 9000"):
        prepare(bomb.getvalue())


@pytest.mark.django_db
def test_a_stored_picture_is_shown_at_its_size_and_served_for_ever(rf, settings, folder):
    assert picture_of(URL, is_still=False) is None
    path = pictures.store(URL, paint(drawn()))
    shown = picture_of(URL, is_still=True)
    assert shown is not None
    assert shown.url == f"{settings.SITE_URL}/pictures/{path.name}"
    assert (shown.shown_width, shown.shown_height, shown.is_still) == (576, 324, True)
    answer = picture(rf.get("/"), path.name)
    assert answer.getvalue() == path.read_bytes()
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["../secret-key", "a.json", "x" * 32 + ".png", "0" * 32 + ".svg", "0" * 32 + ".png"]
)
def test_nothing_else_is_served(rf, name):
    from django.http import Http404

    with pytest.raises(Http404):
        picture(rf.get("/"), name)


def test_remote_pictures_are_shown_as_they_are_if_the_operator_allows_them(settings):
    settings.REMOTE_PICTURES = True
    shown = picture_of(URL, is_still=False)
    assert shown is not None
    assert shown.url == URL
    assert picture_of("http://insecure.example/a.png", is_still=False) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8/a.png",
        "http://[::1]/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.7/a.png",
        "file:///etc/passwd",
        "ftp://pictures.example/a.png",
        "https://cdn.example.org:99999/a.png",
        "https://[cdn.example.org/a.png",
        f"https://{'a' * 64}.example.org/a.png",
    ],
)
def test_our_own_network_and_what_is_no_address_is_not_asked_and_stops_nothing(url, source):
    address, _ = source
    papers = [make_paper(image_url=url), make_paper(image_url=f"{address}/good.png")]
    make_edition(make_topic(), papers)
    assert fetch_missing(DAY).counts == {"fetched": 1, "refused": 1, "failed": 0}


@pytest.mark.django_db
def test_a_name_that_leads_into_our_own_network_is_not_asked(source, settings):
    address, handler = source
    settings.HUGGINGFACE_URL = "https://pictures.example"
    make_edition(
        make_topic(), [make_paper(image_url=address.replace("127.0.0.1", "localhost") + "/good.png")]
    )
    assert fetch_missing(DAY).counts == {"fetched": 0, "refused": 1, "failed": 0}
    assert not handler.asked


def test_private_addresses_are_known():
    check_public("151.101.3.42")
    for peer in ("127.0.0.1", "10.0.0.7", "::1", "fe80::1%eth0", "100.64.0.1"):
        with pytest.raises(Unreadable):
            check_public(peer)


@pytest.fixture
def source(settings):
    """A source of pictures on this machine, and what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        asked: list[str] = []
        broken = True

        def do_GET(self):
            self.asked.append(self.path)
            if self.path == "/away.png":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/latest")
                self.end_headers()
                return
            if self.path == "/busy.png" and self.broken:
                self.send_error(503)
                return
            body = drawn() if self.path in ("/good.png", "/busy.png") else b"no picture"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.HUGGINGFACE_URL = f"http://127.0.0.1:{server.server_port}"
    yield settings.HUGGINGFACE_URL, Handler
    server.shutdown()


@pytest.mark.django_db
def test_a_days_pictures_are_fetched_once(source):
    address, handler = source
    names = ("good.png", "text.png", "away.png", "busy.png")
    papers = [make_paper(image_url=f"{address}/{name}") for name in names]
    make_edition(make_topic(), papers)
    first = fetch_missing(DAY)
    assert first.counts == {"fetched": 1, "refused": 2, "failed": 1}
    assert len(first.problems) == 3
    handler.broken = False
    handler.asked.clear()
    assert fetch_missing(DAY).counts == {"fetched": 1, "refused": 0, "failed": 0}
    assert handler.asked == ["/busy.png"]
    assert picture_of(f"{address}/good.png", is_still=False)
    assert picture_of(f"{address}/text.png", is_still=False) is None
