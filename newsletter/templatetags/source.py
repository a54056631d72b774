"""What sources wrote, and days as mails write them, on pages."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from html import escape

from django import template
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from newsletter.languages import DEFAULT_LANGUAGE, negotiate
from newsletter.languages import language as language_of
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import clean

register = template.Library()
register.filter("clean", clean)


@register.filter
def in_full(day: date | None) -> str:
    """``day`` in the language of the page as mails write it, with its weekday; of a moment its day in UTC."""
    if day is None:
        return ""
    language = negotiate(translation.get_language() or DEFAULT_LANGUAGE)
    return phrases(language).day(day.astimezone(UTC).date() if isinstance(day, datetime) else day)


@register.filter
def direction(code: str) -> str:
    """How the language ``code`` is written, as the attribute ``dir`` names it.

    Where the language of a text is known, ``dir="auto"`` would be wrong: an Arabic title that begins with a
    Latin name would be laid out from the left.
    """
    return language_of(code).direction


@register.filter
def marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """A text in pieces, what was looked for in it as ``<mark>``. A page has sixty: a template for each takes
    a fifth of the page's time.
    """
    written = (f"<mark>{escape(text)}</mark>" if is_marked else escape(text) for text, is_marked in pieces)
    return mark_safe("".join(written))  # noqa: S308 - each piece is escaped


@register.filter
def in_full_of(day: date, language: str) -> str:
    """``day`` as :func:`in_full` writes it, in ``language``."""
    return phrases(language).day(day)
