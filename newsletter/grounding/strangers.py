"""Words that nobody adds to a summary: neither the source has them nor the language of research."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from newsletter.grounding import background, overlap, words
from newsletter.grounding.boundaries import compile_words
from newsletter.grounding.lexicons import lexicon

_PLAIN = compile_words(r"(?<![\w/-])[a-z]{4,}(?:-[a-z]{2,})*(?![\w/-])")
_SELDOM = 4e-4  # the share of abstracts below which a word's relatives are strangers, too


def strange_words(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[str]:
    """Plain words of a text that neither the source nor hardly any abstract has; both normalised.

    ``habits`` are stems that the model is known to add of its own.
    """
    for word in dict.fromkeys(_PLAIN.findall(text)):
        for part in word.split("-"):
            stem = words.stem(part)
            if (
                len(part) >= _SHORTEST
                and _is_strange(part, stem)
                and stem not in habits
                and not overlap.is_covered(stem, source)
            ):
                yield word
                break


_SHORTEST = 4  # letters


@lru_cache(maxsize=1)
def _counted() -> frozenset[str]:
    """Words that say a number, which the checks of numbers look at: "ninety", "three quarters"."""
    english = lexicon("en")
    singular = frozenset((*english.numerals, *english.scales, *english.parts))
    return singular | frozenset(f"{word}s" for word in singular) | {"halves"}


def _is_strange(word: str, stem: str) -> bool:
    if word in words.STOP_WORDS or word in _counted():
        return False
    if any(background.share(rest) for rest in _without_prefix(word)):
        return False
    return background.share(word) == 0.0 or background.share_of_stem(stem) < _SELDOM


def _without_prefix(word: str) -> Iterator[str]:
    """ "assignment" of "reassignment": who may say the one may say the other."""
    for prefix in overlap.PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST:
            yield word.removeprefix(prefix)
