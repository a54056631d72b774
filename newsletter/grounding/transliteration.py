"""Words of other scripts as their consonants, to know borrowed words again: ベンチマーク is benchmark.

The sound of a letter is read off its Unicode name ("KATAKANA LETTER BE", "ARABIC LETTER MEEM"): coarse, but
one rule for all scripts. What sounds alike across languages counts as one consonant.
"""

import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

_SHORTEST, _ALIKE = 4, 80.0
_SOUNDS = {
    "b": "p", "p": "p", "f": "p", "v": "p", "w": "",
    "d": "t", "t": "t", "g": "k", "k": "k", "c": "k", "q": "k", "x": "ks",
    "l": "l", "r": "l", "m": "m", "n": "n", "s": "s", "z": "s", "j": "t",
}  # fmt: skip
# Letters whose names begin with another sound than their own, or with one that foreign words are not told by.
_NAMED = {
    **dict.fromkeys(("TSADI", "TSE", "SHCHA", "SHA", "SHIN", "SHEEN", "THEH", "ZHE", "SSA"), "s"),
    **dict.fromkeys(("CHE", "THAL", "TSU", "JA", "CA", "CHA"), "t"),
    **dict.fromkeys(("JEEM", "KHAH", "GHAIN"), "k"),
    **dict.fromkeys(("HAH", "HEH", "HET", "HE", "AIN", "AYIN", "YEH", "YOD", "WAW", "VAV", "ALEF"), ""),
}


@lru_cache(maxsize=4096)
def _sound(letter: str) -> str:
    if letter.isascii():
        return _SOUNDS.get(letter, "")
    name = unicodedata.name(letter, "").split()
    if "LETTER" not in name and "SYLLABLE" not in name:
        return ""
    letter_name = name[-1]
    if "SMALL" in name and name[0] in {"KATAKANA", "HIRAGANA"}:
        return ""  # ッ, ャ
    if name[0] == "KATAKANA" and letter_name == "HU":
        return "p"  # フ is what is written for f
    if letter_name in _NAMED:
        return _NAMED[letter_name]
    if name[0] == "LATIN":
        return _SOUNDS.get(letter_name[0].lower(), "")
    lower = letter_name.lower()
    if name[0] == "CYRILLIC" and lower[0] == "e" and len(lower) == 2:
        lower = lower[1]  # "EF", "ER"
    if name[0] == "HANGUL":
        return _plain_consonants(lower.replace("c", "j"))  # 치 is "CI"
    return _plain_consonants(lower[:1]) or ("n" if lower == "n" else "")


def _plain_consonants(syllable: str) -> str:
    return "".join(_SOUNDS.get(each, "") for each in syllable.removesuffix("ng"))


@lru_cache(maxsize=16384)
def consonants(word: str) -> str:
    """ "pntmk" of ベンチマーク and 벤치마크, "pntmlk" of benchmark."""
    word = unicodedata.normalize("NFC", word.lower())
    if word.isascii():
        word = word.replace("ch", "j").replace("ph", "f").replace("ce", "se").replace("ci", "si")
        word = word.replace("tion", "sn").replace("ng", "n").replace("th", "s")
    return "".join(_sound(letter) for letter in word)


def sounds_like(word: str, english: str) -> bool:
    """Whether a word of another script may be an English one written as it sounds, with any ending."""
    ours, theirs = consonants(word), consonants(english)
    if min(len(ours), len(theirs)) < _SHORTEST:
        return False
    return any(fuzz.ratio(ours[: len(theirs) + more], theirs) >= _ALIKE for more in (-1, 0, 1))
