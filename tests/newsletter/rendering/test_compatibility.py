"""What mail programs do not understand is only there where reading does not depend on it.

The judgement is caniemail.com's for Gmail, Outlook and Apple Mail. Whatever element or property is new in a
mail has to be looked up there and put into one of the lists, with the reason where some program ignores it.
"""

import re
from html.parser import HTMLParser

import pytest

from tests.browser.test_digest import FOLDER
from tests.sample_digest import LANGUAGES

ELEMENTS = {
    "a", "body", "br", "div", "h1", "h2", "head", "html", "img", "li", "meta", "p", "span", "style", "table",
    "tbody", "td", "title", "tr", "ul",
}  # fmt: skip

UNDERSTOOD = {
    "background", "background-color", "border", "border-collapse", "border-top", "border-left",
    "border-right", "color", "direction", "display", "font-family", "font-size", "font-weight", "height",
    "letter-spacing",
    "line-height", "margin", "margin-left", "margin-right", "max-width", "padding", "padding-left",
    "padding-right", "text-align", "text-decoration", "vertical-align", "width",
}  # fmt: skip

IGNORED_BY_SOME = {
    "border-radius": "Outlook on Windows shows square corners",
    "word-break": "Windows Mail breaks Korean between syllables instead of words",
    "overflow-wrap": "Gmail and Outlook break long words by word-break",
    "min-width": "Outlook on Windows: a short link is narrower to touch, on a machine with a mouse",
    "word-spacing": "MJML's reset of a fault in old programs",
    "overflow": "hides the preheader, which display:none and its size hide as well",
    "opacity": "hides the preheader, which display:none and its size hide as well",
    "max-height": "hides the preheader, which display:none and its size hide as well",
    "mso-line-height-rule": "for Outlook alone",
}


class Used(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.elements, self.properties = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        style = dict(attributes).get("style") or ""
        self.properties |= {
            part.partition(":")[0].strip().lower() for part in style.split(";") if part.strip()
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_mail_programs_understand_or_may_ignore(language):
    used = Used((FOLDER / f"digest-{language}.html").read_text(encoding="utf-8"))
    assert used.elements <= ELEMENTS
    assert used.properties <= UNDERSTOOD | IGNORED_BY_SOME.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_the_style_element_everything_is_still_there(language):
    """Gmail drops it for accounts of other providers: colours, sizes and distances stand at the elements."""
    html = (FOLDER / f"digest-{language}.html").read_text(encoding="utf-8")
    body = html[html.index("<body") :]
    for element in re.findall(r"<(?:h1|h2|p|li|ul)\b[^>]*>", body):
        assert "margin" in element, element
    for heading, within in re.findall(r"(<h[12]\b[^>]*>)(.*?)</h[12]>", body, re.DOTALL):
        assert "font-size" in heading
        assert "color" in heading or re.match(r"\s*<a\b[^>]*color:[^>]*>[^<]*</a>\s*$", within)
