"""Whether a number stands by its method and under its metric, in a table or in prose. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from newsletter.text.readable import sentences

NEAR = 160  # characters between a method's name and its number in prose


def fold(text: str) -> str:
    """A text for comparison: case, kinds of dashes and dots, and white space made alike."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("−", "-").replace("–", "-").replace("—", "-").replace("·", "⋅")
    return " ".join(text.split())


def _value_pattern(value: str) -> re.Pattern[str]:
    """The number with nothing of a number beside it: 8.4 is not in 28.4, nor 28 in 28.4."""
    wanted = re.escape(fold(value)).replace(r"\ ", r"\s*")
    return re.compile(rf"(?<![\d.,])(?<!\d[.,]){wanted}(?![\d])(?![.,]\d)")


def occurs(name: str, text: str) -> bool:
    """Whether a name stands in a text: as it is, or all its words."""
    folded_name, folded_text = fold(name), fold(text)
    if re.search(rf"(?<!\w){re.escape(folded_name)}(?!\w)", folded_text):
        return True
    tokens = [each for each in re.findall(r"\w+", folded_name) if len(each) > 1 or each.isdigit()]
    known = set(re.findall(r"\w+", folded_text))
    return bool(tokens) and all(each in known for each in tokens)


def line_at(text: str, start: int) -> str:
    """The row or the sentence that holds a position."""
    if "\n" in text:
        begin = text.rfind("\n", 0, start) + 1
        end = text.find("\n", start)
        return text[begin : end if end >= 0 else len(text)]
    at = 0
    for sentence in sentences(text):
        position = text.find(sentence, at)
        if position <= start < position + len(sentence):
            return sentence
        at = max(at, position)
    return text[max(0, start - 150) : start + 150]


def value_near_method(text: str, *, method: str, metric: str, value: str, data: str = "") -> int | None:
    """Where ``value`` stands by ``method`` and under ``metric`` in a passage; None if it does nowhere.

    ``data`` is what it was measured on, if the claim says: where columns are data sets, it has to head the
    value's column.
    """
    if not occurs(metric, text) or not occurs(method, text):
        return None
    if " | " in text:
        return _in_table(text, method=method, metric=metric, value=value, data=data)
    return _in_prose(text, method=method, metric=metric, value=value)


# -- in a table ----------------------------------------------------------------------------------------------


def _in_table(text: str, *, method: str, metric: str, value: str, data: str) -> int | None:
    lines = text.split("\n")
    grid = [[cell.strip() for cell in line.split(" | ")] if " | " in line else [] for line in lines]
    table = _Table([row for row in grid if row], caption=lines[0] if " | " not in lines[0] else "")
    pattern = _value_pattern(value)
    start = 0
    for line, row in zip(lines, grid, strict=True):
        for column, cell in enumerate(row):
            if pattern.search(fold(cell)) and table.agrees(
                row, column, method=method, metric=metric, data=data
            ):
                return start + min(sum(len(each) + 3 for each in row[:column]), len(line))
        start += len(line) + 1
    return None


