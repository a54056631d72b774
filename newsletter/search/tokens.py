"""Text as the tokens that the index holds: alike in every database, whatever its locale. Pure.

A *token* is a word in small letters without accents, as it stands ("transformers"), a compound both divided
and joined ("few-shot": few, shot, fewshot), a number as a whole ("3.5"). Scripts that put no blanks between
words, and Hangul, which glues endings to them, are taken in pairs of neighbouring signs and in single signs:
"扩散模型" is 扩散, 散模, 模型 and its four signs, so that a word of one or two signs is found in it.

A token holds neither a blank nor a quotation mark, and no colon, which marks the tokens of other kinds
(:mod:`newsletter.search.documents`).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import regex

from newsletter.topics.matching.words import clean, name_of

LONGEST_TOKEN: Final = 40  # characters
_LONGEST_SIGN: Final = 8  # characters: a letter and the marks on it
MOST_WORDS: Final = 6000  # of one text
_AROUND: Final = ".,;:!?()[]{}'\"“”‘’…"
_HYPHENS: Final = frozenset("-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d")

# A word or a number with a point in it; words that hyphens join. Atomic: what follows divides no word.
_ASCII_WORD: Final = r"(?>[0-9]+\.[0-9][a-z0-9]*|[a-z0-9]+)"
_ASCII_WORDS: Final = re.compile(_ASCII_WORD)
_ASCII_GROUP: Final = re.compile(rf"{_ASCII_WORD}(?:-{_ASCII_WORD})*")
_ASCII_RUN: Final = regex.compile("[A-Za-z0-9]+")
_RUN: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*")
# Scripts written without blanks, and Hangul; a sign is one letter with the marks on it.
_SIGNS: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}ー々〆\uff70\uff9e\uff9f\p{Hangul}\p{Bopomofo}"
    r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
)
_PARTS: Final = regex.compile(rf"(?P<signs>[{_SIGNS}][{_SIGNS}\p{{M}}]*)|[^{_SIGNS}]+")
_VOWEL_MARKS: Final = regex.compile("[\u0900-\u0dff]")  # of Indic scripts: without them words are others
_SIGN: Final = regex.compile(r".\p{M}*", regex.DOTALL)

# Letters of one sound in two shapes, which people write either way.
_LIKE: Final = str.maketrans("أإآٱىةکیךםןףץ", "اااايهكيכמנפצ", "ـ\u200c\u200d\u200e\u200f")
# Words that stand in every text; they are neither kept nor asked for.
_DULL_WORDS: Final = (
    "a an the of and or in on for to with by from as is are was were be been we our us it its this that "
    "these those which can at into via their they has have not no but than then how what when where who why "
    "do does"
)
DULL: Final = frozenset(_DULL_WORDS.split())


class Word(NamedTuple):
    """A word, or a run of signs, from ``start`` to ``end`` in its text. ``tokens`` are what it is made of:
    the word alone, or pairs of signs (a single sign is alone).
    """

    start: int
    end: int
    tokens: tuple[str, ...]
    is_signs: bool = False

    @property
    def token(self) -> str:
        """The first of its tokens: for a word, the word."""
        return self.tokens[0]


def words_of(text: str) -> list[Word]:
    """The words of ``text`` in its order, with their places."""
    if text.isascii():
        words = [Word(run.start(), run.end(), (_cut(run[0].lower()),)) for run in _ASCII_RUN.finditer(text)]
    else:
        words = [word for run in _RUN.finditer(text) for word in _divided(text, run.start(), run.end())]
    return list(_numbers_joined(text, words[:MOST_WORDS]))


def token_set(text: str) -> set[str]:
    """The tokens of the words of ``text``, without compounds."""
    if text.isascii():
        return {_cut(word) for word in _ASCII_WORDS.findall(text.lower())}
    return {token for word in words_of(text) for token in (*word.tokens, *single_signs(word))}


def single_signs(word: Word) -> list[str]:
    """The signs of a run of them, where its tokens are pairs."""
    return signs_of(word.tokens) if word.is_signs and len(word.tokens[0]) > 1 else []


def _divided(text: str, start: int, end: int) -> Iterator[Word]:
    for part in _PARTS.finditer(text, start, end):
        if part["signs"]:
            signs = _signs(unicodedata.normalize("NFKC", part[0]))
            pairs = tuple([first + second for first, second in pairwise(signs)])
            yield Word(part.start(), part.end(), pairs or (signs[0],), is_signs=True)
        elif token := fold(part[0]):
            yield Word(part.start(), part.end(), (token,))


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """A word without its capitals, its accents and the variants of its letters; never longer than a token."""
    word = word[: 2 * LONGEST_TOKEN]
    if _VOWEL_MARKS.search(word):
        return _cut(unicodedata.normalize("NFKC", word).casefold())
    return _cut(name_of(word).translate(_LIKE))


def _cut(token: str) -> str:
    return token[:LONGEST_TOKEN]


def _signs(text: str) -> list[str]:
    return [sign[:_LONGEST_SIGN] for sign in _SIGN.findall(text)]


def _numbers_joined(text: str, words: list[Word]) -> Iterator[Word]:
    """``words``, "3" and "5" of "3.5" as one."""
    before: Word | None = None
    for word in words:
        if (
            before is not None
            and text[before.end : word.start] == "."
            and before.token.isdecimal()
            and word.token[0].isdecimal()
        ):
            before = Word(before.start, word.end, (_cut(f"{before.token}.{word.token}"),))
            continue
        if before is not None:
            yield before
        before = word
    if before is not None:
        yield before


def compounds_of(text: str, words: list[Word]) -> list[tuple[int, int, str]]:
    """What hyphens join, written as one word: the place of its first word in ``words``, that after its last,
    and the token. Of more than two words also each two that are neighbours."""
    joins = [
        not (first.is_signs or second.is_signs) and text[first.end : second.start] in _HYPHENS
        for first, second in pairwise(words)
    ]
    compounds, begin = [], 0
    for place, is_joined in enumerate([*joins, False]):
        if is_joined:
            continue
        spans = [(first, first + 2) for first in range(begin, place)]
        if place - begin > 1:
            spans.append((begin, place + 1))
        for first, after in spans:
            token = "".join(word.token for word in words[first:after])
            if len(token) <= LONGEST_TOKEN:
                compounds.append((first, after, token))
        begin = place + 1
    return compounds


def tokens_of(text: str) -> list[str]:
    """Every token of ``text``, each as often as it stands there; what nearly every text has is left out."""
    text = clean(text)
    if text.isascii():
        return _ascii_tokens(text)
    tokens: list[str] = []
    for is_ascii, pieces in groupby(text.split(), str.isascii):
        if is_ascii:
            tokens += _ascii_tokens(" ".join(pieces))
        else:
            tokens += [token for piece in pieces for token in _tokens_of_piece(piece.strip(_AROUND))]
    return tokens


def _ascii_tokens(text: str) -> list[str]:
    """What :func:`_tokens_of_piece` gives for each piece, at once: nearly all words of nearly all texts."""
    tokens: list[str] = []
    for group in _ASCII_GROUP.findall(text.lower()):
        if "-" in group:
            tokens += _tokens_of_piece(group)
        elif group not in DULL:
            tokens.append(_cut(group))
    return tokens


@lru_cache(maxsize=1 << 14)
def _tokens_of_piece(text: str) -> tuple[str, ...]:
    return tuple(tokens_in_turn(text))


def tokens_in_turn(text: str) -> Iterator[str]:
    """The tokens of a piece without blanks: its words in their order, then its compounds."""
    words = words_of(text)
    for word in words:
        if word.is_signs:
            yield from word.tokens
            if len(word.tokens[0]) > 1:
                yield from signs_of(word.tokens)
        elif word.token not in DULL:
            yield word.token
    for _first, _after, token in compounds_of(text, words):
        yield token


def signs_of(pairs: tuple[str, ...]) -> list[str]:
    """The single signs of which neighbours are ``pairs``."""
    firsts = [_signs(pair)[0] for pair in pairs]
    return [*firsts, pairs[-1].removeprefix(firsts[-1])]
