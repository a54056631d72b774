"""What the columns of a list can tell: who somebody is, what they wish for, and whether they agreed. Pure.

A heading is judged by its words (``words.toml``), not by the service that wrote it, so that a list of a
service that nobody here has seen is read by the same rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from subscriptions.csv_import.words import fold, fold_heading, our_headings, without_stems, words


class Role(StrEnum):
    """What the cells of a column can say of consent."""

    STATE = "state"  # a word for it: status, state
    AGREED = "agreed"  # yes or a date: subscribed, opt_in
    CONFIRMED = "confirmed"  # likewise, and empty means never: confirmed_at
    LEFT = "left"  # yes, a date or a reason: unsubscribed_at, bounced
    ASKED = "asked"  # sounds like consent, and may mean either
    OTHER = "other"  # nothing that we know of, so its cells are watched for words that tell
    SILENT = "silent"  # known to say nothing


TELLING = frozenset({Role.STATE, Role.AGREED, Role.CONFIRMED, Role.LEFT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place in a line from 0, its heading as the file has it, and what it can tell.

    ``is_moment``: its cells are dates. ``is_state``: they are words. ``is_weak``: empty and no say nothing.
    """

    place: int
    heading: str
    role: Role
    is_moment: bool = False
    is_state: bool = False
    is_weak: bool = False


def our_columns(headings: Sequence[str]) -> dict[str, int]:
    """The places of our own columns in a heading."""
    folded = [fold(heading) for heading in headings]
    return {
        ours: folded.index(names[0])
        for ours, theirs in our_headings().items()
        if (names := [name for name in theirs if name in folded])
    }


def telling_columns(headings: Sequence[str], ours: Mapping[str, int]) -> list[Column]:
    """All columns but our own, and of those the ones that tell of consent."""
    own = {place for name, place in ours.items() if name != "confirmed_at"}
    beside_postal = any(fold(heading) in words("headings", "postal") for heading in headings)
    columns = []
    for place, heading in enumerate(headings):
        if place in own or not heading.strip():
            continue
        column = column_of(place, heading.strip(" \t\"'\ufeff"))
        if beside_postal and fold(heading) == "state":
            column = Column(place, column.heading, Role.OTHER)
        columns.append(column)
    return columns


def column_of(place: int, heading: str) -> Column:
    """What the column with this heading can tell."""
    name = fold_heading(heading)
    tokens = name.split()
    is_state = any(token in words("headings", "state") or token.endswith("status") for token in tokens)
    role = _role(name, tokens, is_state=is_state)
    is_moment = bool(set(tokens) & words("headings", "moment")) and not is_state
    is_weak = name.replace(" ", "") in words("headings", "weak") and "_" not in heading and " " not in heading
    return Column(place, heading, role, is_moment=is_moment, is_state=is_state, is_weak=is_weak)


def _role(name: str, tokens: list[str], *, is_state: bool) -> Role:
    present = set(tokens)
    if name in words("headings", "silent") or present & words("headings", "technical_words"):
        return Role.SILENT
    if present & words("headings", "other_channels") and not present & words("headings", "mail_words"):
        return Role.SILENT
    if is_state and present & (words("headings", "other_states") | words("headings", "changed")):
        return Role.SILENT
    return _role_by_stems(name, tokens, is_state=is_state)


def _role_by_stems(name: str, tokens: list[str], *, is_state: bool) -> Role:
    rest = without_stems(name, "headings", "left")
    negated = _is_negated(tokens)
    if rest is not None:
        return Role.ASKED if negated else Role.LEFT
    if set(tokens) & words("headings", "silent_words"):
        return Role.SILENT
    is_confirmed = without_stems(name, "headings", "confirmed") is not None
    if is_confirmed or without_stems(name, "headings", "agreed") is not None:
        if negated:
            return Role.LEFT
        return Role.CONFIRMED if is_confirmed else Role.AGREED
    if is_state:
        return Role.STATE
    return Role.OTHER if without_stems(name, "headings", "asked") is None else Role.ASKED


def _is_negated(tokens: list[str]) -> bool:
    """Whether a heading begins with "not", perhaps after one small word ("is not blocked")."""
    negators = words("headings", "negators")
    if tokens[:1] == ["no"] and tokens[1:2] and tokens[1] in words("headings", "unwanted"):
        return False
    return bool(tokens[:1] and tokens[0] in negators) or (
        len(tokens) > 2 and tokens[1] in negators and len(tokens[0]) <= _SMALL
    )


_SMALL = 5  # letters: is, has, was, email
