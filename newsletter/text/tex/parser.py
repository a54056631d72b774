"""The commands of TeX that titles and abstracts use, read one after the other. Pure."""

import re

from newsletter.text.tex.formulas import MAX_ARGUMENT, formula
from newsletter.text.tex.scripts import (
    NoReading,
    Piece,
    accented,
    code_point,
    fail,
    fraction,
    joined,
    roman,
    script,
    single,
)
from newsletter.text.tex.symbols import (
    ACCENTS,
    DOUBLE_STRUCK,
    ESCAPED,
    FUNCTIONS,
    LETTERS,
    MATH_ALIASES,
    RELATIONS,
    SPACES,
    SWITCHES,
    SYMBOLS,
    TEXT_ACCENTS,
    TEXT_ONLY,
    WRAPPERS,
    symbol,
    words,
)

MAX_DEPTH = 24  # no title nests deeper; hostile text may

_NAME = re.compile(r"[A-Za-z]+\*?")
_ESCAPE = re.compile(r"\\([&%#_{}$~])")
_USER_LETTER = re.compile(r"(?:c|b|cal|frak|mc|bb|bs)([A-Z])")
_INITIALS = re.compile(r"[A-Z]{2,4}")
# Authors call a system's macro by the system's name (\Euclid, \DeAR), unless they call it \OurMethod.
_OWN_NAME = re.compile(r"[A-Z][a-z][A-Z]*[a-z][A-Za-z]*")
_STAND_IN = re.compile(
    r"(?i)our|name|method|model|system|bench|dataset|approach|framework|tool|tech|paper|this|title|proposed"
)
_COUNT = re.compile(r"(?<=[A-Za-z)])\d+")
_DINGS = {"51": "✓", "52": "✔", "53": "✕", "55": "✗", "56": "✘", "72": "★", "73": "☆"}
_CITES = words("cite citep citet citeyear citealt citealp citeauthor parencite textcite ref eqref Cref cref")


