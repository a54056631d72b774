"""The lines of a PDF's pages, with where and how they are printed: the only importer of ``pypdfium2``.

PDFium gives characters in the order in which the file draws them. Here they become runs, and runs that stand
beside each other become lines; which line is read after which is decided in :mod:`layout`.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from newsletter.errors import Unreadable

MAX_PAGES = 150
MAX_CHARACTERS = 60_000  # of one page; a dense page has 8,000
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " "}
)
_BOLD = re.compile(
    r"bold|black|heavy|cmbx|cmssbx|sfbx|-bx|demi|nimbus\w{0,40}-medi|ptmb|phvb|mtb\b", re.IGNORECASE
)
# TeX's old fonts print an accent as a character of its own, before or after its letter.
_ACCENTS = dict(
    zip(
        "´`¨˜ˆˇ¯˙˚˝¸",
        "\u0301\u0300\u0308\u0303\u0302\u030c\u0304\u0307\u030a\u030b\u0327",
        strict=True,
    )
)
_HYPHENS = frozenset({0x02, 0xFFFE})  # what PDFium makes of a hyphen that parts a word at a line's end
_ENDS = frozenset({0, 10, 13}) | _HYPHENS
_SPACES = frozenset({0x20, 0xA0})


@dataclass(frozen=True, slots=True)
class TextLine:
    """Distances in points from the page's top left corner; ``size`` is the font's, ``is_bold`` of its start.

    ``is_parted`` tells that the last word goes on in the next line.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    is_bold: bool = False
    is_parted: bool = False

    @property
    def width(self) -> float:
        """From the left edge to the right one, in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From the upper edge to the lower one, in points."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Page:
    """``lines`` are in the file's own order."""

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...]


def read_pages(data: bytes) -> Iterator[Page]:
    """The pages of a PDF.

    Raises :class:`Unreadable`: "password", "broken", "too many pages".
    """
    try:
        file = pypdfium2.PdfDocument(data)
        count = len(file)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("The PDF is protected by a password.", reason="password") from error
        if "security" in str(error).lower():
            raise Unreadable("The PDF is encrypted in an unknown way.", reason="password") from error
        raise Unreadable(f"The PDF cannot be opened: {error}", reason="broken") from error
    try:
        if count == 0:
            raise Unreadable("The PDF has no pages.", reason="broken")
        if count > MAX_PAGES:
            raise Unreadable(
                f"The PDF has {count} pages; at most {MAX_PAGES} are read.", reason="too many pages"
            )
        for number in range(count):
            yield _read_page(file, number)
    finally:
        file.close()


def _read_page(file: pypdfium2.PdfDocument, number: int) -> Page:
    try:
        page = file[number]
        width, height = page.get_size()
        text = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"Page {number + 1} of the PDF is damaged: {error}", reason="broken") from error
    try:
        lines = tuple(_join_runs(_runs(text.raw, height)))
    finally:
        text.close()
        page.close()
    return Page(number + 1, width, height, lines)


class _Run:
    """Characters that follow each other on one line in one go."""

    __slots__ = ("bottom", "is_bold", "is_parted", "left", "right", "signs", "size", "top")

    def __init__(self, size: float, *, is_bold: bool) -> None:
        self.signs: list[str] = []
        self.left = self.top = float("inf")
        self.right = self.bottom = float("-inf")
        self.size = size
        self.is_bold = is_bold
        self.is_parted = False

    def add(self, sign: str, box: tuple[float, float, float, float]) -> None:
        self.signs.append(sign)
        left, top, right, bottom = box
        self.left, self.top = min(self.left, left), min(self.top, top)
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def join(self, other: "_Run", gap: float) -> None:
        if gap > 0.18 * max(self.size, other.size):
            self.signs.append(" ")
        self.signs += other.signs
        self.left, self.top = min(self.left, other.left), min(self.top, other.top)
        self.right, self.bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        self.size = max(self.size, other.size)
        self.is_parted = other.is_parted

    def line(self) -> TextLine:
        return TextLine(
            text=_tidy("".join(self.signs)),
            left=self.left,
            top=self.top,
            right=self.right,
            bottom=self.bottom,
            size=round(self.size, 1),
            is_bold=self.is_bold,
            is_parted=self.is_parted,
        )


