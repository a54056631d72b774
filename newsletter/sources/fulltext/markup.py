"""Small readers of HTML markup: the plain text of an element, its caption, its pictures, its rows. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from newsletter.sources.fulltext.cells import ERROR, without_layout
from newsletter.sources.fulltext.mathml import formula

MAX_DEPTH = 200
MAX_COLUMNS = 60

SKIPPED = {"script", "style", "nav", "button", "noscript", "template", "form", "iframe", "dialog"}
SKIPPED_CLASSES = {
    "ltx_page_footer",
    "ltx_page_header",
    "ltx_page_navbar",
    "ltx_pagination",
    "ltx_ERROR",
    "ltx_note_mark",
    "ltx_note_type",
    "ltx_TOC",
    "ltx_rdf",
    "ltx_role_footnotemark",
    "package-alerts",
    "ar5iv-footer",
}
# Besides results, cells hold notes and keys of unresolved references.
_SKIPPED_IN_CELLS = (SKIPPED_CLASSES - {"ltx_ERROR"}) | {
    "ltx_note",
    "ltx_missing_label",
    "ltx_missing_citation",
}
BLOCKS = {"p", "div", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "table", "h6", "section"}
_LABEL = re.compile(
    r"^\s*((?:Extended Data |Supplementary )?(?:Figure|Fig\.|Table|Tab\.|Algorithm|Listing|Scheme|Plate)"
    r"\s*+[A-Z]?[\d.]*[a-z]?(?:[IVX]+\b)?)\s*+[:.|–—-]?\s*",
    re.IGNORECASE,
)


def classes_of(element: Any) -> set[str]:
    """The names in the element's ``class`` attribute."""
    return set((element.get("class") or "").split())


def squeeze(text: str) -> str:
    """One line without invisible characters, runs of spaces, and spaces before punctuation."""
    text = text.replace("\u00ad", "").replace("\u200b", "").replace("\ufeff", "")
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r" ([,.;:!?)\]])(?=\s|$)", r"\1", text)


def style_of(element: Any) -> str:
    """The ``style`` attribute in lower case without spaces: ``display:none``."""
    return re.sub(r"\s", "", (element.get("style") or "").lower())


def small(element: Any, *, raised: bool) -> str:
    """The text of a ``sup`` (``raised``) or ``sub``; up to six digits and signs as Unicode has them."""
    text = plain(element)
    table = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻" if raised else "₀₁₂₃₄₅₆₇₈₉₊₋₋")
    return text.translate(table) if re.fullmatch(r"[\d+−-]{1,6}", text.strip()) else f" {text} "


def _pieces(element: Any, depth: int = 0, *, in_cell: bool = False) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str) or depth > MAX_DEPTH or tag in SKIPPED:
        return
    classes = classes_of(element)
    if classes & (_SKIPPED_IN_CELLS if in_cell else SKIPPED_CLASSES):
        return
    if in_cell and "ltx_ERROR" in classes:
        yield f"{ERROR}{(element.text or '').strip()} "
        return
    if in_cell and tag in {"sup", "sub"}:
        yield small(element, raised=tag == "sup")
        return
    if tag == "math":
        yield formula(element) or element.get("alttext") or ""
        return
    if tag == "br" or tag in BLOCKS or "ltx_bibblock" in classes:
        yield " "
    if tag in {"td", "th"}:
        yield " "
    yield element.text or ""
    for child in element:
        yield from _pieces(child, depth + 1, in_cell=in_cell)
        yield child.tail or ""
    if tag in BLOCKS or tag in {"td", "th", "tr", "figcaption"} or "ltx_tag" in classes:
        yield " "


def plain(element: Any) -> str:
    """The visible text of an element and all that is in it; formulas as a line of Unicode."""
    return "".join(_pieces(element))


def cell_text(cell: Any) -> str:
    """What a cell of a table says, without what lays it out, its notes and its marks of errors."""
    return squeeze(without_layout("".join(_pieces(cell, in_cell=True))))


def lines_of(element: Any) -> list[str]:
    """The lines of a title page, where ``br``, blocks and roles end a line."""
    parts = [""]
    for piece in element.iter():
        if not isinstance(piece.tag, str):
            continue
        if piece.tag in {"br", "div", "p"} or classes_of(piece) & {
            "ltx_contact",
            "ltx_note",
            "ltx_author_notes",
        }:
            parts.append("")
        if not classes_of(piece) & SKIPPED_CLASSES and piece.tag != "annotation":
            parts[-1] += piece.text or ""
        tail = piece.tail or ""
        parts[-1] += tail
    return [line.strip() for part in parts for line in part.split("\n\n") if line.strip()]


def caption_of(caption: Any) -> tuple[str, str]:
    """A label such as "Figure 2" and the caption without it."""
    if caption is None:
        return "", ""
    whole = squeeze(plain(caption))
    tag = next((each for each in caption.iter() if "ltx_tag" in classes_of(each)), None)
    label = squeeze(plain(tag)).rstrip(" :.") if tag is not None else ""
    if label and whole.startswith(label):
        return label, whole[len(label) :].lstrip(" :.")
    match = _LABEL.match(whole)
    return (match[1].strip(), whole[match.end() :]) if match else ("", whole)


def pictures_in(element: Any) -> list[Any]:
    """The pictures of a float: ``img`` that LaTeXML placed, or an ``object`` that shows one."""
    images = [each for each in element.iter("img") if not (each.get("src") or "").startswith("data:")]
    return images or [each for each in element.iter("object") if each.get("data")]


def is_tabular(element: Any) -> bool:
    """Whether LaTeXML made the element from a ``tabular`` environment."""
    return isinstance(element.tag, str) and "ltx_tabular" in classes_of(element)


def is_inside(element: Any, border: Any, *, floats: bool = False) -> bool:
    """Whether a table stands in another table, or with ``floats`` in another float, below ``border``."""
    for above in element.iterancestors():
        if above is border:
            return False
        if is_tabular(above) or (floats and above.tag == "figure"):
            return True
    return False


def rows_of(table: Any) -> Iterator[tuple[str, ...]]:
    """The rows of a table, every row with a cell for each column; a table in a cell is that cell's text.

    A cell that spans columns or rows stands in each of them, so that every number is under its heading.
    """
    hanging: dict[int, tuple[int, str]] = {}
    for row in _own_rows(table):
        cells: list[str] = []
        own_cells = [cell for cell in row if cell.tag in {"td", "th"} or "ltx_td" in classes_of(cell)]
        for cell in own_cells:
            _fill(cells, hanging)
            text, wide, tall = cell_text(cell), _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(min(wide, MAX_COLUMNS - len(cells))):
                if tall > 1:
                    hanging[len(cells)] = (tall - 1, text)
                cells.append(text)
        _fill(cells, hanging)
        if any(cells):
            yield tuple(cells)


def _own_rows(table: Any) -> Iterator[Any]:
    for row in table.iter():
        if isinstance(row.tag, str) and (row.tag == "tr" or "ltx_tr" in classes_of(row)):
            owner = next(
                (above for above in row.iterancestors() if is_tabular(above) or above.tag == "table"), table
            )
            if owner is table:
                yield row


def _fill(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Add the cells that hang down from the rows above."""
    while len(cells) in hanging:
        at = len(cells)
        left, text = hanging.pop(at)
        if left > 1:
            hanging[at] = (left - 1, text)
        cells.append(text)


def _span(cell: Any, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(max(int(text), 1), MAX_COLUMNS) if text.isascii() and text.isdigit() else 1
