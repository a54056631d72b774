"""The names by which machines know papers: a scheme and an id, such as ``arxiv:2403.03163``.

They are ours to keep: feeds, the API and copies of the archive name papers so, whatever a site's address
becomes. Another source adds its scheme to :data:`SCHEMES`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from newsletter.arxiv import identifiers as arxiv
from newsletter.errors import InvalidInput

ARXIV: Final = "arxiv"
SCHEMES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType({ARXIV: arxiv.ID})
"""What an id looks like in each scheme; the group ``id`` is the paper, whatever the version."""

_LONGEST = 100  # characters of what somebody gives as a name
_SHOWN = 40


class Identified(Protocol):
    """A paper's row or any record of it that keeps its id at the source."""

    @property
    def arxiv_id(self) -> str:
        """arXiv's id, without a version."""


def identifier(paper: Identified) -> str:
    """The name of a paper: ``arxiv:2403.03163``, ``arxiv:math.GT/0309136``."""
    return f"{ARXIV}:{paper.arxiv_id}"


def parse(text: str) -> tuple[str, str]:
    """``("arxiv", "2403.03163")`` of "arxiv:2403.03163"; a version ("…v2") is the same paper's.

    :class:`InvalidInput` if it is no name of a paper. The scheme is read in any case (RFC 3986, 3.1).
    """
    scheme, _colon, rest = text[:_LONGEST].partition(":")
    pattern = SCHEMES.get(scheme.lower())
    match = pattern.fullmatch(rest) if pattern and len(text) <= _LONGEST else None
    if match is None:
        raise InvalidInput(
            f"{text[:_SHOWN]!r} names no paper. A paper is named by a scheme and an id, such as"
            f" arxiv:2403.03163; the schemes are: {', '.join(SCHEMES)}."
        )
    return scheme.lower(), match["id"]
