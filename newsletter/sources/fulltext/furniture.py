"""What a PDF's pages hold besides the text: running heads, running feet, page numbers, hyphenation. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from newsletter.sources.fulltext.pages import Page, TextLine

_STAMP = re.compile(r"^arXiv:\d{4}\.\d{4,5}(?:v\d+)?\s")
_NUMBER = re.compile(
    r"^(?:page\s*+)?[-–—]?\s*+(?:\d{1,4}|[ivxlc]{1,6})\s*+[-–—]?(?:\s*+(?:of|/)\s*\d{1,4})?$", re.IGNORECASE
)
_COMPOUND = re.compile(r"(?<!\w)\w+(?:-\w+)+")


def without_furniture(pages: Sequence[Page]) -> Iterator[Page]:
    """The pages without running heads, running feet, page numbers and arXiv's stamp."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_shape(line) for line in _edges(page)})
    least = max(3, round(0.3 * len(pages)))
    running = {shape for shape, count in counts.items() if count >= least}
    for page in pages:
        # The first page has the title and the names that are running heads later on.
        depth = 0.12 if page.number == 1 else 0.2
        furniture = {
            line for line in _edges(page, depth) if _shape(line) in running or _NUMBER.match(line.text)
        }
        furniture |= {line for line in page.lines if _STAMP.match(line.text)}
        yield replace(page, lines=tuple(line for line in page.lines if line not in furniture))


def _edges(page: Page, depth: float = 0.2) -> list[TextLine]:
    """The uppermost and the lowest three lines, where they are near the edge: ``depth`` of the height."""
    across = sorted(page.lines, key=lambda line: line.top)
    near = [line for line in across[:3] if line.bottom < depth * page.height]
    return near + [line for line in across[-3:] if line.top > (1 - depth) * page.height]


def with_compounds(pages: Sequence[Page]) -> list[Page]:
    """The pages with the hyphens that belong to words: "open-" / "domain" if the paper has "open-domain"."""
    words = Counter(
        word.lower() for page in pages for line in page.lines for word in _COMPOUND.findall(line.text)
    )
    return [replace(page, lines=tuple(_with_hyphens(page.lines, words))) for page in pages]


def _with_hyphens(lines: Sequence[TextLine], words: Counter[str]) -> Iterator[TextLine]:
    for line, following in zip_longest(lines, lines[1:]):
        if line.is_parted and following is not None:
            begin, end = re.search(r"[\w-]*$", line.text), re.match(r"\w*", following.text)
            if begin and end and f"{begin[0]}-{end[0]}".lower() in words:
                yield replace(line, text=f"{line.text}-")
                continue
        yield line


def _shape(line: TextLine) -> str:
    return re.sub(r"\d+", "#", line.text.lower()).strip()
