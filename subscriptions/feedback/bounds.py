"""Pure: a mail within bounds, before anything takes it apart.

What a real report has fits by far; what is larger is read as far as it fits, and what would make a parser
work for hours is refused.
"""

import re
from itertools import takewhile
from typing import Final

from newsletter.errors import Unreadable

LARGEST: Final = 2 * 1024 * 1024  # bytes that are read of a mail
LONGEST_LINE: Final = 10_000  # bytes; RFC 5322, section 2.1.1 allows 998
MOST_LINES: Final = 60_000
LARGEST_HEAD: Final = 256 * 1024  # bytes
MOST_FIELDS: Final = 500
MOST_CONTAINERS: Final = 100  # parts that hold parts

_CONTAINER = re.compile(rb"^content-type:[ \t\n]*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)


def bounded(data: bytes) -> bytes:
    """``data`` with line ends as LF, without an mbox's first line, and cut to what is read of it.

    Raises Unreadable for an empty mail and for a head or a nesting beyond all bounds.
    """
    data = unix_lines(data[:LARGEST])
    if not data.strip(b"\0 \t\n"):
        raise Unreadable("It is empty.", reason="empty")
    lines = [line[:LONGEST_LINE] for line in data.split(b"\n", MOST_LINES)[:MOST_LINES]]
    _refuse_too_many_fields(lines)
    data = b"\n".join(lines)
    containers = sum(1 for _ in _CONTAINER.finditer(data))
    if containers > MOST_CONTAINERS:
        raise Unreadable(f"It has {containers:,} parts that hold parts.", reason="nested too deeply")
    return data


def unix_lines(data: bytes) -> bytes:
    """Line ends as LF, whatever they were, without an mbox's first line."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    return data.partition(b"\n")[2] if data.startswith((b"From ", b">From ")) else data


def _refuse_too_many_fields(lines: list[bytes]) -> None:
    fields = size = 0
    for line in takewhile(bool, lines):
        fields += line[:1] not in (b" ", b"\t")
        size += len(line)
    if fields > MOST_FIELDS or size > LARGEST_HEAD:
        raise Unreadable(f"Its head has {fields:,} fields and {size:,} bytes.", reason="too large")
