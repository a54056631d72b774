"""The operator's colour, pictures and imprint among the settings: checked at the start, made ready for pages.

What a setting names is read once; a file that is taken away later harms nothing.
"""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from lxml import etree
from PIL import Image, ImageStat

from lib import colours
from lib.colours import Ground, Palette

# The grounds of static/site.css and of the mails, and the words on a button.
LIGHT = Ground("#fffdf9", ("#f3efe7", "#f5efe4"), on="#ffffff", is_dark=False, wash=0.1)
DARK = Ground("#1a1a1d", ("#121214", "#26231f"), on="#14120f", is_dark=True, wash=0.12)

LARGEST_FILE = 2_000_000  # bytes
MOST_PIXELS = 16_000_000
LOGO_BOX = (220, 44)  # CSS pixels; twice as many are kept for fine screens
LOGO_CONTRAST = 3.0  # to the ground: WCAG 2.2, success criterion 1.4.11
LARGEST_SENDER_PICTURE = 32_000  # bytes: what the BIMI working group asks for
LARGEST_IMPRINT = 100_000  # bytes
_SVG = "{http://www.w3.org/2000/svg}"
_ACTIVE = {"script", "animate", "animateMotion", "animateTransform", "set", "image", "foreignObject", "a"}


class Logo(NamedTuple):
    """A picture as pages and mails show it: a PNG, its size in CSS pixels, and a name for these bytes."""

    png: bytes
    width: int
    height: int
    version: str


def palette(name: str, text: str) -> Palette | None:
    """The shades of the setting ``name`` that can be read on every ground; None if it is empty."""
    if not text.strip():
        return None
    try:
        colour = colours.parse(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: write a colour as #93380f.") from None
    return Palette(colours.shades(colour, LIGHT), colours.shades(colour, DARK))


def logo(name: str, path: str) -> Logo | None:
    """The picture in the file that the setting ``name`` names, scaled, without metadata; None if empty."""
    if not path:
        return None
    data = _read(name, path, most=LARGEST_FILE)
    if data.lstrip()[:5].lower() in (b"<?xml", b"<svg "):
        raise ImproperlyConfigured(f"{name}={path}: mail programs show no SVG; use a PNG, JPEG or WebP.")
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ImproperlyConfigured(f"{name}={path}: this picture has more than 16 million pixels.")
            picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImproperlyConfigured(f"{name}={path}: this is no PNG, JPEG or WebP ({error}).") from None
    picture = _on_a_ground(picture)
    scale = min(LOGO_BOX[0] / picture.width, LOGO_BOX[1] / picture.height, 1)
    shown = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    picture.thumbnail((2 * shown[0], 2 * shown[1]))
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return Logo(written.getvalue(), *shown, hashlib.sha256(written.getvalue()).hexdigest()[:12])


def _on_a_ground(picture: Image.Image) -> Image.Image:
    """A picture with transparent parts gets a ground if it would be lost on dark or on light ones."""
    if picture.mode != "RGBA":
        return picture
    mean = ImageStat.Stat(picture.convert("RGB"), mask=picture.getchannel("A").point(_is_opaque)).mean
    colour = "#" + "".join(f"{round(part):02x}" for part in mean)
    for lost_on, instead in ((DARK.sheet, LIGHT.sheet), (LIGHT.sheet, DARK.sheet)):
        if colours.contrast(colour, lost_on) < LOGO_CONTRAST:
            ground = Image.new("RGBA", picture.size, instead)
            return Image.alpha_composite(ground, picture).convert("RGB")
    return picture


def _is_opaque(alpha: int) -> int:
    return 255 if alpha > 127 else 0


def sender_picture(name: str, path: str) -> bytes:
    """The square SVG that mail programs may show beside the sender, as BIMI has it; empty stays empty.

    It is "SVG Tiny Portable/Secure" (draft-svg-tiny-ps-abrotman): version 1.2, baseProfile tiny-ps, a title,
    nothing active and nothing from elsewhere.
    """
    if not path:
        return b""
    data = _read(name, path, most=LARGEST_SENDER_PICTURE)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ImproperlyConfigured(f"{name}={path}: this is no SVG ({error}).") from None
    if fault := _fault_of(root):
        raise ImproperlyConfigured(f"{name}={path}: {fault}; BIMI asks for it.")
    return data


def _fault_of(root: etree._Element) -> str:
    """What BIMI would refuse; empty for nothing."""
    box = (root.get("viewBox") or "").replace(",", " ").split()
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    attributes = [
        (str(key).rpartition("}")[2], str(value))
        for element in elements
        for key, value in element.attrib.items()
    ]
    faults = {
        "the outermost element has to be <svg>": root.tag != f"{_SVG}svg",
        'write version="1.2" and baseProfile="tiny-ps" into <svg>': (
            root.get("version"),
            root.get("baseProfile"),
        )
        != ("1.2", "tiny-ps"),
        "the viewBox has to be square": len(box) != 4 or box[2] != box[3],
        "it needs a <title>": not (root.findtext(f"{_SVG}title") or "").strip(),
        "it must have no document type": root.getroottree().docinfo.internalDTD is not None,
        "nothing in it may move, run or be loaded from elsewhere": any(
            element.tag.rpartition("}")[2] in _ACTIVE for element in elements
        )
        or any(
            key.startswith("on") or (key == "href" and not value.startswith("#")) for key, value in attributes
        ),
    }
    return next((fault for fault, is_there in faults.items() if is_there), "")


def imprint(name: str, path: str) -> str:
    """The text of the file that the setting ``name`` names; empty stays empty."""
    if not path:
        return ""
    try:
        text = _read(name, path, most=LARGEST_IMPRINT).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name}={path}: write it as a plain text in UTF-8.") from None
    if not text or "\0" in text:
        raise ImproperlyConfigured(f"{name}={path}: this file has no text.")
    return text


def web_address(name: str, text: str) -> str:
    """The setting ``name`` as an address on the web; empty stays empty."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    is_fit = parts.scheme in ("http", "https") and parts.hostname and text.isprintable() and " " not in text
    if text and not is_fit:
        raise ImproperlyConfigured(f"{name}={text!r}: write an address that begins with https://.")
    return text


def _read(name: str, path: str, *, most: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={path}: this file cannot be read ({error.strerror}).") from None
    if len(data) > most:
        raise ImproperlyConfigured(f"{name}={path}: this file is larger than {most:,} bytes.")
    return data
