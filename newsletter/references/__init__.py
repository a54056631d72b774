"""Lists of papers as other programs write them: read, and matched to the papers that are here.

1. :func:`~newsletter.references.files.read_references` makes references of a file or of pasted text.
2. :func:`~newsletter.references.matching.match` finds the papers that they mean.
"""

from newsletter.references.authors import papers_by_author
from newsletter.references.files import read_references
from newsletter.references.matching import Match, Standing, match
from newsletter.references.records import (
    MOST_BYTES,
    MOST_REFERENCES,
    Fault,
    FaultKind,
    Reference,
    ReferenceList,
    UnreadableList,
)

__all__ = [
    "MOST_BYTES",
    "MOST_REFERENCES",
    "Fault",
    "FaultKind",
    "Match",
    "Reference",
    "ReferenceList",
    "Standing",
    "UnreadableList",
    "match",
    "papers_by_author",
    "read_references",
]
