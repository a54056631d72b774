"""How long a text takes to read. Pure.

Speeds of silent reading: words are those of https://doi.org/10.1016/j.jml.2019.104047 (238 a minute in
English, others close to it), characters of Chinese, Japanese and Korean those of
https://doi.org/10.1167/iovs.11-8284, both a little slower because a digest is dense.
"""

import re
import unicodedata

WORDS_A_MINUTE = 220
CHARACTERS_A_MINUTE = 400  # Chinese, Japanese, Korean

_FIRST_WIDE = "\u1100"
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")


def seconds_of_html(html: str) -> float:
    """The time that the text of ``html`` takes."""
    return seconds_of(_TAG.sub(" ", html))


def seconds_of(text: str) -> float:
    """The time that ``text`` takes: wide letters by the character, all others by the word."""
    if not text or max(text) < _FIRST_WIDE:
        return 60 * len(_WORD.findall(text)) / WORDS_A_MINUTE
    wide = 0
    narrow = []
    for sign in text:
        if sign >= _FIRST_WIDE and unicodedata.east_asian_width(sign) == "W":
            wide += unicodedata.category(sign) == "Lo"
            narrow.append(" ")
        else:
            narrow.append(sign)
    words = len(_WORD.findall("".join(narrow)))
    return 60 * (wide / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE)


def minutes(seconds: float) -> int:
    """Whole minutes, at least one."""
    return max(1, round(seconds / 60))
