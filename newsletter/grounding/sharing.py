"""The check "overlap" in every language: does a takeaway say something, and something of its evidence?

A sentence that would fit any paper is made of the words of which such sentences are made (``[stock]`` of
each language's file). Whatever else a takeaway says must meet its English evidence somewhere: in a number, a
name, a word that both languages share or that is borrowed by its sound, or a subject (:mod:`terms`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex
from rapidfuzz import fuzz

from newsletter.grounding import words
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.lexicons import lexicon
from newsletter.grounding.quantities import quantities
from newsletter.grounding.terms import subjects, suspect_foreign_subject
from newsletter.grounding.transliteration import sounds_like
from newsletter.languages import language as language_of

_SOURCE = "en"
_FEW = 2  # words of its own in a sentence that says nothing
_ENOUGH_ELSEWHERE = 2  # things shared with the rest of the paper that make up for none with the evidence
_MANY_FOREIGN = 3  # subjects that the evidence lacks, beside the one thing that it shares
_SMALL_NUMBER = 5  # counts up to it are everywhere
_SHARED_BEGINNING = 5  # letters that two languages' forms of one word begin with
_LATIN = regex.compile(r"\p{Latin}[\p{Latin}\p{M}\d]+(?:[-.'][\p{Latin}\p{M}\d]+)*")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_NOTHING: frozenset[str] = frozenset()


def suspect_sharing(text: str, evidence: str, source: str, *, language: str) -> Iterator[Suspicion]:
    """``text`` in any language, ``evidence`` the one English passage that it rests on or "", ``source`` the
    whole paper; all normalised. The score is 2.

    In languages of other scripts what is shared is looked for by :func:`suspect_foreign_subject`.
    """
    shared = links(text, evidence or source, language=language)
    if not shared and _is_stock_sentence(text, language):
        message = "This would fit any paper: it shares no number, name or term with its evidence."
        yield Suspicion("overlap", 2.0, content(text, language=language).stock[:6], message)
    elif evidence and language != _SOURCE and not is_in_latin(language):
        yield from suspect_foreign_subject(text, evidence, language=language)
    elif evidence and not shared:
        elsewhere = links(text, source, language=language)
        speaks = elsewhere or subjects(text, language=language)
        if speaks and len(elsewhere) < _ENOUGH_ELSEWHERE:
            message = "This shares no number, name or term with its evidence."
            yield Suspicion("overlap", 2.0, content(text, language=language).own[:6], message)
    elif evidence and len(shared) == 1 and _is_elsewhere(text, evidence, language):
        message = "This shares one word with its evidence, and speaks of much that is not in it."
        yield Suspicion("overlap", 2.0, content(text, language=language).own[:6], message)


def _is_elsewhere(text: str, evidence: str, language: str) -> bool:
    """Whether a text speaks of several subjects that its evidence lacks, and counts nothing of it."""
    if language == _SOURCE:
        return False
    foreign = subjects(text, language=language) - subjects(evidence, language=_SOURCE)
    return len(foreign) >= _MANY_FOREIGN and not _named_or_counted(text, evidence, language)


def _named_or_counted(text: str, evidence: str, language: str) -> bool:
    passage = _read_passage(evidence)
    numbers = (each.readings for each in quantities(text, language=language))
    names = (match.group().lower() for match in _LATIN.finditer(text) if _is_name(match.group()))
    return any(not passage.numbers.isdisjoint(each) for each in numbers) or any(
        part in passage.words for name in names for part in (name, *name.split("-"))
    )


def _is_stock_sentence(text: str, language: str) -> bool:
    parts = content(text, language=language)
    return len(parts.own) <= max(_FEW, len(parts.stock) // 2)


def is_in_latin(language: str) -> bool:
    """Whether a language is written in Latin letters."""
    return "Latin" in language_of(language).scripts


@dataclass(frozen=True, slots=True)
class Content:
    """What a text is made of: words that say something of their own, and words that any paper's text has."""

    own: tuple[str, ...]
    stock: tuple[str, ...]


@lru_cache(maxsize=4096)
def content(text: str, *, language: str) -> Content:
    """The words of a normalised text, in lower case; the language's smallest ones are left out."""
    plain = text.lower()
    writing = lexicon(language).writing
    pattern = _stock_phrases(language)
    stock = [match.group() for match in pattern.finditer(plain)]
    plain = pattern.sub(" ", plain)
    if not writing.spaces:
        runs = (run for run in _WORD.findall(plain) if not _is_hiragana(run))
        return Content(tuple(runs), tuple(stock))
    small = words.STOP_WORDS if language == _SOURCE else frozenset(writing.small_words)
    own: list[str] = []
    for word in _WORD.findall(plain):
        if word not in small and (len(word) > 1 or writing.joins_words):
            (stock if _is_stock(word, language) else own).append(word)
    return Content(tuple(own), tuple(stock))


