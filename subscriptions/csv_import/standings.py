"""Whether a line's columns say that its reader agreed: an allow-list. Pure.

Each cell of a telling column votes; every vote has to agree. A word that is not known stops the import
until the operator says what it means.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.errors import InvalidInput
from subscriptions.csv_import.headings import TELLING, Column, Role
from subscriptions.csv_import.words import fold, without_stems, words


class Meaning(StrEnum):
    """What a cell says, whatever its column."""

    EMPTY = "empty"
    YES = "yes"
    NO = "no"
    ONE = "1"
    ZERO = "0"
    NUMBER = "number"
    MOMENT = "moment"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    OTHER = "other"


class CellVote(StrEnum):
    """What a cell says of consent in its column; UNSAID: it would stand here, and does not."""

    STAYS = "stays"
    PAUSED = "paused"
    LEFT = "left"
    UNSAID = "unsaid"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a whole line says: ``vote`` is never NOTHING. ``column`` and ``cell`` decided it, if one did."""

    vote: CellVote
    column: str = ""
    cell: str = ""


# (folded heading, folded cell or "*") to what the operator says it means.
Answers = Mapping[tuple[str, str], CellVote]
ANY = "*"

_DIGITS = re.compile(r"-?\d+(?:[.,]\d+)?")
_MOMENT = re.compile(
    r"(?:\d{4}|\d{1,2})\s?[-./年년 ]\s?(?:\d{1,2}|[^\W\d]{3,12})\.?\s?[-./月월 ,]\s?(?:\d{4}|\d{1,2})(?!\d)"
    r"|[^\W\d]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
_CLAUSE = re.compile(r"[,;:!.–—]\s")
_PIECE = re.compile(r"[,;:!–—()]|\. | - | (?:by|on|at|from|via|since|due to|after) ", re.IGNORECASE)
_TIMESTAMP = 100_000_000  # seconds; a smaller number is a count
LONGEST_WORD = 80  # characters; no state is longer


@lru_cache(maxsize=8192)
def meaning(cell: str) -> Meaning:
    """What ``cell`` says. Longer texts and those that nobody knows are OTHER."""
    text = cell.strip()
    if len(text) > LONGEST_WORD:
        return Meaning.OTHER
    word = fold(text)
    if _DIGITS.fullmatch(text):
        return _number(float(text.replace(",", ".")))
    if word in words("cells", "empty"):
        return Meaning.EMPTY
    if _MOMENT.match(text):
        return Meaning.MOMENT
    return _word(word) or _by_pieces(text) or Meaning.OTHER


def _by_pieces(text: str) -> Meaning | None:
    """By the first clause, unless any part speaks of leaving: "Active (pending)", "Removed by admin"."""
    if any(_word(fold(piece)) is Meaning.LEFT for piece in _PIECE.split(text)):
        return Meaning.LEFT
    return _word(fold(_CLAUSE.split(f"{text} ", maxsplit=1)[0]))


def _number(value: float) -> Meaning:
    if value in (0, 1):
        return Meaning.ONE if value else Meaning.ZERO
    return Meaning.MOMENT if value >= _TIMESTAMP else Meaning.NUMBER


def _word(word: str) -> Meaning | None:
    for name in (Meaning.YES, Meaning.NO, Meaning.ACTIVE, Meaning.LEFT):
        if word in words("cells", name):
            return name
    if word == "paused":
        return Meaning.PAUSED
    begins = word.partition(" ")[0]
    if without_stems(word, "cells", "left_stems") is not None and begins not in words("headings", "negators"):
        return Meaning.LEFT
    return None


def vote(column: Column, cell: str) -> CellVote:
    """What ``cell`` says of consent in ``column``."""
    if column.role is Role.OTHER:
        return CellVote.UNKNOWN if _tells(cell) else CellVote.NOTHING
    if column.role is Role.SILENT:
        return CellVote.NOTHING
    cell_meaning = meaning(cell)
    if column.role is Role.ASKED:
        return CellVote.NOTHING if cell_meaning is Meaning.EMPTY else CellVote.UNKNOWN
    if column.role is Role.LEFT:
        return _vote_of_leaving(column, cell_meaning)
    return _vote_of_agreeing(column, cell_meaning)


def _vote_of_leaving(column: Column, cell: Meaning) -> CellVote:
    if cell in (Meaning.EMPTY, Meaning.NO, Meaning.ZERO):
        return CellVote.NOTHING
    if cell is Meaning.ACTIVE and column.is_state:
        return CellVote.NOTHING
    known = (Meaning.YES, Meaning.ONE, Meaning.NUMBER, Meaning.MOMENT, Meaning.LEFT)
    return CellVote.LEFT if cell in known else CellVote.UNKNOWN


def _vote_of_agreeing(column: Column, cell: Meaning) -> CellVote:
    if cell in (Meaning.ONE, Meaning.ZERO) and column.is_state:
        return CellVote.UNKNOWN  # each service numbers its states in its own way
    if column.role is Role.STATE and cell in (Meaning.YES, Meaning.NO, Meaning.MOMENT):
        return CellVote.UNKNOWN
    if cell in (Meaning.NO, Meaning.ZERO) and not column.is_moment:
        return CellVote.NOTHING if column.is_weak else CellVote.LEFT
    if cell in (Meaning.EMPTY, Meaning.NO, Meaning.ZERO):
        is_optional = column.is_weak or (column.is_moment and column.role is Role.AGREED)
        return CellVote.NOTHING if is_optional else CellVote.UNSAID
    return _VOTES.get(cell, CellVote.UNKNOWN)


_VOTES = {
    Meaning.YES: CellVote.STAYS,
    Meaning.ONE: CellVote.STAYS,
    Meaning.MOMENT: CellVote.STAYS,
    Meaning.ACTIVE: CellVote.STAYS,
    Meaning.PAUSED: CellVote.PAUSED,
    Meaning.LEFT: CellVote.LEFT,
}


@lru_cache(maxsize=8192)
def _tells(cell: str) -> bool:
    """Whether a cell of a column that nobody knows is, or lists, a word that tells of leaving."""
    if len(cell) > LONGEST_WORD:
        return False
    return any(fold(piece) in words("cells", "telling") for piece in re.split(r"[,;|\[\]\"]", cell))


def is_plain_answer(cell: str) -> bool:
    """Whether ``cell`` is yes or no in words, which somebody may have answered to anything."""
    return meaning(cell) in (Meaning.YES, Meaning.NO) and (len(cell.strip()) > 1 or cell.casefold() in "yn")


def standing_of(cells: Sequence[str], columns: Iterable[Column], answers: Answers) -> Standing:
    """What a line says by all its columns: left, else unknown, else unsaid, else paused, else it stays.

    Where columns of agreement exist, one of them at least has to say yes.
    """
    weakest: dict[CellVote, Standing] = {}
    agrees = False
    for column in columns:
        cell = cells[column.place].strip() if column.place < len(cells) else ""
        cell_vote = _answered(column, cell, answers) if answers else None
        if cell_vote is None:
            cell_vote = vote(column, cell)
        agrees = agrees or column.role in (Role.STATE, Role.AGREED, Role.CONFIRMED)
        if cell_vote is CellVote.LEFT:
            return Standing(CellVote.LEFT, column.heading, cell)
        if cell_vote is not CellVote.NOTHING:
            weakest.setdefault(cell_vote, Standing(cell_vote, column.heading, cell))
    for weaker in (CellVote.UNKNOWN, CellVote.UNSAID, CellVote.PAUSED, CellVote.STAYS):
        if weaker in weakest:
            return weakest[weaker]
    return Standing(CellVote.UNSAID if agrees else CellVote.STAYS)


def _answered(column: Column, cell: str, answers: Answers) -> CellVote | None:
    heading = fold(column.heading)
    return answers.get((heading, fold(cell))) or answers.get((heading, ANY))


def read_answer(text: str) -> tuple[tuple[str, str], CellVote]:
    """``COLUMN=VALUE:active`` or ``COLUMN=VALUE:left``; ``*`` is any other value. Raises InvalidInput."""
    before, colon, meant = text.rpartition(":")
    column, equals, value = before.partition("=")
    known = {"active": CellVote.STAYS, "left": CellVote.LEFT}
    if not colon or not equals or not column.strip() or meant.strip().casefold() not in known:
        raise InvalidInput(
            f"{text[:120]!r} does not say what a value means; write COLUMN=VALUE:active or COLUMN=VALUE:left."
        )
    key = ANY if value.strip() == ANY else fold(value)
    return (fold(column), key), known[meant.strip().casefold()]


def can_tell(columns: Iterable[Column], answers: Answers) -> bool:
    """Whether any column tells of consent, by its heading or by the operator's answer."""
    answered = {heading for heading, _ in answers}
    return any(column.role in TELLING or fold(column.heading) in answered for column in columns)
