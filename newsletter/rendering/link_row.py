"""The one row of links under a card: as many as fit a telephone's width in the reader's language.

What has no room stands on the paper's page, and in the plain text.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import Phrases, phrases
from newsletter.rendering.wrapping import PHONE, width

FONT_SIZE = 14  # CSS pixels
GAP = 16  # between two links
SMALLEST = 44  # what a finger needs

_MAIN, _VOTE, _PDF, _REST = range(4)


class RowLink(NamedTuple):
    """A link of the row. ``path`` goes behind the reader's own address for votes where it ``is_vote``."""

    text: str
    path: str
    is_vote: bool = False
    is_main: bool = False


class _Candidate(NamedTuple):
    link: RowLink
    rank: int


def link_row(view: PaperView) -> tuple[RowLink, ...]:
    """The links of a paper that fit one row, in the order in which they stand.

    The way to the paper's page and the reader's answers come before files, those before all else.
    """
    words = phrases(view.language)
    candidates = [*_links(view, words), *_answers(view.arxiv_id, words)]
    room = float(PHONE)
    shown = set()
    for candidate in sorted(candidates, key=lambda each: each.rank):
        link = candidate.link
        wide = max(SMALLEST, FONT_SIZE * width(link.text, bold=link.is_main) + GAP)
        if wide <= room:
            shown.add(link)
            room -= wide
    return tuple([candidate.link for candidate in candidates if candidate.link in shown])


def _links(view: PaperView, words: Phrases) -> Iterator[_Candidate]:
    for link in view.links:
        if link.is_main:
            phrase = "digest.row_in_depth" if view.has_reading else "digest.row_page"
            yield _Candidate(RowLink(words.say(phrase), link.url, is_main=True), _MAIN)
        else:
            text = words.say(link.phrase) if link.phrase else link.text
            yield _Candidate(RowLink(text, link.url), _PDF if text == "PDF" else _REST)


def _answers(arxiv_id: str, words: Phrases) -> Iterator[_Candidate]:
    paper = quote(arxiv_id, safe="")
    for phrase, path in (
        ("digest.row_more", f"?paper={paper}&value=1"),
        ("digest.row_less", f"?paper={paper}&value=-1"),
        ("digest.save", f"save/?paper={paper}"),
    ):
        yield _Candidate(RowLink(words.say(phrase), path, is_vote=True), _VOTE)
