"""The border for text from outside: a source, a model, a mail, a webhook, a form, a file.

Pure and total: any bytes or text go in, and what comes out every database keeps, every regular expression may
see and every page may show. What cannot be kept is replaced by U+FFFD, so that it shows that there was
something. Lengths are cut here, before anything looks at the text.
"""

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any, Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
LONGEST_CHARSET: Final = 40
DEEPEST: Final = 40  # levels of lists and objects within each other
MOST_VALUES: Final = 200_000

# Controls but tab and line feed, surrogates, and the two that are no characters (Unicode 16, section 23.7).
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS: Final = {"\r": "\n", "\x0b": " ", "\x0c": " ", "\x85": "\n"} | dict.fromkeys("\x1c\x1d\x1e\x1f", " ")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*")
# Python's codecs that are no character encodings of text in transit: some take a quadratic time, run escapes,
# or raise for whatever they are given.
_NO_CHARSETS: Final = frozenset(
    {"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "mbcs", "oem", "charmap"}
)


def clean_text(value: object, *, longest: int) -> str:
    """``value`` as text of at most ``longest`` characters; empty for what is neither text nor a number.

    Line ends become LF; the halves of a split surrogate pair are joined.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return decode_bytes(bytes(value), longest=longest)
    if not isinstance(value, str):
        return str(value)[:longest] if isinstance(value, int | float) else ""
    text = value[: 2 * longest]  # a pair that is split, or CR LF, becomes one character
    if _UNKEPT.search(text):
        text = _UNKEPT.sub(_kept, _joined(text).replace("\r\n", "\n"))
    return text[:longest]


def clean_line(value: object, *, longest: int) -> str:
    """``value`` on one line: white space of any kind, also of any length, is one blank."""
    return " ".join(clean_text(value, longest=4 * longest).split())[:longest]


def decode_bytes(data: bytes, charset: str = "utf-8", *, longest: int | None = None) -> str:
    """``data`` as text, whatever its charset is said to be; never raises.

    An unknown charset, or one that is none (``zlib``, ``idna``, ``undefined``), counts as UTF-8.
    """
    if longest is not None:
        data = data[: 4 * longest]  # no charset in use takes more bytes for a character
    name = charset_of(charset) or "utf-8"
    try:
        text = data.decode(name, "replace")
    except (LookupError, ValueError, RuntimeError):
        text = data.decode("utf-8", "replace")
    return clean_text(text, longest=len(text) if longest is None else longest)


def charset_of(name: object) -> str:
    """Python's name of the charset called ``name``; empty if it is unknown or not one of text."""
    if not isinstance(name, str) or len(name) > LONGEST_CHARSET or not _NAME.fullmatch(name):
        return ""
    try:
        canonical_name = codecs.lookup(name).name
        bytes(4).decode(canonical_name)  # LookupError for zlib, base64, rot13: bytes to bytes, text to text
    except (LookupError, ValueError):
        return ""
    return "" if canonical_name.replace("_", "-") in _NO_CHARSETS else canonical_name


def load_json(data: str | bytes) -> Any:
    """The JSON value in ``data``. Raises ValueError, and only that, for what is none or cannot be held."""
    text = decode_bytes(data) if isinstance(data, bytes) else data
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error


def clean_json(value: Any, *, longest: int, deepest: int = DEEPEST, most: int = MOST_VALUES) -> Any:
    """``value``, as ``json.loads`` made it, with all its texts and names cleaned (:func:`clean_text`).

    Numbers that JSON has not (NaN, the infinities) become None. Raises ValueError for what is nested deeper
    than ``deepest`` levels or holds more than ``most`` values.
    """
    return _Cleaning(longest=longest, most=most).value(value, deepest)


class _Cleaning:
    """One walk through a tree, counting its values."""

    def __init__(self, *, longest: int, most: int) -> None:
        self.longest = longest
        self.left = most

    def value(self, value: Any, levels: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ValueError("It holds too many values.")
        if isinstance(value, str):
            return clean_text(value, longest=self.longest)
        if isinstance(value, list | tuple | Mapping) and levels < 1:
            raise ValueError("It is nested too deeply.")
        if isinstance(value, list | tuple):
            return [self.value(each, levels - 1) for each in value]
        if isinstance(value, Mapping):
            return {
                clean_text(name, longest=self.longest): self.value(each, levels - 1)
                for name, each in value.items()
            }
        if isinstance(value, float) and not (float("-inf") < value < float("inf")):
            return None
        return value


def _joined(text: str) -> str:
    """The halves of a pair that stand side by side are one character; a half alone is replaced."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _kept(match: re.Match[str]) -> str:
    return _BLANKS.get(match.group(), REPLACEMENT)
