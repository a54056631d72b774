"""A wish as one line of text: when, what, and the keyed hash of whose address. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WishKind(StrEnum):
    """What somebody wished, or what was done to an address. The words stand in files: none is renamed."""

    LEFT = "left"
    REJOINED = "rejoined"  # confirmed, or took the leaving back
    MOVED = "moved"  # the digest goes to another address; the line has that one's hash too
    ERASED = "erased"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPERATOR = "operator"  # suppressed by the operator
    DEPARTED = "departed"  # left a list elsewhere: no import brings the address in
    LIFTED = "lifted"  # an owner took a suppression back


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry. ``address_hash`` as in :class:`subscriptions.models.Suppression`; ``to_hash`` of a move."""

    at: datetime
    kind: WishKind
    address_hash: str
    to_hash: str = ""

    def as_line(self) -> str:
        """The entry with its line break."""
        whole = f"{self.at.isoformat(timespec='microseconds')} {self.kind} {self.address_hash} {self.to_hash}"
        return whole.rstrip() + "\n"


_KINDS = frozenset(map(str, WishKind))
_HASH = "[0-9a-f]{64}"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
# Not from the beginning: a full disk may have cut the line before short, without its line break.
_LINE = re.compile(rf"({_MOMENT}) ([a-z]{{3,20}}) ({_HASH})(?: ({_HASH}))?\n?$")


def read_line(line: str) -> Wish | None:
    """The entry that ends ``line``; None if it is cut short, or of a kind that is not known."""
    match = _LINE.search(line)
    if match is None or match[2] not in _KINDS:
        return None
    return Wish(datetime.fromisoformat(match[1]), WishKind(match[2]), match[3], match[4] or "")
