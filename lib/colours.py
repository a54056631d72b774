"""Colours of a page, and whether text in them can be read (WCAG 2.2, success criterion 1.4.3). Pure."""

import colorsys
import re
from collections.abc import Sequence
from typing import NamedTuple

READABLE = 4.5  # the contrast of normal text at level AA

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_STEP = 0.005  # of the lightness, 0 to 1


class Shades(NamedTuple):
    """One accent on one ground, as ``#rrggbb``: for links and buttons, under the pointer (``deep``), behind
    words (``wash``), and for words on the accent itself (``on``).
    """

    accent: str
    deep: str
    wash: str
    on: str


class Palette(NamedTuple):
    """The shades of one colour on light and on dark grounds."""

    light: Shades
    dark: Shades


class Ground(NamedTuple):
    """What an accent stands on: the ``sheet``, other grounds, and the colour of words on the accent."""

    sheet: str
    others: tuple[str, ...]
    on: str
    is_dark: bool
    wash: float  # how much of the accent is in the ground behind words


def parse(text: str) -> str:
    """``#rrggbb`` of ``#rgb`` or ``#rrggbb``. Raises ValueError for anything else."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    digits = match[1].lower()
    return f"#{digits if len(digits) == 6 else ''.join(2 * digit for digit in digits)}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def shades(colour: str, ground: Ground) -> Shades:
    """``colour`` (``#rrggbb``) on ``ground``: as it is if it can be read there, else no darker or lighter
    than needed, in its own hue.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    step = _STEP if ground.is_dark else -_STEP
    accent = colour
    while not _is_readable(accent, ground) and 0 < lightness + step < 1:
        lightness += step
        accent = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    deeper = min(max(lightness + 20 * step, 0), 1)
    return Shades(
        accent=accent,
        deep=_hex(colorsys.hls_to_rgb(hue, deeper, saturation)),
        wash=_mixed(accent, ground.sheet, ground.wash),
        on=ground.on,
    )


def _is_readable(accent: str, ground: Ground) -> bool:
    behind: Sequence[str] = (
        ground.sheet,
        *ground.others,
        ground.on,
        _mixed(accent, ground.sheet, ground.wash),
    )
    return all(contrast(accent, each) >= READABLE for each in behind)


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(_parts(one), _parts(other), strict=True)
    return _hex(tuple(share * mine + (1 - share) * its for mine, its in parts))


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))


def _hex(parts: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
