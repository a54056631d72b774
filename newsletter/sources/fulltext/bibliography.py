"""The list of references of a PDF, taken apart into its entries. Pure."""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from newsletter.sources.fulltext.layout import join_lines
from newsletter.sources.fulltext.pages import TextLine

_ENTRY = re.compile(r"^(?:\[[^\]\s][^\]]{0,40}\]|\(?\d{1,3}[.)])\s*\S")


def split_entries(lines: Sequence[TextLine]) -> Iterator[str]:
    """The list of references: by their marks, else by the lines that hang out on the left."""
    if not lines:
        return
    is_marked = sum(bool(_ENTRY.match(line.text)) for line in lines) >= 0.15 * len(lines)
    edges = _left_edges(lines)
    group: list[TextLine] = []
    for line in lines:
        begins = bool(_ENTRY.match(line.text)) if is_marked else line.left in edges
        if begins and group:
            yield join_lines(group)
            group = []
        group.append(line)
    if group:
        yield join_lines(group)


def _left_edges(lines: Sequence[TextLine]) -> set[float]:
    """Where lines begin that are followed by lines further right: the outer edges, one a column."""
    size = median(line.size for line in lines)
    edges = set()
    for line in lines:
        inner = [other.left - line.left for other in lines if 0.4 * size < other.left - line.left < 4 * size]
        outer = [other for other in lines if 0.4 * size < line.left - other.left < 4 * size]
        if inner and not outer:
            edges.add(line.left)
    return edges
