"""The site's sign as browsers and home screens want it: the operator's own square, or the stamp in the
operator's colour.
"""

import io
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image

from newsletter.brand import OWN_COLOURS, brand_of_settings
from newsletter.share.cards import GROUND
from newsletter.share.drawing import compile_png

TOUCH: Final = 180  # pixels: what Apple asks for
SIZES: Final = (192, 512)  # what a web manifest is expected to have
_TAB_SIZES: Final = [(16, 16), (32, 32), (48, 48)]
# Of the height; of a maskable icon only a circle of four fifths is sure to be seen.
_SHARE_WHOLE, _SHARE_MASKABLE = 0.84, 0.56


def stamp() -> str:
    """The stamp in the operator's colour, as SVG."""
    return _own_stamp().replace(OWN_COLOURS.light.accent, brand_of_settings().colours.light.accent)


@cache
def _own_stamp() -> str:
    return (Path(settings.BASE_DIR) / "static/stamp.svg").read_text(encoding="utf-8")


def icon(size: int, *, is_maskable: bool = False, is_opaque: bool = True) -> bytes:
    """The sign as a square PNG of ``size`` pixels. Drawn once in a process."""
    if settings.SENDER_PICTURE:  # a square of its own, with its own ground
        share = 0.8 if is_maskable else 1.0
        return _drawn(settings.SENDER_PICTURE.decode(), size, share, GROUND if is_maskable else "")
    share = _SHARE_MASKABLE if is_maskable else _SHARE_WHOLE
    return _drawn(stamp(), size, share, GROUND if is_opaque else "")


def favicon() -> bytes:
    """The sign as an ICO of the sizes of browsers' tabs."""
    output = io.BytesIO()
    Image.open(io.BytesIO(icon(48, is_opaque=False))).save(output, "ICO", sizes=_TAB_SIZES)
    return output.getvalue()


@cache
def _drawn(sign: str, size: int, share: float, ground: str) -> bytes:
    source = (Path(__file__).parent / "icon.typ").read_bytes()
    return compile_png(source, {"sign": sign, "size": str(size), "share": str(share), "ground": ground})
