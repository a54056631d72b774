"""RIS, as Zotero, Mendeley, EndNote and publishers write it. Pure.

A record is lines of a tag of two signs, two blanks, a hyphen and a value; TY begins it and ER ends it. Lines
without a tag go on with the value before them. (The format's own description went with its makers; what is
read here is what the programs above write.)
"""

import re
from collections import defaultdict

from newsletter.references.fields import Places, make_reference
from newsletter.references.records import FaultKind, Reference, ReferenceList

_TAG = re.compile(r"[ \t]*([A-Z][A-Z0-9])[ \t]{1,3}-(?:[ \t](.*))?$")
_START = re.compile(r"^[\ufeff \t]*TY[ \t]{1,3}-[ \t]", re.MULTILINE)
LONGEST_VALUE = 20_000  # characters
MOST_VALUES = 2_000  # of a record
_TITLES = ("TI", "T1", "CT", "BT", "ST", "T2")
_AUTHORS = ("AU", "A1", "A2")
_DATES = ("PY", "Y1", "DA", "Y2")
_TEXTS = (
    "UR",
    "L1",
    "L2",
    "LK",
    "N1",
    "M1",
    "M3",
    "AN",
    "JO",
    "JF",
    "T2",
    "ID",
    "C1",
    "PB",
    "VL",
    "IS",
    "SP",
)


def is_ris(text: str) -> bool:
    """Whether a line of ``text`` begins a record."""
    return _START.search(text) is not None


def read_ris(text: str) -> ReferenceList:
    """The records of ``text``. What stands outside of any is a fault, once for each run of such lines."""
    read = ReferenceList("ris")
    record: _Record | None = None
    is_between_told = False
    for number, line in enumerate(text.split("\n"), 1):
        match = _TAG.match(line)
        tag, value = (match[1], match[2] or "") if match else ("", line.strip())
        if tag == "TY":
            if record is not None:  # the one before was never ended; what it says counts all the same
                read.add(record.reference())
            record, is_between_told = _Record(number), False
        elif record is None:
            if value and not is_between_told:
                read.refuse(number, FaultKind.UNREADABLE, line)
                is_between_told = True
        elif tag == "ER":
            read.add(record.reference())
            record = None
        else:
            record.take(tag, value)
    if record is not None:
        read.add(record.reference())
    return read


class _Record:
    """The values of one record by their tags."""

    def __init__(self, line: int) -> None:
        self.line = line
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        self._last = ""
        self._count = 0

    def take(self, tag: str, value: str) -> None:
        """One more line; without a tag it goes on with the line before."""
        self._count += 1
        if self._count > MOST_VALUES:
            return
        if tag:
            self._values[tag].append(value.strip()[:LONGEST_VALUE])
            self._last = tag
        elif value and self._last:
            values = self._values[self._last]
            values[-1] = f"{values[-1]} {value}"[:LONGEST_VALUE]

    def reference(self) -> Reference:
        """What the record says."""
        places = Places(
            eprints=[*self._all("AN", "M1", "C7", "IS", "ID")],
            texts=self._all(*_TEXTS),
            dois=self._all("DO", "UR", "M3", "N1", "L3"),
        )
        return make_reference(
            self.line,
            title=next(iter(self._all(*_TITLES)), ""),
            authors=self._all(*_AUTHORS),
            date=next(iter(self._all(*_DATES)), ""),
            places=places,
        )

    def _all(self, *tags: str) -> list[str]:
        return [value for tag in tags if tag in self._values for value in self._values[tag] if value]
