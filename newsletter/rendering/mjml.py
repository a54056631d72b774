"""Renders templates into mails. The only importer of ``mjml``.

A mail is a folder ``templates/emails/NAME/`` with ``subject.txt``, ``body.txt`` and ``body.mjml``. The text
files go through the engine without autoescaping, the MJML through the one with it; no template marks a text
of a source or of a model as safe, so that what arrives as ``<script>`` is shown as ``<script>``.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import Template
from mjml import mjml2html

from newsletter.brand import brand_of_settings
from newsletter.errors import RenderingError
from newsletter.records import RenderedEmail
from newsletter.rendering.phrases import phrases

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*\n")
_LINE_ENDS = re.compile(r"(?<![ \t])[ \t]++\n")
_LEFT_OVER = re.compile(r"</?mj-?[a-z]*\b", re.IGNORECASE)
_BETWEEN_TAGS = re.compile(r">[^\S\n]*\n\s*<")
_INDENT = re.compile(r"\n\s+")
_ESCAPED_VALUE = re.compile(r'="[^"<>\\]*\\[^"<>]*"')
_ESCAPE = re.compile(r"\\(u\{([0-9a-f]{1,6})\}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_NO_TARGET = re.compile(r'<a\b[^<>]*\bhref="#?"|<a\b(?![^<>]*\bhref=)[^<>]*>')


def render_email(name: str, context: Mapping[str, Any], *, language: str) -> RenderedEmail:
    """The mail of the folder ``name`` in ``language``, for one reader.

    The templates also see ``words`` (the phrases), ``language`` and ``site_url``. Raises RenderingError where
    a template is missing, is no MJML, or has a link without an address.
    """
    values = {**base_context(language), **context}
    subject = " ".join(render_part("text", f"emails/{name}/subject.txt", values).split())
    if not subject:
        raise RenderingError(f"The mail {name!r} has an empty subject in {language}.")
    return RenderedEmail(
        subject=subject,
        text=tidy_text(render_part("text", f"emails/{name}/body.txt", values)),
        html=render_mjml(f"emails/{name}/body.mjml", values),
    )


def base_context(language: str) -> dict[str, Any]:
    """What every template of a mail sees. Raises InvalidInput for an unknown language."""
    words = phrases(language)
    return {
        "words": words,
        "language": words.language,
        "start": "right" if words.language.rtl else "left",
        "end": "left" if words.language.rtl else "right",
        "brand": brand_of_settings(),
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
    }


def render_part(engine: str, path: str, context: Mapping[str, Any]) -> str:
    """One template by the engine ``html`` or ``text``. Raises RenderingError."""
    try:
        return str(_template(engine, path).render(dict(context)))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise RenderingError(f"{path}: {error}") from error


def render_mjml(path: str, context: Mapping[str, Any]) -> str:
    """The HTML of the MJML template ``path``. Raises RenderingError, also for tags that MJML did not know."""
    source = render_part("html", path, context)
    try:
        rendered = str(mjml2html(source))
    except ValueError as error:
        raise RenderingError(f"{path} is no MJML: {error}") from error
    rendered = _ESCAPED_VALUE.sub(_unescaped, rendered)
    if leftover := _LEFT_OVER.search(rendered):
        raise RenderingError(
            f"{path}: {rendered[leftover.start() : leftover.start() + 60]!r} is left in the mail."
        )
    return tidy_html(checked_links(rendered, path))


def checked_links(html: str, path: str) -> str:
    """``html`` as it is. Raises RenderingError, naming the template's ``path``, if a link leads nowhere."""
    if _NO_TARGET.search(html):
        raise RenderingError(f"{path}: a link leads nowhere; a value is missing in the context.")
    return html


def _unescaped(value: re.Match[str]) -> str:
    """An attribute's value as it was given.

    mrml 5 writes values of HTML attributes as Rust writes them for debugging: a backslash doubled, and every
    character that it holds for unprintable (a Devanagari virama too) as ``\\u{94d}``.
    """
    return _ESCAPE.sub(
        lambda match: chr(int(match[2], 16)) if match[2] else _ESCAPES.get(match[1], match[1]), value[0]
    )


def tidy_text(text: str) -> str:
    """Without the blank lines and spaces that template tags leave behind, ending in one line feed."""
    return _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip() + "\n"


def tidy_html(html: str) -> str:
    """Without the indentation of the templates: it is a tenth of a mail."""
    return _INDENT.sub("\n", _BETWEEN_TAGS.sub(">\n<", html)).strip() + "\n"


@cache
def _template(engine: str, path: str) -> Template:
    template: Template = engines[engine].get_template(path)  # type: ignore[assignment]
    return template