class Parser:
    """One pass over a piece of TeX in math or text mode. NoReading where its meaning is not certain."""

    def __init__(self, source: str, *, math: bool) -> None:
        self.source = source
        self.at = 0
        self.math = math
        self.depth = 0

    def whole(self) -> str:
        """The whole source in Unicode."""
        return self._pieces(until="")

    def one(self) -> str:
        """The first character, group or command in Unicode."""
        return self._next().text

    # -- sequences -------------------------------------------------------------------------------------

    def _pieces(self, *, until: str) -> str:
        return joined(self._sequence(until=until))

    def _sequence(self, *, until: str) -> list[Piece]:
        if self.depth > MAX_DEPTH:
            raise NoReading(self.source)
        self.depth += 1
        pieces: list[Piece] = []
        while self.at < len(self.source):
            if until and self.source.startswith(until, self.at):
                self.at += len(until)
                break
            pieces.append(self._next())
        else:
            if until and self.math:  # running text may have lost its last brace
                raise NoReading(self.source)
        self.depth -= 1
        return pieces

    def _next(self) -> Piece:
        sign = self.source[self.at]
        self.at += 1
        if sign == "\\":
            return self._command()
        if sign == "{":
            return self._group()
        if sign == "}":
            raise NoReading(self.source)
        if self.math:
            return self._math_character(sign)
        if sign == "$":
            return self._formula()
        return Piece(sign)

    def _group(self) -> Piece:
        """The content of braces; a group of one piece is that piece."""
        pieces = [piece for piece in self._sequence(until="}") if piece.text]
        if len(pieces) == 1:
            return pieces[0]
        return Piece(joined(pieces), glue="group" if self.math else "")

    def _formula(self) -> Piece:
        inside_and_end = formula(self.source, self.at - 1)
        if inside_and_end is None or self.depth > MAX_DEPTH:
            raise NoReading(self.source)
        inside, self.at = inside_and_end
        return Piece(self._nested(inside.strip(), math=True))

    def _nested(self, source: str, *, math: bool) -> str:
        inner = Parser(source, math=math)
        inner.depth = self.depth + 1
        return inner.whole()

    def _math_character(self, sign: str) -> Piece:
        if sign in "^_":
            return Piece(script(self._argument(), raised=sign == "^"), glue="script")
        if sign == "'":
            return Piece("′")
        if sign == "~":
            return Piece(" ")
        if sign == "$":
            raise NoReading(self.source)
        return Piece(" " if sign.isspace() or sign == "&" else sign)

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
        for position in range(self.at, min(len(self.source), self.at + MAX_ARGUMENT)):
            depth += {"{": 1, "}": -1}.get(self.source[position], 0)
            if depth == 0:
                argument = self.source[self.at + 1 : position]
                self.at = position + 1
                return argument
        raise NoReading(self.source)

    def _option(self) -> str:
        """The next ``[…]``, if there is one."""
        self._skip_spaces()
        if not self.source.startswith("[", self.at):
            return ""
        end = self.source.find("]", self.at)
        if end < 0:
            raise NoReading(self.source)
        option = self.source[self.at + 1 : end]
        self.at = end + 1
        return option

    def _skip_spaces(self) -> None:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1

    # -- commands --------------------------------------------------------------------------------------

    def _command(self) -> Piece:
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

    def _control_symbol(self, name: str) -> Piece:
        if name in ESCAPED:
            return Piece(name)
        if not self.math and name in TEXT_ACCENTS:
            return self._text_accent(name)
        if name in SPACES:
            return Piece(SPACES[name])
        if name == "|":
            return Piece("‖")
        if name in "([" and not self.math:
            return self._display(closing="\\)" if name == "(" else "\\]")
        raise NoReading(name)

    def _display(self, *, closing: str) -> Piece:
        end = self.source.find(closing, self.at, self.at + MAX_ARGUMENT)
        if end < 0:
            raise NoReading(self.source)
        inside = self.source[self.at : end].strip()
        self.at = end + len(closing)
        return Piece(self._nested(inside, math=True))

    def _text_accent(self, name: str) -> Piece:
        if name.isalpha():
            following = self.source[self.at : self.at + 1]
            if following not in {"{", " "}:
                raise NoReading(name)
        content = self._argument()
        if not content or not (content[0].isalpha()):
            raise NoReading(name)
        return Piece(accented(content, TEXT_ACCENTS[name]))

    def _font(self, name: str) -> Piece | None:
        if name in WRAPPERS:
            return self._wrapped(name)
        if name in {"mathbb", "Bbb", "mathbbm", "mathds"}:
            content = self._argument()
            return Piece("".join(DOUBLE_STRUCK.get(letter, letter) for letter in content))
        if name in ACCENTS:
            return Piece(accented(self._argument(), ACCENTS[name]))
        if name in SWITCHES:
            return self._switch(name)
        if name in SPACES:
            return Piece(SPACES[name])
        return None

    def _wrapped(self, name: str) -> Piece:
        if name in {"url", "nolinkurl", "path"}:
            return Piece(_ESCAPE.sub(r"\1", self._raw_argument()))
        was_math = self.math
        as_text = name.startswith("text") or name in {"mbox", "hbox", "fbox", "emph"}
        if was_math and as_text:
            return Piece(self._text_in_math())
        content = self._argument()
        operator = was_math and name in {"operatorname", "operatorname*"} and len(content) > 1
        return Piece(content, glue="function" if operator else "")

    def _text_in_math(self) -> str:
        self._skip_spaces()
        if not self.source.startswith("{", self.at):
            return self._argument()
        raw = self._raw_argument()
        return self._nested(raw.replace("~", " "), math="$" not in raw and ("^" in raw or "_" in raw))

    def _switch(self, name: str) -> Piece:
        if name in {"left", "right", "middle"} and self.source.startswith(".", self.at):
            self.at += 1
        if not self.math:
            self._skip_spaces()
        return Piece("")

    def _structure(self, name: str) -> Piece | None:  # noqa: C901 - a table of commands
        match name:
            case "frac" | "tfrac" | "dfrac" | "nicefrac" | "sfrac":
                return fraction(self._argument(), self._argument())
            case "binom" | "tbinom":
                return Piece(f"C({self._argument()}, {self._argument()})")
            case "sqrt":
                root = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(self._option())
                if root is None:
                    raise NoReading(name)
                return Piece(root + single(self._argument(), under_root=True), glue="root")
            case "textsuperscript":
                return Piece(script(self._argument(), raised=True))
            case "textsubscript":
                return Piece(script(self._argument(), raised=False))
            case "textcolor" | "colorbox":
                self._option()
                self._raw_argument()
                return Piece(self._argument())
            case "color":
                self._raw_argument()
                return Piece("")
            case "texorpdfstring":
                mathematics, plain = self._raw_argument(), self._argument()
                return Piece(plain or self._nested(mathematics.strip("$"), math=True))
            case "overset" | "stackrel":
                over, base = self._argument(), self._argument()
                return Piece(base + script(over, raised=True))
            case "underset":
                under, base = self._argument(), self._argument()
                return Piece(base + script(under, raised=False))
            case "ion":
                return Piece(f"{self._argument()} {roman(self._argument())}")
            case "unicode":
                return Piece(code_point(self._raw_argument()))
            case "ding":
                return Piece(_DINGS.get(self._raw_argument()) or fail(name))
            case "ce":
                return Piece(
                    re.sub(
                        r"(?<=[A-Za-z)])\d+", lambda m: script(m.group(), raised=False), self._raw_argument()
                    )
                )
            case "SI" | "qty":
                number, unit = self._argument(), self._raw_argument()
                return Piece(f"{number} {self._nested(unit, math=False)}")
            case "verb":
                return Piece(self._verbatim())
            case "pmod":
                return Piece(f" (mod {self._argument()})")
            case "bmod":
                return Piece("mod", glue="relation")
            case "replaced":
                new = self._argument()
                self._raw_argument()
                return Piece(new)
            case "deleted" | "label" | "vspace" | "hspace" | "phantom" | "hphantom" | "thanks":
                self._raw_argument()
                return Piece("")
            case _:
                return None

    def _reference(self, name: str) -> Piece | None:
        if name in _CITES:
            self._option()
            self._option()
            return Piece(f"[{self._raw_argument()}]")
        if name == "href":
            address, words = _ESCAPE.sub(r"\1", self._raw_argument().strip()), self._argument()
            same = words.strip().removeprefix("https://").rstrip("/") == address.removeprefix(
                "https://"
            ).rstrip("/")
            return Piece(address if same else f"{words} ({address})")
        if name == "hyperlink":
            self._raw_argument()
            return Piece(self._argument())
        if name == "footnote":
            return Piece(f" ({self._argument()})")
        return None

    def _symbol(self, name: str) -> Piece | None:
        if name in FUNCTIONS and self.math:
            return Piece({"limsup": "lim sup", "liminf": "lim inf"}.get(name, name), glue="function")
        if name in {"xrightarrow", "xleftarrow"}:
            self._option()
            return Piece(SYMBOLS[name] + script(self._argument(), raised=True), glue="relation")
        sign = None if self.math and name in TEXT_ONLY else symbol(name)
        if sign is not None:
            if not self.math and self.source.startswith("{}", self.at):
                self.at += 2
            elif not self.math and name in LETTERS:
                self._skip_spaces()
            return Piece(sign, glue="relation" if self.math and name in RELATIONS else "")
        if not self.math:
            return Piece(name) if _OWN_NAME.fullmatch(name) and not _STAND_IN.search(name) else None
        letter = _USER_LETTER.fullmatch(name)
        own = name if name in TEXT_ONLY or _INITIALS.fullmatch(name) else ""
        alias = MATH_ALIASES.get(name) or (letter and letter[1]) or own
        return Piece(alias) if alias else None

    def _verbatim(self) -> str:
        mark = self.source[self.at : self.at + 1]
        end = self.source.find(mark, self.at + 1) if mark and not mark.isalnum() else -1
        if end < 0:
            raise NoReading("verb")
        verbatim = self.source[self.at + 1 : end]
        self.at = end + 1
        return verbatim
