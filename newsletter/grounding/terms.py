"""The check "overlap" across languages: does a takeaway speak of what its (English) evidence speaks of?

A takeaway and its evidence share a name, a number, or a subject of ``data/terms/en.toml``, for which each
``data/terms/<code>.toml`` has the language's own words. What shares none would fit another paper as well, or
any. A language without such a file is not checked.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from newsletter.errors import PaperpostError
from newsletter.grounding import words
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.lexicons import lexicon
from newsletter.grounding.overlap import stems_of
from newsletter.grounding.quantities import quantities
from newsletter.languages import LANGUAGES

FOLDER = Path(__file__).parent / "data/terms"
_SOURCE = "en"
_FEW = 3  # subjects of an evidence, none of which a text speaks of that has no subject at all
_MANY_FOREIGN = 4  # subjects that the evidence lacks, beside a single one that it has


class FaultyTerms(PaperpostError):  # noqa: N818 - it says what is wrong with a file
    """A file of terms that cannot be used: which, at which key, and why."""


def read_terms(folder: Path = FOLDER) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By language and subject the beginnings of its words, normalised; for English all stems.

    Raises :class:`FaultyTerms` for an unknown language or subject and for what is no list of words.
    """
    result: dict[str, Mapping[str, tuple[str, ...]]] = {}
    paths = sorted(folder.glob("*.toml"), key=lambda path: path.stem != _SOURCE)
    for path in paths:
        if path.stem not in LANGUAGES:
            raise FaultyTerms(f"{path}: newsletter/languages knows no such language.")
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FaultyTerms(f"{path}: this is no TOML: {error}") from error
        for subject, entries in table.items():
            if subject not in result.get(_SOURCE, table):
                raise FaultyTerms(f"{path}: {subject}: {_SOURCE}.toml has no such subject.")
            if not _is_list_of_words(entries):
                raise FaultyTerms(f"{path}: {subject}: this must be a list of different words.")
        result[path.stem] = MappingProxyType(
            {
                subject: tuple(words.normalise(entry) for entry in entries)
                for subject, entries in table.items()
            }
        )
    return MappingProxyType(result)


def _is_list_of_words(entries: object) -> bool:
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(entry, str) and entry.strip() for entry in entries)
        and len(set(entries)) == len(entries)
    )


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return read_terms()


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """``pattern`` finds the longest of a language's words at each place, ``subjects`` what it is about."""

    pattern: WordPattern
    subjects: Mapping[str, frozenset[str]]


@lru_cache(maxsize=32)
def _vocabulary(language: str) -> _Vocabulary:
    table = _terms()[language]
    entries = sorted({entry.lower() for group in table.values() for entry in group}, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, entries))
    writing = lexicon(language).writing
    start = "" if not writing.spaces or writing.joins_words else rf"(?<!\w){writing.prefixes}"
    return _Vocabulary(
        compile_words(rf"{start}(?=(?P<word>{alternatives}))", ignore_case=True),
        MappingProxyType(
            {
                entry: frozenset(
                    subject
                    for subject, group in table.items()
                    if any(entry.startswith(other.lower()) for other in group)
                )
                for entry in entries
            }
        ),
    )


def has_terms(language: str) -> bool:
    """Whether a language's subjects are known."""
    return language in _terms()


@lru_cache(maxsize=4096)
def subjects(text: str, *, language: str) -> frozenset[str]:
    """The subjects that a normalised text speaks of, as far as the language's terms know."""
    if language == _SOURCE:
        return _subjects_in_english(text)
    if language not in _terms():
        return frozenset()
    vocabulary = _vocabulary(language)
    matched = {match.group("word").lower() for match in vocabulary.pattern.finditer(text)}
    return frozenset().union(*(vocabulary.subjects[word] for word in matched))


@lru_cache(maxsize=1)
def _english_stems() -> Mapping[str, frozenset[str]]:
    return {subject: frozenset(map(_stem, entries)) for subject, entries in _terms()[_SOURCE].items()}


def _stem(entry: str) -> str:
    """Of a word with hyphens ("open-source") its parts run together, as :func:`stems_of` has them, too."""
    return words.stem("".join(letter for letter in entry.lower() if letter.isalnum()))


def _subjects_in_english(text: str) -> frozenset[str]:
    stems = stems_of(text)
    return frozenset(subject for subject, known in _english_stems().items() if not stems.isdisjoint(known))


def suspect_foreign_subject(text: str, evidence: str, *, language: str) -> Iterator[Suspicion]:
    """``text`` in another language against its English evidence; both normalised. The score is 2."""
    if language == _SOURCE or language not in _terms():
        return
    expected = subjects(evidence, language=_SOURCE)
    if not expected or shared_names(text, evidence) or shared_numbers(text, evidence, language=language):
        return
    spoken_of = subjects(text, language=language)
    shared, foreign = len(spoken_of & expected), len(spoken_of - expected)
    if (shared == 0 and (spoken_of or len(expected) >= _FEW)) or (shared == 1 and foreign >= _MANY_FOREIGN):
        missing = tuple(sorted(spoken_of - expected))
        message = "The evidence speaks of " + ", ".join(sorted(expected)) + "; the text does not."
        yield Suspicion("overlap", 2.0, missing, message)


def shared_anchors(text: str, evidence: str, *, language: str) -> frozenset[object]:
    """What a text in any language and an English passage have in common: names, numbers, subjects."""
    common = subjects(text, language=language) & subjects(evidence, language=_SOURCE)
    return common | shared_names(text, evidence) | shared_numbers(text, evidence, language=language)


def shared_names(text: str, evidence: str) -> frozenset[str]:
    """Words in Latin letters that both have, in lower case."""
    runs, known = words.LATIN_RUN.findall(text), words.LATIN_RUN.findall(evidence)
    return frozenset(run.lower() for run in runs if len(run) > 1) & {run.lower() for run in known}


def shared_numbers(text: str, evidence: str, *, language: str) -> frozenset[float]:
    """The numbers, whatever their units, that both have, 1 excepted."""
    values = {value for each in quantities(text, language=language) for value in each.readings}
    known = {value for each in quantities(evidence) for value in each.readings}
    return frozenset((values & known) - {1.0})
