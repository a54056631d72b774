"""How many lines a text takes where it is shown, and a text that takes no more than some. Pure.

Mail programs choose the font, so widths are those of Arial and of the usual fonts of other scripts, with a
little to spare. A width is in em: the font's size is 1.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from newsletter.rendering.shortening import columns, shorten

PHONE = 335  # CSS pixels of a text on a telephone: 375 without the sheet's padding
_SPARE = 1.06
_BOLD = 1.07
_STEP = 3  # columns by which a text is made shorter until it fits

_WORDS = re.compile(r"\S+\s*|\s+")

_WIDTHS = {
    **dict.fromkeys(" \u00a0ijlI.,:;'|!·’‘", 0.28),
    **dict.fromkeys('ftr()[]/-–"“”', 0.37),
    **dict.fromkeys("mwMW@%—…", 0.88),
    **dict.fromkeys("шщжюмфыШЩЖЮМФЫ", 0.78),
}
_WIDE = 1.0
_BY_CATEGORY = {"Ll": 0.54, "Lu": 0.7, "Mn": 0.0, "Me": 0.0, "Cf": 0.0, "Mc": 0.3}
_OTHER = 0.6


class Room(NamedTuple):
    """Where a text stands: ``lines`` of ``em`` each, in ``bold`` or not.

    Lines end between words, in Chinese and Japanese after any sign; where it ``keeps_words``, as Korean is
    set, only at spaces.
    """

    lines: int
    em: float
    bold: bool = False
    keeps_words: bool = False


def width(text: str, *, bold: bool = False) -> float:
    """The width of ``text`` on one line, in em."""
    return sum(map(_width, text)) * _SPARE * (_BOLD if bold else 1)


def lines(text: str, room: Room) -> int:
    """How many lines of the room's width ``text`` takes. A word that is longer than a line is broken."""
    return max((line for line, _ in _set(text, room)), default=1)


def fitted(text: str, room: Room) -> str:
    """``text`` in at most the room's lines, shortened at a word where it has more."""
    kept = 0
    for line, part in _set(text, room):
        if line > room.lines:
            break
        kept += columns(part)
    else:
        return text
    short = shorten(text, max(kept, 2))
    while kept > 2 + _STEP and lines(short, room) > room.lines:
        kept -= _STEP
        short = shorten(text, kept)
    return short


def _set(text: str, room: Room) -> Iterator[tuple[int, str]]:
    """The parts of ``text`` that stay whole, each with the number of the line on which it ends."""
    line, used = 1, 0.0
    for part in _parts(text, keeps_words=room.keeps_words):
        bare = part.rstrip()
        long = width(bare, bold=room.bold)
        if used and used + long > room.em:
            line, used = line + 1, 0.0
        while used + long > room.em:
            line, long = line + 1, long - room.em
        used += long + width(part[len(bare) :], bold=room.bold)
        yield line, part


def _parts(text: str, *, keeps_words: bool) -> Iterator[str]:
    """``text`` at the places where a line may end; spaces stand at the end of what they follow."""
    if keeps_words or not any(map(_is_wide, text)):
        yield from _WORDS.findall(text)
        return
    part = ""
    for sign in text:
        before = part[-1:]
        is_beside_wide = before and (_is_wide(sign) or _is_wide(before))
        if not sign.isspace() and (before.isspace() or is_beside_wide):
            yield part
            part = ""
        part += sign
    if part:
        yield part


@lru_cache(maxsize=8192)
def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


@lru_cache(maxsize=8192)
def _width(sign: str) -> float:
    if sign in _WIDTHS:
        return _WIDTHS[sign]
    return _WIDE if _is_wide(sign) else _BY_CATEGORY.get(unicodedata.category(sign), _OTHER)
