"""Strangers' words in chats: none of them becomes a mention, a link, a command or markup. Pure.

Services look for addresses, ``@names``, ``#tags`` and ``:emoji:`` in plain text too, where no sign escapes
them. A word joiner (U+2060) after the sign that gives them away ends that; nobody sees it.
"""

import re
from collections.abc import Callable
from html import escape

from newsletter.rendering.shortening import shorten

JOINER = "\u2060"
# A sign that begins a name, a tag, a command, an emoji or an address, before what could be its word.
_SIGN = re.compile(r"([@#$/~:&<])(?=[^\s])")
_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_]|[0-9]{1,3}\.[0-9])")  # of a host's name or address; not of a number
_MARKDOWN = re.compile(r"([\\`*_\[\]~|>])")
_LINE_START = re.compile(r"^(\s{0,9}[0-9]{0,9})([-+#.=)])")


def defused(text: str) -> str:
    """``text`` as it looks, without anything that a service would make live by itself."""
    return _DOT.sub("." + JOINER, _SIGN.sub(r"\1" + JOINER, text))


def markdown(text: str) -> str:
    """``text`` on one line of Markdown, as it looks: no markup of its own, nothing live."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", defused(text)))


def html(text: str) -> str:
    """``text`` in HTML, as it looks, nothing live."""
    return escape(defused(text))


def html_url(url: str) -> str:
    """An address of ours in an attribute."""
    return url.replace("&", "&amp;").replace('"', "%22").replace("<", "%3C").replace(">", "%3E")


def fitted(text: str, length: int, form: Callable[[str], str] = str) -> str:
    """``form(text)`` in at most ``length`` code points: whole, or cut at a word before it is formed."""
    formed, room = form(text), length
    while len(formed) > length and room > 2:
        formed = form(shorten(text, room))
        room -= max(len(formed) - length, 1)
    return formed if len(formed) <= length else ""


def utf16_length(text: str) -> int:
    """The length of ``text`` in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
