"""What of a paper stands in a card of each grade.

All of it stands on the paper's page.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from newsletter.images.pictures import CardPicture
from newsletter.languages import language as language_of
from newsletter.rendering.link_row import RowLink, link_row
from newsletter.rendering.papers import PaperView, Signal
from newsletter.rendering.texts import clean
from newsletter.rendering.wrapping import PHONE, Room, fitted, lines

TALLEST_PICTURE = 190  # CSS pixels on a telephone
NUMBER_WIDTH = 28
SUBTITLE_SIZE = 13
_LIST_INDENT = 20
_POINT_SIZE = 15
_FEWEST_LINES = 2  # of the sentence and of the takeaways, under the longest titles
_MANY = 100  # lines: more than any title has


class Grade(StrEnum):
    """How much room a paper has in a digest."""

    LEAD = "lead"
    WHOLE = "whole"
    FULL = "full"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class _Extent:
    """How much of a paper a grade shows on a telephone: the sizes in CSS pixels and the lines that its
    headline and its own title mostly take together, that the sentence takes, and all takeaways.

    Titles are never cut: where they take more lines, the sentence and the takeaways have fewer.
    """

    heading_size: int
    heading_lines: int
    sentence_size: int
    sentence_lines: int
    points: int = 0
    point_lines: int = 0
    has_picture: bool = False


_EXTENTS = {
    Grade.LEAD: _Extent(21, 6, 17, 5, points=3, point_lines=6, has_picture=True),
    Grade.WHOLE: _Extent(19, 20, 17, 20, points=20, point_lines=200, has_picture=True),
    Grade.FULL: _Extent(19, 5, 16, 4, points=2, point_lines=4),
    Grade.COMPACT: _Extent(17, 4, 15, 4),
}


class CardContent:
    """What a card of ``grade`` says of ``view``; all else of the view is there under its own name."""

    def __init__(self, view: PaperView, grade: Grade) -> None:
        self.view = view
        self.grade = grade
        self.extent = _EXTENTS[grade]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)

    def __getitem__(self, name: str) -> Any:
        """An attribute, as templates first ask for it: an exception for each would be dear."""
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None

    @property
    def is_compact(self) -> bool:
        """Whether it is one of the many that only say what a paper is about."""
        return self.grade is Grade.COMPACT

    @property
    def is_lead(self) -> bool:
        """Whether it is the first of a digest."""
        return self.grade is Grade.LEAD

    @property
    def shows_consequence(self) -> bool:
        """Whether it says why the paper matters."""
        return self.view.consequence is not None and self.grade in (Grade.LEAD, Grade.WHOLE)

    @cached_property
    def consequence_evidence(self) -> str:
        """The words of the source that say why it matters, as many as stand on three lines."""
        evidence = self.view.consequence.evidence if self.view.consequence else ""
        return fitted(clean(evidence), Room(3, PHONE / 13))

    @property
    def has_foreign_headline(self) -> bool:
        """Whether the headline is the source's, in another language than the mail's."""
        return self.view.language != "en" and not self.view.translated_title

    @property
    def has_latin_headline(self) -> bool:
        """Whether the headline is set in the face of Latin titles."""
        return self.has_foreign_headline or language_of(self.view.language).scripts == ("Latin",)

    @property
    def anchor(self) -> str:
        """The name by which the glance finds it."""
        return anchor_of(self.view.arxiv_id)

    @property
    def subtitle(self) -> str:
        """The paper's own title where the headline is a translation."""
        return self.view.title if self.view.translated_title else ""

    @cached_property
    def _lines_of_titles(self) -> int:
        em = (PHONE - NUMBER_WIDTH) / self.extent.heading_size
        is_translation = bool(self.view.translated_title)
        room = Room(_MANY, em, bold=True, keeps_words=self._keeps_words and is_translation)
        own = (
            lines(self.subtitle, Room(_MANY, (PHONE - NUMBER_WIDTH) / SUBTITLE_SIZE)) if self.subtitle else 0
        )
        return lines(self.view.headline, room) + own

    def _left_of(self, count: int) -> int:
        """How many of ``count`` lines long titles leave."""
        return max(count - max(self._lines_of_titles - self.extent.heading_lines, 0), _FEWEST_LINES)

    @cached_property
    def sentence(self) -> str:
        """The sentence, in the lines that the titles leave."""
        room = Room(
            self._left_of(self.extent.sentence_lines),
            PHONE / self.extent.sentence_size,
            keeps_words=self._keeps_words,
        )
        return fitted(self.view.sentence, room)

    @cached_property
    def takeaways(self) -> tuple[str, ...]:
        """The first takeaways, while there is room."""
        em = (PHONE - _LIST_INDENT) / _POINT_SIZE
        left = self._left_of(self.extent.point_lines) if self.extent.points else 0
        shown: list[str] = []
        for text in self.view.takeaways[: self.extent.points]:
            room = Room(left, em, keeps_words=self._keeps_words)
            needed = lines(text, room)
            if needed > left and shown:
                break
            shown.append(text if needed <= left else fitted(text, room))
            left -= needed
        return tuple(shown)

    @property
    def picture(self) -> CardPicture | None:
        """The picture of a card that has room for one, no taller on a telephone than the text beside it."""
        picture = self.view.picture if self.extent.has_picture else None
        if picture is None or not picture.shown_height:
            return picture
        shape = picture.shown_height / picture.shown_width
        if min(picture.shown_width, PHONE) * shape <= TALLEST_PICTURE:
            return picture
        wide = max(round(TALLEST_PICTURE / shape), 1)
        return replace(picture, shown_width=wide, shown_height=TALLEST_PICTURE)

    @property
    def figure(self) -> Any:
        """The paper's own figure, likewise."""
        figure = self.view.figure if self.extent.has_picture else None
        if figure is None or min(figure.width, PHONE) * figure.height / figure.width <= TALLEST_PICTURE:
            return figure
        wide = max(round(TALLEST_PICTURE * figure.width / figure.height), 1)
        return replace(figure, width=wide, height=TALLEST_PICTURE)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The source's signals but for the votes, which stand with the reason."""
        return tuple([signal for signal in self.view.signals if not signal.url])

    @property
    def votes(self) -> tuple[Signal, ...]:
        """The votes of readers elsewhere."""
        return tuple([signal for signal in self.view.signals if signal.url])

    @property
    def row(self) -> tuple[RowLink, ...]:
        """The links under it."""
        return link_row(self.view)

    @property
    def _keeps_words(self) -> bool:
        return keeps_words(self.view.language)


def anchor_of(arxiv_id: str) -> str:
    """The name of a paper's card within a mail."""
    return f"p{arxiv_id.replace('/', '-')}"


def keeps_words(language: str) -> bool:
    """Whether a mail in ``language`` breaks lines at spaces although its letters are wide."""
    return language == "ko"
