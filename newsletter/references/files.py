"""A file or pasted text as references: how it was saved, and which program wrote it. Pure."""

import codecs

from newsletter.references.bibtex import is_bibtex, read_bibtex
from newsletter.references.csv_items import read_csv, separator_of
from newsletter.references.json_items import is_json, read_json
from newsletter.references.plain_lists import read_list
from newsletter.references.records import MOST_BYTES, FaultKind, ReferenceList, UnreadableList
from newsletter.references.ris import is_ris, read_ris
from newsletter.text.border import clean_text

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = {
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"SQLite format 3": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_MARKUP = ("<!doctype", "<html", "<?xml")
_SAMPLE = 4096


def read_references(data: bytes) -> ReferenceList:
    """What ``data`` lists, as BibTeX, RIS, CSL-JSON, Zotero's JSON or CSV, or one thing a line.

    Entries that cannot be read are faults, each with its line. Raises UnreadableList where there is no text,
    too much of it, or nothing in it.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableList(
            f"The list has more than {MOST_BYTES // 1024 // 1024} MB; split it, and take in the parts one "
            "after the other.",
            kind=FaultKind.TOO_LARGE,
        )
    text = _decode(data)
    if text[:200].lstrip("\ufeff \t\n").lower().startswith(_MARKUP):
        raise UnreadableList(
            "This is a web page or XML and no list of references; export them as BibTeX, RIS or CSL-JSON.",
            kind=FaultKind.NO_TEXT,
        )
    if not text.strip("\ufeff \t\n\x00"):
        raise UnreadableList("The list is empty.", kind=FaultKind.EMPTY)
    read = _read(text)
    if not read.references and not read.faults:
        raise UnreadableList("The list holds no entries.", kind=FaultKind.EMPTY)
    return read


def _read(text: str) -> ReferenceList:
    if is_json(text):
        return read_json(text)
    if is_bibtex(text):
        return read_bibtex(text)
    if is_ris(text):
        return read_ris(text)
    if separator := separator_of(text):
        return read_csv(text, separator)
    return read_list(text)


def _decode(data: bytes) -> str:
    """``data`` as clean text with LF for line ends. UTF-8 and UTF-16 know themselves; else it is Latin-1."""
    for start, kind in _NO_TEXT.items():
        if data.startswith(start):
            raise UnreadableList(
                f"This is {kind} and no list of references; export them as BibTeX, RIS or CSL-JSON.",
                kind=FaultKind.NO_TEXT,
                detail=kind,
            )
    encoding = _encoding_of(data)
    text = data.decode(encoding, "replace")
    if text.count("\x00") > len(text) // 100:
        raise UnreadableList(
            "This is no text; export the references as BibTeX, RIS or CSL-JSON.", kind=FaultKind.NO_TEXT
        )
    return clean_text(text, longest=MOST_BYTES).replace("\r", "\n")


def _encoding_of(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    half = len(sample) // 2
    if half and max(zeros) > half * 0.4 and min(zeros) < half * 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "cp1252"  # what programs on Windows call Latin-1; it has all of Latin-1's letters
    return "utf-8"
