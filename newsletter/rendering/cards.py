"""A paper's card in a digest, rendered once for all readers.

A card depends on the paper and the language, never on the reader: what is a reader's own (why it is there,
the voting links) are slots in it. Cards are cached by everything they are made of, so that a correction
makes another card and the old one is not used any more.
"""

from dataclasses import dataclass
from typing import Any

from lib.memo import memo
from newsletter.rendering import base_context, render_mjml, render_part, tidy_html, tidy_text
from newsletter.rendering.fragments import Fragment, mark
from newsletter.rendering.papers import PaperTitle, PaperView
from newsletter.rendering.subjects import News

CARDS_KEPT = 6000  # about 20 KB each once encoded
LINES_KEPT = 12_000  # about 2 KB each


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper in one line. ``headline`` is its title in the reader's language, else as it is."""

    headline: str
    html: Fragment
    text: Fragment


@dataclass(frozen=True, slots=True)
class Card:
    """A rendered card: the fragments before and after the reasons. Those after have the slot ``vote``.

    ``news`` is what a subject says of the paper.
    """

    headline: str
    news: News
    html: tuple[Fragment, Fragment]
    text: tuple[Fragment, Fragment]


@memo(CARDS_KEPT)
def card(view: PaperView) -> Card:
    """The card of a paper in the view's language; its reasons are a slot, whatever they are."""
    values = base_context(view.language) | {
        "cards": [WithSlots(view)],
        "card": WithSlots(view),
        "links": {"vote": mark("vote")},
        "cut": mark("cut"),
    }
    return Card(
        headline=view.headline,
        news=view.news,
        html=_around_reasons(render_mjml("emails/digest/body.mjml", values).split(mark("cut"))[1]),
        text=_around_reasons(tidy_text(render_part("text", "emails/digest/card.txt", values)) + "\n"),
    )


def _around_reasons(rendered: str) -> tuple[Fragment, Fragment]:
    before, after = rendered.split(mark("why"))
    return Fragment(before), Fragment(after)


@memo(LINES_KEPT)
def line(title: PaperTitle, *, language: str) -> PaperLine:
    """The paper in one line, for "Also new"."""
    values = base_context(language) | {"line": title}
    return PaperLine(
        headline=title.headline,
        html=Fragment(tidy_html(render_part("html", "emails/digest/_line.html", values))),
        text=Fragment(tidy_text(render_part("text", "emails/digest/_line.txt", values))),
    )


class WithSlots:
    """A card's content for the templates, with a slot where the reader's reasons stand."""

    def __init__(self, view: PaperView) -> None:
        self._shown = view
        self.why_mark = mark("why")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)
