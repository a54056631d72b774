"""A digest rendered in one go, without slots or anything rendered before: what joining must equal."""

from collections.abc import Mapping, Sequence
from typing import Any

from newsletter.records import RenderedEmail
from newsletter.rendering import render_email
from newsletter.rendering.card_content import CardContent, Grade
from newsletter.rendering.layout import SERIF, tally, topics_line
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.reasons import ShownReason
from newsletter.rendering.subjects import preheader, subject
from subscriptions.messages.shape import grades
from subscriptions.models.states import Layout
from subscriptions.readers.links import ReaderLinks


class Shown(CardContent):
    """A card's content with the number and the reasons that it has in one digest."""

    def __init__(self, view: PaperView, grade: Grade, number: str, reasons: tuple[ShownReason, ...]) -> None:
        super().__init__(view, grade)
        self.number = number
        self.reasons = reasons


def render_whole(
    cards: Sequence[tuple[PaperView, tuple[ShownReason, ...]]],
    *,
    language: str,
    day: Any,
    new: int,
    links: ReaderLinks,
    chips: Sequence[Any] = (),
    lines: Sequence[Mapping[str, str]] = (),
) -> RenderedEmail:
    """The digest of ``cards`` with their reasons and of ``lines`` (title, translated_title, abstract_url)."""
    words = phrases(language)
    news = [card.news for card, _ in cards]
    counted = tally(len(cards), new, language=language)
    context = {
        "title": f"Paperpost · {words.day(day)}",
        "date": words.day(day),
        "title_fonts": SERIF if words.language.scripts == ("Latin",) else words.language.fonts,
        "preheader": preheader(news, otherwise=(cards[0][0].headline, counted)),
        "tally": counted,
        "topics": chips,
        "tally_and_topics": "\n".join(filter(None, [counted, topics_line(chips)])),
        "browser_url": f"{links.view}{day:%Y-%m-%d}/",
        "links": {"preferences": links.preferences, "unsubscribe": links.unsubscribe, "vote": links.vote},
        "cards": [
            Shown(card, grade, words.number(place), reasons)
            for place, ((card, reasons), grade) in enumerate(
                zip(cards, grades(Layout.STANDARD, len(cards)), strict=True), 1
            )
        ],
        "has_also": bool(lines),
        "also": lines,
        "subject": subject(news),
    }
    return render_email("digest", context, language=language)
