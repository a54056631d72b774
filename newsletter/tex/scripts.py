"""Pieces of read TeX: raised and lowered characters, accents, and the spaces between symbols. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from newsletter.tex.symbols import SUBSCRIPTS, SUPERSCRIPTS

_WORD = re.compile(r"[^\W\d_]{3,}")
_ATOM = re.compile(r"[\w.′*\u0300-\u036f⁰-₟√]+")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_PARENTHESIS = re.compile(r"\([^()]*\)")


class NoReading(ValueError):  # noqa: N818 - it is not a fault, the caller's text simply stays
    """A stretch of TeX that has no certain reading."""


@dataclass(slots=True)
class Piece:
    """One readable piece; ``glue`` is "relation" or "function" where spaces depend on the neighbours."""

    text: str
    glue: str = ""


def script(content: str, *, raised: bool) -> str:
    """A superscript or subscript in Unicode, or with ``^`` or ``_`` where Unicode has no such letters.

    Words of three letters and more stay words (``M_star``): small letters are hard to read and to search.
    """
    content = content.strip()
    if not content:
        return ""
    if raised and content in {"TM", "th", "st", "nd", "rd"}:
        return "™" if content == "TM" else content
    table = SUPERSCRIPTS if raised else SUBSCRIPTS
    compact = content.replace(" ", "")
    if all(one in table for one in compact) and not _WORD.search(compact):
        return "".join(table[one] for one in compact)
    if content == "⊙":
        return content
    mark = "^" if raised else "_"
    whole = _ATOM.fullmatch(content) or len(content) == 1 or _PARENTHESIS.fullmatch(content)
    return f"{mark}{content}" if whole else f"{mark}({content.replace(', ', ',')})"


def accented(content: str, mark: str) -> str:
    """``content`` under a combining mark: over every letter for a line, over the first for the others."""
    if not content.strip():
        raise NoReading(content)
    # Dotless i and j are typed only to carry an accent; Unicode composes from the dotted ones.
    content = content.replace("ı", "i").replace("ȷ", "j")
    if mark == "\u0305":
        whole = "".join(one + mark if one.isalnum() else one for one in content)
        return whole if any(one.isalnum() for one in content) else content + mark
    return unicodedata.normalize("NFC", content[0] + mark + content[1:])


def joined(pieces: list[Piece]) -> str:
    out: list[str] = []
    for position, piece in enumerate(pieces):
        text = piece.text
        before = out[-1] if out else ""
        following = _following(pieces, position) if piece.glue else ""
        if piece.glue == "relation":
            text = _spaced(text, before=before, following=following, sign=_is_sign(out))
        elif piece.glue == "function":
            if before and (before[-1].isalnum() or before[-1] in ")]"):
                text = " " + text
            if following and (following[0].isalnum() or following[0] in "√∑∏|"):
                text += " "
        if text:
            out.append(text)
    return "".join(out)


def _is_sign(before: list[str]) -> bool:
    """Whether what comes next opens an operand: "{±1, ±i}"."""
    if not before or not before[-1].isspace():
        return False
    return len(before) == 1 or before[-2][-1] in "([{,;/"


def _spaced(text: str, *, before: str, following: str, sign: bool) -> str:
    """A relation with a space on both sides if it stands between two operands."""
    if not before or not following or sign or before[-1] in "([{,;/":
        return text
    left = "" if before[-1].isspace() else " "
    right = "" if following[0].isspace() or (left and following[0] in ")]},;/") else " "
    return left + text + right


def _following(pieces: list[Piece], position: int) -> str:
    for other in range(position + 1, len(pieces)):
        if pieces[other].text:
            return pieces[other].text
    return ""


def operand(content: str) -> str:
    return content if _ATOM.fullmatch(content) or len(content) == 1 else f"({content})"


def roman(content: str) -> str:
    if content.isdecimal() and int(content) < len(_ROMAN):
        return _ROMAN[int(content)]
    return content.upper()


def code_point(content: str) -> str:
    text = content.strip().lower()
    try:
        value = int(text[1:], 16) if text.startswith("x") else int(text)
        found = chr(value)
    except (ValueError, OverflowError) as error:
        raise NoReading(content) from error
    if not found.isprintable():
        raise NoReading(content)
    return found


def fail(name: str) -> str:
    raise NoReading(name)
