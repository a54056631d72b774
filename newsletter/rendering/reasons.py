"""Why a paper is shown, in the words of the reader."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from newsletter.models import Topic
from newsletter.rendering.texts import clean

WORDS_SHOWN = 5
TINT = 0.12  # the share of a topic's colour in the background of its chip

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_GREY = "#334155"


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


@dataclass(frozen=True, slots=True)
class ShownReason:
    """Why a paper is there: a topic's chip or a sentence, and the paper's words that matched."""

    chip: Chip | None = None
    text: str = ""
    words: tuple[str, ...] = ()

    @property
    def word_line(self) -> str:
        """The first of the words, in a row."""
        return ", ".join(self.words[:WORDS_SHOWN])

    @property
    def line(self) -> str:
        """The reason in plain text."""
        label = self.chip.name if self.chip else self.text
        return f"{label} ({self.word_line})" if self.words else label


def _thinned(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * TINT):02x}" for part in parts)
