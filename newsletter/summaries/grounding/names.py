"""The check "name": every name, acronym and method of a text occurs in the source."""

import re
from collections.abc import Iterator
from functools import lru_cache

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.findings import Suspicion

# Acronyms that every reader of research papers knows; they name no method and no result.
_COMMON_TEXT = """
ai ml dl nlp cv ir llm vlm mllm lm slm vla gpu cpu tpu api ui gui url pdf html json sql id faq qa ocr
rgb sota ood rl sft rlhf rag rnn cnn gan mlp vae dit vit t2i t2v i2v kv gpt bert 1d 2d 3d 4d ar vr xr us
uk eu un phd arxiv github python english chinese korean japanese spanish french german arabic internet
web i a transformer transformers latex gb mb tb kb hz khz mhz ghz ms fps db vs cot moe lora
"""
COMMON = frozenset(_COMMON_TEXT.split())
_LATIN = "A-Za-z\u00c0-\u024f"
_NAME = re.compile(rf"[{_LATIN}][{_LATIN}0-9_]*(?:[-+./@'][{_LATIN}0-9+]+)*[+]*|\d+[A-Za-z][A-Za-z0-9-]*")
_PIECE = re.compile(r"[A-Za-z\u00c0-\u024f0-9]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+[\"'(]?|[\"'(]|[。！？]\s*)$")


def _is_name(piece: str) -> bool:
    """Capitals inside, capitals only, or letters with digits: what no ordinary word has."""
    return (
        any(letter.isupper() for letter in piece[1:])
        or (any(letter.isdigit() for letter in piece) and any(letter.isupper() for letter in piece))
        or (len(piece) > 1 and piece.isupper())
    )


def names(text: str, *, language: str = "en") -> Iterator[tuple[str, bool]]:
    """Names of a normalised text, and of each whether it is sure to be one.

    Unsure are words that only begin with a capital where a sentence does. German writes every noun with a
    capital, so there only capitals inside a word make a name.
    """
    for found in _NAME.finditer(text):
        token = found.group().removesuffix("'s").rstrip(".'")
        first = _PIECE.match(token)
        if first is None:
            continue
        if any(_is_name(piece) for piece in _PIECE.findall(token)):
            yield token, True
        elif token[0].isupper():
            if language == "de":
                continue
            starts = _SENTENCE_START.search(text[max(0, found.start() - 4) : found.start()])
            yield token, starts is None and len(token) > 1


@lru_cache(maxsize=512)
def _vocabulary(source: str) -> tuple[frozenset[str], frozenset[str], str, str]:
    """The source's pieces (lower case), their stems, the whole run together, and the initials of its words."""
    pieces = [piece.lower() for piece in _PIECE.findall(source)]
    parts = [part.lower() for piece in _PIECE.findall(source) for part in _PART.findall(piece)]
    every = frozenset(pieces) | frozenset(parts)
    initials = "".join(word[0] for word in words.words(source) if word not in _LINKING)
    return every, frozenset(words.stem(piece) for piece in every), "".join(pieces), initials


_LINKING = frozenset({"of", "the", "and", "for", "in", "with", "a", "an", "to", "on", "by"})


def suspect_names(text: str, source: str, *, language: str = "en") -> Iterator[Suspicion]:
    """Names of ``text`` that ``source`` lacks; both normalised.

    The score is 2 for what is surely a name, 0.6 for a capitalised word at the start of a sentence.
    """
    pieces, stems, joined, initials = _vocabulary(source)
    for name, sure in names(text, language=language):
        missing = [
            piece
            for piece in _PIECE.findall(name)
            if not _is_known(piece, pieces, stems, joined, initials, ordinary=not _is_name(piece))
        ]
        if not missing or _squeezed(name) in joined:
            continue
        if all(not _is_name(piece) for piece in missing) and any(_is_name(p) for p in _PIECE.findall(name)):
            continue  # "CLIP-like" where CLIP is known: the rest is ordinary words
        yield Suspicion("name", 2.0 if sure else 0.6, (name,), f"The source never mentions “{name}”.")


def _squeezed(name: str) -> str:
    return "".join(_PIECE.findall(name)).lower()


def _is_known(
    piece: str, pieces: frozenset[str], stems: frozenset[str], joined: str, initials: str, *, ordinary: bool
) -> bool:
    lower = piece.lower()
    singular = lower.removesuffix("s")
    if lower in pieces or singular in pieces or lower in COMMON or singular in COMMON or lower.isdigit():
        return True
    if ordinary:
        return words.stem(lower) in stems or lower in words.STOP_WORDS
    if lower + "s" in pieces or (len(lower) > 5 and lower in joined):
        return True
    return len(singular) >= 2 and piece.removesuffix("s").isupper() and singular in initials
