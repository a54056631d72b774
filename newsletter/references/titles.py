"""Titles and names made comparable: how two spellings of one paper are found to be the same. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b

from rapidfuzz import fuzz

from newsletter.text.readable import readable

LIKENESS = 90.0  # percent, of two titles that differ by a slip of the pen
LEAD = 4.0  # percent by which the most alike must be ahead of the next
FRAGMENT, SHORT_FRAGMENT = 4, 2  # words, of longer and of short titles
SHORT = 6  # words
FEWEST_LETTERS = 12  # of a title that is enough by itself

_NOT_A_WORD = re.compile(r"[\W_]+", re.UNICODE)
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


class KeyKind(IntEnum):
    """What a key was made of."""

    DOI = 1
    TITLE = 2
    FRAGMENT = 3  # the first or the last words of a title
    AUTHOR = 4  # a family name and the first letter of a given one


@dataclass(frozen=True, slots=True)
class Key:
    """``value`` is 63 bits: two texts with one key are the same, but for one chance in 2^63."""

    kind: KeyKind
    value: int


def fold(text: str) -> str:
    """``text`` for comparing: no case, accents or punctuation, one blank between words."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _NOT_A_WORD.sub(" ", unicodedata.normalize("NFKC", letters)).strip()


def fold_title(title: str) -> str:
    """The folded words of a title, its TeX read."""
    return fold(readable(title) if "$" in title or "\\" in title or "{" in title else title)


def title_keys(title: str) -> list[Key]:
    """The key of the whole title, and those of its first and its last words."""
    folded = fold_title(title)
    keys = [_key(KeyKind.TITLE, folded.replace(" ", ""))] if folded else []
    words = folded.split()
    length = FRAGMENT if len(words) > SHORT else SHORT_FRAGMENT
    if len(words) > length + 1:
        ends = {" ".join(words[:length]), " ".join(words[-length:])}
        keys += [_key(KeyKind.FRAGMENT, end) for end in sorted(ends)]
    return keys


def doi_keys(doi: str) -> list[Key]:
    """The keys of the DOIs in ``doi``, of which arXiv gives several with blanks between."""
    return [_key(KeyKind.DOI, part) for part in doi.lower().split()[:4]]


def author_keys(name: str) -> list[Key]:
    """The key of an author: "Ada Lovelace", "A. Lovelace" and "Lovelace, Ada" have the same."""
    given, family = split_name(name)
    return [_key(KeyKind.AUTHOR, f"{given[:1]} {family}")] if family else []


def split_name(name: str) -> tuple[str, str]:
    """The folded given names ("" where there are none) and the last word of the family name."""
    family, comma, given = name.partition(",")
    if comma:
        family_words = fold(family).split()
        return fold(given), family_words[-1] if family_words else ""
    words = fold(name).split()
    return " ".join(words[:-1]), words[-1] if words else ""


def may_be_same(name: str, other: str) -> bool:
    """Whether two names may be of one author: one family name, and given names that do not contradict."""
    (given, family), (others_given, others_family) = split_name(name), split_name(other)
    if not family or family != others_family:
        return False
    return all(
        mine == theirs or (1 in (len(mine), len(theirs)) and mine[0] == theirs[0])
        for mine, theirs in zip(given.split()[:1], others_given.split()[:1], strict=False)
    )


def _key(kind: KeyKind, text: str) -> Key:
    digest = blake2b(f"{int(kind)} {text}".encode(), digest_size=8).digest()
    return Key(kind, int.from_bytes(digest, "big") >> 1)


def family_names(authors: Iterable[str]) -> frozenset[str]:
    """The last word of each family name, folded: of "Last, First" before the comma, else the last."""
    names = set()
    for author in authors:
        family = author.partition(",")[0] if "," in author else author
        words = fold(family).split()
        if words:
            names.add(words[-1])
    return frozenset(names)


def name_words(authors: Iterable[str]) -> frozenset[str]:
    """The folded words of all names, without initials: family names may stand first or last."""
    return frozenset(word for name in authors for word in fold(name).split() if len(word) > 1)


def likeness(title: str, other: str) -> float:
    """How alike two folded titles are, in percent."""
    return fuzz.ratio(title, other, score_cutoff=LIKENESS)


def is_telling(folded: str) -> bool:
    """Whether a folded title is long enough to mean one paper without an author."""
    return len(folded.replace(" ", "")) >= FEWEST_LETTERS and " " in folded


def most_alike(title: str, others: Iterator[tuple[int, str]]) -> int | None:
    """Of ``(id, folded title)``, the id of the one that is like ``title``; None for none or for several."""
    scores = sorted(((likeness(title, other), number) for number, other in others), reverse=True)
    if not scores or scores[0][0] < LIKENESS:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < LEAD:
        return None
    return scores[0][1]
