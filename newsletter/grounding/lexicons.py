"""The words that the checks know, by language: read from ``data/<code>.toml`` and validated, once.

To add a language is to add its file, which :mod:`newsletter.grounding.lexicon_format` describes;
``data/common.toml`` holds what belongs to no language, ``data/english`` what only the language of the sources
needs. A file that cannot be used is refused with one sentence that names file and key.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from newsletter.errors import PaperpostError
from newsletter.grounding.lexicon_format import Common, English, Lexicon, Polarity
from newsletter.grounding.toml_records import RecordError, read_record
from newsletter.languages import LANGUAGES, language

FOLDER = Path(__file__).parent / "data"
_COMMON = "common"

T = TypeVar("T")


class FaultyLexicon(PaperpostError):  # noqa: N818 - it says what is wrong with a file
    """A file of words that cannot be used: which, at which key, and why."""


def lexicon(code: str) -> Lexicon:
    """The words of a language. Raises :class:`~newsletter.errors.InvalidInput` for an unknown one."""
    return lexicons()[language(code).code]


def english() -> English:
    """What comparing within English needs."""
    own = lexicons()["en"].english
    if own is None:
        raise FaultyLexicon(f"{FOLDER / 'en.toml'}: [english]: this is required.")
    return own


@cache
def lexicons() -> Mapping[str, Lexicon]:
    """All languages, by code. Raises :class:`FaultyLexicon`."""
    return read_lexicons(FOLDER)


@cache
def common() -> Common:
    """What belongs to no language. Raises :class:`FaultyLexicon`."""
    return _read_file(FOLDER / f"{_COMMON}.toml", Common)


@cache
def polarity() -> Polarity:
    """English words that point somewhere. Raises :class:`FaultyLexicon`."""
    return _read_file(FOLDER / "english" / "polarity.toml", Polarity)


def read_lexicons(folder: Path) -> Mapping[str, Lexicon]:
    """Every language's file of a folder, in the order of :data:`newsletter.languages.LANGUAGES`."""
    names = {path.stem for path in folder.glob("*.toml")} - {_COMMON}
    unknown = sorted(names - LANGUAGES.keys())
    if unknown:
        raise FaultyLexicon(f"{folder / unknown[0]}.toml: newsletter/languages knows no such language.")
    units = _read_file(folder / f"{_COMMON}.toml", Common).dimensions.keys()
    result = {}
    for code in LANGUAGES:
        path = folder / f"{code}.toml"
        words = result[code] = _read_file(path, Lexicon)
        for section, table in (("units", words.units), ("units_before", words.units_before)):
            for name in table.keys() - units:
                raise FaultyLexicon(
                    f"{path}: [{section}] {name}: {_COMMON}.toml [dimensions] has no such unit."
                )
    return MappingProxyType(result)


def _read_file(path: Path, kind: type[T]) -> T:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FaultyLexicon(f"{path}: this file is missing.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultyLexicon(f"{path}: this is no TOML: {error}") from error
    try:
        return read_record(content, kind)
    except RecordError as error:
        raise FaultyLexicon(f"{path}: {error}") from None
