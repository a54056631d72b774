"""What the templates of mails need: the words of the reader's language, and directions kept apart.

Every tag obeys the engine's autoescaping: the same template text is safe in HTML and clean in plain text.
"""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from newsletter.languages import language as language_of
from newsletter.rendering.phrases import Phrases

register = template.Library()

LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2066", "\u2069"


@register.simple_tag(takes_context=True)
def say(context: Context, name: str, **values: object) -> str:
    """The phrase ``name`` in the language of the mail."""
    words: Phrases = context["words"]
    return words.say(name, **values)


@register.simple_tag(takes_context=True)
def count(context: Context, name: str, number: int, **values: object) -> str:
    """The phrase ``name`` in the plural form of ``number``."""
    words: Phrases = context["words"]
    return words.count(name, number, **values)


@register.simple_tag(takes_context=True)
def foreign(context: Context, text: str, code: str = "en") -> str | SafeString:
    """``text`` in the language ``code``, kept apart from the text around it.

    In HTML an element with ``lang`` and ``dir``, which isolates (HTML, section 15.3.6; Gmail and Outlook drop
    ``bdi``); in plain text of a right-to-left language the Unicode isolates (UAX #9), elsewhere nothing.
    """
    foreign_language, own_code = language_of(code), context["language"]
    if context.autoescape:
        if foreign_language.code == own_code.code:
            return conditional_escape(text)
        return format_html(
            '<span lang="{}" dir="{}">{}</span>', foreign_language.code, foreign_language.direction, text
        )
    if own_code.rtl and not foreign_language.rtl:
        return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_ISOLATE}"
    return str(text)


@register.filter
def listing(items: Any, words: Phrases) -> str:
    """The items with the separator of the language."""
    return words.listing(str(item) for item in items)
