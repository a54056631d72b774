"""What a list of references holds once it is read. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.errors import InvalidInput

MOST_BYTES = 5 * 1024 * 1024
MOST_REFERENCES = 5_000
LONGEST_TITLE = 500
LONGEST_NAME = 120
MOST_AUTHORS = 50


class FaultKind(StrEnum):
    """Why an entry, or all of a list, is not understood."""

    UNCLOSED = "unclosed"  # its braces or quotation marks do not close
    UNREADABLE = "unreadable"  # it is no entry of its format
    NAMELESS = "nameless"  # it names neither an id nor a title
    NO_TEXT = "no-text"  # the file holds no text
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that is left out: the line on which it begins, from 1, why, and how it begins."""

    line: int
    kind: FaultKind
    start: str = ""


class UnreadableList(InvalidInput):
    """A list of which nothing can be read. ``kind`` says why; ``detail`` names the line or the program."""

    kind: FaultKind = FaultKind.UNREADABLE
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry: ``line`` on which it begins, from 1, and what it says, in plain words.

    ``arxiv_id`` is versionless and ``doi`` lower case; both are empty where the entry has none. ``authors``
    are names as they were written, ``year`` is 0 if unknown.
    """

    line: int
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int = 0
    arxiv_id: str = ""
    doi: str = ""

    @property
    def is_named(self) -> bool:
        """Whether it says enough to look for a paper."""
        return bool(self.arxiv_id or self.doi or self.title)


@dataclass(slots=True)
class ReferenceList:
    """All that was read: ``kind`` is bibtex, ris, csl-json, zotero-csv or list."""

    kind: str
    references: list[Reference] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, reference: Reference) -> None:
        """Take one more entry; one that names nothing is a fault. Raises UnreadableList at the limit."""
        if not reference.is_named:
            self.refuse(reference.line, FaultKind.NAMELESS)
            return
        self.references.append(reference)
        self._check_length()

    def refuse(self, line: int, kind: FaultKind, start: str = "") -> None:
        """Leave one entry out, with the reason."""
        self.faults.append(Fault(line, kind, " ".join(start.split())[:60]))
        self._check_length()

    def _check_length(self) -> None:
        if len(self.references) + len(self.faults) > MOST_REFERENCES:
            raise UnreadableList(
                f"The list has more than {MOST_REFERENCES:,} entries; split it, and take in the parts "
                "one after the other.",
                kind=FaultKind.TOO_MANY,
            )
