"""A paper's HTML, as LaTeXML writes it for arXiv, into a :class:`Document`. Pure.

One walk over the article that :mod:`latexml` finds in the page; what it reads is bounded in size and depth.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from newsletter.errors import Unreadable
from newsletter.sources.fulltext.document import (
    Document,
    DocumentFigure,
    DocumentTable,
    Paragraph,
    ParagraphKind,
    Section,
    SectionKind,
)
from newsletter.sources.fulltext.latexml import find_article
from newsletter.sources.fulltext.markup import (
    BLOCKS,
    MAX_DEPTH,
    SKIPPED,
    SKIPPED_CLASSES,
    caption_of,
    classes_of,
    is_inside,
    is_tabular,
    lines_of,
    pictures_in,
    plain,
    rows_of,
    small,
    squeeze,
    style_of,
)
from newsletter.sources.fulltext.mathml import formula
from newsletter.sources.fulltext.mentions import addresses, affiliations_in, sort_links

MAX_BYTES = 24 * 1024 * 1024
LEAST_WORDS = 120  # a paper has more; a failed conversion leaves a heading and an abstract at best

_FRONT = {"ltx_abstract", "ltx_authors", "ltx_keywords", "ltx_classification", "ltx_dates"}
_LEVELS = {"part": 0, "chapter": 1, "section": 1, "appendix": 1, "subsection": 2, "subsubsection": 3}
_SECTIONING = {*_LEVELS, "paragraph", "subparagraph", "index", "glossary", "acknowledgements"}
_ACKNOWLEDGING = re.compile(r"^acknowledge?ments?\b|^funding\b", re.IGNORECASE)


def read_html(data: bytes, *, url: str = "") -> Document:
    """The paper in a LaTeXML page; ``url`` is the page's address, for its anchors.

    Raises :class:`Unreadable`: "too large", "conversion failed", "not a paper", "empty", "broken".
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"The HTML has more than {MAX_BYTES // 2**20} MB.", reason="too large")
    article = find_article(data)
    reader = _Reader()
    reader.read(article)
    document = reader.document(url=url)
    words = sum(len(each.text.split()) for part in document.sections for each in part.paragraphs)
    if words < LEAST_WORDS:
        raise Unreadable(
            f"The HTML holds {words} words outside its title page: its conversion failed.", reason="empty"
        )
    return document


def _sectioning(classes: set[str]) -> str:
    for name in classes:
        if name.startswith("ltx_") and name[4:] in _SECTIONING:
            return name[4:]
    return ""


@dataclass(slots=True)
class _Open:
    """A section that is being filled."""

    anchor: str
    level: int
    kind: SectionKind
    title: str = ""
    number: str = ""
    paragraphs: list[Paragraph] = field(default_factory=list)

    def close(self) -> Section:
        return Section(self.anchor, self.title, self.level, self.number, tuple(self.paragraphs), self.kind)


