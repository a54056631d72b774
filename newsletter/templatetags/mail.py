"""What the templates of mails need: the words of the reader's language, and directions kept apart.

Every tag obeys the engine's autoescaping: the same template text is safe in HTML and clean in plain text.
"""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe

from newsletter.languages import language as language_of
from newsletter.rendering.directions import isolated_html, isolated_text
from newsletter.rendering.phrases import Phrases

register = template.Library()


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
    """``text`` in the language ``code``, kept apart from the text around it."""
    foreign_language, own = language_of(code), context["language"]
    if context.autoescape:
        return mark_safe(isolated_html(text, foreign_language, own))  # noqa: S308 - it escapes the text
    return isolated_text(str(text), foreign_language, own)


@register.filter
def listing(items: Any, words: Phrases) -> str:
    """The items with the separator of the language."""
    return words.listing(str(item) for item in items)
