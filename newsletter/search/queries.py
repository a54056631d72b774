"""What somebody typed, as words that papers should have. Pure.

Nothing in it is an operator: quotation marks, asterisks, minus signs and colons only divide words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Final

from newsletter.search.expressions import Expression, either, every
from newsletter.search.stems import stem_of
from newsletter.search.tokens import DULL, compounds_of, words_of
from newsletter.topics.matching.words import clean

LONGEST: Final = 200  # characters
MOST_WORDS: Final = 12
MOST_TOKENS: Final = 16  # of one word: a long run of signs is known by its first
MOST_FORMS: Final = 8
_FORM: Final = 0.8  # what another form of a word is worth
_PARTS: Final = 0.9  # what the parts of a compound are worth where it is not written as one


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word, compound or run of signs: ``shown`` as typed, the ``tokens`` it is made of, and ``joined``, the
    token of a compound in one."""

    shown: str
    tokens: tuple[str, ...]
    joined: str = ""
    is_signs: bool = False

    @property
    def token_typed(self) -> str:
        """The word as one token, as far as it was typed."""
        return self.joined or self.tokens[-1]

    @property
    def all_tokens(self) -> tuple[str, ...]:
        """Whatever the index may know of it."""
        return (*self.tokens, self.joined) if self.joined else self.tokens


@dataclass(frozen=True, slots=True)
class Option:
    """One way to have a word: all of ``tokens``, worth ``factor``."""

    tokens: tuple[str, ...]
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """A word of the query with all ways to have it; ``rarity`` says how much it tells, from 0."""

    word: AskedWord
    options: tuple[Option, ...]
    papers: int
    rarity: float

    @property
    def expression(self) -> Expression:
        """The papers that have it."""
        return either(every(option.tokens) for option in self.options)

    def is_met_by(self, tokens: set[str]) -> bool:
        """Whether a text of these tokens has it."""
        return any(tokens.issuperset(option.tokens) for option in self.options)

    @property
    def tokens(self) -> frozenset[str]:
        """All tokens of its options."""
        return frozenset(token for option in self.options for token in option.tokens)


def read_query(text: str) -> tuple[AskedWord, ...]:
    """The first :data:`MOST_WORDS` words of ``text``, each once; dull ones only where there are no others."""
    text = clean(text[:LONGEST])
    words = words_of(text)
    whole = {first: (after, token) for first, after, token in compounds_of(text, words)}
    asked: dict[tuple[str, ...], AskedWord] = {}
    place = 0
    while place < len(words):
        after, joined = whole.get(place, (place + 1, ""))
        group = words[place:after]
        tokens = tuple(dict.fromkeys(token for word in group for token in word.tokens))[:MOST_TOKENS]
        shown = text[group[0].start : group[-1].end]
        asked.setdefault(tokens, AskedWord(shown, tokens, joined, group[0].is_signs))
        place = after
    telling = [word for word in asked.values() if not (len(word.tokens) == 1 and word.tokens[0] in DULL)]
    return tuple((telling or list(asked.values()))[:MOST_WORDS])


def needs_of(
    words: Iterable[AskedWord], counts: Mapping[str, int], forms: Mapping[str, Iterable[str]], papers: int
) -> tuple[Need, ...]:
    """``words`` with their other forms. ``counts`` says how many of the index's ``papers`` have a token,
    ``forms`` which tokens share a stem."""
    return tuple(_need(word, counts, forms, papers) for word in words)


def _need(
    word: AskedWord, counts: Mapping[str, int], forms: Mapping[str, Iterable[str]], papers: int
) -> Need:
    options = [Option(word.tokens)]
    if word.joined:
        options = [Option((word.joined,)), Option(word.tokens, _PARTS)]
    single = word.joined or (word.tokens[0] if len(word.tokens) == 1 else "")
    if single and not word.is_signs:
        others = sorted(
            (form for form in forms.get(stem_of(single), ()) if form != single),
            key=lambda form: (-counts.get(form, 0), form),
        )
        options += [Option((form,), _FORM) for form in others[:MOST_FORMS]]
    having = sum(min(counts.get(token, 0) for token in option.tokens) for option in options)
    return Need(
        word, tuple(options), having, log((papers + 1) / (min(having, papers) + 0.5)) if papers else 1.0
    )


def neighbours(words: Iterable[AskedWord]) -> list[tuple[str, str]]:
    """Tokens that follow one another in the query."""
    return list(pairwise(token for word in words for token in word.tokens))
