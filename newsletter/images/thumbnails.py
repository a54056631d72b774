"""An untrusted picture as a card can show it: decoded in a sandbox, scaled, encoded anew.

The result is a plain JPEG or PNG: no SVG with a script, no metadata, no decompression bomb.
"""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from lib.sandbox import SandboxLimits, run_in_sandbox
from newsletter.errors import Unreadable

SHOWN_WIDTH = 576  # CSS pixels: the column of a mail
SHOWN_HEIGHT = 640
STORED = (2 * SHOWN_WIDTH, 2 * SHOWN_HEIGHT)  # pixels: sharp on fine screens
MOST_PIXELS = 40_000_000
MOST_BYTES_WRITTEN = 400_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_LIMITS = SandboxLimits(memory=1024 * 2**20, seconds=20, output=2 * 2**20)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The file's bytes, its extension ("jpg" or "png"), and its size in pixels."""

    data: bytes
    kind: str
    width: int
    height: int


def prepare(data: bytes) -> Thumbnail:
    """:func:`paint` in a sandbox. Raises Unreadable, also "too slow" and "too much memory"."""
    value = run_in_sandbox(
        "newsletter.images.thumbnails:paint_json", data, limits=_LIMITS, make_error=Unreadable
    ).value
    return Thumbnail(
        base64.b64decode(value["data"]), str(value["kind"]), int(value["width"]), int(value["height"])
    )


def paint_json(data: bytes) -> dict[str, Any]:
    """:func:`paint` for another process."""
    painted = paint(data)
    return {
        "data": base64.b64encode(painted.data).decode("ascii"),
        "kind": painted.kind,
        "width": painted.width,
        "height": painted.height,
    }


def paint(data: bytes) -> Thumbnail:
    """The picture within :data:`STORED` and :data:`MOST_BYTES_WRITTEN`; of an animation the first frame.

    Transparency becomes white, so that dark lines stay visible in dark mode. Raises Unreadable ("not a
    picture", "too large").
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            _check_size(opened.size)
            opened.seek(0)
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except Unreadable:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Unreadable(f"It is no picture that we know: {error}.", reason="not a picture") from error
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    flat.thumbnail(STORED, Image.Resampling.LANCZOS)
    written, kind = _smallest(flat)
    return Thumbnail(written, kind, *flat.size)


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise Unreadable(f"It has {width} x {height} pixels.", reason="too large")
    if min(size) < 2:
        raise Unreadable(f"It has {width} x {height} pixels.", reason="not a picture")


def _smallest(picture: Image.Image) -> tuple[bytes, str]:
    if picture.getcolors(maxcolors=256) is not None:
        drawn = _as_bytes(picture.quantize(256), "PNG", optimize=True)
        if len(drawn) <= MOST_BYTES_WRITTEN:
            return drawn, "png"
    for quality in (86, 76, 60, 40):
        written = _as_bytes(picture, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(written) <= MOST_BYTES_WRITTEN:
            return written, "jpg"
    raise Unreadable(
        f"It takes more than {MOST_BYTES_WRITTEN} bytes however it is written.", reason="too large"
    )


def _as_bytes(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
