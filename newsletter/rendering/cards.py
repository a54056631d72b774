"""A paper's card in a digest, rendered once for all readers.

A card depends on the paper, the language and the grade, never on the reader: what is a reader's own (its
number, why it is there, the voting links) are slots in it. Cards are cached by everything they are made of,
so that a correction makes another card and the old one is not used any more.
"""

from dataclasses import dataclass
from functools import lru_cache

from lib.memo import memo
from newsletter.rendering import (
    base_context,
    checked_links,
    render_mjml,
    render_part,
    tidy_html,
    tidy_text,
)
from newsletter.rendering.card_content import CardContent, Grade
from newsletter.rendering.fragments import Fragment, mark
from newsletter.rendering.glance import GlanceLine, glance_line
from newsletter.rendering.layout import MailPart
from newsletter.rendering.papers import PaperTitle, PaperView
from newsletter.rendering.reading_time import seconds_of_html
from newsletter.rendering.reasons import Chip
from newsletter.rendering.subjects import News

TEXTS_KEPT = 6000  # those of cards that are kept
CARDS_KEPT = 12_000  # about 10 KB each once encoded
LINES_KEPT = 12_000  # about 2 KB each


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper in one line. ``headline`` is its title in the reader's language, else as it is."""

    headline: str
    html: Fragment
    text: Fragment
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Card:
    """A rendered card of a grade.

    ``html`` are the fragments up to the number that the paper has in a digest, up to the reasons, and after
    them; ``text`` those around the reasons: there the number has a line of its own. The last have the slot
    ``vote``. ``news`` is what a subject says of the paper, ``glance`` its line at the top; ``seconds`` is
    how long it takes to read.
    """

    headline: str
    news: News
    grade: Grade
    glance: GlanceLine
    html: tuple[Fragment, Fragment, Fragment]
    text: tuple[Fragment, Fragment]
    seconds: float


@memo(CARDS_KEPT)
def card(view: PaperView, grade: Grade) -> Card:
    """The card of a paper in the view's language; its number and its reasons are slots."""
    content = WithSlots(view, grade)
    values = base_context(view.language) | {"card": content, "links": {"vote": mark("vote")}}
    html = checked_links(render_part("html", "emails/digest/card.html", values), "emails/digest/card.html")
    opening, closing = _around_card(view.language)
    before_number, rest = f"{opening}{tidy_html(html)}{closing}".split(mark("number"))
    before_reasons, after = rest.split(mark("why"))
    text = _text(view)
    glance = glance_line(view)
    return Card(
        headline=view.headline,
        news=view.news,
        grade=grade,
        glance=glance,
        html=(Fragment(before_number), Fragment(before_reasons), Fragment(after)),
        text=text,
        seconds=seconds_of_html(html) + glance.seconds,
    )


@memo(TEXTS_KEPT)
def _text(view: PaperView) -> tuple[Fragment, Fragment]:
    """The plain text of a paper around its reasons, which is the same in all grades."""
    values = base_context(view.language) | {
        "card": WithSlots(view, Grade.WHOLE),
        "links": {"vote": mark("vote")},
    }
    before, after = tidy_text(render_part("text", "emails/digest/card.txt", values)).split(mark("why"))
    return Fragment(before), Fragment(f"{after}\n")


@lru_cache(maxsize=4096)
def group_heading(chip: Chip | None, *, language: str) -> MailPart:
    """The topic of the cards that follow; without a chip, of those that no topic brought."""
    values = base_context(language) | {"chip": chip}
    opening, closing = _around_card(language)
    html = tidy_html(render_part("html", "emails/digest/_group.html", values))
    text = tidy_text(render_part("text", "emails/digest/_group.txt", values))
    return MailPart(html=Fragment(f"{opening}{html}{closing}"), text=Fragment(f"\n{text}"))


@lru_cache(maxsize=64)
def _around_card(language: str) -> tuple[str, str]:
    """What MJML puts around a card: rendering it is dear, and it is the same for all."""
    values = base_context(language) | {"card_mark": mark("card"), "cut": mark("cut")}
    rendered = render_mjml("emails/digest/body.mjml", values).split(mark("cut"))[1]
    opening, closing = rendered.split(mark("card"))
    return opening.lstrip("\n"), closing


@memo(LINES_KEPT)
def line(title: PaperTitle, *, language: str) -> PaperLine:
    """The paper in one line, for "Also new"."""
    values = base_context(language) | {"line": title}
    html = tidy_html(render_part("html", "emails/digest/_line.html", values))
    return PaperLine(
        headline=title.headline,
        seconds=seconds_of_html(html),
        html=Fragment(html),
        text=Fragment(tidy_text(render_part("text", "emails/digest/_line.txt", values))),
    )


class WithSlots(CardContent):
    """A card's content for the templates, with slots where a reader's number and reasons stand."""

    number_mark = mark("number")
    why_mark = mark("why")
