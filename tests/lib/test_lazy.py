"""A value is computed at the first look-up of its key, and once."""

import pytest

from lib.lazy import LazyDict


def test_each_value_is_computed_once_when_it_is_asked_for():
    asked = []

    def square(number):
        asked.append(number)
        return number * number

    squares = LazyDict(square)
    assert asked == []
    assert [squares[3], squares[3], squares[2]] == [9, 9, 4]
    assert asked == [3, 2]
    assert squares == {3: 9, 2: 4}


def test_nothing_is_computed_by_get_or_in():
    squares: LazyDict[int, int] = LazyDict(lambda number: number * number)
    assert squares.get(3) is None
    assert 3 not in squares


def test_what_fails_is_asked_for_again():
    answers = iter([ValueError("not yet"), "yes"])

    def answer(_):
        value = next(answers)
        if isinstance(value, Exception):
            raise value
        return value

    lazy = LazyDict(answer)
    with pytest.raises(ValueError, match="not yet"):
        lazy["a"]
    assert lazy["a"] == "yes"
