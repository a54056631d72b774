"""Any number of items, some at a time: for queries, requests and memory that have a limit.

Pure. Python 3.12 has ``itertools.batched``; this project still runs on 3.11.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

IDS_A_QUERY = 5000  # ids in one IN (…): far below the 32,766 variables that SQLite takes in a statement


def chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """``items`` in order, in lists of ``size``; the last may be shorter, and of no items there is none.

    Raises ValueError, at the first list, if ``size`` is not positive.
    """
    if size < 1:
        raise ValueError(f"A chunk cannot have {size} items.")
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
