"""A paper as the index holds it: its tokens, each once, and how much each says of it. Pure.

Tokens with a colon are of other kinds than words: ``title:diffusion`` stands in a title, ``by:hinton`` in the
name of an author; ``category:``, ``topic:``, ``day:``, ``month:``, ``year:``, ``language:`` and ``has:`` are
what results are narrowed by.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from newsletter.search.tokens import LONGEST_TOKEN, tokens_of

MOST_AUTHORS: Final = 200
MOST_TOKENS: Final = 8000  # a summary in each of sixteen languages takes some 4,000

# BM25 over fields (Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields", 2004):
# what a token's count is worth in each, and how many tokens one commonly has.
_TITLE, _AUTHORS, _SUMMARY, _ABSTRACT = (6.0, 10), (4.0, 12), (2.0, 90), (1.0, 150)
_LENGTH_MATTERS: Final = 0.4
_SATURATION: Final = 2.0
_SCALE: Final = 255
_SPANS: Final = (("day", "%Y%m%d"), ("month", "%Y%m"), ("year", "%Y"))
_UNKNOWN: Final = re.compile(r"[^a-z0-9.*-]")


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said of a paper. ``titles`` are the source's and the translated ones, ``summaries`` the shown
    summaries in all languages."""

    titles: Sequence[str]
    authors: Sequence[str]
    abstract: str = ""
    summaries: Sequence[str] = ()
    names: Sequence[str] = ()
    """Its ids and who made it, as one might type them."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What results are narrowed by. ``days`` are those of its editions, ``topics`` the keys of theirs,
    ``languages`` those it has a summary in."""

    days: Collection[date] = ()
    topics: Collection[int] = ()
    categories: Collection[str] = ()
    languages: Collection[str] = ()
    has_code: bool = False
    has_reading: bool = False

    def tokens(self) -> set[str]:
        """These, as tokens."""
        return {
            *(
                token
                for day in self.days
                for token in (f"day:{day:%Y%m%d}", f"month:{day:%Y%m}", f"year:{day:%Y}")
            ),
            *(f"topic:{topic}" for topic in self.topics),
            *(token for name in self.categories for token in _with_archive(name)),
            *(f"language:{code}" for code in self.languages),
            *(["has:code"] if self.has_code else []),
            *(["has:reading"] if self.has_reading else []),
        }


@dataclass(frozen=True, slots=True)
class Document:
    """``tokens`` in their order, and for each from 0 to 255 how much it says (0: of another kind)."""

    tokens: tuple[str, ...]
    weights: bytes

    @property
    def words(self) -> list[str]:
        """Its words and the words of its authors' names, as they are counted over all papers."""
        return [token for token in self.tokens if ":" not in token or token.startswith("by:")]


def document_of(texts: Texts, facets: Facets) -> Document:
    """The index's view of a paper."""
    titles = [tokens_of(title) for title in texts.titles]
    names = [tokens_of(name) for name in (*texts.authors[:MOST_AUTHORS], *texts.names)]
    said: defaultdict[str, float] = defaultdict(float)
    for (weight, common), groups in (
        (_TITLE, titles),
        (_AUTHORS, names),
        (_SUMMARY, [tokens_of(text) for text in texts.summaries]),
        (_ABSTRACT, [tokens_of(texts.abstract)]),
    ):
        for tokens in groups:
            # Names are found alike however many an author's paper has.
            length = 1.0 if groups is names else 1 - _LENGTH_MATTERS + _LENGTH_MATTERS * len(tokens) / common
            for token in tokens:
                said[token] += weight / length
    kinds = {f"title:{token}" for tokens in titles for token in tokens}
    kinds |= {f"by:{token}" for name in texts.authors[:MOST_AUTHORS] for token in tokens_of(name)}
    kinds |= facets.tokens()
    room = MOST_TOKENS - len(kinds)
    if len(said) > room:
        strongest = sorted(said.items(), key=lambda pair: (-pair[1], pair[0]))
        said = defaultdict(float, strongest[: max(room, 0)])
    weights = {token: round(_SCALE * worth / (worth + _SATURATION)) for token, worth in said.items()}
    tokens = sorted({*weights, *list(kinds)[:MOST_TOKENS]})
    return Document(tuple(tokens), bytes([weights.get(token, 0) for token in tokens]))


def weights_of(wanted: frozenset[str], tokens: Sequence[str], weights: bytes) -> dict[str, float]:
    """How much (0 to 1) each of ``wanted`` says of a paper with these sorted tokens, where it is there."""
    return {token: weights[bisect_left(tokens, token)] / _SCALE for token in wanted.intersection(tokens)}


def category_token(category: str) -> str:
    """The token of a category ("cs.CV") or a whole archive ("cs.*")."""
    return f"category:{_UNKNOWN.sub('', category.casefold())[:LONGEST_TOKEN]}"


def _with_archive(category: str) -> tuple[str, str]:
    """The tokens of "cs.CV" and of "cs.*"."""
    return category_token(category), category_token(f"{category.partition('.')[0]}.*")
