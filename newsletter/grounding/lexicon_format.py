"""What a language's file (``data/<code>.toml``) holds, section by section: :class:`Lexicon`.

What has no default is required. Patterns are regular expressions whose ``\\w`` and ``\\b`` mean the words
of all scripts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from newsletter.grounding.toml_records import Pattern

Words = tuple[str, ...]
Patterns = tuple[Pattern, ...]
NO_PATTERN = Pattern("")
Values = Mapping[str, float]


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
    prefixes: Pattern = NO_PATTERN


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
    prefixes: Pattern = NO_PATTERN
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
    concord: Pattern = NO_PATTERN
    lacks: Pattern = NO_PATTERN
    hardship: Pattern = NO_PATTERN
    undoings: Pattern = NO_PATTERN
    without: Pattern = NO_PATTERN
    denies_each: bool = False
    goes_on: Words = ()
    conjunctions: Words = ()
    negators: Words = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The style of the language: how sentences end, the wrong endings by the name of their style, and by
    which words a text would speak to its reader (outside what ``no_address`` finds).
    """

    endings: Pattern = NO_PATTERN
    wrong_endings: Mapping[str, Pattern] = field(default_factory=_nothing)
    address: Pattern = NO_PATTERN
    no_address: Pattern = NO_PATTERN


@dataclass(frozen=True, slots=True)
class Names:
    """``elided`` is what is written onto a name's front; ``places`` are words of places, peoples and
    languages, which name no method and no result.
    """

    elided: Pattern = NO_PATTERN
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
class EvidenceDenials:
    """What denies in an English passage, so that a text in another language may deny as well. Patterns, each
    between the boundaries of words.

    ``outright`` denies by itself, ``within_words`` are prefixes and suffixes ("un-", "-less"); ``hardly``
    says that something goes only to a degree, ``hard`` that it takes pains; ``of_clauses`` deny a whole
    clause, so that a translation without a denial has lost something.
    """

    outright: Patterns
    within_words: Patterns
    hardly: Patterns
    hard: Patterns
    of_clauses: Patterns


@dataclass(frozen=True, slots=True)
class Axis:
    """Words that point one way, and those that point the other. A word may be on several axes.

    ``names_fault``: the opposites are faults ("robust", "fragile"). ``cures``: the words are said of bad
    things ("mitigate"). Inflected forms come by stem; those whose stem differs are written out.
    """

    words: Words
    opposites: Words
    names_fault: bool = False
    cures: bool = False


@dataclass(frozen=True, slots=True)
class Polarity:
    """English words that point somewhere (``axes``, by the first of their words), and what they act on.

    One wants more of ``good_things`` and less of ``bad_things``, wants to beat ``rivals``, and neither wants
    more nor less of ``tasks``: to be bad at one is a defeat, to do less of one is not. ``defeat_verbs``
    (bases; regular forms are added) and ``defeat_comparisons``, said of the work itself, admit a defeat.
    Shortly after ``relief`` a fault is named to be cured, shown or left to others; after ``negators`` a word
    means its opposite. After "to" ``stopping`` words name a purpose; of others ``troubles`` name a
    difficulty. ``unrelated`` only look like relatives of listed words. ``pointing`` are small words that
    count though they carry no meaning; ``vague`` words claim nothing by themselves, nor do words with
    ``noun_endings``.
    """

    good_things: Words
    tasks: Words
    bad_things: Words
    rivals: Words
    defeat_verbs: Words
    defeat_comparisons: Words
    relief: Words
    unrelated: Words
    stopping: Words
    troubles: Words
    negators: Words
    pointing: Words
    vague: Words
    noun_endings: Words
    axes: Mapping[str, Axis]


@dataclass(frozen=True, slots=True)
class Stock:
    """What sentences are made of that would fit any paper: beginnings of words (short ones: whole words), or
    pieces of text where no spaces part words.
    """

    words: Words


@dataclass(frozen=True, slots=True)
class English:
    """What comparing with an English source needs: words without content, endings to cut, words never cut,
    abbreviations that end no sentence. ``phrases`` say in several words what their name says in one.
    """

    stop_words: Words
    suffixes: Words
    kept_whole: Words
    abbreviations: Words
    clauses: Clauses
    roles: Roles
    denials: EvidenceDenials
    phrases: Mapping[str, Patterns]


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
class CommonNames:
    """In lower case: ``known`` are acronyms and words that every reader of papers knows, which name no method
    and no result; ``methods`` are those among them that no translation brings in, because the source itself
    must name them; ``famous`` are models and data sets with one capital, which a text may exchange.
    """

    known: Words
    methods: Words
    famous: Words


@dataclass(frozen=True, slots=True)
class Common:
    """What belongs to no language: signs, names, units, numerals in Han, the two Chinese scripts.

    ``letter_scales`` are letters after a numeral ("7B"), which keep their case.
    """

    numbers: CommonNumbers
    names: CommonNames
    letter_scales: Values
    units: Mapping[str, Words]
    units_before: Mapping[str, Words]
    han_numerals: PositionalNumerals
    dimensions: Mapping[str, Unit]
    chinese: Chinese
