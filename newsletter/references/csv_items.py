"""The CSV that Zotero exports, and any table whose heading names titles. Pure."""

import csv
import io

from newsletter.references.fields import Places, make_reference
from newsletter.references.records import FaultKind, ReferenceList, UnreadableList

LONGEST_VALUE = 100_000  # characters of a cell: Zotero's hold whole abstracts and notes
_TITLES, _AUTHORS = ("title",), ("author", "authors")
_DATES = ("publication year", "date", "year", "published")
_EPRINTS = ("arxiv id", "arxiv", "arxiv_id", "call number", "archive location", "number", "report number")
_TEXTS = ("url", "extra", "publication title", "notes", "link attachments", "publisher", "journal")


def separator_of(text: str) -> str:
    """The separator with which the first line of ``text`` is a heading of such a table; "" if it is none."""
    first = text.lstrip("\ufeff \n").split("\n", 1)[0][:LONGEST_VALUE]
    for separator in (",", ";", "\t"):
        names = {_fold(name) for name in first.split(separator)}
        is_of_papers = names & {"author", "authors", "doi", "item type", "url", *_EPRINTS}
        if "title" in names and is_of_papers:
            return separator
    return ""


def read_csv(text: str, separator: str) -> ReferenceList:
    """The rows of ``text``, whose first line is a heading. Raises UnreadableList where that is broken."""
    read = ReferenceList("zotero-csv")
    csv.field_size_limit(LONGEST_VALUE)
    table = csv.reader(io.StringIO(text.lstrip("\ufeff \n")), delimiter=separator)
    try:
        heading = [_fold(name) for name in next(table)]
    except csv.Error as error:
        raise UnreadableList(
            "The heading of the table cannot be read; export the list anew.", kind=FaultKind.UNREADABLE
        ) from error
    line = table.line_num + 1
    while True:
        try:
            row = next(table)
        except StopIteration:
            return read
        except csv.Error:
            read.refuse(line, FaultKind.UNREADABLE)
            line = table.line_num + 1
            continue
        cells = {name: cell for name, cell in zip(heading, row, strict=False) if cell.strip()}
        if cells:
            _take(line, cells, read)
        line = table.line_num + 1


def _take(line: int, cells: dict[str, str], read: ReferenceList) -> None:
    if cells.get("item type") in ("note", "attachment"):
        return
    people = next((cells[name] for name in _AUTHORS if name in cells), "")
    places = Places(
        eprints=[cells[name] for name in _EPRINTS if name in cells],
        texts=[cells[name] for name in (*_TEXTS, *_EPRINTS) if name in cells],
        dois=[cells[name] for name in ("doi", "url", "extra") if name in cells],
    )
    reference = make_reference(
        line,
        title=next((cells[name] for name in _TITLES if name in cells), ""),
        authors=people.split(";")[:100],
        date=next((cells[name] for name in _DATES if name in cells), ""),
        places=places,
    )
    read.add(reference)


def _fold(name: str) -> str:
    return name.strip(" \t\r\"'\ufeff").casefold()
