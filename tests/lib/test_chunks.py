"""Any number of items, some at a time."""

from collections.abc import Iterable

import pytest

from lib.chunks import chunked


@pytest.mark.parametrize(
    ("items", "size", "chunks"),
    [
        ([], 2, []),
        ([1], 2, [[1]]),
        ([1, 2], 2, [[1, 2]]),
        ([1, 2, 3], 2, [[1, 2], [3]]),
        ([1, 2, 3], 1, [[1], [2], [3]]),
        ({"a": 1, "b": 2, "c": 3}, 2, [["a", "b"], ["c"]]),
        ("abcde", 3, [["a", "b", "c"], ["d", "e"]]),
    ],
)
def test_every_item_once_and_in_order(items: Iterable[object], size: int, chunks: list[list[object]]) -> None:
    assert list(chunked(items, size)) == chunks


def test_an_iterator_is_read_no_further_than_the_chunk_in_hand() -> None:
    numbers = iter(range(10))
    assert next(chunked(numbers, 3)) == [0, 1, 2]
    assert next(numbers) == 3


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_has_at_least_one_item(size: int) -> None:
    with pytest.raises(ValueError, match=f"cannot have {size} items"):
        next(chunked([1], size))
