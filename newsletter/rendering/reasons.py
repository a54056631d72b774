"""Why a paper is shown, in the words of the reader."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import NamedTuple

from newsletter.languages import language as language_of
from newsletter.models import Topic
from newsletter.rendering.directions import isolated_html, isolated_text
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import clean

WORDS_SHOWN = 5
TINT = 0.12  # the share of a topic's colour in the background of its chip

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_GREY = "#334155"
_ENGLISH = "en"  # names and titles at arXiv


class Chip(NamedTuple):
    """A topic as a small coloured label. ``tint`` is its colour mixed with white."""

    name: str
    colour: str
    tint: str

    @classmethod
    def of(cls, topic: Topic, language: str) -> "Chip":
        """The chip of a topic, whatever an editor typed as its colour."""
        colour = topic.colour if _COLOUR.fullmatch(topic.colour) else _GREY
        return cls(clean(topic.name_in(language)), colour, _thinned(colour))


class Piece(NamedTuple):
    """A part of a sentence; ``is_foreign``: as the source has it, in English."""

    text: str
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class ShownReason:
    """Why a paper is there: a topic's chip, a text, or a sentence in pieces; and the words that matched.

    ``language`` is the reader's: it parts and brackets the words.
    """

    chip: Chip | None = None
    text: str = ""
    words: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    language: str = _ENGLISH

    @property
    def word_line(self) -> str:
        """The first of the words, in a row; from right to left they are one run of Latin text."""
        own = language_of(self.language)
        return (", " if own.rtl else own.list_separator).join(self.words[:WORDS_SHOWN])

    @property
    def line(self) -> str:
        """The reason in plain text."""
        label = self.chip.name if self.chip else self.text or "".join([piece.text for piece in self.pieces])
        around = phrases(self.language)
        return f"{label}{around.opening}{self.word_line}{around.closing}" if self.words else label


class Sentence(NamedTuple):
    """A reason that names people and titles: a phrase, and what fills it, by the phrase's own names."""

    phrase: str
    names: Mapping[str, str]

    def shown(self, language: str) -> ShownReason:
        """The sentence for a template."""
        pieces: list[Piece] = []
        for text, name in phrases(language).parts(self.phrase):
            if text:
                pieces.append(Piece(text))
            if name:
                pieces.append(Piece(self.names[name], is_foreign=True))
        return ShownReason(pieces=tuple(pieces), language=language)

    def html(self, language: str) -> str:
        """The sentence as ``_reason.html`` shows it, without a template: readers have millions."""
        form = _forms(self.phrase, language).html
        return form.format_map({name: escape(text) for name, text in self.names.items()})

    def text(self, language: str) -> str:
        """The sentence as ``_reason.txt`` shows it, without a template."""
        return _forms(self.phrase, language).text.format_map(self.names)


class _Forms(NamedTuple):
    html: str
    text: str


@lru_cache(maxsize=256)
def _forms(phrase: str, language: str) -> _Forms:
    """A phrase with its names kept apart, for :meth:`str.format_map`."""
    own, english = language_of(language), language_of(_ENGLISH)
    html, text = "", ""
    for literal, name in phrases(language).parts(phrase):
        literal_form = literal.replace("{", "{{").replace("}", "}}")
        slot = f"{{{name}}}" if name else ""
        html += escape(literal_form) + (isolated_html(slot, english, own) if slot else "")
        text += literal_form + (isolated_text(slot, english, own) if slot else "")
    return _Forms(html, text)


def _thinned(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * TINT):02x}" for part in parts)
