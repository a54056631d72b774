"""BibTeX (btxdoc, Oren Patashnik 1988) with arXiv's fields (``eprint`` and its kin). Pure.

Accents and signs are written as TeX commands, so that the original BibTeX sorts and prints them too; letters
that TeX has no command for stay UTF-8, which biber and modern engines read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from pylatexenc.latexencode import UnicodeToLatexEncoder

from newsletter.rendering.citations.names import Name
from newsletter.rendering.citations.records import Citation, keyed

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# BibTeX counts every brace, escaped or not: these commands have none. Two hyphens would become a dash.
_WRITTEN = {"{": r"{\textbraceleft}", "}": r"{\textbraceright}", "|": r"{\textbar}", "-": "-{}"}
_OWN = re.compile(r"([{}|]|-(?=-))")
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W\d_]+")


def write_bibtex(citations: Sequence[Citation]) -> str:
    """The entries of ``citations`` in their order, each with a key of its own."""
    return "\n".join([_entry(key, citation) for key, citation in keyed(citations)])


def _entry(key: str, citation: Citation) -> str:
    published = citation.published
    fields = {
        "title": protect_capitals(citation.title),
        "author": " and ".join(map(_name, citation.authors)),
        "year": str(published.year) if published else "",
        "eprint": escape_tex(citation.arxiv_id),
        "archiveprefix": "arXiv",
        "primaryclass": escape_tex(citation.primary_category),
        "doi": escape_tex(citation.doi),
        "url": citation.url,
        "note": escape_tex(citation.journal_ref),
        "annote": escape_tex(citation.note),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    if published:  # a month is one of BibTeX's own abbreviations, without braces
        lines.insert(len(lines) - 1, f"  month = {MONTHS[published.month - 1]},\n")
    return f"@misc{{{key},\n{''.join(lines)}}}\n"


@lru_cache(maxsize=1)
def _encoder() -> UnicodeToLatexEncoder:
    return UnicodeToLatexEncoder(
        unknown_char_policy="keep", unknown_char_warning=False, replacement_latex_protection="braces-all"
    )


def escape_tex(text: str) -> str:
    """``text`` as TeX prints it, with balanced braces and no command but those written here."""
    return "".join(
        [_WRITTEN.get(piece) or str(_encoder().unicode_to_latex(piece)) for piece in _OWN.split(text)]
    )


def protect_capitals(title: str) -> str:
    """``title`` for TeX, with braces around the words whose capitals a bibliography style must not lower.

    Those with a capital after their first letter ("ResNet", "GPT-4"); in a title that is not written with
    capitals throughout also names ("of Gaussian processes").
    """
    words = _WORD.findall(title)
    later = [word for word in words[1:] if len(word) > 3 and word[:1].isalpha()]
    has_names = sum(word[:1].isupper() for word in later) * 2 <= len(later)
    return " ".join(
        [
            f"{{{escape_tex(word)}}}"
            if _is_protected(word, is_name=has_names and place > 0)
            else escape_tex(word)
            for place, word in enumerate(words)
        ]
    )


def _is_protected(word: str, *, is_name: bool) -> bool:
    parts = _LETTERS.findall(word)
    capitals = [part for part in parts if part[:1].isupper()]
    return (
        any(letter.isupper() for part in parts for letter in part[1:])
        or (bool(capitals) and any(sign.isdigit() for sign in word))
        or (len(parts) > 1 and any(len(part) == 1 for part in capitals))  # "U-Net"
        or (is_name and parts[:1] == capitals[:1] != [])
    )


def _name(name: Name) -> str:
    """ "von Last, Jr, First". What BibTeX would take apart itself stands in braces."""
    if name.literal:
        return f"{{{escape_tex(name.literal)}}}"
    family = escape_tex(name.family)
    parts = [f"{escape_tex(name.particle)} {family}" if name.particle else _one(name.family)]
    if name.suffix:
        parts.append(escape_tex(name.suffix))
    return ", ".join([*parts, escape_tex(name.given)])


def _one(family: str) -> str:
    """A family name of several words must not lose one to BibTeX's particles."""
    return f"{{{escape_tex(family)}}}" if family[:1].islower() else escape_tex(family)
