"""Where a page of a list ends, as a text that says nothing to whoever carries it. Pure.

A cursor names the last row of a page, not a number of rows: while new papers come, the next page goes on
behind that row, and no paper is shown twice or left out.
"""

import base64
import binascii
import re
from datetime import date
from typing import Final, NoReturn

from newsletter.errors import InvalidInput

_LONGEST: Final = 40  # characters
_POSITION: Final = re.compile(r"([a-z]+):([0-9-]{1,19})", re.ASCII)
_PLACE: Final = re.compile(r"([0-9]{1,4})-([0-9]{1,14})", re.ASCII)


def encode(kind: str, position: str) -> str:
    """The cursor behind ``position`` (digits and hyphens) of a list of that ``kind`` (small letters)."""
    return base64.urlsafe_b64encode(f"{kind}:{position}".encode()).decode().rstrip("=")


def decode(kind: str, cursor: str) -> str:
    """The position in ``cursor``. :class:`InvalidInput` if it was not made by :func:`encode` for ``kind``."""
    try:
        text = base64.urlsafe_b64decode(cursor[:_LONGEST] + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    match = _POSITION.fullmatch(text)
    if match is None or match[1] != kind or encode(kind, match[2]) != cursor:
        raise InvalidInput(
            "This cursor is not one of this list: take it from “next” of the page before, or leave it out."
        )
    return match[2]


def decode_number(kind: str, cursor: str) -> int:
    """The number in a cursor; errors as of :func:`decode`."""
    position = decode(kind, cursor)
    return int(position) if position.isdigit() and len(position) < 19 else _refuse()


def decode_place(kind: str, cursor: str) -> tuple[int, int]:
    """The place behind a row, and the row's number, in a cursor "place-number": of a list that is put in
    order anew for each page. Errors as of :func:`decode`."""
    match = _PLACE.fullmatch(decode(kind, cursor))
    return (int(match[1]), int(match[2])) if match else _refuse()


def decode_day(kind: str, cursor: str) -> date:
    """The day in a cursor; errors as of :func:`decode`."""
    try:
        return date.fromisoformat(decode(kind, cursor))
    except ValueError:
        return _refuse()


def _refuse() -> NoReturn:
    raise InvalidInput(
        "This cursor leads to no place in the list: leave it out to begin with the first page."
    )
