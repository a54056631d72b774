"""The words that lists of other services use, read from ``words.toml`` and compared folded. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

_SPACES = re.compile(r"[\s_\-./:]+")
_BRACKETS = re.compile(r"[()\[\]?!*,;]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SHORT = 5  # signs; shorter stems in Latin letters have to be whole words


def fold(text: str) -> str:
    """``text`` for comparing: plain forms, lower case, one space for each run of spaces and of "_-./:"."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _SPACES.sub(" ", plain).strip(" '\"\ufeff")


def fold_heading(text: str) -> str:
    """A heading folded: "emailOptOut" has three words, and "do not" is one."""
    return fold(_HUMP.sub(" ", _BRACKETS.sub(" ", text))).replace("do not", "donot")


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def words(table: str, name: str) -> frozenset[str]:
    """The folded words of ``name`` in ``table``."""
    return frozenset(fold(word) for word in _file()[table][name])


@lru_cache(maxsize=1)
def our_headings() -> Mapping[str, tuple[str, ...]]:
    """Our names of columns, and the folded headings under which others keep the same, the best first."""
    return {ours: tuple(map(fold, theirs)) for ours, theirs in _file()["ours"].items()}


@lru_cache(maxsize=16)
def _stems(table: str, name: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The stems to look for anywhere, longest first, and the words that must stand alone."""
    squeezed = {word.replace(" ", "") for word in words(table, name)}
    short = frozenset(stem for stem in squeezed if stem.isascii() and len(stem) < _SHORT)
    return tuple(sorted(squeezed - short, key=len, reverse=True)), short


def without_stems(text: str, table: str, name: str) -> str | None:
    """The folded ``text`` without spaces and without the stems of ``name``; None if it has none of them."""
    stems, short = _stems(table, name)
    tokens = text.split()
    squeezed = "".join(token for token in tokens if token not in short)
    has_any = len(squeezed) < len("".join(tokens))
    for stem in stems:
        if stem in squeezed:
            has_any, squeezed = True, squeezed.replace(stem, " ")
    return squeezed if has_any else None
