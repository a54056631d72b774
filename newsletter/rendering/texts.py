"""A source's texts and addresses as they may be shown. Pure."""

import re
from urllib.parse import quote, urlsplit

import regex

from newsletter.rendering.fragments import without_marks
from newsletter.text.readable import readable

# Words with single blanks between them and nothing that TeX or Markdown could mean: most titles and names.
_PLAIN_SIGNS = "[A-Za-z0-9,.;:()?!/%&+=<>@#|'\"\\[\\]-]"
_PLAIN = re.compile(f"{_PLAIN_SIGNS}+(?: {_PLAIN_SIGNS}+)*")
_SPACES = re.compile(r"\s+")
# Control characters, halves of surrogate pairs, and what turns the direction of the text after it (UAX #9).
_OF_REPOSITORY = re.compile(
    r"/(?:-/)?(?:(?:tree|blob)/(?:main|master|HEAD)(?:/README\.md)?|wiki|releases|issues)$"
)
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
# Marks above and below one letter: no script stacks more than about five (Tibetan, pointed Hebrew), and
# hundreds of them would be painted over the lines around it.
_MOST_MARKS = 8
_STACKED = regex.compile(rf"([\p{{M}}\u200c\u200d]{{{_MOST_MARKS}}})[\p{{M}}\u200c\u200d]+")


def clean(text: str) -> str:
    """A source's text on one line: readable, without control characters, marks of slots, direction overrides
    and more than :data:`_MOST_MARKS` combining marks on one letter.
    """
    if _PLAIN.fullmatch(text) and "--" not in text:
        return text
    plain = _SPACES.sub(" ", _UNWANTED.sub("", without_marks(readable(_SPACES.sub(" ", text))))).strip()
    return plain if plain.isascii() else _STACKED.sub(r"\1", plain)


def web_url(url: str) -> str:
    """``url`` if it is an address on the web, else nothing: a source may say "javascript:"."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or _SPACES.search(url.strip()):
        return ""
    return quote(url.strip(), safe="%/:?#[]@!$&'()*+,;=~-._")


def is_same_place(url: str, other: str) -> bool:
    """Whether two addresses lead to the same thing, such as a repository and its main page's files.

    By host and path: without scheme, "www.", ".git" and what a repository's own pages are called.
    """
    place, known = _place(url), _place(other)
    return bool(known) and place == known


def _place(url: str) -> str:
    parts = urlsplit(url)
    path = _OF_REPOSITORY.sub("", parts.path.rstrip("/")).removesuffix(".git")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}".lower() if url else ""
