"""A list as it was saved, whatever the program: bytes in, numbered lines of cells out.

Comma, semicolon, tab and bar separate; ``sep=;`` and empty lines may stand before the heading; UTF-8 and
UTF-16 are read with a byte order mark and without. Anything else is refused with a sentence that names the
cause. RFC 4180 for the quotation marks, but that one which is never closed costs its own line alone.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from newsletter.errors import InvalidInput
from subscriptions.csv_import.headings import our_columns

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_LINE = 1_000_000  # characters
LONGEST_RECORD = 100  # lines that one quoted cell may go on for
_SAMPLE = 65_536  # bytes that are looked at for the encoding, characters for the separator
_SAMPLE_LINES = 50

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "a database"),
)
_ADDRESS = re.compile(r"[^\s@<>,;\"]@[^\s@<>,;\"]+\.[^\s@<>,;\".]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One record: the number of its first line in the file, from 1, and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A list that can be read again and again from its start. ``skipped`` lines stand before its records.

    ``progress`` is called with the characters of each line that is read.
    """

    file: BinaryIO
    encoding: str
    separator: str
    heading: tuple[str, ...]
    skipped: int
    progress: Callable[[int], object] = lambda _: None

    def lines(self) -> Iterator[Line]:
        """The records after the heading, without empty ones. Raises InvalidInput for what is no text."""
        yield from _records(self._after_heading(), self.separator)

    def _after_heading(self) -> Iterator[tuple[int, str]]:
        for number, text in _physical_lines(self.file, self.encoding):
            self.progress(len(text))
            if number > self.skipped:
                yield number, text


def open_table(file: BinaryIO) -> Table:
    """Find out how ``file`` (which can be rewound) was saved. Raises InvalidInput with the true cause."""
    encoding = _encoding_of(file)
    lines: list[tuple[int, str]] = []
    for number, text in _physical_lines(file, encoding):
        lines.append((number, text))
        if len(lines) >= _SAMPLE_LINES + LONGEST_RECORD or sum(len(line) for _, line in lines) > _SAMPLE:
            break
    declared, start = _declared(lines)
    rest = [line for line in lines if line[0] > start]
    if not rest:
        raise InvalidInput("The file is empty.")
    separator = declared or _separator_of(rest)
    records = list(_records(rest, separator))
    return _table(file, encoding, separator, records, rest=rest)


