"""A paper's PDF into a :class:`Document`: headings, captions and references are told by how they look. Pure
but for PDFium, which reads the bytes.

What a PDF does not have, the document does not have: figures come with their captions and pages, without
pictures, and tables without cells.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from newsletter.errors import Unreadable
from newsletter.sources.fulltext.bibliography import split_entries
from newsletter.sources.fulltext.document import (
    Document,
    DocumentFigure,
    DocumentTable,
    Paragraph,
    Section,
    SectionKind,
)
from newsletter.sources.fulltext.furniture import with_compounds, without_furniture
from newsletter.sources.fulltext.headings import Heading, Numbering, is_numbered, read_heading
from newsletter.sources.fulltext.layout import TextBlock, blocks, join_lines
from newsletter.sources.fulltext.mentions import addresses, affiliations_in, sort_links
from newsletter.sources.fulltext.pages import Page, TextLine, read_pages
from newsletter.sources.fulltext.unmarked import with_all_text

MAX_BYTES = 48 * 1024 * 1024
TINY = 0.6  # of the running text's size
LEAST_CHARACTERS = 120  # a page, on average; a scanned page has none

_FLOATS = r"(?P<what>Figure|Fig\.?|Table|Tab\.|Algorithm|Listing|Scheme)"
_CAPTION = re.compile(
    rf"^(?P<label>(?:Extended Data |Supplementary )?{_FLOATS}\s*"
    r"(?:[IVX]{1,5}\b|(?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,2})?))(?P<mark>\s*[:.|—–]|\s|$)\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.\w{1,24}")


def read_pdf(data: bytes, *, url: str = "") -> Document:
    """The paper in a PDF; ``url`` is the file's address, for its pages.

    Raises :class:`Unreadable`: "too large", "password", "broken", "too many pages", "scanned", "empty".
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"The PDF has more than {MAX_BYTES // 2**20} MB.", reason="too large")
    if b"%PDF-" not in data[:2048]:
        raise Unreadable("The file is no PDF.", reason="broken")
    pages = list(read_pages(data))
    letters = sum(len(line.text) for page in pages for line in page.lines)
    silent = sum(not page.lines for page in pages)
    if letters < LEAST_CHARACTERS * len(pages) or 2 * silent > len(pages):
        raise Unreadable(
            f"The PDF's {len(pages)} pages hold {letters} characters of text: it is a scan.", reason="scanned"
        )
    return with_all_text(assemble(with_compounds(list(without_furniture(pages))), url=url))


# -- the parts of the paper ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Part:
    heading: Heading
    anchor: str
    kind: SectionKind
    paragraphs: list[Paragraph] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    title: str = ""
    front: list[Paragraph] = field(default_factory=list)
    abstract: list[Paragraph] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    figures: list[DocumentFigure] = field(default_factory=list)
    tables: list[DocumentTable] = field(default_factory=list)
    entries: list[TextLine] = field(default_factory=list)
    title_lines: list[str] = field(default_factory=list)
    place: str = "front"
    waiting: Paragraph | None = None


def assemble(pages: Sequence[Page], *, url: str) -> Document:
    """The document of pages whose lines are all body."""
    sizes = Counter[float]()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    body = max(sizes, key=lambda size: sizes[size]) if sizes else 10.0
    draft = _Draft()
    numbering = Numbering()
    for page in pages:
        number = 1
        printed, tiny = _by_size(page, TINY * body)
        for block in blocks(printed):
            for piece in _cut_at_headings(block, body, numbering):
                _place(draft, replace(piece, number=number), body, numbering)
                number += 1
        for block in blocks(tiny, start=number):
            _add_float(draft, block)
    return _finish(draft, url=url, pages=len(pages))


def _by_size(page: Page, least: float) -> tuple[Page, Page]:
    """The page's own print, and what is smaller than any footnote: the words in its pictures."""
    own = tuple(line for line in page.lines if line.size >= least)
    small = tuple(line for line in page.lines if line.size < least)
    return replace(page, lines=own), replace(page, lines=small)


def _add_float(draft: _Draft, block: TextBlock) -> None:
    target = draft.parts[-1].paragraphs if draft.parts else draft.front
    target.append(Paragraph(block.anchor, "\n".join(line.text for line in block.lines), "float"))


