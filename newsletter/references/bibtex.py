"""BibTeX, as Zotero, Google Scholar, DBLP and INSPIRE write it. Pure; the only importer of its parser."""

import logging
import re
from itertools import islice

from bibtexparser.exceptions import ParserStateException
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ParsingFailedBlock,
)
from bibtexparser.splitter import Splitter

from newsletter.references.fields import Places, make_reference
from newsletter.references.records import MOST_AUTHORS, FaultKind, Reference, ReferenceList, UnreadableList

# It logs what every broken entry holds; the reader is told of each.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

LONGEST_VALUE = 20_000  # characters
MOST_MARKS = 1_000_000  # at which the parser stops; it takes some 3 µs for each
_MARKS = '{}",=@'
_ENTRY = re.compile(r"^[ \t]*@[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]+(?=@)", re.MULTILINE)
_AND = re.compile(r"(?<!\s)\s++and\s+", re.IGNORECASE)
_JOINED = re.compile(r'["}]\s*#\s*["{]')
_EPRINTS = ("eprint", "arxivid", "arxiv", "arxiv_id")
_TEXTS = ("url", "note", "journal", "howpublished", "volume", "number", "archiveprefix", "pages", "annote")
_TEXTS_TOO = ("journaltitle", "publisher", "series", "booktitle", "eprint", "link", "ee", "file", "key")
_NOT_ENTRIES = frozenset({"comment", "string", "preamble", "set", "xdata", "control"})


def is_bibtex(text: str) -> bool:
    """Whether a line of ``text`` begins an entry."""
    return _ENTRY.search(text) is not None


def read_bibtex(text: str) -> ReferenceList:
    """The entries of ``text``. A broken one is a fault and the next one is read."""
    read = ReferenceList("bibtex")
    if sum(map(text.count, _MARKS)) > MOST_MARKS:
        raise UnreadableList(
            "This BibTeX has too many fields; split it, and take in the parts one after the other.",
            kind=FaultKind.TOO_LARGE,
        )
    try:
        blocks = Splitter(_INDENTED.sub("", text)).split().blocks
    except ParserStateException:
        raise UnreadableList(
            "This BibTeX cannot be read; take out what is not an entry, and try again.",
            kind=FaultKind.UNREADABLE,
        ) from None
    for block in blocks:
        _take(block, read)
    return read


def _take(block: Block, read: ReferenceList) -> None:
    if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
        # Two entries with one key, or a field that stands twice: nothing that keeps us from reading it.
        inner = block.ignore_error_block
        if isinstance(inner, Entry):
            _take(inner, read)
        return
    line = (block.start_line or 0) + 1
    if isinstance(block, ParsingFailedBlock):
        read.refuse(line, FaultKind.UNCLOSED, block.raw or "")
    elif isinstance(block, Entry) and block.entry_type.lower() not in _NOT_ENTRIES:
        read.add(_reference(line, block))


def _reference(line: int, entry: Entry) -> Reference:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), _value(str(field.value)))
    prefix = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    names = _EPRINTS if "arxiv" in prefix.lower() else _EPRINTS[1:]
    places = Places(
        eprints=[fields[name] for name in names if name in fields],
        texts=[*(fields[name] for name in (*_TEXTS, *_TEXTS_TOO) if name in fields), entry.key],
        dois=[fields[name] for name in ("doi", "url", "note") if name in fields],
        archive=fields.get("primaryclass") or fields.get("eprintclass") or "",
    )
    return make_reference(
        line,
        title=fields.get("title", ""),
        authors=islice(_AND.split(fields.get("author", "")), MOST_AUTHORS + 1),
        date=fields.get("year") or fields.get("date") or "",
        places=places,
    )


def _value(raw: str) -> str:
    """The content of a field: without its outer braces or quotation marks, its parts joined."""
    value = raw[:LONGEST_VALUE].strip()
    if "#" in value:
        value = _JOINED.sub("", value)
    if len(value) > 1 and value[0] + value[-1] in ("{}", '""'):
        value = value[1:-1].strip()
    return value
