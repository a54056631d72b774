"""TeX, as authors type it into titles and abstracts, read into plain Unicode.

Pure. Not a TeX engine: what abstracts hold (fonts, accents, symbols, scripts, fractions, citations) has a
reading; a macro that only the paper's own preamble defines has none, and :class:`NoReading` says so. The
caller then leaves that stretch as it was.
"""

import re
import unicodedata
from dataclasses import dataclass

from newsletter.tex_symbols import (
    ACCENTS,
    DOUBLE_STRUCK,
    ESCAPED,
    FUNCTIONS,
    MATH_ALIASES,
    RAISED,
    RELATIONS,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SWITCHES,
    TEXT_ACCENTS,
    WRAPPERS,
    symbol,
)

MAX_DEPTH = 24  # no title nests deeper; hostile text may

_NAME = re.compile(r"[A-Za-z]+\*?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ATOM = re.compile(r"[\w.′*\u0300-\u036f⁰-₟√]+")
_DOUBLED_SPACE = re.compile(r"\s{2,}")
_USER_LETTER = re.compile(r"(?:c|b|cal|frak|mc|bb|bs)([A-Z])")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_DINGS = {"51": "✓", "52": "✔", "53": "✕", "55": "✗", "56": "✘", "72": "★", "73": "☆"}
_CITES = frozenset("cite citep citet citeyear citealt citealp citeauthor parencite textcite ref eqref Cref cref".split())
_COMBINING_RING = "\u0325"


class NoReading(ValueError):  # noqa: N818 - it is not a fault, the caller's text simply stays
    """A stretch of TeX that has no certain reading."""


@dataclass(slots=True)
class _Piece:
    """One readable piece; ``glue`` is "relation" or "function" where spaces depend on the neighbours."""

    text: str
    glue: str = ""


def read_math(source: str) -> str:
    """The inside of ``$…$`` in Unicode: ``\\mathcal{O}(n^2)`` gives ``O(n²)``. Raises :class:`NoReading`."""
    return _Parser(source, math=True).whole()


def read_text(source: str) -> str:
    """Running text with TeX commands but without mathematics, in Unicode. Raises :class:`NoReading`."""
    return _Parser(source, math=False).whole()


def script(content: str, *, raised: bool) -> str:
    """A superscript or subscript in Unicode, or with ``^`` or ``_`` where Unicode has no such letters.

    Words of three letters and more stay words (``M_star``): small letters are hard to read and to search.
    """
    content = content.strip()
    if not content:
        return ""
    if raised and all(one in RAISED for one in content):
        return "".join(RAISED[one] for one in content)
    if raised and content in {"TM", "th", "st", "nd", "rd"}:
        return "™" if content == "TM" else content
    table = SUPERSCRIPTS if raised else SUBSCRIPTS
    compact = content.replace(" ", "")
    if all(one in table for one in compact) and not _WORD.search(compact):
        return "".join(table[one] for one in compact)
    if content == "⊙" and not raised:
        return "⊙"
    mark = "^" if raised else "_"
    return f"{mark}{content}" if _ATOM.fullmatch(content) or len(content) == 1 else f"{mark}({content})"


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


class _Parser:
    def __init__(self, source: str, *, math: bool) -> None:
        self.source = source
        self.at = 0
        self.math = math
        self.depth = 0

    def whole(self) -> str:
        text = self._pieces(until="")
        return _DOUBLED_SPACE.sub(" ", text).strip() if self.math else text

    # -- sequences -------------------------------------------------------------------------------------

    def _pieces(self, *, until: str) -> str:
        if self.depth > MAX_DEPTH:
            raise NoReading(self.source)
        self.depth += 1
        pieces: list[_Piece] = []
        while self.at < len(self.source):
            if until and self.source.startswith(until, self.at):
                self.at += len(until)
                break
            pieces.append(self._next())
        else:
            if until:
                raise NoReading(self.source)
        self.depth -= 1
        return _joined(pieces)

    def _next(self) -> _Piece:
        one = self.source[self.at]
        self.at += 1
        if one == "\\":
            return self._command()
        if one == "{":
            return _Piece(self._pieces(until="}"))
        if one == "}":
            raise NoReading(self.source)
        if self.math:
            return self._math_character(one)
        return _Piece(one)

    def _math_character(self, one: str) -> _Piece:
        if one in "^_":
            return _Piece(script(self._argument(), raised=one == "^"))
        if one == "'":
            return _Piece("′")
        if one == "~":
            return _Piece(" ")
        if one == "$":
            raise NoReading(self.source)
        return _Piece(" " if one.isspace() or one == "&" else one)

    def _argument(self) -> str:
        """The next group or the next single character or command, as TeX takes an argument."""
        self._skip_spaces()
        if self.at >= len(self.source):
            raise NoReading(self.source)
        if self.source[self.at] == "{":
            self.at += 1
            return self._pieces(until="}").strip()
        if self.source[self.at] in "^_}":
            raise NoReading(self.source)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NoReading(self.source)
        piece = self._next().text.strip()
        self.depth -= 1
        return piece

    def _raw_argument(self) -> str:
        """The next group's characters as they stand, braces balanced."""
        self._skip_spaces()
        if not self.source.startswith("{", self.at):
            raise NoReading(self.source)
        depth = 0
        for position in range(self.at, len(self.source)):
            depth += {"{": 1, "}": -1}.get(self.source[position], 0)
            if depth == 0:
                found = self.source[self.at + 1 : position]
                self.at = position + 1
                return found
        raise NoReading(self.source)

    def _option(self) -> str:
        """The next ``[…]``, if there is one."""
        self._skip_spaces()
        if not self.source.startswith("[", self.at):
            return ""
        end = self.source.find("]", self.at)
        if end < 0:
            raise NoReading(self.source)
        found = self.source[self.at + 1 : end]
        self.at = end + 1
        return found

    def _skip_spaces(self) -> None:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1

    # -- commands --------------------------------------------------------------------------------------

    def _command(self) -> _Piece:
        name = self._name()
        if len(name) == 1 and not name.isalpha():
            return self._control_symbol(name)
        if name in TEXT_ACCENTS and not self.math:
            return self._text_accent(name)
        if self.math or name not in SPACES:
            self._skip_spaces_after_word()
        for reader in (self._font, self._structure, self._reference, self._symbol):
            piece = reader(name)
            if piece is not None:
                return piece
        raise NoReading(name)

    def _name(self) -> str:
        match = _NAME.match(self.source, self.at)
        if match:
            name = match.group()
            if name.endswith("*") and name not in WRAPPERS:
                name = name[:-1]
            self.at += len(name)
            return name
        if self.at >= len(self.source):
            raise NoReading(self.source)
        self.at += 1
        return self.source[self.at - 1]

    def _skip_spaces_after_word(self) -> None:
        """TeX drops the space that ends a command's name; before prose it would join words, so it stays."""
        if self.math:
            self._skip_spaces()

    def _control_symbol(self, name: str) -> _Piece:
        if name in ESCAPED:
            return _Piece(name)
        if not self.math and name in TEXT_ACCENTS:
            return self._text_accent(name)
        if name in SPACES:
            return _Piece(SPACES[name])
        if name == "|":
            return _Piece("‖")
        raise NoReading(name)

    def _text_accent(self, name: str) -> _Piece:
        if name.isalpha():
            following = self.source[self.at : self.at + 1]
            if following not in {"{", " "}:
                raise NoReading(name)
        content = self._argument()
        if not content or not (content[0].isalpha()):
            raise NoReading(name)
        return _Piece(accented(content, TEXT_ACCENTS[name]))

    def _font(self, name: str) -> _Piece | None:
        if name in WRAPPERS:
            return self._wrapped(name)
        if name in {"mathbb", "Bbb"}:
            content = self._argument()
            return _Piece("".join(DOUBLE_STRUCK.get(one, one) for one in content))
        if name in ACCENTS:
            return _Piece(accented(self._argument(), ACCENTS[name]))
        if name in SWITCHES:
            return self._switch(name)
        if name in SPACES:
            return _Piece(SPACES[name])
        return None

    def _wrapped(self, name: str) -> _Piece:
        if name in {"url", "nolinkurl", "path"}:
            return _Piece(self._raw_argument())
        was_math = self.math
        as_text = name.startswith("text") or name in {"mbox", "hbox", "fbox", "emph"}
        if was_math and as_text:
            return _Piece(self._text_in_math())
        content = self._argument()
        operator = was_math and name in {"operatorname", "operatorname*"} and len(content) > 1
        return _Piece(content, glue="function" if operator else "")

    def _text_in_math(self) -> str:
        self._skip_spaces()
        if not self.source.startswith("{", self.at):
            return self._argument()
        raw = self._raw_argument()
        if self.depth > MAX_DEPTH:
            raise NoReading(raw)
        inner = _Parser(raw, math="^" in raw or "_" in raw)
        inner.depth = self.depth + 1
        return inner._pieces(until="")  # noqa: SLF001 - the same class

    def _switch(self, name: str) -> _Piece:
        if name in {"left", "right", "middle"} and self.source.startswith(".", self.at):
            self.at += 1
        if not self.math:
            self._skip_spaces()
        return _Piece("")

    def _structure(self, name: str) -> _Piece | None:  # noqa: C901, PLR0911 - a table of commands
        match name:
            case "frac" | "tfrac" | "dfrac" | "nicefrac" | "sfrac":
                return _Piece(f"{_operand(self._argument())}/{_operand(self._argument())}")
            case "binom" | "tbinom":
                return _Piece(f"C({self._argument()}, {self._argument()})")
            case "sqrt":
                root = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(self._option())
                if root is None:
                    raise NoReading(name)
                return _Piece(root + _operand(self._argument()))
            case "textsuperscript":
                return _Piece(script(self._argument(), raised=True))
            case "textsubscript":
                return _Piece(script(self._argument(), raised=False))
            case "textcolor" | "colorbox":
                self._option()
                self._raw_argument()
                return _Piece(self._argument())
            case "color":
                self._raw_argument()
                return _Piece("")
            case "texorpdfstring":
                mathematics, plain = self._raw_argument(), self._argument()
                return _Piece(plain or read_math(mathematics.strip("$")))
            case "overset" | "stackrel":
                over, base = self._argument(), self._argument()
                return _Piece(base + script(over, raised=True))
            case "underset":
                under, base = self._argument(), self._argument()
                return _Piece(base + script(under, raised=False))
            case "ion":
                return _Piece(f"{self._argument()} {_roman(self._argument())}")
            case "unicode":
                return _Piece(_code_point(self._raw_argument()))
            case "ding":
                return _Piece(_DINGS.get(self._raw_argument()) or _fail(name))
            case "ce":
                return _Piece(re.sub(r"(?<=[A-Za-z)])\d+", lambda m: script(m.group(), raised=False), self._raw_argument()))
            case "SI" | "qty":
                number, unit = self._argument(), self._raw_argument()
                return _Piece(f"{number} {read_text(unit)}")
            case "verb":
                return _Piece(self._verbatim())
            case "pmod":
                return _Piece(f" (mod {self._argument()})")
            case "bmod":
                return _Piece("mod", glue="relation")
            case "replaced":
                new = self._argument()
                self._raw_argument()
                return _Piece(new)
            case "deleted" | "label" | "vspace" | "hspace" | "phantom" | "hphantom" | "thanks":
                self._raw_argument()
                return _Piece("")
            case _:
                return None

    def _reference(self, name: str) -> _Piece | None:
        if name in _CITES:
            self._option()
            self._option()
            return _Piece(f"[{self._raw_argument()}]")
        if name == "href":
            address, words = self._raw_argument().strip(), self._argument()
            same = words.strip().removeprefix("https://").rstrip("/") == address.removeprefix("https://").rstrip("/")
            return _Piece(address if same else f"{words} ({address})")
        if name == "hyperlink":
            self._raw_argument()
            return _Piece(self._argument())
        if name == "footnote":
            return _Piece(f" ({self._argument()})")
        return None

    def _symbol(self, name: str) -> _Piece | None:
        if name in FUNCTIONS and self.math:
            return _Piece({"limsup": "lim sup", "liminf": "lim inf"}.get(name, name), glue="function")
        if name in {"xrightarrow", "xleftarrow"}:
            self._option()
            self._argument()
        found = symbol(name)
        if found is not None:
            if not self.math and self.source.startswith("{}", self.at):
                self.at += 2
            return _Piece(found, glue="relation" if self.math and name in RELATIONS else "")
        if not self.math:
            return None
        letter = _USER_LETTER.fullmatch(name)
        alias = MATH_ALIASES.get(name) or (letter and letter[1])
        return _Piece(alias) if alias else None

    def _verbatim(self) -> str:
        mark = self.source[self.at : self.at + 1]
        end = self.source.find(mark, self.at + 1) if mark and not mark.isalnum() else -1
        if end < 0:
            raise NoReading("verb")
        found = self.source[self.at + 1 : end]
        self.at = end + 1
        return found


def _joined(pieces: list[_Piece]) -> str:
    out: list[str] = []
    for position, piece in enumerate(pieces):
        text = piece.text
        before = out[-1] if out else ""
        following = next((other.text for other in pieces[position + 1 :] if other.text), "")
        if piece.glue == "relation":
            if before and not before[-1].isspace() and following and before[-1] not in "([{,;/":
                text = " " + text
                if not following[0].isspace() and following[0] not in ")]},;/":
                    text += " "
            elif before and before[-1].isspace() and following and not following[0].isspace():
                text += " "
        elif piece.glue == "function":
            if before and (before[-1].isalnum() or before[-1] in ")]"):
                text = " " + text
            if following and (following[0].isalnum() or following[0] in "√∑∏|"):
                text += " "
        if text:
            out.append(text)
    return "".join(out)


def _operand(content: str) -> str:
    return content if _ATOM.fullmatch(content) or len(content) == 1 else f"({content})"


def _roman(content: str) -> str:
    if content.isdecimal() and int(content) < len(_ROMAN):
        return _ROMAN[int(content)]
    return content.upper()


def _code_point(content: str) -> str:
    text = content.strip().lower()
    try:
        value = int(text[1:], 16) if text.startswith("x") else int(text)
        found = chr(value)
    except (ValueError, OverflowError) as error:
        raise NoReading(content) from error
    if not found.isprintable():
        raise NoReading(content)
    return found


def _fail(name: str) -> str:
    raise NoReading(name)
