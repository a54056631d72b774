"""Texts of one direction and language within those of another, kept apart in HTML and in plain text. Pure."""

from html import escape

from newsletter.languages import Language

LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2066", "\u2069"


def isolated_html(text: str, foreign: Language, own: Language) -> str:
    """``text`` escaped, in an element with its ``lang`` and ``dir`` where its language is not the page's.

    The element isolates (HTML, section 15.3.6; Gmail and Outlook drop ``bdi``).
    """
    if foreign.code == own.code:
        return escape(text)
    return f'<span lang="{foreign.code}" dir="{foreign.direction}">{escape(text)}</span>'


def isolated_text(text: str, foreign: Language, own: Language) -> str:
    """``text`` between the Unicode isolates (UAX #9) where it stands in a right-to-left language."""
    if own.rtl and not foreign.rtl:
        return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_ISOLATE}"
    return text
