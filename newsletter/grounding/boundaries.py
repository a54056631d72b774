"""Where words begin and end in every script (UAX #29, https://unicode.org/reports/tr29/).

The standard library's ``\\w`` and ``\\b`` know no combining marks: Hindi "ने" would hold a free-standing "न".
Patterns for texts in any language are made here; those that only ever see the English source may use
:mod:`re`, which is faster. An apostrophe parts words here, as UAX #29 advises for French and Italian.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex

# For patterns of the standard library: letters of Latin words in all languages, and marks that go on.
LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
MARKS = "\u0300-\u036f"


@dataclass(frozen=True, slots=True)
class WordPattern:
    r"""A pattern whose ``\w`` and ``\b`` mean the words of all scripts, marks included.

    A text of ASCII has no marks: there the standard library says the same, several times faster.
    """

    ascii: re.Pattern[str]
    every: "regex.Pattern[str]"

    def _of(self, text: str) -> Any:
        return self.ascii if text.isascii() else self.every

    def search(self, text: str) -> re.Match[str] | None:
        """The first match anywhere."""
        match: re.Match[str] | None = self._of(text).search(text)
        return match

    def match(self, text: str, position: int = 0) -> re.Match[str] | None:
        """The match that begins at a position."""
        match: re.Match[str] | None = self._of(text).match(text, position)
        return match

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches, in order."""
        matches: Iterator[re.Match[str]] = self._of(text).finditer(text)
        return matches

    def findall(self, text: str) -> list[str]:
        """The whole of each match, whatever groups there are."""
        return [match.group() for match in self.finditer(text)]

    def sub(self, replacement: str, text: str) -> str:
        """The text with each match replaced."""
        changed: str = self._of(text).sub(replacement, text)
        return changed

    def split(self, text: str) -> list[str]:
        """The parts of the text between the matches."""
        parts: list[str] = self._of(text).split(text)
        return parts


def compile_words(pattern: str, *, ignore_case: bool = False, for_ascii: str | None = None) -> WordPattern:
    """``for_ascii`` is what can match in a text of ASCII, where that is less than the whole pattern."""
    narrow = pattern if for_ascii is None else for_ascii
    return WordPattern(
        re.compile(narrow, re.IGNORECASE if ignore_case else re.NOFLAG),
        regex.compile(pattern, regex.IGNORECASE if ignore_case else 0),
    )


_BETWEEN = compile_words(r"[\W_]+")


def bare(text: str) -> str:
    """Words of letters, marks and digits alone, in lower case, single spaces between."""
    return " ".join(_BETWEEN.sub(" ", text.lower()).split())