def _cut_at_headings(block: TextBlock, body: float, numbering: Numbering) -> Iterator[TextBlock]:
    """A block, in pieces where a heading or a caption stands in it without a gap around it."""
    start = 0
    for at in range(1, len(block.lines)):
        line = block.lines[at]
        heads = read_heading(line, body=body, numbering=numbering, is_alone=False) is not None
        starts_caption = (
            _is_caption(line.text, smaller=False) and line.left <= block.lines[0].left + line.size
        )
        if heads or starts_caption:
            yield replace(block, lines=block.lines[start:at])
            start = at
    yield replace(block, lines=block.lines[start:])


def _place(draft: _Draft, block: TextBlock, body: float, numbering: Numbering) -> None:
    caption = _CAPTION.match(_caption_text(block))
    if (
        caption
        and _is_caption(_caption_text(block), smaller=block.size < 0.95 * body)
        and draft.place != "references"
    ):
        _add_caption(draft, block, caption)
        return
    heading = _heading_of(block, body, numbering)
    if heading is None and not draft.title and not draft.parts and _is_title(block, body):
        draft.title = block.text
        return
    if heading is not None:
        _open(draft, heading, block)
        numbering.accept(heading)
        rest = list(block.lines[heading.lines :])
        if heading.rest:
            rest.insert(0, replace(block.lines[0], text=heading.rest))
        if rest:
            for piece in _cut_at_headings(replace(block, lines=tuple(rest)), body, numbering):
                _place(draft, piece, body, numbering)
        return
    if draft.place != "references" and _is_first_entry(draft, block):
        draft.place, draft.waiting = "references", None
    if draft.place == "references":
        draft.entries += block.lines
        return
    _add_text(draft, block, block.text)


def _caption_text(block: TextBlock) -> str:
    """The block's text; a label on a line of its own gets the mark that parts it from what it labels."""
    first = _CAPTION.match(block.lines[0].text)
    if first is not None and not first["rest"] and len(block.lines) > 1:
        return f"{first['label']}: {join_lines(block.lines[1:])}"
    return block.text


def _heading_of(block: TextBlock, body: float, numbering: Numbering) -> Heading | None:
    first = block.lines[0]
    heading = read_heading(first, body=body, numbering=numbering, is_alone=len(block.lines) <= 2)
    if heading is None or heading.rest:
        return heading
    more = [replace(first, text=heading.title)]
    for line in block.lines[1:4]:
        if not _is_printed_alike(line, first, body) or is_numbered(line.text):
            break
        more.append(line)
    return replace(heading, title=join_lines(more).rstrip("."), lines=len(more))


def _is_printed_alike(line: TextLine, first: TextLine, body: float) -> bool:
    """Whether a line goes on with the heading ``first``: in the same print, which is not the text's."""
    if abs(line.size - first.size) > 0.3 or line.is_bold != first.is_bold:
        return False
    if first.text.isupper():
        return line.text.isupper()
    return first.is_bold or first.size > 1.08 * body


def _is_first_entry(draft: _Draft, block: TextBlock) -> bool:
    """REVTeX prints its references without a heading: after the acknowledgements they begin with [1]."""
    is_late = bool(draft.parts) and (draft.parts[-1].kind != "main" or len(draft.parts) > 2)
    return is_late and re.match(r"^\[1\]\s+\S", block.text) is not None and draft.place != "front"


def _is_title(block: TextBlock, body: float) -> bool:
    """The first block on the first page in the largest print, before anything else."""
    if block.page != 1 or not 8 <= len(block.text) <= 300 or block.lines[0].top > 400:
        return False
    return block.size >= 1.15 * body or (block.lines[0].is_bold and block.text[:1].isupper())


def _is_caption(text: str, *, smaller: bool) -> bool:
    match = _CAPTION.match(text)
    if match is None:
        return False
    rest = match["rest"]
    if match["mark"].strip():
        return rest[:1].isupper() or not rest[:1].isalpha() or smaller
    return not rest or (smaller and rest[:1].isupper())


