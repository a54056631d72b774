"""Which revision of each summary a digest carried: stored in a few bytes, read as it was."""

from typing import Any

import pytest

from subscriptions.carried import Carried, read_carried, revision_at, write_carried

pytestmark = pytest.mark.any_database
PAPERS, ALSO = tuple(range(100, 110)), tuple(range(200, 220))
FIRST = dict.fromkeys(PAPERS, 1)
UNTITLED = dict.fromkeys(ALSO, 0)


@pytest.mark.parametrize(
    ("carried", "stored"),
    [
        (Carried(FIRST, UNTITLED), ""),
        (Carried(FIRST | {102: 3}, UNTITLED), "2:3"),
        (Carried(FIRST | {102: 0}, UNTITLED), "2:0"),
        (Carried(FIRST, dict.fromkeys(ALSO, 1)), "10-29:l1"),
        (Carried(FIRST | {101: 2, 102: 2, 103: 12}, UNTITLED | {205: 4}), "1-2:2 3:12 15:l4"),
        (Carried({**FIRST, 109: 1}, {}), "10-29:-"),
    ],
)
def test_what_was_carried_is_read_as_it_was_written(carried, stored):
    assert write_carried(carried, papers=PAPERS, also=ALSO) == stored
    assert read_carried(stored, papers=PAPERS, also=ALSO) == carried


def test_a_card_that_became_a_line_and_one_that_was_left_out_are_told_apart():
    cards = {paper: 1 for paper in PAPERS if paper not in (104, 109)}
    carried = Carried(cards, UNTITLED | {109: 2})
    stored = write_carried(carried, papers=PAPERS, also=ALSO)
    assert stored == "4:- 9:l2"
    assert read_carried(stored, papers=PAPERS, also=ALSO) == carried


@pytest.mark.parametrize("stored", [None, "x", "3", "3:", "99:1", "1-99:2", "3:y", "1:l", ":::", "-1:2"])
def test_what_cannot_be_read_is_not_known(stored):
    assert read_carried(stored, papers=PAPERS, also=ALSO) is None


def test_it_stays_small_whatever_it_says():
    carried = Carried({paper: paper % 7 for paper in PAPERS}, {paper: paper % 5 for paper in ALSO})
    assert len(write_carried(carried, papers=PAPERS, also=ALSO)) < 6 * 30


@pytest.mark.parametrize(
    "carried",
    [
        Carried(FIRST, UNTITLED),
        Carried(FIRST | {102: 3, 107: 0}, UNTITLED | {210: 4}),
        Carried({paper: 1 for paper in PAPERS if paper != 104}, UNTITLED | {104: 2}),
        Carried({100: 2}, {}),
    ],
)
def test_one_place_is_read_as_the_whole_is(carried):
    stored = write_carried(carried, papers=PAPERS, also=ALSO)
    for place, paper in enumerate((*PAPERS, *ALSO)):
        if paper in carried.cards:
            expected: tuple[bool, Any] | None = True, carried.cards[paper]
        else:
            expected = (False, carried.lines[paper]) if paper in carried.lines else None
        assert revision_at(stored, place, full=len(PAPERS)) == expected


@pytest.mark.parametrize("stored", [None, "3:x", "x:1", "3"])
def test_of_what_cannot_be_read_no_place_is_known(stored):
    with pytest.raises(ValueError, match=r".+"):
        revision_at(stored, 3, full=len(PAPERS))