class _Reader:
    """Reads PDFium's characters of one page one by one; the C structures for answers are allocated once."""

    def __init__(self, text: pdfium.FPDF_TEXTPAGE, height: float) -> None:
        self.text = text
        self.height = height
        self.count = min(pdfium.FPDFText_CountChars(text), MAX_CHARACTERS)
        self.edges = tuple(ctypes.c_double() for _ in range(4))
        self.origin = tuple(ctypes.c_double() for _ in range(2))
        self.loose = pdfium.FS_RECTF()
        self.ratio = 1.0  # of the printed size to the one that the file names

    def box(self, at: int, scale: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, the latter two by the font, so that all letters stand alike."""
        left, right, bottom, top = self.edges
        pdfium.FPDFText_GetCharBox(self.text, at, left, right, bottom, top)
        pdfium.FPDFText_GetCharOrigin(self.text, at, *self.origin)
        base = self.height - self.origin[1].value
        return left.value, base - 0.75 * scale, right.value, base + 0.25 * scale

    def true_size(self, at: int, size: float) -> float:
        """The printed size: a font of size 1 may be scaled when it is drawn."""
        pdfium.FPDFText_GetLooseCharBox(self.text, at, self.loose)
        height = abs(self.loose.top - self.loose.bottom)
        return size if not height or 0.5 * size < height < 2.2 * size else 0.88 * height

    def extend(self, run: _Run | None, at: int, sign: str) -> _Run | None:
        """The run with the character, or a new one that begins with it; None for one that is not level."""
        raw = pdfium.FPDFText_GetFontSize(self.text, at)
        box = self.box(at, raw * self.ratio)
        if run is None or _starts_anew(run, box, raw * self.ratio):
            if not self.is_level(at):
                return None
            size = self.true_size(at, raw)
            self.ratio = size / raw if raw else 1.0
            run = _Run(size, is_bold=self.is_bold(at))
            box = self.box(at, size)
        if len(run.signs) < 3:
            run.size = max(run.size, raw * self.ratio)
        run.add(sign, box)
        return run

    def is_level(self, at: int) -> bool:
        """Not a stamp along the margin, nor a label along an axis."""
        angle = pdfium.FPDFText_GetCharAngle(self.text, at)
        return not 0.2 < angle < 6.08

    def is_bold(self, at: int) -> bool:
        buffer = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        length = pdfium.FPDFText_GetFontInfo(self.text, at, buffer, len(buffer), flags)
        name = buffer.raw[: max(min(length, len(buffer)) - 1, 0)].decode("utf-8", errors="replace")
        return bool(_BOLD.search(name)) or pdfium.FPDFText_GetFontWeight(self.text, at) >= 600


def _runs(text: pdfium.FPDF_TEXTPAGE, height: float) -> Iterator[_Run]:
    reader = _Reader(text, height)
    run: _Run | None = None
    for at in range(reader.count):
        code = pdfium.FPDFText_GetUnicode(text, at)
        if code in _ENDS:
            if run is not None:
                run.is_parted = code in _HYPHENS
                yield run
            run = None
        elif code in _SPACES:
            if run is not None:
                run.signs.append(" ")
        elif code >= 32 and not 0xE000 <= code <= 0xF8FF:  # others are glyphs without a meaning
            extended = reader.extend(run, at, chr(code))
            if extended is not run and run is not None:
                yield run
            run = extended
    if run is not None:
        yield run


def _starts_anew(run: _Run, box: tuple[float, float, float, float], size: float) -> bool:
    """Whether a character does not continue the run: it stands above, below, before or far behind it."""
    reach = max(run.size, size)
    if box[0] - run.right > 1.6 * reach or box[0] < run.left - 0.5 * reach or box[2] < run.right - 2 * reach:
        return True
    return box[1] > run.bottom + 0.2 * reach or box[3] < run.top - 0.2 * reach


def _join_runs(runs: Iterator[_Run]) -> Iterator[TextLine]:
    """Runs as lines: exponents, indices and what stands beside them belong to the line they touch."""
    last: _Run | None = None
    for run in runs:
        if not "".join(run.signs).strip():
            continue
        if last is not None and _touches(last, run):
            last.join(run, run.left - last.right)
            continue
        if last is not None:
            yield last.line()
        last = run
    if last is not None:
        yield last.line()


def _touches(line: _Run, run: _Run) -> bool:
    reach = max(line.size, run.size)
    if line.is_parted or not -0.4 * reach < run.left - line.right < 0.9 * reach:
        return False
    overlap = min(line.bottom, run.bottom) - max(line.top, run.top)
    return overlap >= 0.3 * min(line.bottom - line.top, run.bottom - run.top)


def _tidy(text: str) -> str:
    text = text.translate(_LIGATURES)
    for accent, mark in _ACCENTS.items():
        if accent in text:
            text = re.sub(rf"(?<=\w){accent} ?(?=[a-zA-Z])", accent, text)
            text = re.sub(rf"{accent} ?([aeiouyncszrlgAEIOUYNCSZ])", rf"\1{mark}", text)
    return " ".join(text.split())