@lru_cache(maxsize=64)
def _stock_phrases(language: str) -> WordPattern:
    """All that is listed where no spaces part words, else what is listed with a space in it."""
    spaces = lexicon(language).writing.spaces
    listed = [each.lower() for each in lexicon(language).stock.words if " " in each or not spaces]
    alternatives = "|".join(map(re.escape, sorted(listed, key=len, reverse=True))) or "(?!)"
    return compile_words(rf"(?<!\w)(?:{alternatives})(?!\w)" if spaces else alternatives)


@lru_cache(maxsize=64)
def _prefixes(language: str) -> WordPattern:
    return compile_words(lexicon(language).writing.prefixes)


def _is_hiragana(run: str) -> bool:
    """Whether a run is Hiragana alone: endings and particles."""
    return all("\u3041" <= letter <= "\u309f" for letter in run)


@lru_cache(maxsize=64)
def _stock_words(language: str) -> Mapping[str, tuple[str, ...]]:
    """The listed beginnings by their first letter."""
    return _by_first_letter(each.lower() for each in lexicon(language).stock.words)


def _by_first_letter(listed: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for word in listed:
        table.setdefault(word[:1], []).append(word)
    return {letter: tuple(group) for letter, group in table.items()}


@lru_cache(maxsize=65536)
def _is_stock(word: str, language: str) -> bool:
    writing = lexicon(language).writing
    forms = {word}
    if writing.prefixes:
        prefix = _prefixes(language).match(word)
        forms |= {word[prefix.end() :] if prefix else word, word[1:]}
    return any(
        form.startswith(each) and len(form) - len(each) <= _longest_ending(each, joins=writing.joins_words)
        for form in forms
        for each in _stock_words(language).get(form[:1], ())
    )


def _longest_ending(beginning: str, *, joins: bool) -> int:
    """How many letters may follow a listed beginning: a short one is soon another word's."""
    length = len(beginning)
    if joins:
        return 1 if length == 1 else 5
    return {1: 0, 2: 0, 3: 2, 4: 3}.get(length, 12)


@dataclass(frozen=True, slots=True)
class _Passage:
    """An English passage: its numbers' values, its words, those that say something (``folded``, too, by their
    first letter), its subjects.
    """

    numbers: frozenset[float]
    words: frozenset[str]
    telling: tuple[str, ...]
    folded: Mapping[str, tuple[str, ...]]
    subjects: frozenset[str]


@lru_cache(maxsize=2048)
def _read_passage(passage: str) -> _Passage:
    own = content(passage, language=_SOURCE).own
    telling = tuple(sorted({word for word in own if len(word) > 3}))
    return _Passage(
        numbers=frozenset(value for each in quantities(passage) for value in each.readings),
        words=frozenset(words.words(passage)),
        telling=telling,
        folded=_by_first_letter(map(_folded, telling)),
        subjects=subjects(passage, language=_SOURCE),
    )


@lru_cache(maxsize=4096)
def links(text: str, passage: str, *, language: str) -> frozenset[str]:
    """What a text and an English passage share: numbers, names, words with a counterpart, subjects.

    Words of which stock sentences are made do not count. Both are normalised.
    """
    english, own = _read_passage(passage), content(text, language=language).own
    latin = is_in_latin(language)
    shared = {
        each.written
        for each in quantities(text, language=language)
        if each.readings[0] > _SMALL_NUMBER and not english.numbers.isdisjoint(each.readings)
    }
    for match in _LATIN.finditer(text):
        if not latin or _is_name(match.group()):
            word = match.group().lower()
            shared |= {part for part in (word, *word.split("-")) if len(part) > 2 and part in english.words}
    shared |= {word for word in own if _is_shared(word, english, latin=latin)}
    if own:
        shared |= subjects(" ".join(own) if latin else text, language=language) & english.subjects
    return frozenset(shared)


def _is_name(word: str) -> bool:
    return any(letter.isupper() for letter in word[1:]) or any(letter.isdigit() for letter in word)


def _is_shared(word: str, english: _Passage, *, latin: bool) -> bool:
    if latin:
        plain = _folded(word)
        return len(plain) > 3 and any(_is_cognate(plain, each) for each in english.folded.get(plain[0], ()))
    return any(sounds_like(word, each) for each in english.telling)


_SPELLED = (("ph", "f"), ("th", "t"), ("ck", "k"), ("c", "k"), ("y", "i"), ("z", "s"), ("q", "k"))


@lru_cache(maxsize=16384)
def _folded(word: str) -> str:
    """A word in Latin letters without accents and without what languages spell differently."""
    decomposed = unicodedata.normalize("NFD", word)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    for written, sound in _SPELLED:
        plain = plain.replace(written, sound)
    return plain


def _is_cognate(word: str, english: str) -> bool:
    """Whether two folded words with the same first letter are one: equal, alike, with the same beginning."""
    shortest = min(len(word), len(english))
    same = next((at for at in range(shortest) if word[at] != english[at]), shortest)
    if same >= min(_SHARED_BEGINNING, len(english)):
        return True
    return shortest > _SHARED_BEGINNING and fuzz.ratio(word, english) >= 80