class _Table:
    """Rows of cells: which row a name labels, and which columns a name heads, if several come near it."""

    def __init__(self, rows: Sequence[Sequence[str]], *, caption: str) -> None:
        self.rows = rows
        self.caption = caption
        width = max((len(row) for row in rows), default=0)
        self.heads = [
            " ".join(dict.fromkeys(row[at] for row in rows if at < len(row) and not _is_number(row[at])))
            for at in range(width)
        ]

    def agrees(self, row: Sequence[str], column: int, *, method: str, metric: str, data: str) -> bool:
        """Whether method and metric are those of a cell, in either direction of the table."""
        for label, head in ((method, metric), (metric, method)):
            if not self._labels(label, row, column):
                continue
            over = self._headed_by(head, data if head is metric else "")
            if over:
                if column in over:
                    return True
            elif head is metric and self._by_caption(column, metric=metric, data=data):
                return True
        return False

    def _labels(self, name: str, row: Sequence[str], column: int) -> bool:
        """Whether a row is the one that a name fits best: "GNMT" is not the row of "GNMT Ensemble"."""
        own = _fit(name, [cell for at, cell in enumerate(row) if at != column])
        best = max((_fit(name, other) for other in self.rows), default=0.0)
        return own > 0 and own >= best - _TIE

    def _headed_by(self, name: str, data: str) -> set[int]:
        wanted = [name, f"{name} {data}", f"{data} {name}"] if data else [name]
        scores = {
            at: max(fuzz.ratio(fold(each), fold(head)) for each in wanted)
            for at, head in enumerate(self.heads)
            if occurs(name, head)
        }
        best = max(scores.values(), default=0.0)
        return {at for at, score in scores.items() if score >= best - _TIE}

    def _by_caption(self, column: int, *, metric: str, data: str) -> bool:
        """The caption names the metric; the columns' heads are data sets, or parts of the metric's name."""
        if not occurs(metric, f"{self.caption} {self.heads[column]}"):
            return False
        tokens = set(re.findall(r"\w{2,}", fold(f"{metric} {data}")))
        shared = [len(tokens & set(re.findall(r"\w{2,}", fold(head)))) for head in self.heads]
        return shared[column] == max(shared) and (shared[column] > 0 or occurs(metric, self.caption))


_TIE = 1.0  # points of likeness, 0-100


def _fit(name: str, cells: Sequence[str]) -> float:
    return max((fuzz.ratio(fold(name), fold(cell)) for cell in cells if occurs(name, cell)), default=0.0)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"(?=\D*\d)[\s\d.,%±×x⋅·^()+−-]+", cell))


# -- in prose ------------------------------------------------------------------------------------------------

_NAME = re.compile(
    r"(?<![\w-])(?=[\w+-]{0,40}[A-Z0-9][\w+-]{0,40}[A-Z]|[\w+-]{0,40}[a-z][\w+-]{0,40}[A-Z])[A-Za-z][\w+-]*"
)
_OWNS = re.compile(
    r"\s{0,20}[%\w/²³-]{0,8}\s{0,20}(?:\([^)]{0,200}\)\s{0,20})?(?:for|with|by|of|from|using|in)\s+(?:the\s+|our\s+)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s?(%|[a-zµ]{1,3}\b)?")


def _in_prose(text: str, *, method: str, metric: str, value: str) -> int | None:
    """A value with its method in the same sentence or the next, no other name and no other such value
    between them."""
    folded = fold(text)
    # Folding may change lengths; then names are looked for in the folded text, and none is found between.
    cased = text if len(text) == len(folded) else folded
    places = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(fold(method))}(?!\w)", folded)]
    own = fold(f"{method} {metric}")
    for match in _value_pattern(value).finditer(folded):
        owner = _OWNS.match(cased, match.end())
        named = _NAME.match(cased, owner.end()) if owner else None
        for start, end in places:
            if named is not None and named.start() != start and fold(named[0]) not in own:
                continue  # "12.2 for GaugeLSTM" belongs to no other method
            low, high = (end, match.start()) if end <= match.start() else (match.end(), start)
            if not low <= high <= low + 2 * NEAR or _parts(cased[low:high], folded, match, own=own):
                continue
            if high == start and not _may_follow(cased, match.start(), cased[low:high], own=own):
                continue
            return min(match.start(), max(len(text) - 1, 0))
    return None


def _may_follow(text: str, at: int, between: str, *, own: str) -> bool:
    """Whether a method named behind a value owns it: "8.4 for TideNet", or no other was named before."""
    if _OWNS.fullmatch(between):
        return True
    sentence = re.split(r"[.!?]\s", text[max(0, at - 2 * NEAR) : at])[-1]
    return all(fold(name) in own for name in _NAME.findall(sentence))


def _parts(between: str, folded: str, match: re.Match[str], *, own: str) -> bool:
    """Whether what stands between a method and a value says that they do not belong together."""
    if len(re.findall(r"[.!?]\s", between)) > 1:
        return True
    if any(fold(name) not in own for name in _NAME.findall(between)):
        return True
    unit = _NUMBER.match(folded, match.start())
    unit_of_value = unit[1] if unit else None
    return any(other[1] == unit_of_value for other in _NUMBER.finditer(fold(between)))
