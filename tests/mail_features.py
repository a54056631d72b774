"""Which features of HTML and CSS a mail uses, and what Gmail, Outlook and Apple Mail make of them.

The facts are those that caniemail.com had collected by September 2025, for Gmail (web, iOS, Android), Outlook
(Windows with Word's engine, the new one, Mac, web, iOS, Android) and Apple Mail (macOS, iOS), put into the
terms of :func:`features_of`. What is not named here may not be used: look it up there first.
"""

import re
from html.parser import HTMLParser

SUPPORTED = frozenset(
    """
    <html> <head> <title> <meta> <div> <span> <p> <a> <h1> <h2> <img> <ul> <li> <br>
    <table> <tbody> <tr> <td>
    @href @src @alt @lang @class @style @id @content @name @http-equiv @type @xmlns @xmlns:o @xmlns:v
    @align @border @cellpadding @cellspacing @width @height @target
    background-color background border border-top border-left border-right border-collapse border-color
    color font-family font-size font-weight height padding text-align text-decoration vertical-align width
    margin margin-left margin-right padding-left padding-right line-height
    px % em number
    selector:type selector:class selector:descendant selector:group
    """.split()  # noqa: SIM905 - a table to read
)
"""Everywhere, or partly where the other part is none of ours (``height`` of pictures, plain ``margin``)."""

