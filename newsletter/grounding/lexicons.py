"""The words that the checks know, by language: read from ``data/<code>.toml`` and validated, once.

To add a language is to add its file; ``data/common.toml`` holds what belongs to no language. A file is a
:class:`Lexicon`, section by section. A section or key without a default is required; an unknown key, an empty
list, an entry that stands twice in a list, a pattern that does not compile is refused with one sentence that
names file and key.

Patterns are regular expressions whose ``\\w`` and ``\\b`` mean the words of all scripts.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, NewType, TypeVar, get_args, get_origin, get_type_hints

import regex

from newsletter.errors import PaperpostError
from newsletter.languages import LANGUAGES, language

FOLDER = Path(__file__).parent / "data"
_COMMON = "common"

T = TypeVar("T")
Pattern = NewType("Pattern", str)
Words = tuple[str, ...]
Patterns = tuple[Pattern, ...]
Values = Mapping[str, float]


class FaultyLexicon(PaperpostError):  # noqa: N818 - it says what is wrong with a file
    """A file of words that cannot be used: which, at which key, and why."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Writing:
    """How the language is written.

    ``open_words`` need another word after them: no text ends with one. ``detector`` is the language's name in
    lingua, for languages in Latin letters, and ``small_words`` its commonest words, by which it is told from
    its neighbours. ``spaces`` is false where none part words (Chinese, Japanese); ``joins_words`` is true
    where a word may begin within what spaces part (Korean). ``prefixes`` are what is written onto a word's
    front.
    """

    open_words: Words
    detector: str = ""
    small_words: Words = ()
    spaces: bool = True
    joins_words: bool = False
    prefixes: Pattern = Pattern("")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands around numerals.

    ``decimal_comma``: "12,5" is 12.5, and "1.234" is 1,234. ``hedges`` allow a rounded number, shortly before
    it. ``range_links`` join two numbers that share a unit ("65 to 98 percent"). ``score_points`` are points
    where English writes a bare number. After ``ranks`` a number is an order and no count. ``prefixes`` are
    written onto a number word's front, ``counters`` onto its end.
    """

    decimal_comma: bool
    hedges: Words = ()
    range_links: Words = ()
    score_points: Words = ()
    ranks: Patterns = ()
    prefixes: Pattern = Pattern("")
    counters: Words = ()


@dataclass(frozen=True, slots=True)
class Multiples:
    """Words that mean a multiple ("twice") or a part in per cent ("half") without a numeral."""

    times: Values = field(default_factory=_nothing)
    percent: Values = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class PositionalNumerals:
    """Numerals of East Asia, such as 三万五千 and 삼만오천: numbers only before one of the ``measures``.

    They are none after ``not_after``; ``not_numbers`` and, before a space, ``not_before_space`` never are.
    """

    digits: Values
    tens: Values
    myriads: Values
    measures: Words
    not_numbers: Words
    not_after: Words = ()
    not_before_space: Words = ()


@dataclass(frozen=True, slots=True)
class Direction:
    """Words that point somewhere, and what denies.

    The entries of the first seven lists are matched where a word begins (or anywhere, in languages that run
    words together) and stand for all that begins so; "$" at the end asks for the whole word.

    ``denials`` deny a statement, as against ``lacks`` within one word (an English "un-"). ``hardship`` says
    that something hardly goes, which an evidence need not deny ("struggles to"); ``undoings`` are words that
    deny by themselves ("misses", "removes"), ``without`` those that deny a thing beside a clause's denial.
    ``concord`` only repeats a denial where there is one in the clause. Where ``denies_each`` is true each
    member of a list is denied, and denials are counted by clause: a comma before one of ``goes_on`` ends
    none, one of ``conjunctions`` before one of ``negators`` does. ``defeats`` admit a defeat, whatever else
    is said. Where ``no_denial`` stands nothing is denied.
    """

    up: Words
    down: Words
    good: Words
    bad: Words
    fast: Words
    slow: Words
    not_: Words
    denials: Pattern
    defeats: Pattern
    no_denial: Patterns
    concord: Pattern = Pattern("")
    lacks: Pattern = Pattern("")
    hardship: Pattern = Pattern("")
    undoings: Pattern = Pattern("")
    without: Pattern = Pattern("")
    denies_each: bool = False
    goes_on: Words = ()
    conjunctions: Words = ()
    negators: Words = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The style of the language: how sentences end, the wrong endings by the name of their style, and by
    which words a text would speak to its reader (outside what ``no_address`` finds).
    """

    endings: Pattern = Pattern("")
    wrong_endings: Mapping[str, Pattern] = field(default_factory=_nothing)
    address: Pattern = Pattern("")
    no_address: Pattern = Pattern("")


