"""arXiv identifiers and the white space around everything: what all sources have in common.

https://info.arxiv.org/help/arxiv_identifier.html: since 2007-04 YYMM.NNNN, since 2015 with five digits;
before that archive(.CC)/YYMMNNN.
"""

import re

from newsletter.text.border import clean_line

LONGEST = 60_000  # characters of one field; more than any that is accepted

ID = re.compile(
    r"(?P<id>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z][a-z-]{0,15}(?:\.[A-Z]{2})?/\d{7})(?:v(?P<version>[1-9]\d{0,2}))?",
    re.ASCII,
)
_AROUND = re.compile(
    r"^https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/|^oai:arXiv\.org:|^arXiv:", re.IGNORECASE
)


def split_id(text: str) -> tuple[str, int] | None:
    """``("2403.03206", 2)`` of "2403.03206v2", of an abs or pdf address or an OAI name; 0: no version given.

    None if it is no arXiv id.
    """
    match = ID.fullmatch(_AROUND.sub("", text.strip()))
    return (match["id"], int(match["version"] or 0)) if match else None


def squeeze(text: str | None) -> str:
    """White space as one space: abstracts were hard-wrapped until 2025, some begin with two spaces."""
    if not text:
        return ""
    if (
        len(text) <= LONGEST and text.isprintable() and "  " not in text
    ):  # then its only white space is single spaces
        return text.strip(" ")
    return clean_line(text, longest=LONGEST)
