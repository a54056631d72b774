"""A paper's full text as a value: sections of anchored paragraphs, figures, tables, references. Pure.

Anchors are the source's own ids where it has them (LaTeXML: ``S3.SS1.p2``) and page and block numbers where
it has none (PDF: ``p4.b7``), so that the same file always gives the same anchors.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Origin = Literal["html", "pdf", "abstract"]
ParagraphKind = Literal["text", "item", "equation", "footnote", "caption", "float"]
SectionKind = Literal["main", "appendix", "acknowledgements"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of prose, a list item, a displayed equation, or what stands in a float beside its caption."""

    anchor: str
    text: str
    kind: ParagraphKind = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """``level`` is 1 for a section, 2 for a subsection …; ``number`` as printed ("3.2", "A"), or ""."""

    anchor: str
    title: str
    level: int = 1
    number: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    kind: SectionKind = "main"


@dataclass(frozen=True, slots=True)
class DocumentFigure:
    """One picture. A figure of several panels is several of these, with one ``label`` and caption.

    ``image`` is the picture's address relative to the page, "" if only the caption is known; ``section`` is
    the anchor of the section it stands in; ``page`` counts from 1 in a PDF.
    """

    anchor: str
    label: str
    caption: str
    image: str = ""
    section: str = ""
    panel: int = 1
    panels: int = 1
    page: int = 0


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """``rows`` hold the cells' texts; empty where the source gives no cells (PDF, a picture of a table)."""

    anchor: str
    label: str
    caption: str
    rows: tuple[tuple[str, ...], ...] = ()
    image: str = ""
    section: str = ""
    page: int = 0

    @property
    def text(self) -> str:
        """The cells, one row a line."""
        return "\n".join(" | ".join(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that evidence can point at: a paragraph, a caption or a table's cells."""

    anchor: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """``front`` is the title page without title and abstract: names, affiliations, keywords, notes.

    ``affiliations`` are extracted from it, never complete for sure. ``url`` is where a reader finds anchors.
    ``notes`` say in a sentence each what was left out and why.
    """

    origin: Origin
    title: str = ""
    front: tuple[Paragraph, ...] = ()
    abstract: tuple[Paragraph, ...] = ()
    sections: tuple[Section, ...] = ()
    figures: tuple[DocumentFigure, ...] = ()
    tables: tuple[DocumentTable, ...] = ()
    references: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    code_links: tuple[str, ...] = ()
    data_links: tuple[str, ...] = ()
    url: str = ""
    pages: int = 0
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything that a reader of the page sees, in reading order; floats and references at the end."""
        parts = [self.title, *(each.text for each in (*self.front, *self.abstract))]
        for section in self.sections:
            parts.append(f"{section.number} {section.title}".strip())
            parts += [each.text for each in section.paragraphs]
        parts += [f"{label} {caption}".strip() for label, caption in self._captions()]
        parts += [table.text for table in self.tables]
        parts += self.references
        return "\n".join(part for part in parts if part)

    def _captions(self) -> Iterator[tuple[str, str]]:
        yielded = set()
        floats: tuple[DocumentFigure | DocumentTable, ...] = (*self.figures, *self.tables)
        for each in floats:
            key = (each.label, each.caption)
            if key not in yielded:
                yielded.add(key)
                yield key

    def passages(self) -> Iterator[Passage]:
        """All that may serve as evidence, in reading order: no title page, no references."""
        for paragraph in self.abstract:
            yield Passage(paragraph.anchor, "abstract", paragraph.text)
        placed: dict[str, list[Passage]] = {}
        for figure in self.figures:
            if figure.panel == 1 and figure.caption:
                text = f"{figure.label}: {figure.caption}" if figure.label else figure.caption
                placed.setdefault(figure.section, []).append(Passage(figure.anchor, figure.section, text))
        for table in self.tables:
            text = "\n".join(part for part in (f"{table.label}: {table.caption}", table.text) if part)
            placed.setdefault(table.section, []).append(Passage(table.anchor, table.section, text))
        for section in self.sections:
            for paragraph in section.paragraphs:
                yield Passage(paragraph.anchor, section.anchor, paragraph.text)
            yield from placed.pop(section.anchor, ())
        for rest in placed.values():
            yield from rest

    def section(self, anchor: str) -> Section | None:
        """The section with this anchor."""
        return next((each for each in self.sections if each.anchor == anchor), None)

    def place(self, anchor: str) -> str:
        """The address of an anchor in the source: a fragment in HTML, a page in a PDF."""
        if self.origin == "pdf":
            page = re.match(r"p(\d+)\.", anchor)
            return f"{self.url}#page={page[1]}" if page else self.url
        return f"{self.url}#{anchor}" if anchor and self.origin == "html" else self.url

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dictionaries; :meth:`from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError for what :meth:`to_json` did not write."""
        many = {
            "front": Paragraph,
            "abstract": Paragraph,
            "figures": DocumentFigure,
        }
        fields = dict(value)
        for name, kind in many.items():
            fields[name] = tuple(kind(**each) for each in value[name])
        fields["sections"] = tuple(
            Section(
                **{**each, "paragraphs": tuple(Paragraph(**paragraph) for paragraph in each["paragraphs"])}
            )
            for each in value["sections"]
        )
        fields["tables"] = tuple(
            DocumentTable(**{**each, "rows": tuple(tuple(row) for row in each["rows"])})
            for each in value["tables"]
        )
        for name in ("references", "affiliations", "code_links", "data_links", "notes"):
            fields[name] = tuple(value[name])
        return cls(**fields)


def from_abstract(*, title: str, abstract: str, url: str, notes: tuple[str, ...] = ()) -> Document:
    """What is left where neither HTML nor PDF can be read; its origin says so."""
    text = " ".join(abstract.split())
    return Document(
        origin="abstract",
        title=" ".join(title.split()),
        abstract=(Paragraph("abstract", text),) if text else (),
        url=url,
        notes=notes,
    )
