"""In which order the lines of a page are read, and which of them make a block. Pure geometry.

A page has one column, or two that a gutter parts. Lines across the gutter (title, wide figures, captions)
cut the page into bands; within a band the left column is read before the right one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from newsletter.sources.fulltext.pages import Page, TextLine

_BESIDE = 5  # so many lines must stand beside each other before a gap is a gutter


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines that belong together; ``column`` is the extent, in points, of the column they stand in."""

    page: int
    number: int
    lines: tuple[TextLine, ...]
    column: tuple[float, float]

    @property
    def text(self) -> str:
        """The block in one piece, words parted at a line's end put together."""
        return join_lines(self.lines)

    @property
    def anchor(self) -> str:
        """Page and number of the block, as in ``p4.b7``."""
        return f"p{self.page}.b{self.number}"

    @property
    def size(self) -> float:
        """The median of the lines' font sizes, in points."""
        return float(median(line.size for line in self.lines))


def join_lines(lines: Iterable[TextLine]) -> str:
    """One text. A hyphen at a line's end goes where a word goes on; it stays in "state-of-the-" and names."""
    text = ""
    was_parted = False
    for line in lines:
        if not text:
            text = line.text
        elif was_parted:
            text += line.text
        elif text.endswith("-") and not text.endswith(" -") and line.text[:1].isalpha():
            text = _across_hyphen(text, line.text)
        else:
            text = f"{text} {line.text}"
        was_parted = line.is_parted
    return text


def _across_hyphen(text: str, rest: str) -> str:
    word = text.rsplit(" ", 1)[-1][:-1]
    is_compound = "-" in word or not word.isalpha() or rest[:1].isupper() or word.isupper() or len(word) < 2
    return text + rest if is_compound else text[:-1] + rest


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Lines that are read one after the other, and the extent of where they stand."""

    lines: tuple[TextLine, ...]
    left: float
    right: float


def columns(page: Page) -> Iterator[TextColumn]:
    """The page's lines in reading order."""
    lines = [line for line in page.lines if line.text]
    if not lines:
        return
    gutter = find_gutter(lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    if gutter is None:
        yield TextColumn(tuple(_downwards(lines)), left, right)
        return
    wide = sorted((line for line in lines if _crosses(line, gutter)), key=lambda line: line.top)
    rest = [line for line in lines if not _crosses(line, gutter)]
    for group in _together(wide):
        top = group[0].top
        yield from _band([line for line in rest if _middle(line) < top], gutter, left, right)
        rest = [line for line in rest if _middle(line) >= top]
        yield TextColumn(tuple(group), left, right)
    yield from _band(rest, gutter, left, right)


def _band(lines: Sequence[TextLine], gutter: float, left: float, right: float) -> Iterator[TextColumn]:
    for side, start, end in (
        ([line for line in lines if line.right <= gutter + 1], left, gutter),
        ([line for line in lines if line.right > gutter + 1], gutter, right),
    ):
        if side:
            yield TextColumn(tuple(_downwards(side)), start, end)


def _together(wide: list[TextLine]) -> Iterator[list[TextLine]]:
    """Lines across the gutter that follow each other closely: a title, a caption."""
    group: list[TextLine] = []
    for line in wide:
        if group and line.top - group[-1].bottom > 1.2 * line.size:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def find_gutter(lines: Sequence[TextLine]) -> float | None:
    """The middle of the gap between two columns, in points from the left; None if there is one column."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = right - left
    if width <= 0:
        return None
    steps = [left + width * share / 200 for share in range(70, 131)]
    weights = [sum(len(line.text) for line in lines if line.left < x < line.right) for x in steps]
    least = min(weights)
    free = [x for x, weight in zip(steps, weights, strict=True) if weight <= least * 1.05 + 3]
    gutter = min(free, key=lambda x: abs(x - median(free)))
    return gutter if _has_two_columns(lines, gutter) else None


def _has_two_columns(lines: Sequence[TextLine], gutter: float) -> bool:
    before = [line for line in lines if line.right <= gutter + 1]
    behind = [line for line in lines if line.left >= gutter - 1]
    total = sum(len(line.text) for line in lines)
    beside = sum(len(line.text) for line in (*before, *behind))
    if beside < 0.3 * total or not before or not behind:
        return False
    pairs = 0
    for line in before:
        pairs += any(abs(_middle(line) - _middle(other)) < 0.6 * line.height for other in behind)
    widest = max(line.width for line in before), max(line.width for line in behind)
    full = [sum(line.width > 0.8 * widest[at] for line in side) for at, side in enumerate((before, behind))]
    # Columns of prose are filled from edge to edge; those of a table or a list of names are not.
    return (pairs >= _BESIDE or min(len(before), len(behind)) >= 2 * _BESIDE) and min(full) >= _BESIDE


def _crosses(line: TextLine, gutter: float) -> bool:
    return line.left < gutter - 1 and line.right > gutter + 1


def _middle(line: TextLine) -> float:
    return (line.top + line.bottom) / 2


def _downwards(lines: Sequence[TextLine]) -> Iterator[TextLine]:
    """From top to bottom; what stands on one height from left to right, joined into one line."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=_middle):
        if rows and _middle(line) - _middle(rows[-1][0]) < 0.45 * min(line.size, rows[-1][0].size):
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.left)
        yield row[0] if len(row) == 1 else _one_line(row)


def _one_line(row: Sequence[TextLine]) -> TextLine:
    largest = max(row, key=lambda line: len(line.text))
    return TextLine(
        text=" ".join(line.text for line in row),
        left=row[0].left,
        top=min(line.top for line in row),
        right=max(line.right for line in row),
        bottom=max(line.bottom for line in row),
        size=largest.size,
        is_bold=row[0].is_bold,
        is_parted=row[-1].is_parted,
    )


def blocks(page: Page, *, start: int = 1) -> Iterator[TextBlock]:
    """The page's blocks in reading order, numbered from ``start``."""
    number = start
    for column in columns(page):
        pitch = _pitch(column.lines)
        group: list[TextLine] = []
        for line in column.lines:
            if group and _begins(line, group, column, pitch):
                yield TextBlock(page.number, number, tuple(group), (column.left, column.right))
                number += 1
                group = []
            group.append(line)
        if group:
            yield TextBlock(page.number, number, tuple(group), (column.left, column.right))
            number += 1


def _pitch(lines: Sequence[TextLine]) -> float:
    """The usual distance from one line to the next, in points."""
    steps = [low.bottom - high.bottom for high, low in pairwise(lines)]
    usual = [step for step in steps if 4 < step < 40]
    return float(median(usual)) if usual else 14.0


def _begins(line: TextLine, group: Sequence[TextLine], column: TextColumn, pitch: float) -> bool:
    """Whether a line begins a block: after a gap, in another size, indented after a line that ended."""
    last = group[-1]
    if line.bottom - last.bottom > 1.45 * max(pitch, 1.18 * line.size) or line.bottom < last.top:
        return True
    if abs(line.size - last.size) > 0.12 * max(line.size, last.size):
        return True
    if line.is_bold and not last.is_bold and last.text.endswith((".", ":", "?", "!")):
        return True
    edge = min(each.left for each in group)
    indent = line.left - (edge if len(group) > 1 else column.left)
    ended = last.text.endswith((".", ":", "?", "!", "”", ")")) or last.right < column.right - 3 * line.size
    return len(group) > 1 and 0.7 * line.size < indent < 4 * line.size and ended
