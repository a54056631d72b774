"""Draws the pictures for sharing. Typst sets the type: it shapes every script, orders lines that run both
ways (UAX #9) and breaks them where each language does (UAX #14).

A picture is drawn once and kept under the hash of all that it shows; the newest :data:`KEPT` stay.
"""

import hashlib
import logging
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst
from django.conf import settings

from newsletter.share.cards import ShareCard
from newsletter.share.fonts import folders

KEPT: Final = 2000  # pictures, of some 80 KB each
_TIDIED: Final = 200  # how many new ones are drawn before the oldest are looked for
_PIXELS_PER_POINT: Final = 72.0
_drawing = Lock()
_drawn = 0
_is_refused = False  # whether the last picture could not be kept
log = logging.getLogger(__name__)


def picture(card: ShareCard) -> bytes:
    """The PNG of ``card``, kept or drawn."""
    data = card.data()
    path = folder() / f"{hashlib.sha256(_source() + data.encode()).hexdigest()[:40]}.png"
    try:
        return path.read_bytes()
    except OSError:
        png = draw(data)
        _keep_if_possible(path, png)
        return png


def folder() -> Path:
    """Where the pictures are kept."""
    return Path(settings.MEDIA_ROOT) / "share"


def draw(data: str) -> bytes:
    """The PNG of :meth:`ShareCard.data`."""
    return compile_png(_source(), {"card": data})


def compile_png(source: bytes, inputs: dict[str, str]) -> bytes:
    """The one page of a Typst ``source`` with its ``inputs``, a pixel to the point.

    One at a time: each takes all of a core for some milliseconds.
    """
    with _drawing:
        png = _compiler().compile(source, format="png", ppi=_PIXELS_PER_POINT, sys_inputs=inputs)
    if not isinstance(png, bytes):
        raise TypeError("A picture has one page.")
    return png


@lru_cache(maxsize=1)
def _source() -> bytes:
    return (Path(__file__).parent / "card.typ").read_bytes()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders())
    return typst.Compiler(font_paths=fonts)


def _keep_if_possible(path: Path, png: bytes) -> None:
    global _is_refused
    try:
        _keep(path, png)
    except OSError as error:
        if not _is_refused:  # one line, not one for each picture
            log.warning("Pictures cannot be kept below MEDIA_ROOT, each is drawn anew: %s", error)
        _is_refused = True
    else:
        _is_refused = False


def _keep(path: Path, png: bytes) -> None:
    """Keep a picture; whoever reads it at the same moment sees all of it or nothing."""
    global _drawn
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
        new = Path(file.name)
        try:
            file.write(png)
            file.flush()
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
    _drawn += 1
    if _drawn % _TIDIED == 1:
        tidy(path.parent)


def tidy(kept: Path, *, most: int = KEPT) -> None:
    """Remove the oldest files beyond ``most``."""
    ages = []
    for path in kept.iterdir():
        with suppress(FileNotFoundError):  # another process gave it its name, or removed it
            ages.append((path.stat().st_mtime, path))
    for _, path in sorted(ages, reverse=True)[most:]:
        path.unlink(missing_ok=True)
