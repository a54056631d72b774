"""Which words are forms of one word, lightly: "segmenting" and "segmentation", "моделей" and "модели". Pure.

A stem joins words of the index when somebody searches; the index holds them as they stand. So a wrong stem
costs a place in the order of results, never a paper.
"""

import re
from functools import lru_cache
from typing import Final

from newsletter.topics.matching.words import term_of

_SHORTEST: Final = 4  # letters of what is left
_LATIN: Final = re.compile("[a-z]+")
_CYRILLIC: Final = re.compile("[а-я]+")
_ARABIC: Final = re.compile("[\u0621-\u064a]+")
_HEBREW: Final = re.compile("[א-ת]+")
# The longest first: of two that fit, the longer is the ending.
_LATIN_ENDINGS: Final = (
    *("izations", "isations", "ization", "isation", "izing", "ising", "ized", "ised", "izer", "iser"),
    *("ations", "ation", "ative", "ators", "ator", "ating", "ated", "ates", "ate", "ize", "ise"),
    *("ically", "ical", "ings", "ing", "ions", "ion", "ives", "ive", "ers", "er", "ors", "or", "ed", "ic"),
    *("ally", "al", "ly", "e"),
)
_CYRILLIC_ENDINGS: Final = (
    *("иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "иях", "ах", "ях", "ией", "ий", "ый"),
    *("ой", "ая", "яя", "ое", "ее", "ые", "ие", "ых", "их", "ым", "им", "ую", "юю", "ов", "ев", "ей", "ом"),
    *("ем", "ам", "ям", "ия", "ии", "ию", "а", "я", "о", "е", "ы", "и", "у", "ю", "ь", "й"),
)
_ARABIC_BEGINNINGS: Final = ("وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC_ENDINGS: Final = ("ات", "ون", "ين", "يه", "ه")
_HEBREW_BEGINNINGS: Final = ("וה", "של", "בה", "ה", "ו", "ב", "ל", "מ", "כ", "ש")
_HEBREW_ENDINGS: Final = ("ימ", "ות", "ה")


@lru_cache(maxsize=1 << 16)
def stem_of(token: str) -> str:
    """What the forms of ``token`` share; "" for what has no forms (numbers, signs, other scripts)."""
    if _LATIN.fullmatch(token):
        return _stem(term_of(token), (), _LATIN_ENDINGS)
    if _CYRILLIC.fullmatch(token):
        return _stem(token, (), _CYRILLIC_ENDINGS)
    if _ARABIC.fullmatch(token):
        return _stem(token, _ARABIC_BEGINNINGS, _ARABIC_ENDINGS, shortest=3)
    if _HEBREW.fullmatch(token):
        return _stem(token, _HEBREW_BEGINNINGS, _HEBREW_ENDINGS, shortest=3)
    return ""


def _stem(
    word: str, beginnings: tuple[str, ...], endings: tuple[str, ...], *, shortest: int = _SHORTEST
) -> str:
    for beginning in beginnings:
        if word.startswith(beginning) and len(word) - len(beginning) >= shortest:
            word = word.removeprefix(beginning)
            break
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            word = word.removesuffix(ending)
            break
    # "planning" and "plan": a doubled letter before an ending.
    return word[:-1] if len(word) > shortest and word[-1] == word[-2] and word[-1] not in "ls" else word
