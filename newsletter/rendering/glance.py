"""The line of a paper at the top of a digest: a number, a sign of why it is there, headline and finding.

A line depends on the paper and the language; what goes before it, a number and a sign, are the same for many
papers.
"""

from dataclasses import dataclass
from functools import lru_cache

from lib.memo import memo
from newsletter.rendering import base_context, render_part, tidy_html
from newsletter.rendering.card_content import NUMBER_WIDTH, anchor_of, keeps_words
from newsletter.rendering.directions import isolated_text
from newsletter.rendering.fragments import ENCODERS, Encoding, Fragment, mark
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.reading_time import seconds_of
from newsletter.rendering.reasons import Chip
from newsletter.rendering.wrapping import PHONE, Room, fitted, width

LINES_KEPT = 12_000  # about 2 KB each
FINDING = 90  # columns: characters, wide ones counted twice
_ROOM = PHONE - NUMBER_WIDTH
_HEADLINE_SIZE, _FINDING_SIZE = 15, 13
_SIGN = 4.2  # em that the sign of a reason takes of the finding


class GlanceLine:
    """A paper in the glance: ``html`` before and after the sign of why it is there.

    No two lines are the same object's equals, so that what was made of one is found at once.
    """

    __slots__ = ("finding", "headline", "html", "language", "seconds")

    def __init__(
        self, html: tuple[Fragment, Fragment], *, headline: str, finding: str, language: str
    ) -> None:
        self.html = html
        self.headline = headline
        self.finding = finding
        self.language = language
        self.seconds = seconds_of(f"{headline} {finding}")


@dataclass(frozen=True, slots=True)
class _Shown:
    anchor: str
    headline: str
    finding: str
    marks: tuple[str, ...]
    is_foreign_headline: bool
    is_foreign_finding: bool
    sign_mark: str


@memo(LINES_KEPT)
def glance_line(view: PaperView) -> GlanceLine:
    """The line of a paper in the view's language."""
    shown = _shown(view)
    values = base_context(view.language) | {"line": shown}
    before, after = tidy_html(render_part("html", "emails/digest/_glance.html", values)).split(mark("sign"))
    own, english = base_context(view.language)["language"], base_context("en")["language"]
    headline, finding = shown.headline, shown.finding
    if shown.is_foreign_headline:
        headline = isolated_text(headline, english, own)
    if shown.is_foreign_finding:
        finding = isolated_text(finding, english, own)
    return GlanceLine(
        (Fragment(before), Fragment(after)),
        headline=headline,
        finding=" · ".join([finding, *shown.marks]),
        language=view.language,
    )


def _shown(view: PaperView) -> _Shown:
    words, keeps = phrases(view.language), keeps_words(view.language)
    marks = []
    if any(link.phrase == "digest.code" for link in view.links):
        marks.append(words.say("digest.code"))
    if view.has_reading:
        marks.append(words.say("digest.row_in_depth"))
    tail = sum(width(f" · {text}") for text in marks)
    is_foreign = view.language != "en" and not view.translated_title
    headline = Room(2, _ROOM / _HEADLINE_SIZE, bold=True, keeps_words=keeps)
    finding = Room(2, _ROOM / _FINDING_SIZE - (tail + _SIGN) / 2, keeps_words=keeps)
    return _Shown(
        anchor=anchor_of(view.arxiv_id),
        headline=fitted(view.headline, headline),
        finding=fitted(view.finding(FINDING), finding),
        marks=tuple(marks),
        is_foreign_headline=is_foreign,
        is_foreign_finding=view.is_foreign,
        sign_mark=mark("sign"),
    )


@lru_cache(maxsize=2048)
def number(count: int, *, language: str) -> Fragment:
    """The cell before a line of the glance."""
    return _html("_glance_number.html", language, number=phrases(language).number(count))


@lru_cache(maxsize=4096)
def sign(chip: Chip | None, word: str, *, language: str) -> Fragment:
    """Why a paper is there: a topic's dot, else a word, else nothing."""
    return _html("_glance_sign.html", language, chip=chip, word=word)


def _html(name: str, language: str, **values: object) -> Fragment:
    return Fragment(tidy_html(render_part("html", f"emails/digest/{name}", base_context(language) | values)))


@lru_cache(maxsize=16_384)
def text_of(line: GlanceLine, count: int, encoding: Encoding) -> bytes:
    """The line in plain text, encoded: its number stands in it, where no padding may."""
    text = f"{phrases(line.language).number(count)}. {line.headline}\n   {line.finding}\n"
    return ENCODERS[encoding](text.encode(), False)
