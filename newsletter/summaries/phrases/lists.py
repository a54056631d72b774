"""The words of the request for a rendering, one TOML file per language, written in that language.

A model writes a language best when it is asked in it. To add a language is to add its file here; ``system``
and what stands in braces must be there (:data:`PLACES`), which is looked at when the file is read.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from newsletter.errors import InvalidInput
from newsletter.languages import language

_FOLDER = Path(__file__).parent

# By the name of a phrase: what it leaves open.
PLACES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "system": frozenset({"sentence_limit", "takeaway_limit", "mark"}),
        "glossary": frozenset({"terms"}),
        "hint": frozenset({"hint"}),
        "task": frozenset(),
        "repair": frozenset({"faults"}),
    }
)


@lru_cache(maxsize=64)
def phrases(code: str) -> Mapping[str, str]:
    """The phrases of a language by name.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language and for a file that lacks a phrase
    or a place in one.
    """
    file = _FOLDER / f"{language(code).code}.toml"
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.") from error
    for name, places in PLACES.items():
        text = read.get(name)
        if not isinstance(text, str) or _places(text) != places:
            listed = ", ".join(f"{{{place}}}" for place in sorted(places)) or "nothing in braces"
            raise InvalidInput(f"{file}: “{name}” must be a text with {listed}.")
    return MappingProxyType({name: read[name].strip() for name in PLACES})


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """How a language says small numbers beyond the word lists of the checks.

    ``stems`` are beginnings of words by value; ``has_dual``: "two" may be an ending.
    """

    stems: Mapping[int, tuple[str, ...]]
    has_dual: bool


@lru_cache(maxsize=64)
def small_numbers(code: str) -> SmallNumbers:
    """Those of the language ``code``; none for a language whose file says nothing of them."""
    read = tomllib.loads((_FOLDER / f"{language(code).code}.toml").read_text(encoding="utf-8"))
    stems = {int(value): tuple(map(str, words)) for value, words in read.get("small_numbers", {}).items()}
    return SmallNumbers(MappingProxyType(stems), has_dual=bool(read.get("has_dual", False)))


def generic_acronyms() -> frozenset[str]:
    """English acronyms, in lower case, that are no names: other languages may translate them."""
    return _common("generic")


def words_too() -> frozenset[str]:
    """Names of models, in lower case, that are also English words: a sentence may begin with the word."""
    return _common("words_too")


@lru_cache(maxsize=8)
def _common(name: str) -> frozenset[str]:
    read = tomllib.loads((_FOLDER / "common.toml").read_text(encoding="utf-8"))
    return frozenset(str(read[name]).split())


def _places(text: str) -> frozenset[str]:
    try:
        return frozenset(place for _, place, _, _ in string.Formatter().parse(text) if place is not None)
    except ValueError:
        return frozenset({"?"})