class _Reader:
    """One walk over the article in document order."""

    def __init__(self) -> None:
        self.title = ""
        self.front: list[Paragraph] = []
        self.abstract: list[Paragraph] = []
        self.sections: list[_Open] = []
        self.figures: list[DocumentFigure] = []
        self.tables: list[DocumentTable] = []
        self.references: list[str] = []
        self.links: list[str] = []
        self.author_lines: list[str] = []
        self.words: list[str] = []
        self.anchor = ""
        self.kind: ParagraphKind = "text"
        self.target: list[Paragraph] = self.front
        self.footnotes: list[Paragraph] = []
        self.claimed: set[Any] = set()
        self.is_deep = False

    def document(self, *, url: str) -> Document:
        self._flush()
        text = "\n".join(each.text for part in self.sections for each in part.paragraphs)
        front = "\n".join(each.text for each in (*self.front, *self.abstract))
        code, data = sort_links([*self.links, *addresses(front), *addresses(text)])
        return Document(
            origin="html",
            title=self.title,
            front=tuple(self.front),
            abstract=tuple(self.abstract),
            sections=tuple(part.close() for part in self.sections),
            figures=tuple(self.figures),
            tables=tuple(self.tables),
            references=tuple(self.references),
            affiliations=affiliations_in(self.author_lines),
            code_links=code,
            data_links=data,
            url=url,
            notes=("The page is nested too deeply; its innermost parts are left out.",)
            if self.is_deep
            else (),
        )

    # -- blocks -----------------------------------------------------------------------------------------

    def read(self, element: Any, depth: int = 0) -> None:
        """An element and all that is in it, its tail left to the caller."""
        tag = element.tag
        if not isinstance(tag, str) or depth > MAX_DEPTH:
            self.is_deep = self.is_deep or depth > MAX_DEPTH
            return
        classes = classes_of(element)
        if tag in SKIPPED or classes & SKIPPED_CLASSES or "display:none" in style_of(element):
            return
        if self._read_special(element, tag, classes, depth):
            return
        is_block = tag in BLOCKS or "ltx_para" in classes
        if is_block:
            self._begin(element, tag, classes)
        self._read_children(element, depth)
        if is_block:
            self._end(tag, classes)

    def _read_children(self, element: Any, depth: int) -> None:
        self._say(element.text)
        for child in element:
            self.read(child, depth + 1)
            self._say(child.tail)

    def _read_special(self, element: Any, tag: str, classes: set[str], depth: int) -> bool:
        """Whatever is more than a block of text; False if it is not."""
        if self._read_inline(element, tag, classes):
            return True
        if "ltx_title_document" in classes:
            self._set_title(element, depth)
        elif classes & _FRONT:
            self._read_front(element, classes, depth)
        elif "ltx_bibliography" in classes:
            self._read_references(element)
        elif tag == "figure" or "ltx_float" in classes:
            self._read_float(element, depth)
        elif "ltx_tabular" in classes or (tag == "table" and "ltx_eqn_table" not in classes):
            self._read_bare_table(element)
        elif _sectioning(classes):
            self._read_section(element, classes, depth)
        else:
            return False
        return True

    def _read_inline(self, element: Any, tag: str, classes: set[str]) -> bool:
        if tag == "math":
            self._say(formula(element) or element.get("alttext") or "")
        elif tag == "br":
            self._say(" ")
        elif tag in {"sup", "sub"}:
            self._say(small(element, raised=tag == "sup"))
        elif "ltx_note" in classes:
            self._read_note(element)
        elif classes & {"ltx_equation", "ltx_equationgroup"} and tag == "table":
            self._read_equation(element)
        else:
            if tag == "a":
                self._note_link(element)
            return False
        return True

    def _begin(self, element: Any, tag: str, classes: set[str]) -> None:
        if "ltx_para" in classes or tag in {"li", "blockquote", "pre"} or "ltx_theorem" in classes:
            self._flush()
            self.anchor = element.get("id") or self.anchor
            if tag == "li":
                self.kind = "item"
        else:
            self._say(" ")

    def _end(self, tag: str, classes: set[str]) -> None:
        if "ltx_para" in classes or tag in {"li", "blockquote", "pre"} or "ltx_theorem" in classes:
            self._flush()
            if tag == "li":
                self.kind = "text"
        else:
            self._say(" ")

    def _say(self, text: str | None) -> None:
        if text:
            self.words.append(text)

    def _flush(self) -> None:
        text = squeeze("".join(self.words))
        self.words.clear()
        if text:
            self.target.append(Paragraph(self._unique(self.anchor), text, self.kind))
        self.target.extend(self.footnotes)
        self.footnotes.clear()

    def _unique(self, anchor: str) -> str:
        """The anchor, which the pieces of one paragraph may share: a reader is led to the same place."""
        return anchor or (self.sections[-1].anchor if self.sections else "front")

    # -- parts of a paper -------------------------------------------------------------------------------

    def _set_title(self, element: Any, depth: int) -> None:
        self._flush()
        self._read_children(element, depth)
        self.title = self.title or squeeze("".join(self.words))
        self.words.clear()
        self._flush()

    def _read_front(self, element: Any, classes: set[str], depth: int) -> None:
        self._flush()
        before, anchor = self.target, self.anchor
        self.target = self.abstract if "ltx_abstract" in classes else self.front
        self.anchor = element.get("id") or ("abstract" if "ltx_abstract" in classes else "front")
        if "ltx_authors" in classes:
            self.author_lines += lines_of(element)
        self._say(element.text)
        for child in element:
            if "ltx_title" not in classes_of(child):
                self.read(child, depth + 1)
                self._say(" ")
            self._say(child.tail)
        self._flush()
        self.target, self.anchor = before, anchor

    def _read_section(self, element: Any, classes: set[str], depth: int) -> None:
        self._flush()
        kind = _sectioning(classes)
        heading = next((each for each in element if "ltx_title" in classes_of(each)), None)
        number, title = ("", "") if heading is None else self._heading(heading)
        anchor = element.get("id") or f"s{len(self.sections) + 1}"
        if _ACKNOWLEDGING.match(title) or kind == "acknowledgements":
            belongs: SectionKind = "acknowledgements"
        elif kind == "appendix" or re.match(r"A\d+\b", anchor):
            belongs = "appendix"
        else:
            belongs = "main"
        level = _LEVELS.get(kind, 4 if kind == "paragraph" else 5 if kind == "subparagraph" else 1)
        opened = _Open(anchor, level, belongs, title or kind.capitalize(), number)
        self.sections.append(opened)
        self.target, self.anchor, self.kind = opened.paragraphs, anchor, "text"
        for child in element:
            if child is not heading:
                self.read(child, depth + 1)
            self._say(child.tail)
        self._flush()

    def _heading(self, heading: Any) -> tuple[str, str]:
        tag = next((each for each in heading.iter() if "ltx_tag" in classes_of(each)), None)
        number = squeeze(plain(tag)).rstrip(".") if tag is not None else ""
        whole = squeeze(plain(heading))
        title = squeeze(whole[len(number) :].lstrip(" .")) if number and whole.startswith(number) else whole
        return re.sub(r"^(?:Appendix|Section|Chapter)\s+", "", number), title

    def _read_references(self, element: Any) -> None:
        self._flush()
        items = [each for each in element.iter("li") if "ltx_bibitem" in classes_of(each)]
        self.references += [text for text in (squeeze(plain(each)) for each in items) if text]

    def _read_note(self, element: Any) -> None:
        """A footnote stands after the paragraph that it belongs to."""
        text = re.sub(r"^(?:\d+|[*†‡§¶]+|\w+text: )\s*", "", squeeze(plain(element)))
        for link in element.iter("a"):
            self._note_link(link)
        if text:
            anchor = element.get("id") or self._unique(self.anchor)
            self.footnotes.append(Paragraph(anchor, text, "footnote"))
        if self.target is self.front:
            self.author_lines += lines_of(element)

    def _read_equation(self, element: Any) -> None:
        """Part of its paragraph, unless it stands alone: a sentence goes on after its formula."""
        rows = []
        for row in element.iter("tr"):
            maths = [formula(each) for each in row.iter("math")]
            tag = next((plain(each) for each in row.iter() if "ltx_tag_equation" in classes_of(each)), "")
            other = "" if maths else squeeze(plain(row))
            rows.append(" ".join(part for part in (*maths, other, tag.strip()) if part))
        self._say(" " + " ".join(row for row in rows if row) + " ")

    def _note_link(self, element: Any) -> None:
        href = (element.get("href") or "").strip()
        if href.startswith(("http://", "https://")):
            self.links.append(href)

    # -- floats -----------------------------------------------------------------------------------------

    def _read_float(self, element: Any, depth: int) -> None:
        words, kind, anchor, notes = self.words, self.kind, self.anchor, self.footnotes
        self.words, self.footnotes = [], []
        caption = next((each for each in element if each.tag == "figcaption"), None)
        nested = [each for each in element.iter("figure") if each is not element]
        if caption is None and nested:
            self._read_frame(element, depth)
        else:
            self._read_one_float(element, caption, depth)
        self._flush_float()
        self.words, self.kind, self.anchor, self.footnotes = words, kind, anchor, notes

    def _read_frame(self, element: Any, depth: int) -> None:
        """Several floats side by side, or one whose table stands beside its caption instead of under it."""
        before = len(self.tables)
        loose = [
            each for each in element.iter() if is_tabular(each) and not is_inside(each, element, floats=True)
        ]
        if sum(1 for each in element.iter("figure") if "ltx_table" in classes_of(each)) == 1:
            self.claimed.update(loose)
        self._read_children(element, depth)
        if len(self.tables) == before + 1 and not self.tables[-1].rows and loose:
            rows = tuple(row for each in loose for row in rows_of(each))
            self.tables[-1] = replace(self.tables[-1], rows=rows)

    def _flush_float(self) -> None:
        self.kind = "float"
        self._flush()

    def _read_one_float(self, element: Any, caption: Any, depth: int) -> None:
        label, text = caption_of(caption)
        anchor = element.get("id") or f"float{len(self.figures) + len(self.tables) + 1}"
        self.anchor = anchor
        section = self.sections[-1].anchor if self.sections else ""
        images = [each.get("src") or each.get("data") or "" for each in pictures_in(element)]
        tables = [each for each in element.iter() if is_tabular(each) and not is_inside(each, element)]
        is_table = "ltx_table" in classes_of(element) or label.lower().startswith("tab")
        if is_table:
            rows = tuple(row for each in tables for row in rows_of(each))
            self.tables.append(
                DocumentTable(anchor, label, text, rows, images[0] if images and not rows else "", section)
            )
        elif label.lower().startswith(("algorithm", "listing")) and not images:
            self._say(f"{label}: {text} ")  # code, kept as text
        elif images or caption is not None:
            count = max(len(images), 1)
            for at, image in enumerate(images or [""], 1):
                self.figures.append(DocumentFigure(anchor, label, text, image, section, at, count))
        self._read_rest_of_float(element, caption, tables if is_table else [], depth)

    def _read_rest_of_float(self, element: Any, caption: Any, tables: list[Any], depth: int) -> None:
        """Text in a float that is neither its caption nor its cells: sub-captions, listings, boxes."""
        for child in element:
            if child is caption:
                for link in child.iter("a"):
                    self._note_link(link)
            elif any(child is table for table in tables):
                continue
            elif tables and any(child is above for table in tables for above in table.iterancestors()):
                self._read_rest_of_float(child, caption, tables, depth + 1)
            else:
                self._read_float_text(child, depth + 1)
            self._say(child.tail)

    def _read_float_text(self, element: Any, depth: int) -> None:
        if isinstance(element.tag, str) and element.tag not in SKIPPED and depth <= MAX_DEPTH:
            text = squeeze(plain(element))
            if text:
                self._say(f" {text} ")

    def _read_bare_table(self, element: Any) -> None:
        """A table outside any float: layout of the authors' own, kept as text, a row a line."""
        if element in self.claimed:
            return
        rows = [" | ".join(cell for cell in row if cell) for row in rows_of(element)]
        self._say(" " + " ; ".join(row for row in rows if row) + " ")