def _table(
    file: BinaryIO,
    encoding: str,
    separator: str,
    records: Sequence[Line],
    *,
    rest: Sequence[tuple[int, str]],
) -> Table:
    if not records:
        raise InvalidInput("The file is empty.")
    first = records[0]
    filled = [cell for cell in first.cells if cell.strip()]
    if "email" in our_columns(first.cells):
        after = records[1].number - 1 if len(records) > 1 else rest[-1][0]
        return Table(file, encoding, separator, _trimmed(first.cells), skipped=after)
    if any(_ADDRESS.search(cell) for cell in filled):
        if len(filled) == 1:  # Mailman's and other plain lists: one address a line, and no heading
            return Table(file, encoding, separator, ("email",), skipped=first.number - 1)
        raise InvalidInput(
            f"Line {first.number} is no heading, it holds an address already; put a line before it that "
            "names the columns, one of them email."
        )
    place = _place_of_addresses(records)
    if place is None:
        shown = ", ".join(repr(cell.strip()[:40]) for cell in filled[:8])
        raise InvalidInput(
            "The first line has no column of addresses; it needs one that is called email or Email Address. "
            f"Read with {SEPARATORS[separator]} between its columns, line {first.number} has: {shown}."
        )
    heading = tuple("email" if at == place else cell for at, cell in enumerate(first.cells))
    after = records[1].number - 1
    return Table(file, encoding, separator, _trimmed(heading), skipped=after)


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Without the nameless columns at the end."""
    last = max((at for at, cell in enumerate(cells) if cell.strip()), default=-1)
    return tuple(cells[: last + 1])


def _place_of_addresses(records: Sequence[Line]) -> int | None:
    """The one column that holds an address in each of the first lines, whatever it is called."""
    after = records[1 : _SAMPLE_LINES + 1]
    full = [
        at
        for at in range(len(records[0].cells))
        if after and all(at < len(line.cells) and _ADDRESS.search(line.cells[at]) for line in after)
    ]
    return full[0] if len(full) == 1 else None


# -- how it was saved -----------------------------------------------------------


def _encoding_of(file: BinaryIO) -> str:
    file.seek(0)
    sample = file.read(_SAMPLE)
    for mark, name in _NO_TEXT:
        if sample.startswith(mark):
            raise InvalidInput(f"This is {name} and no CSV file; save the list as CSV UTF-8.")
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    half = len(sample) // 2
    if half and max(zeros) > half * 0.4 and min(zeros) < half * 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return "utf-8"


def _physical_lines(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str]]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise InvalidInput(
                    f"Line {number} is longer than {LONGEST_LINE:,} characters: this is no list."
                )
            yield number, line
    except UnicodeDecodeError as error:
        text.detach()
        raise InvalidInput(_not_text(file, encoding)) from error
    finally:
        with suppress(ValueError):  # detached already
            text.detach()


def _not_text(file: BinaryIO, encoding: str) -> str:
    """The sentence on bytes that are not what they should be, with the first line that has one."""
    if not encoding.startswith("utf-8"):
        return f"This begins as {encoding.upper()} and does not go on as it; save the file as CSV UTF-8."
    file.seek(0)
    number = 0
    while line := file.readline(4 * LONGEST_LINE):
        number += 1
        try:
            line.decode()
        except UnicodeDecodeError as error:
            return (
                f"This is not UTF-8: line {number} has the byte 0x{line[error.start]:02x}, as files in "
                "Windows-1252, Latin-1 or other old encodings have it; save the file as CSV UTF-8."
            )
    return "This is not UTF-8; save the file as CSV UTF-8."


def _declared(lines: Sequence[tuple[int, str]]) -> tuple[str, int]:
    """The separator that ``sep=`` names, and the number of the last line before the heading."""
    declared, last = "", 0
    for number, text in lines:
        bare = text.strip(" \t\r\n\ufeff\"'")
        if bare.strip("".join(SEPARATORS)) == "":
            last = number
        elif (
            not declared
            and bare.casefold().startswith("sep=")
            and len(text.strip("\r\n\ufeff\"'")) <= len("sep=;")
        ):
            declared, last = text.strip("\r\n\ufeff\"'")[4:] or ",", number
            if declared not in SEPARATORS:
                raise InvalidInput(
                    f"Line {number} says that {declared!r} separates the columns; use a comma."
                )
        else:
            break
    return declared, last


def _separator_of(lines: Sequence[tuple[int, str]]) -> str:
    """The separator with which the heading has a column of addresses; else the one with most columns."""

    def merit(separator: str) -> tuple[bool, int]:
        heading = next(iter(_records(lines, separator)), None)
        return (
            heading is not None and "email" in our_columns(heading.cells),
            len(heading.cells if heading else ()),
        )

    return max(SEPARATORS, key=merit)


# -- records --------------------------------------------------------------------


def _records(numbered: Iterable[tuple[int, str]], separator: str) -> Iterator[Line]:
    """Records of lines: as many lines as it takes until each quotation mark has its second."""
    csv.field_size_limit(LONGEST_LINE * LONGEST_RECORD)
    source = iter(numbered)
    waiting: deque[tuple[int, str]] = deque()
    while True:
        chunk = _balanced(source, waiting)
        if not chunk:
            return
        reader = csv.reader([text for _, text in chunk], delimiter=separator)
        before = 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(chunk[before][0], tuple(cells))
            before = reader.line_num


def _balanced(source: Iterator[tuple[int, str]], waiting: deque[tuple[int, str]]) -> list[tuple[int, str]]:
    """The next lines with an even number of quotation marks; the first alone where that does not come."""
    chunk: list[tuple[int, str]] = []
    marks = size = 0
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            break
        chunk.append(line)
        marks += line[1].count('"')
        size += len(line[1])
        if marks % 2 == 0:
            return chunk
        if len(chunk) > LONGEST_RECORD or size > LONGEST_LINE:
            break
    waiting.extendleft(reversed(chunk[1:]))
    return chunk[:1]
