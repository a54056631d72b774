"""Files that say how often words occur: a number, then each of the words that occur so often."""

from collections.abc import Iterator
from pathlib import Path


def read_counts(path: Path) -> Iterator[tuple[str, int]]:
    """(word, count) of each word of a file, in its order."""
    count = 0
    for token in path.read_text(encoding="utf-8").split():
        if token.isdigit():
            count = int(token)
        else:
            yield token, count
