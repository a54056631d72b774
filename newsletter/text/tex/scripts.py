"""Pieces of read TeX: raised and lowered characters, accents, and the spaces between symbols. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from newsletter.text.tex.symbols import SUBSCRIPTS, SUPERSCRIPTS

_WORD = re.compile(r"[^\W\d_]{3,}")
_ATOM = re.compile(r"[\w.′*\u0300-\u036f⁰-₟√]+")
_SCRIPTS = "".join(sorted({*SUPERSCRIPTS.values(), *SUBSCRIPTS.values()} - set("*⋆™®±∓")))
_MARKS = "\u0300-\u036f\u20d7"
# What stands below a bar or a root without brackets: one number, one letter, one name, one differential.
_SINGLE = re.compile(
    rf"(?:\d+(?:\.\d+)?|[d∂δ]?[^\W\d_][{_MARKS}]*|[A-Z]{{2,}}|[^\W\d_]{{4,}}|[∞∅])"
    rf"(?:[{re.escape(_SCRIPTS)}′*]*|[_^](?:\w+|\([^()]*\)))"
)
_DIFFERENTIAL = re.compile(r"[d∂δ][^\W\d_](?![^\W\d_])")
_OPERAND_ENDS = re.compile(rf"[\w)\]}}⟩|‖!{_MARKS}{re.escape(_SCRIPTS)}′*]$")
_OPERAND_BEGINS = re.compile(r"[\w(\[{⟨√∛∜∑∏∫∂∇|‖!]")
_COMPOSITE = re.compile(r"[-+−±∓×·/=<>≤≥≈~,|]|\s")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_PARENTHESIS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


class NoReading(ValueError):  # noqa: N818 - it is not a fault, the caller's text simply stays
    """A stretch of TeX that has no certain reading."""


@dataclass(slots=True)
class Piece:
    """One readable piece. ``glue`` says what its neighbours change: "relation" and "function" have spaces,
    "fraction", "root" and "group" brackets, a "script" that Unicode has no letters for an end.
    """

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
    if all(sign in table for sign in compact) and not _WORD.search(compact):
        return "".join(table[sign] for sign in compact)
    if content == "⊙":
        return content
    mark = "^" if raised else "_"
    nested = any(sign in _SCRIPTS or sign in "^_" for sign in content)
    whole = (_ATOM.fullmatch(content) and not nested) or len(content) == 1 or _PARENTHESIS.fullmatch(content)
    return f"{mark}{content}" if whole else f"{mark}({content.replace(', ', ',')})"


def accented(content: str, mark: str) -> str:
    """``content`` under a combining mark: over every letter for a line, over the first for the others."""
    if not content.strip():
        raise NoReading(content)
    # Dotless i and j are typed only to carry an accent; Unicode composes from the dotted ones.
    content = content.replace("ı", "i").replace("ȷ", "j")
    if mark == "\u0305":
        whole = "".join(sign + mark if sign.isalnum() else sign for sign in content)
        return whole if any(sign.isalnum() for sign in content) else content + mark
    return unicodedata.normalize("NFC", content[0] + mark + content[1:])


def joined(pieces: list[Piece]) -> str:
    """The pieces as one text that says the same: with the spaces and brackets that TeX's layout stood for."""
    out: list[str] = []
    for position, piece in enumerate(pieces):
        text = piece.text
        if piece.glue:
            text = _fitted(piece, "".join(out[-2:]), _following(pieces, position), sign=_is_sign(out))
        if text:
            out.append(text)
    return "".join(out)


def _fitted(piece: Piece, before: str, following: str, *, sign: bool) -> str:
    """A piece with what its neighbours ask for."""
    text = piece.text
    raised_next = following[:1] in _SCRIPTS_OR_MARKS and bool(following)
    match piece.glue:
        case "relation":
            return _spaced(text, before=before, following=following, sign=sign)
        case "function":
            text = f" {text}" if before and (before[-1].isalnum() or before[-1] in ")]") else text
            return f"{text} " if following and (following[0].isalnum() or following[0] in "√∑∏|") else text
        case "fraction":
            touches = _OPERAND_ENDS.search(before.rstrip()) or before.rstrip().endswith(("/", "÷"))
            touches = touches or _OPERAND_BEGINS.match(following.lstrip()) or raised_next
            return f"({text})" if touches else text
        case "root":
            if raised_next:
                return f"({text})"
            return f"{text}·" if not text.endswith(")") and _OPERAND_BEGINS.match(following) else text
        case "group":
            return f"({text})" if raised_next and _COMPOSITE.search(text) else text
        case "script":
            ends_open = text[:1] in "^_" and not text.endswith((")", "]"))
            return f"{text} " if ends_open and following[:1].isalnum() and not raised_next else text
        case _:
            return text


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


_SCRIPTS_OR_MARKS = frozenset(_SCRIPTS) | {"^", "_"}


def fraction(over: str, under: str) -> Piece:
    """One over the other. A product may stand above the bar without brackets, below it only one thing."""
    over = over if _ATOM.fullmatch(over) or len(over) == 1 or _SINGLE.fullmatch(over) else f"({over})"
    return Piece(f"{over}/{single(under)}", glue="fraction")


def single(content: str, *, under_root: bool = False) -> str:
    """``content`` in brackets, unless it is one thing that nobody takes apart."""
    is_one = _SINGLE.fullmatch(content) and not (under_root and _DIFFERENTIAL.match(content))
    return content if is_one or len(content) == 1 else f"({content})"


def roman(content: str) -> str:
    """A number up to 10 as a Roman numeral; other texts in capitals."""
    if content.isdecimal() and int(content) < len(_ROMAN):
        return _ROMAN[int(content)]
    return content.upper()


def code_point(content: str) -> str:
    """The character that a number names: ``8217`` or, in hexadecimal, ``x2019``. Raises NoReading."""
    text = content.strip().lower()
    try:
        value = int(text[1:], 16) if text.startswith("x") else int(text)
        sign = chr(value)
    except (ValueError, OverflowError) as error:
        raise NoReading(content) from error
    if not sign.isprintable():
        raise NoReading(content)
    return sign


def fail(name: str) -> str:
    """Raise NoReading where only an expression may stand."""
    raise NoReading(name)
