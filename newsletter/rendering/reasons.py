"""Why a paper is shown, in the words of the reader."""

import re
from dataclasses import dataclass
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
    """Why a paper is there: a topic's chip, a text, or a sentence in pieces; and the words that matched."""

    chip: Chip | None = None
    text: str = ""
    words: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()

    @property
    def word_line(self) -> str:
        """The first of the words, in a row."""
        return ", ".join(self.words[:WORDS_SHOWN])

    @property
    def line(self) -> str:
        """The reason in plain text."""
        label = self.chip.name if self.chip else self.text or "".join([piece.text for piece in self.pieces])
        return f"{label} ({self.word_line})" if self.words else label


def sentence(phrase: str, *, language: str, **foreign: str) -> ShownReason:
    """The reason that ``phrase`` says of names and titles, which are in English."""
    pieces: list[Piece] = []
    for text, name in phrases(language).parts(phrase):
        if text:
            pieces.append(Piece(text))
        if name:
            pieces.append(Piece(foreign[name], is_foreign=True))
    return ShownReason(pieces=tuple(pieces))


def html_of(reason: ShownReason, *, language: str) -> str:
    """The pieces of ``reason`` as ``_reason.html`` shows them, without a template: readers have millions."""
    own, english = language_of(language), language_of(_ENGLISH)
    return "".join(
        [
            isolated_html(text, english, own) if is_foreign else escape(text)
            for text, is_foreign in reason.pieces
        ]
    )


def text_of(reason: ShownReason, *, language: str) -> str:
    """The pieces of ``reason`` as ``_reason.txt`` shows them."""
    own, english = language_of(language), language_of(_ENGLISH)
    return "".join(
        [isolated_text(text, english, own) if is_foreign else text for text, is_foreign in reason.pieces]
    )


def _thinned(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * TINT):02x}" for part in parts)
