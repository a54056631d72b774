"""What a reader sees of a page or a PDF, counted without any of the readers' code.

HTML: the text nodes that a browser would show, one by one, so that no word is glued to another by missing
white space. PDF: PDFium's own running text, page by page, less what repeats at the edges of pages.
"""

import re
import unicodedata
from collections import Counter

import pypdfium2
from lxml import html

HIDDEN = {"script", "style", "head", "annotation", "annotation-xml", "template", "noscript"}
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")


def words(text: str) -> Counter[str]:
    """Words of two letters and more, and numbers."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text)))


def words_of_html(data: bytes) -> Counter[str]:
    root = html.document_fromstring(data)
    found: Counter[str] = Counter()

    def walk(element: html.HtmlElement) -> None:
        is_footer = "ltx_page_footer" in (element.get("class") or "")
        if isinstance(element.tag, str) and element.tag not in HIDDEN and not is_footer:
            found.update(words(element.text or ""))
            for child in element:
                walk(child)
        if element is not root:
            found.update(words(element.tail or ""))

    walk(root)
    return found


def words_of_pdf(data: bytes) -> Counter[str]:
    file = pypdfium2.PdfDocument(data)
    pages = []
    for number in range(len(file)):
        page = file[number]
        text = page.get_textpage()
        pages.append(text.get_text_range().replace("\r\n", "\n"))
    edges: Counter[str] = Counter()
    for page in pages:
        lines = page.split("\n")
        edges.update({_shape(line) for line in (*lines[:2], *lines[-2:])})
    repeated = {shape for shape, count in edges.items() if count >= max(3, 0.3 * len(pages))}
    found: Counter[str] = Counter()
    for page in pages:
        lines = page.split("\n")
        kept = [
            line
            for at, line in enumerate(lines)
            if not ((at < 2 or at >= len(lines) - 2) and _shape(line) in repeated)
            and not line.startswith("arXiv:")
        ]
        found.update(words(_joined("\n".join(kept))))
    return found


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip().lower())


def _joined(text: str) -> str:
    """Words parted at a line's end put together: the mark U+FFFE is PDFium's."""
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text.replace("\ufffe", ""))


def share_found(seen: Counter[str], text: str) -> float:
    """The share, 0-1, of the words seen that ``text`` has, each as often as it was seen."""
    missing = seen - words(text.replace("-", " - "))
    return 1 - sum(missing.values()) / max(sum(seen.values()), 1)