def _add_caption(draft: _Draft, block: TextBlock, match: re.Match[str]) -> None:
    label = " ".join(match["label"].split())
    section = draft.parts[-1].anchor if draft.parts else ""
    rest = match["rest"].strip()
    if match["what"].lower().startswith(("algorithm", "listing")):
        _add_float(draft, block)
    elif match["what"].lower().startswith("tab"):
        draft.tables.append(DocumentTable(block.anchor, label, rest, section=section, page=block.page))
    else:
        draft.figures.append(DocumentFigure(block.anchor, label, rest, section=section, page=block.page))


def _open(draft: _Draft, heading: Heading, block: TextBlock) -> None:
    draft.waiting = None
    draft.place = heading.place
    if heading.place in {"abstract", "references", "keywords"}:
        return
    kind: SectionKind = (
        "acknowledgements"
        if heading.place == "acknowledgements"
        else "appendix"
        if heading.is_appendix or (draft.entries and not heading.number[:1].isdigit())
        else "main"
    )
    draft.parts.append(_Part(heading, block.anchor, kind))


def _add_text(draft: _Draft, block: TextBlock, text: str) -> None:
    if not text:
        return
    target = (
        draft.abstract
        if draft.place == "abstract"
        else draft.parts[-1].paragraphs
        if draft.parts and draft.place not in {"front", "keywords"}
        else draft.front
    )
    if target is draft.front:
        draft.title_lines += [line.text for line in block.lines]
    is_float = _is_float(block)
    last = draft.waiting
    if last is not None and not is_float and target and last in target and _goes_on(last.text, text):
        merged = Paragraph(last.anchor, _merge(last.text, text), last.kind)
        target[target.index(last)] = merged
        draft.waiting = merged
        return
    if is_float:
        text = "\n".join(line.text for line in block.lines)  # a row of a table stays a row
    paragraph = Paragraph(block.anchor, text, "float" if is_float else "text")
    target.append(paragraph)
    if not is_float:
        draft.waiting = paragraph


def _is_float(block: TextBlock) -> bool:
    """Labels in a figure, cells of a table, rows of a formula: short lines that fill no column."""
    width = block.column[1] - block.column[0]
    if width <= 0 or not block.lines:
        return False
    short = sum(line.width < 0.55 * width for line in block.lines)
    digits = sum(sign.isdigit() for sign in block.text) / max(len(block.text), 1)
    return (len(block.lines) >= 3 and short > 0.7 * len(block.lines)) or digits > 0.35


def _goes_on(last: str, text: str) -> bool:
    """Whether a paragraph was parted by the end of a column or a page."""
    return not last.endswith((".", "?", "!", ":", ".”")) and (text[:1].islower() or last.endswith("-"))


def _merge(last: str, text: str) -> str:
    line = TextLine("", 0, 0, 0, 0, 10)
    return join_lines((replace(line, text=last), replace(line, text=text)))


# -- the end -------------------------------------------------------------------------------------------------


def _find_abstract(draft: _Draft) -> None:
    """Some journals print the abstract without its heading: the longest text on the title page is it."""
    longest = max(draft.front, key=lambda each: len(each.text), default=None)
    if not draft.abstract and longest is not None and len(longest.text.split()) >= 50:
        draft.front.remove(longest)
        draft.abstract.append(longest)


def _finish(draft: _Draft, *, url: str, pages: int) -> Document:
    if any(part.kind == "main" for part in draft.parts):
        _find_abstract(draft)
    sections = tuple(
        Section(
            part.anchor,
            part.heading.title,
            part.heading.level,
            part.heading.number,
            tuple(part.paragraphs),
            part.kind,
        )
        for part in draft.parts
    )
    whole = [each.text for each in (*draft.front, *draft.abstract)]
    whole += [each.text for part in draft.parts for each in part.paragraphs]
    code, data = sort_links([address for text in whole for address in addresses(text)])
    return Document(
        origin="pdf",
        title=draft.title,
        front=tuple(draft.front),
        abstract=tuple(draft.abstract),
        sections=sections,
        figures=tuple(draft.figures),
        tables=tuple(draft.tables),
        references=tuple(split_entries(draft.entries)),
        affiliations=affiliations_in([line for line in draft.title_lines if not _EMAIL.search(line)]),
        code_links=code,
        data_links=data,
        url=url,
        pages=pages,
    )
