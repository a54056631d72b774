"""Figures: which licences allow showing them, which matter, and that nothing but pixels is left of a file."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from newsletter.errors import Unreadable
from newsletter.images import figures
from newsletter.sources.fulltext.document import DocumentFigure
from newsletter.sources.fulltext.html import read_html

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("url", "name", "may_change"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", True),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0", True),
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0", True),
        ("http://creativecommons.org/licenses/by-nc-nd/4.0/", "CC BY-NC-ND 4.0", False),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0", True),
        ("http://creativecommons.org/publicdomain/mark/1.0/", "Public Domain 1.0", True),
        ("http://creativecommons.org/licenses/by/3.0/", "CC BY 3.0", True),
    ],
)
def test_a_licence_that_allows_it(url: str, name: str, may_change: bool):
    found = figures.licence_of(url)
    assert found is not None
    assert (found.name, found.may_change) == (name, may_change)
    assert found.url.startswith("https://creativecommons.org/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        "http://arxiv.org/licenses/assumed-1991-2003/",
        "http://creativecommons.org/licenses/by-nd/4.0/",
        "https://creativecommons.org.evil.example/licenses/by/4.0/",
        "javascript:alert('creativecommons.org/licenses/by/4.0/')",
    ],
)
def test_a_licence_that_does_not(url: str):
    assert figures.licence_of(url) is None


def png(width: int = 900, height: int = 500, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(stream, "PNG", **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.slow
def test_a_picture_gets_narrower_never_wider_and_keeps_its_shape():
    picture = figures.prepare(png(2400, 1000))
    assert set(picture.files) == {"600.webp", "600.png", "1200.webp", "1200.png"}
    assert (picture.width, picture.height) == (1200, 500)
    assert opened(picture.files["600.webp"]).size == (600, 250)
    small = figures.prepare(png(300, 200))
    assert set(small.files) == {"600.webp", "600.png"}
    assert opened(small.files["600.png"]).size == (300, 200)


@pytest.mark.slow
def test_files_are_bounded_in_bytes_whatever_they_show():
    picture = figures.prepare(png(1200, 1200))  # noise that is not made narrower is the hardest to pack
    for name, body in picture.files.items():
        assert len(body) <= figures.MAX_FILE[name.rsplit(".", 1)[1]], name


def test_nothing_but_pixels_is_left():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody at home")
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
    exif[0x010E] = "a secret place"
    picture = figures.prepare(png(pnginfo=notes, exif=exif, icc_profile=b"profile" * 20))
    for name, body in picture.files.items():
        assert b"somebody" not in body, name
        assert b"secret" not in body, name
        image = opened(body)
        image.load()
        assert not image.getexif(), name
        assert not {"exif", "icc_profile", "Author", "xmp"} & set(image.info), name


def test_a_turned_photograph_is_set_upright_and_transparency_becomes_white():
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 100), "red").save(stream, "JPEG", exif=exif)
    assert figures.prepare(stream.getvalue()).width == 100
    stream = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(stream, "PNG")
    assert opened(figures.prepare(stream.getvalue()).files["600.png"]).convert("RGB").getpixel((5, 5)) == (
        255,
        255,
        255,
    )


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises very many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 5_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"\n <?xml version='1.0'?><svg onload='x()'/>", "not a picture"),
        (b"%PDF-1.4", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (png()[:2000], "broken"),
        (png(20, 20), "not a picture"),
        (bomb(50_000, 50_000), "too large"),
        (bomb(30_000, 100), "too large"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * figures.MAX_BYTES, "too large"),
    ],
    ids=["empty", "svg", "svg2", "pdf", "eps", "cut", "icon", "bomb", "long", "bytes"],
)
def test_a_hostile_picture_is_refused_with_its_reason(data: bytes, reason: str):
    with pytest.raises(Unreadable) as raised:
        figures.prepare(data)
    assert raised.value.reason == reason


def test_the_overview_and_the_main_result_are_chosen(recorded: Path):
    folder = recorded / "html/latexml_from_arxiv_source"
    chosen = {}
    for name in ("1706.03762", "2305.03393", "2310.06825"):
        document = read_html((folder / name / "index.html").read_bytes())
        appendices = frozenset(each.anchor for each in document.sections if each.kind != "main")
        chosen[name] = [
            (each.label, each.panel)
            for each in figures.choose_figures(document.figures, appendices=appendices)
        ]
    assert chosen["1706.03762"][:3] == [("Figure 1", 1), ("Figure 2", 1), ("Figure 2", 2)]
    assert {"Figure 1", "Figure 4"} <= {label for label, _ in chosen["2305.03393"]}
    assert "Figure 4" in {label for label, _ in chosen["2310.06825"]}
    assert all(len({label for label, _ in found}) <= figures.MOST for found in chosen.values())


def test_figures_without_a_caption_of_appendices_and_of_many_panels_stay_out():
    def one(at: int, caption: str, **more: object) -> DocumentFigure:
        return DocumentFigure(f"F{at}", f"Figure {at}", caption, f"x{at}.png", **more)  # type: ignore[arg-type]

    given = [
        one(1, ""),
        one(2, "Results in the appendix.", section="A1"),
        *(
            DocumentFigure("F3", "Figure 3", "Many examples.", f"y{at}.png", panel=at, panels=9)
            for at in range(1, 10)
        ),
    ]
    assert figures.choose_figures(given, appendices=frozenset({"A1"})) == []
    kept = one(4, "A sketch of something.")
    assert figures.choose_figures([*given, kept], appendices=frozenset({"A1"})) == [kept]
