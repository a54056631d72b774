"""How technical terms are written in a language: what a prompt says of them and a check asks. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TERMS = 40  # named in one prompt


@dataclass(frozen=True, slots=True)
class TermTranslation:
    """One line of a glossary: how ``term`` is written in the reader's language."""

    term: str
    translation: str


def terms_in(text: str, glossary: Iterable[TermTranslation]) -> tuple[TermTranslation, ...]:
    """The terms that occur in ``text`` as whole words, plural included, whatever their case."""
    folded = text.casefold()
    return tuple(
        entry
        for entry in glossary
        if entry.term.strip()
        and re.search(rf"(?<!\w){re.escape(entry.term.strip().casefold())}(?:e?s)?(?!\w)", folded)
    )


def listed(terms: Iterable[TermTranslation], separator: str = "; ") -> str:
    """The first :data:`MOST_TERMS` terms as a prompt lists them: "term → translation", parted."""
    return separator.join(f"{entry.term} → {entry.translation}" for entry in list(terms)[:MOST_TERMS])
