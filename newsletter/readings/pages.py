"""A reading as its page shows it, in one language: values made of rows, without any request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from newsletter.arxiv.places import place
from newsletter.languages import Language, language
from newsletter.models import Figure, Paper, Reading, ReadingText, Summary
from newsletter.readings.facts import Facts, Result, Statement
from newsletter.readings.words import words
from newsletter.text.readable import readable

AUTHORS_SHOWN = 10
AUTHORS_CREDITED = 3

# The page's parts: heading, and the fields under it, each with a heading of its own if there are several.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("background", ("background",)),
    ("earlier", ("earlier",)),
    ("idea", ("idea",)),
    ("method", ("method",)),
    ("experiments", ("data", "baselines", "results", "findings")),
    ("limitations", ("limitations",)),
    ("conclusion", ("significance", "strengths", "weaknesses", "effort", "audience")),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One statement with the paper's words for it and where they stand."""

    id: str
    text: str
    evidence: str
    section: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of results, as the paper writes it."""

    method: str
    data: str
    metric: str
    value: str
    section: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """What stands under one heading; ``heading`` is empty where the part's own is enough.

    ``data`` is what all rows were measured on, if they agree; else ``has_data`` asks for a column.
    """

    field: str
    heading: str
    points: tuple[Point, ...] = ()
    rows: tuple[Row, ...] = ()
    data: str = ""
    has_data: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page, with its groups of statements."""

    name: str
    heading: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: ``sources`` for ``srcset``, ``fallback`` for what knows no WebP."""

    sources: str
    fallback: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """One figure with all its panels; without panels it is only linked."""

    label: str
    caption: str
    caption_language: str
    caption_direction: str
    alt: str
    url: str
    see: str
    panels: tuple[Panel, ...] = ()
    licence_name: str = ""
    licence_url: str = ""


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """Everything that the template prints. ``language`` is that of the words around,
    ``statement_language`` that of the statements: English where the reader's is not there yet."""

    paper: Paper
    language: Language
    statement_language: Language
    words: Mapping[str, str]
    title: str
    translated_title: str
    authors: str
    credit: str
    parts: tuple[Part, ...] = ()
    figures: tuple[ShownFigure, ...] = ()
    affiliations: tuple[str, ...] = ()
    code_links: tuple[str, ...] = ()
    data_links: tuple[str, ...] = ()
    references: str = ""
    origin: str = ""
    abstract: str = ""

    @property
    def is_read(self) -> bool:
        """Whether there are statements to show; else the page has the abstract."""
        return bool(self.parts)

    @property
    def is_in_english_instead(self) -> bool:
        """Whether the statements are not there in the reader's language."""
        return self.is_read and self.statement_language.code != self.language.code

    @property
    def has_pictures(self) -> bool:
        """Whether any figure is shown, not only linked."""
        return any(figure.panels for figure in self.figures)


@dataclass(frozen=True, slots=True)
class PageRows:
    """The rows that a page in one language is made of; ``text`` and ``summary`` are in that language.

    ``text`` is ready; None where the reading is not there in the language yet.
    """

    reading: Reading | None
    text: ReadingText | None
    figures: Sequence[Figure]
    summary: Summary | None = None


def page_of(paper: Paper, rows: PageRows, *, code: str) -> ReadingPage:
    """The page of ``paper`` in the language ``code``. Figures of another version are not shown."""
    reading, text, summary = rows.reading, rows.text, rows.summary
    page_language, around = language(code), words(code)
    is_ready = reading is not None and reading.state == Reading.State.READY
    statement_language = page_language if text is not None or code == "en" else language("en")
    parts: tuple[Part, ...] = ()
    if reading is not None and is_ready:
        parts = _parts(Facts.from_json(reading.facts), text, reading=reading, paper=paper, around=around)
    names = [readable(name) for name in paper.authors]
    known = reading if reading is not None and reading.paper_version == paper.version else None
    return ReadingPage(
        paper=paper,
        language=page_language,
        statement_language=statement_language,
        words=around,
        title=readable(paper.title),
        translated_title=readable(summary.title) if summary is not None and code != "en" else "",
        authors=_names(names, AUTHORS_SHOWN),
        credit=around["credit"].format(authors=_names(names, AUTHORS_CREDITED) or f"arXiv:{paper.arxiv_id}"),
        parts=parts,
        figures=_figures(paper, rows.figures, captions=text.captions if text is not None else {}, code=code),
        affiliations=tuple(known.affiliations) if known else (),
        code_links=tuple(known.code_links) if known else (),
        data_links=tuple(known.data_links) if known else (),
        references=around["references"].format(n=known.references_count)
        if known and known.references_count
        else "",
        origin=around[f"from_{reading.origin}"] if reading is not None and is_ready else "",
        abstract=readable(paper.abstract),
    )


