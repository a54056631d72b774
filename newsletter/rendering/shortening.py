"""Texts made shorter in every script: between words, never inside a character as people see it. Pure.

A wide character (Chinese, Japanese, Korean) counts as two columns, because it says about twice as much and
takes twice the room. Characters are the grapheme clusters of UAX #29 (https://unicode.org/reports/tr29/).
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

ELLIPSIS = "…"
_LEAST = 0.5  # of the room: what is left when a better place is looked for
_CLAUSE = 0.7  # of the room: where a clause that ends there is worth more than the words after it

_CHARACTER = regex.compile(r"\X")
_SPACELESS = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)
_HIRAGANA = regex.compile(r"\p{Hiragana}")
_KATAKANA = regex.compile(r"[\p{Katakana}ー]")
_HAN = regex.compile(r"\p{Han}")

_FULL_STOPS = ".。．।"
_ABBREVIATED = frozenset({"al", "etc"})
_SENTENCE_ENDS = frozenset("!?！？؟。।")
_CLAUSE_ENDS = frozenset(",;:，；：、،؛") | _SENTENCE_ENDS
_NEVER_LAST = " \t.,;:·•–—-‐‑/+&=(（[{「『【《〈“‘«„‚，；：、،؛．।"
# Japanese and Chinese marks that begin no line (JIS X 4051), and what belongs to the number before it.
_NEVER_FIRST = frozenset(
    "，；：、。．！？）)」』】》〉”’…‥・々ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ%％°℃"
)
_OPENING = frozenset("（(「『【《〈“‘«[")
_PAIRS = {
    "(": ")",
    "（": "）",
    "[": "]",
    "「": "」",
    "『": "』",
    "【": "】",
    "《": "》",
    "«": "»",
    "„": "“",
    "“": "”",
}


def columns(text: str) -> int:
    """The columns that ``text`` takes: one for a code point, two for a wide one."""
    if text.isascii():
        return len(text)
    return sum([2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text])


@lru_cache(maxsize=16_384)
def shorten(text: str, room: int) -> str:
    """``text`` in at most ``room`` columns (>= 2): whole, or up to a word's end and an ellipsis.

    1. A clause that ends near the end of the room is preferred, else the last word that has room.
    2. Without spaces between words: Japanese ends before a new phrase (after its particle), Chinese beside a
       mark, a number, a Latin word or after 的, else between two signs; other scripts between characters.
    3. No bracket or quotation that was opened near the end stays open, and no comma stands before the
       ellipsis; after the end of a whole sentence there is none.
    """
    text = text.strip()
    if columns(text) <= room:
        return text
    characters = _CHARACTER.findall(text)
    fitting = _fitting(characters, room - 1)
    if not fitting:  # one character as people see it, of more signs than there is room for
        return _first_signs(characters[0], room - 1) + ELLIPSIS
    kept = "".join(characters[: _end(characters, fitting)])
    kept = _closed(kept).rstrip()
    if kept and kept[-1] in _SENTENCE_ENDS:
        return kept
    return f"{kept.rstrip(_NEVER_LAST) or kept}{ELLIPSIS}"


def as_headline(text: str, room: int) -> str:
    """The same for a line that stands alone: without the full stop of its sentence."""
    text = text.strip()
    bare = text.rstrip(_FULL_STOPS)
    last = bare.rpartition(" ")[2]
    is_abbreviation = text[-1:] == "." and (
        last in _ABBREVIATED or "." in last or (len(last) == 1 and last.isupper())
    )
    is_sentence = len(text) == len(bare) + 1 and not is_abbreviation  # and no ellipsis of full stops
    return shorten(bare if is_sentence else text, room).rstrip("。।")


def _fitting(characters: Sequence[str], room: int) -> int:
    """How many of ``characters`` have room."""
    used = 0
    for at, character in enumerate(characters):
        used += columns(character)
        if used > room:
            return at
    return len(characters)


def _first_signs(character: str, room: int) -> str:
    """As many of the code points of ``character`` as have room."""
    return character[: _fitting(character, room)]


def _end(characters: Sequence[str], fitting: int) -> int:
    """Where to end, at most ``fitting``."""
    is_japanese = any(map(_HIRAGANA.match, characters))
    breaks = [at for at in range(1, fitting + 1) if _may_end(characters, at, is_japanese=is_japanese)]
    whole = [at for at in breaks if characters[at - 1] in _SENTENCE_ENDS]
    clauses = [at for at in breaks if characters[at - 1] in _CLAUSE_ENDS]
    sure = [at for at in breaks if _is_sure(characters[at - 1], characters[at])]
    for places, least in ((whole, _LEAST), (clauses, _CLAUSE), (sure, _LEAST), (breaks, _LEAST)):
        if places and places[-1] >= fitting * least:
            return places[-1]
    return fitting


def _may_end(characters: Sequence[str], at: int, *, is_japanese: bool) -> bool:
    """Whether a text may end before the character ``at``, as far as its neighbours tell."""
    before, after = characters[at - 1], characters[at]
    if before.isspace() or after.isspace():
        return True
    if before in _OPENING or after in _NEVER_FIRST or (before[-1].isdecimal() and after[0].isdecimal()):
        return False
    if before in _CLAUSE_ENDS and not before.isascii():
        return True
    is_spaceless = bool(_SPACELESS.match(before)), bool(_SPACELESS.match(after))
    if not any(is_spaceless):
        return after in _OPENING and not after.isascii()
    if is_japanese:
        return bool(_HIRAGANA.match(before)) and not _HIRAGANA.match(after)
    if _KATAKANA.match(before) and _KATAKANA.match(after):
        return False
    return not before[-1].isdecimal() and before not in "%％"  # a number keeps what it counts


def _is_sure(before: str, after: str) -> bool:
    """Whether it is certain that no word goes on here: of two Chinese characters nobody can tell."""
    return before == "的" or not (_HAN.match(before) and _HAN.match(after))


def _closed(text: str) -> str:
    """``text`` without what was opened near its end and is not closed."""
    for opening, closing in _PAIRS.items():
        if opening == "“" and "„" in text:
            continue  # where it closes
        at = text.rfind(opening)
        if at >= len(text) * _LEAST and closing not in text[at:]:
            text = text[:at].rstrip()
    return text
