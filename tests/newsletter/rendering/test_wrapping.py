"""How many lines a text takes, and one that takes no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.wrapping import Room, fitted, lines, width


@pytest.mark.parametrize(
    ("text", "em", "count"),
    [
        ("", 10, 1),
        ("short", 10, 1),
        ("one two three", 3.5, 3),
        ("一二三四五六七八九十", 5.5, 2),
        ("Donaudampfschifffahrtsgesellschaft", 10, 2),  # a word that is longer than a line is broken
        ("한국어 문장은 띄어쓰기에서만", 20, 1),
    ],
)
def test_lines_end_where_browsers_end_them(text, em, count):
    assert lines(text, Room(1, em)) == count


def test_korean_is_broken_at_spaces_alone():
    text = "확산모델의 계산량을 줄이는"
    assert lines(text, Room(1, 8.5, keeps_words=True)) == 2
    assert lines(text, Room(1, 6, keeps_words=True)) == 3


def test_marks_take_no_room_and_wide_signs_the_most():
    assert width("e\u0301") == width("e")
    assert width("i") < width("e") < width("m") < width("漢")
    assert width("e", bold=True) > width("e")


@given(
    st.text(alphabet=st.sampled_from("abc mW漢字한국 .,，。शक्ति"), max_size=200),
    st.integers(1, 4),
    st.floats(6, 30),
    st.booleans(),
)
def test_what_is_fitted_fits_and_is_the_beginning_of_the_text(text, count, em, keeps):
    room = Room(count, em, keeps_words=keeps)
    short = fitted(text, room)
    if lines(text, room) <= count:
        assert short == text
    else:
        assert lines(short, room) <= count
        assert text.strip().startswith(short.rstrip("…"))
