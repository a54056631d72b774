"""The fonts of the pictures: Noto, from packages that are installed with the rest, on every machine alike."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import regex
from fontTools.ttLib import TTFont

from newsletter.languages import Language

PACKAGES: Final = ("manimgx_fonts", "manimgx_fonts_cjk")
_CJK: Final = {
    "ja": "Noto Sans CJK JP",
    "ko": "Noto Sans CJK KR",
    "zh-Hans": "Noto Sans CJK SC",
    "zh-Hant": "Noto Sans CJK TC",
}
"""The shapes of Han characters differ by language; other languages have those of simplified Chinese."""
_SCRIPTS: Final = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Thai",
    "Noto Sans Tamil",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
)
_LAST: Final = ("Noto Sans Symbols", "New Computer Modern Math", "Noto Emoji")  # the second comes with Typst
_UNSEEN: Final = regex.compile(r"[\p{White_Space}\p{Default_Ignorable_Code_Point}]")
_ALWAYS: Final = frozenset(range(0x20, 0x7F))


def folders() -> list[Path]:
    """Where the fonts are."""
    return [Path(str(files(package))) for package in PACKAGES]


def families(language: Language) -> tuple[str, ...]:
    """The families for a text in ``language``, in the order in which each letter is looked for."""
    cjk = _CJK.get(language.code)
    if cjk is not None:
        return (cjk, *_SCRIPTS, *_LAST)
    return (*_SCRIPTS, *_LAST, _CJK["zh-Hans"])


def drawable(text: str) -> str:
    """``text`` without the letters that no font has: they would be empty boxes."""
    if text.isascii():
        return text
    return "".join([letter for letter in text if _is_drawable(letter)]).strip()


@lru_cache(maxsize=16_384)
def _is_drawable(letter: str) -> bool:
    point = ord(letter)
    return point in _ALWAYS or bool(_UNSEEN.match(letter)) or any(point in each for each in _coverage())


def _coverage() -> Iterator[frozenset[int]]:
    """The code points of each font that is used; that of the Han characters, the largest, is read last."""
    for path in _font_files():
        yield _code_points(path)


@lru_cache(maxsize=1)
def _font_files() -> tuple[Path, ...]:
    names = {family.replace(" ", "") for family in (*_SCRIPTS, *_LAST)}
    small, large = (
        [path for path in sorted(folder.iterdir()) if path.suffix in (".ttf", ".ttc")] for folder in folders()
    )
    return (*[path for path in small if path.stem.partition("[")[0] in names], *large)


@lru_cache(maxsize=32)
def _code_points(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap())