@dataclass(frozen=True, slots=True)
class Names:
    """``elided`` is what is written onto a name's front; ``places`` are words of places, peoples and
    languages, which name no method and no result.
    """

    elided: Pattern = Pattern("")
    places: Words = ()


@dataclass(frozen=True, slots=True)
class Availability:
    """The beginnings of words by which a text says where code or data lie; in English also all the words
    (``saying_where``) that a sentence is made of which says nothing else.
    """

    named: Words
    saying_where: Words = ()


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What a model writes instead of a summary. ``nothing`` are whole texts; ``instruction`` finds what
    speaks to whoever summarises, and each such pattern in Latin letters holds one of ``instruction_hints``.
    """

    placeholder: Patterns = ()
    nothing: Patterns = ()
    apology: Patterns = ()
    echo: Patterns = ()
    instruction: Patterns = ()
    instruction_hints: Words = ()


@dataclass(frozen=True, slots=True)
class Clauses:
    """How English clauses begin, and whose doing they tell of; lower case.

    ``own_nouns`` with one of the ``determiners``, ``new`` words and ``authors`` are the paper's own work,
    ``others`` and plurals are not; ``kinds`` after a name are the things it describes. ``findings`` have no
    doer, ``gauges`` measure what others do. ``openers`` begin a clause with a subject of its own, and so does
    "that" after words that begin like ``saying``; ``adverbs`` go on with the subject before. A subject ends
    at one of ``verbs`` or ``prepositions``.
    """

    determiners: Words
    authors: Words
    own_nouns: Words
    new: Words
    others: Words
    kinds: Words
    findings: Words
    gauges: Words
    adverbs: Words
    openers: Words
    saying: Words
    verbs: Words
    prepositions: Words


@dataclass(frozen=True, slots=True)
class Roles:
    """What names do. ``own_doing`` is what a paper's own work does, ``doing`` what any system may be found to
    do; ``nouns_too`` are those of both that are also nouns in the plural. ``naming`` stands before a name,
    ``prepositions`` part it from what is presented; ``no_doers`` are no names, though they begin sentences.
    """

    own_doing: Words
    doing: Words
    nouns_too: Words
    naming: Words
    prepositions: Words
    no_doers: Words


@dataclass(frozen=True, slots=True)
class Stock:
    """What sentences are made of that would fit any paper: beginnings of words (short ones: whole words), or
    pieces of text where no spaces part words.
    """

    words: Words


@dataclass(frozen=True, slots=True)
class English:
    """What comparing within English needs: words without content, endings to cut, words never cut, and
    abbreviations that end no sentence.
    """

    stop_words: Words
    suffixes: Words
    kept_whole: Words
    abbreviations: Words
    clauses: Clauses
    roles: Roles


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language.

    ``numerals`` are number words with their values, ``scales`` words such as "million"; ``units`` the words
    for each unit of ``common.toml`` [dimensions], ``units_before`` those that stand before the numeral, and
    ``ambiguous_units`` the other words that a unit's word also begins. ``hinted_counts`` say a small count
    without its numeral, ``parts`` are fractions ("a third"). ``acronyms`` are the language's own, each with
    what English calls the same, in lower case and run together.
    """

    writing: Writing
    numbers: Numbers
    units: Mapping[str, Words]
    availability: Availability
    stock: Stock
    direction: Direction | None = None
    numerals: Values = field(default_factory=_nothing)
    multiples: Multiples = field(default_factory=Multiples)
    scales: Values = field(default_factory=_nothing)
    units_before: Mapping[str, Words] = field(default_factory=_nothing)
    ambiguous_units: Mapping[str, Words] = field(default_factory=_nothing)
    positional_numerals: PositionalNumerals | None = None
    hinted_counts: Values = field(default_factory=_nothing)
    parts: Values = field(default_factory=_nothing)
    register: Register = field(default_factory=Register)
    names: Names = field(default_factory=Names)
    acronyms: Mapping[str, Words] = field(default_factory=_nothing)
    hygiene: Hygiene = field(default_factory=Hygiene)
    english: English | None = None


