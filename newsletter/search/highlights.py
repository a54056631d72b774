"""Where a text says what was looked for, as pieces that a page escapes one by one. Pure."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from newsletter.search.tokens import Word, single_signs, token_set, words_of

LONGEST_EXCERPT: Final = 260  # characters
_BEFORE: Final = 80  # characters before the first place that is marked


class Piece(NamedTuple):
    """A stretch of a text; ``is_marked`` if it is what was looked for."""

    text: str
    is_marked: bool = False


def mark(text: str, tokens: Collection[str]) -> tuple[Piece, ...]:
    """``text`` in pieces; together they are the text."""
    return tuple(_pieces(text, _spans(text, tokens)))


def excerpt(text: str, tokens: Collection[str]) -> tuple[Piece, ...]:
    """The part of ``text`` around what was looked for, in pieces; none where it holds none of ``tokens``."""
    spans = _spans(text, tokens)
    if not spans:
        return ()
    start = spans[0][0] - _BEFORE
    start = 0 if start <= 0 else text.find(" ", start, spans[0][0]) + 1 or start
    end = start + LONGEST_EXCERPT
    end = len(text) if end >= len(text) else max(text.rfind(" ", start, end), spans[0][1])
    cut = [(max(first - start, 0), last - start) for first, last in spans if first >= start and last <= end]
    pieces = [*_pieces(text[start:end], cut)]
    before, after = [Piece("… ")] if start else [], [Piece(" …")] if end < len(text) else []
    return (*before, *pieces, *after)


def found_tokens(text: str, tokens: Collection[str]) -> set[str]:
    """Those of ``tokens`` that stand in ``text``."""
    return token_set(text).intersection(tokens)


def _spans(text: str, tokens: Collection[str]) -> list[tuple[int, int]]:
    words = words_of(text)
    spans = [span for word in words for span in _spans_in(word, tokens)]
    joined = [
        (first.start, second.end)
        for first, second in pairwise(words)
        if first.end + 1 == second.start
        and not (first.is_signs or second.is_signs)
        and first.token + second.token in tokens
    ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans + joined):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spans_in(word: Word, tokens: Collection[str]) -> Iterator[tuple[int, int]]:
    if not word.is_signs:
        if word.token in tokens:
            yield word.start, word.end
        return
    signs = single_signs(word) or word.tokens
    if sum(map(len, signs)) != word.end - word.start:  # of another width: it is marked as a whole
        if any(token in tokens for token in word.tokens):
            yield word.start, word.end
        return
    at = word.start
    for place, sign in enumerate(signs):
        if sign in tokens:
            yield at, at + len(sign)
        if place < len(word.tokens) and word.tokens[place] in tokens and len(signs) > 1:
            yield at, at + len(word.tokens[place])
        at += len(sign)


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, end in spans:
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start:end], is_marked=True)
        at = end
    if at < len(text):
        yield Piece(text[at:])