ACCEPTED = {
    "<body>": "webmail makes a <div> of it; the ground's colour stands on .page once more",
    "<style>": "Gmail with foreign accounts has none: only dark mode, narrow sizes and hovering are in it",
    "@role": "for screen readers; the new Outlook drops it and reads layout tables as tables",
    "@dir": "Word reorders inside links: ours stand on blocks and spans",
    "@aria-label": "for screen readers; the new Outlook drops it",
    "@aria-roledescription": "for screen readers; dropped by some",
    "@media": "of <style>, for Thunderbird",
    "at:media max-width": "Gmail with foreign accounts and Word keep the wide sizes, which flow",
    "at:media min-width": "MJML's column at its full width, which ours has anyway",
    "at:media prefers-color-scheme": "Gmail and Word keep the light colours, or darken them themselves",
    "color-scheme": "Apple Mail asks it; without it a program darkens as it likes",
    "supported-color-schemes": "an older name of color-scheme",
    "selector:attribute": "what Outlook sets in its dark mode, in a <style> of its own; nobody else needs it",
    "selector::hover": "an underline under the pointer",
    "selector::root": "where color-scheme stands",
    "selector:id": "MJML's reset for an Outlook of 2003",
    "!important": "in <style> only, where Word has it too, with a space before it",
    "border-radius": "Word draws corners",
    "border-top on div": "Word may leave the line between two papers out; the space stays",
    "padding beside cells": "Word pads cells only: boxes are tight and links closer, all is there",
    "margin auto": "Word centres by MJML's tables around it",
    "margin on span": "Word puts topics side by side with a space between",
    "display block": "Word has none of them: pictures and links are blocks of their own already",
    "display inline-block": "Word lets links flow in their line",
    "display none": "the preheader; Gmail's mobile web page shows it as a first line of text",
    "min-width": "Word shows a short link narrower, on a machine with a mouse",
    "max-width": "Word takes the width attribute of tables and pictures",
    "max-height": "of the preheader, which Word hides by display",
    "opacity": "of the preheader, which Word hides by display",
    "overflow": "rounds the corners of the sheet, which Word does not round",
    "overflow-wrap": "beside word-break, which more programs have",
    "word-break": "some break long words anywhere",
    "line-break": "finer rules of Japanese and Chinese; without them lines break as always",
    "word-spacing": "MJML's; the value that it has anyway",
    "letter-spacing": "a hair's breadth in the name Paperpost",
    "direction": "Gmail's mobile web page turns a whole mail that holds Arabic; ours is turned then",
    "outline": "MJML's reset",
    "-webkit-text-size-adjust": "MJML's reset",
    "-ms-text-size-adjust": "MJML's reset",
    "-ms-interpolation-mode": "MJML's reset",
    "mso-table-lspace": "MJML's reset, for Word alone",
    "mso-table-rspace": "MJML's reset, for Word alone",
    "pt": "MJML's reset, for Word alone",
}
"""What some of the three lack, and why a reader who lacks it can do without."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT = re.compile(r"@([a-z-]+)([^{;]*)[{;]")
_CONDITION = re.compile(r"\(\s*([a-z-]+)")
_LENGTH = re.compile(r"(?<![\w#.])(-?)\d*\.?\d+([a-z%]*)")
_SIGNS = {"#": "id", "[": "attribute", ">": "child", "+": "sibling", "~": "sibling", "*": "all"}
_SIDED = ("margin", "padding")


def features_of(html: str) -> set[str]:
    """The features of a mail: ``<element>``, ``@attribute``, properties, units, kinds of selectors, at-rules.

    What only Word sees (conditional comments) is left out.
    """
    page = _Features()
    page.feed(html)
    page.close()
    return page.found


class _Features(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        self._in_style = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.add(f"<{tag}>")
        self._in_style = tag == "style"
        for name, value in attributes:
            self.found.add(f"@{name}")
            if name == "style":
                self._declarations(value or "", tag)
                if "!important" in (value or ""):
                    self.found.add("!important inline")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            return
        sheet = _COMMENT.sub("", data)
        for name, condition in _AT.findall(sheet):
            asked = _CONDITION.findall(condition) or [condition.strip()]
            self.found.update(f"at:{name} {feature}".strip() for feature in asked)
        for selectors, body in _RULE.findall(re.sub(r"@[a-z-]+[^{;]*\{", "", sheet)):
            self._selectors(selectors)
            self._declarations(body, "")

    def _selectors(self, selectors: str) -> None:
        if "," in selectors:
            self.found.add("selector:group")
        for selector in selectors.split(","):
            parts = selector.split()
            if len(parts) > 1:
                self.found.add("selector:descendant")
            for part in parts:
                kinds = {
                    "#": "id",
                    "[": "attribute",
                    ">": "child",
                    "+": "sibling",
                    "~": "sibling",
                    "*": "all",
                }
                self.found.update(f"selector:{name}" for sign, name in kinds.items() if sign in part)
                self.found.update(f"selector::{name}" for name in re.findall(r":+([a-z-]+)", part))
                plain = re.sub(r"\[[^]]*\]|:[\w-]+", "", part)
                if re.match(r"[a-z]", plain):
                    self.found.add("selector:type")
                if plain.count(".") == 1 and plain.startswith("."):
                    self.found.add("selector:class")
                elif "." in plain:
                    self.found.add("selector:chain")

    def _declarations(self, body: str, tag: str) -> None:
        for declaration in body.split(";"):
            name, colon, value = (part.strip().lower() for part in declaration.partition(":"))
            if colon:
                self._declaration(name, value, tag)

    def _declaration(self, name: str, value: str, tag: str) -> None:
        self.found.add(f"display {value.split()[0]}" if name == "display" else name)
        if "!important" in value:
            self.found.add("!important")
        if re.search(r"\b(url|calc|var|min|max|clamp|rgba?|hsla?)\(", value):
            self.found.add(value.partition("(")[0] + "()")
        for sign, unit in _LENGTH.findall("" if name == "font-family" else value):
            self.found.add(unit or "number")
            if sign:
                self.found.add(f"{name} negative")
        sided = next((sided for sided in _SIDED if name.startswith(sided)), "")
        if sided == "margin" and "auto" in value:
            self.found.add("margin auto")
        if sided == "margin" and tag == "span":
            self.found.add("margin on span")
        if sided == "padding" and tag not in ("td", "", "ul", "body") and re.search(r"[1-9]", value):
            self.found.add("padding beside cells")
        if name.startswith("border-") and tag in ("div", "p") and name != "border-radius":
            self.found.add("border-top on div")
