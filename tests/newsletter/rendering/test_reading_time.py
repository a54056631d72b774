"""How long a digest takes to read: words where there are words, else characters."""

import pytest

from newsletter.rendering.reading_time import minutes, seconds_of, seconds_of_html


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("word " * 220, 60),
        ("漢" * 400, 60),
        ("漢字 and words", 60 * (2 / 400 + 2 / 220)),
        ("。，、", 0),
        ("state-of-the-art 91.5%", 60 * 2 / 220),
    ],
)
def test_words_and_wide_characters_are_counted(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


def test_tags_are_no_words():
    assert seconds_of_html('<p class="a b">one <b>two</b></p>') == seconds_of("one two")


def test_there_is_always_a_minute():
    assert [minutes(seconds) for seconds in (0, 20, 89, 91, 240)] == [1, 1, 1, 2, 4]
