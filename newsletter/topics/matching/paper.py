"""A paper as matching reads it: its words, names and categories, taken apart once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

from newsletter.arxiv.taxonomy import canonical
from newsletter.topics.matching.words import Words, terms_of_name


class HasText(Protocol):
    """What a :class:`newsletter.records.PaperRecord` and a row of papers have in common."""

    @property
    def title(self) -> str:
        """The title, as the source gave it."""

    @property
    def abstract(self) -> str:
        """The abstract, as the source gave it."""

    @property
    def authors(self) -> Sequence[str]:
        """The authors' names, in order."""

    @property
    def categories(self) -> Sequence[str]:
        """arXiv's categories, the primary one first."""


@dataclass(frozen=True)
class PaperText:
    """What a query is held against. Categories as arXiv lists them; strings that are none do no harm.

    The three readings below are made when they are first asked for, and kept.
    """

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, paper: HasText) -> Self:
        """The text of a record or a row."""
        return cls(paper.title, paper.abstract, tuple(paper.authors), tuple(paper.categories))

    @cached_property
    def words(self) -> Words:
        """Title and abstract; the title's words come first, and no phrase reaches from one into the other."""
        words = Words(self.title)
        words.extend(self.abstract)
        return words

    @cached_property
    def title_length(self) -> int:
        """How many of ``words`` are the title's."""
        return len(Words(self.title))

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The terms of each author's name, in the paper's order."""
        return tuple(terms_of_name(author) for author in self.authors)

    @cached_property
    def canonical_categories(self) -> frozenset[str]:
        """The categories, each under one name."""
        return frozenset(map(canonical, self.categories))