def _names(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} et al." if len(names) > most else shown


def _parts(
    facts: Facts, text: ReadingText | None, *, reading: Reading, paper: Paper, around: Mapping[str, str]
) -> tuple[Part, ...]:
    facts = _translated(facts, text)

    def url(anchor: str) -> str:
        return place(paper.arxiv_id, reading.paper_version, origin=reading.origin, anchor=anchor)

    parts = []
    for name, fields in PARTS:
        groups = []
        for field in fields:
            heading = around[field] if len(fields) > 1 else ""
            if field == "results":
                rows = tuple(_row(each, url(each.anchor)) for each in facts.results)
                data = {row.data for row in rows}
                shared = data.pop() if len(data) == 1 else ""
                group = Group(field, heading, rows=rows, data=shared, has_data=bool(data))
            else:
                group = Group(
                    field, heading, tuple(_point(each, url(each.anchor)) for each in facts.of(field))
                )
            if group.points or group.rows:
                groups.append(group)
        if groups:
            parts.append(Part(name, around[name], tuple(groups)))
    return tuple(parts)


def _point(statement: Statement, url: str) -> Point:
    return Point(statement.id, statement.text, statement.evidence, statement.section, url)


def _row(result: Result, url: str) -> Row:
    return Row(result.method, result.data, result.metric, result.value, result.section, url)


def _figures(
    paper: Paper, rows: Sequence[Figure], *, captions: Mapping[str, str], code: str
) -> tuple[ShownFigure, ...]:
    figures = []
    current = [row for row in rows if row.paper_version == paper.version]
    for _, group in groupby(current, key=lambda row: row.position):
        panels = list(group)
        first = panels[0]
        translated = captions.get(first.label, "") if first.may_change else ""
        is_shown = all(row.state == Figure.State.SHOWN for row in panels)
        figures.append(
            ShownFigure(
                label=first.label,
                caption=(translated or readable(first.caption)) if is_shown else "",
                caption_language=code if translated else "en",
                caption_direction=language(code).direction if translated else "ltr",
                alt=first.alt,
                url=first.place_url,
                see=words(code)["see_figure"].format(label=first.label),
                panels=tuple(_panel(paper, row) for row in panels) if is_shown else (),
                licence_name=first.licence_name,
                licence_url=first.licence_url,
            )
        )
    return tuple(figures)


def _panel(paper: Paper, row: Figure) -> Panel:
    def address(name: str) -> str:
        return f"/papers/{paper.arxiv_id}/figures/{row.files[name].rsplit('/', 1)[-1]}"

    widest = "1200.webp" if "1200.webp" in row.files else "600.webp"
    narrow = min(600, row.width)
    sources = f"{address('600.webp')} {narrow}w"
    if widest != "600.webp":
        sources += f", {address(widest)} {row.width}w"
    return Panel(sources, address("600.png"), row.width, row.height)


def _translated(facts: Facts, text: ReadingText | None) -> Facts:
    """The facts as ``text`` says them; what it does not say is left out. None: in English."""
    if text is None:
        return facts
    return replace(
        facts,
        statements=tuple(
            replace(each, text=text.texts[each.id]) for each in facts.statements if each.id in text.texts
        ),
    )