@dataclass(frozen=True, slots=True)
class CommonNumbers:
    """Signs that hedge a number, and signs that join two which share a unit."""

    hedges: Words
    range_links: Words


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's dimension, and what turns it into the dimension's base."""

    dimension: str
    factor: float


@dataclass(frozen=True, slots=True)
class Chinese:
    """``pairs`` are a simplified character and its traditional form, where neither is also a character of
    the other script with another meaning (里, 斗, 台, 后). ``reduced_by_japanese`` are traditional characters
    that Japanese simplified in another way; ``not_japanese`` belong to words that only Chinese has.
    """

    pairs: Words
    reduced_by_japanese: str
    not_japanese: str


@dataclass(frozen=True, slots=True)
class Common:
    """What belongs to no language: signs, units, numerals in Han, the two Chinese scripts.

    ``letter_scales`` are letters after a numeral ("7B"), which keep their case.
    """

    numbers: CommonNumbers
    letter_scales: Values
    units: Mapping[str, Words]
    units_before: Mapping[str, Words]
    han_numerals: PositionalNumerals
    dimensions: Mapping[str, Unit]
    chinese: Chinese


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
        return _read(content, kind, "")
    except _FaultError as fault:
        raise FaultyLexicon(f"{path}: {fault}") from None


class _FaultError(Exception):
    """Where in a file something is wrong, and what."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


def _read(value: object, kind: type[T], where: str) -> T:
    """A dataclass from a table. A key that is a word of Python ("not") has a "_" at its field's end."""
    table = _table(value, where)
    hints = get_type_hints(kind)
    known = {each.name.removesuffix("_"): each for each in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise _FaultError(
                _inside(where, key), f"there is no such key; there are {', '.join(sorted(known))}."
            )
    values = {}
    for key, each in known.items():
        if key in table:
            values[each.name] = _value(table[key], hints[each.name], _inside(where, key))
        elif each.default is MISSING and each.default_factory is MISSING:
            raise _FaultError(_inside(where, key), "this is required.")
    return kind(**values)


def _inside(where: str, key: str) -> str:
    """ "[units] hours"; what stands at the top is a section."""
    if not where:
        return f"[{key}]"
    return f"{where} {key}"


def _value(value: object, kind: Any, where: str) -> Any:
    if get_origin(kind) is UnionType:
        kind = get_args(kind)[0]
    if is_dataclass(kind):
        return _read(value, kind, where)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        return _list(value, get_args(kind)[0], where)
    if get_origin(kind) is Mapping:
        inner = get_args(kind)[1]
        entries = _table(value, where)
        if not entries:
            raise _FaultError(where, "this is empty.")
        return MappingProxyType(
            {key: _value(each, inner, _inside(where, key)) for key, each in entries.items()}
        )
    return _SIMPLE[kind](value, where)


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _FaultError(where, "this must be a table.")
    return value


def _list(value: object, kind: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _FaultError(where, "this must be a list that is not empty.")
    items = tuple(str(_SIMPLE[kind](each, where)) for each in value)
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise _FaultError(where, f"“{item}” stands there twice.")
        seen.add(item)
    return items


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _FaultError(where, f"{value!r} is no text.")
    return value


def _pattern(value: object, where: str) -> Pattern:
    text = _text(value, where)
    try:
        regex.compile(text)
    except regex.error as error:
        raise _FaultError(where, f"the pattern {text!r} does not compile: {error}") from error
    return Pattern(text)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise _FaultError(where, f"{value!r} is no number.")
    return float(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _FaultError(where, f"{value!r} is neither true nor false.")
    return value


_SIMPLE: Mapping[Any, Callable[[object, str], Any]] = {
    str: _text,
    Pattern: _pattern,
    float: _number,
    bool: _flag,
}
