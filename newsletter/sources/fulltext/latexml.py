"""Finds the article element in a page that LaTeXML wrote, and moves its sections to where they belong. Pure.

The page is untrusted: it is parsed without network and without external entities. What is no LaTeXML article,
or one whose conversion failed, is refused with its reason.
"""

import re
from typing import Any

from lxml import etree

from newsletter.errors import Unreadable

_WITH_CLASS = "//*[contains(concat(' ', normalize-space(@class), ' '), $name)]"
_FATAL = re.compile(r"had a fatal error and exited abruptly|conversion to html (?:had|failed)", re.IGNORECASE)


def find_article(data: bytes) -> Any:
    """The lxml element of the article in the page ``data``.

    Raises :class:`Unreadable`: "broken", "conversion failed", "not a paper".
    """
    article = _article(_parse(data))
    _free_sections(article)
    return article


def _parse(data: bytes) -> Any:
    parser = etree.HTMLParser(
        encoding=None if b"charset" in data[:2048].lower() else "utf-8",
        remove_comments=True,
        remove_pis=True,
        no_network=True,
        huge_tree=False,
        recover=True,
    )
    try:
        root = etree.fromstring(data.replace(b"\x00", b""), parser=parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Unreadable(f"The HTML cannot be parsed: {error}.", reason="broken") from error
    if root is None:
        raise Unreadable("The HTML is empty.", reason="broken")
    return root


def _article(root: Any) -> Any:
    documents = root.xpath(_WITH_CLASS, name=" ltx_document ")
    articles = [each for each in documents if each.tag == "article"] or documents
    if _FATAL.search(" ".join(root.xpath("string(//body)").split())[:20_000]):
        raise Unreadable(
            "The HTML says that the paper's conversion ended in a fatal error.", reason="conversion failed"
        )
    if articles:
        return max(articles, key=len)
    if any(root.xpath(_WITH_CLASS, name=name) for name in (" ltx_page_main ", " ltx_page_content ")):
        raise Unreadable(
            "The conversion of the paper to HTML failed: the page is empty.", reason="conversion failed"
        )
    raise Unreadable("The page is no paper in HTML: it has no LaTeXML article.", reason="not a paper")


def _free_sections(article: Any) -> None:
    """Move sections that stand in a float behind it: LaTeXML puts them there when a float is left open."""
    for float_ in list(article.iter("figure")):
        inner = [each for each in float_.iter("section") if not _stands_in(each, "section", float_)]
        for section in reversed(inner):
            float_.addnext(section)


def _stands_in(element: Any, tag: str, border: Any) -> bool:
    for above in element.iterancestors():
        if above is border:
            return False
        if above.tag == tag:
            return True
    return False
