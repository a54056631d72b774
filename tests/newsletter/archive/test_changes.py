"""What changed between versions: said in words, shown in place, and bounded."""

import time
from datetime import UTC, datetime

import pytest

from newsletter.archive.changes import GONE, LONGEST, NEW, SAME, Piece, change_between
from newsletter.archive.versions import MOST, versions_of
from newsletter.models import PaperVersion
from tests.factories import make_paper

pytestmark = pytest.mark.django_db

BASE = "We study robots. Our policy gains 3.2 points over the best. Code will be released."


def change(after, before=BASE, titles=("Robots", "Robots")):
    return change_between((titles[0], before), (titles[1], after))


def test_a_number_that_changed_is_told_with_the_word_after_it():
    changed = change(BASE.replace("3.2", "3.9"))
    assert changed.wordings == (("3.2 points", "3.9 points"),)
    assert (changed.added, changed.removed, changed.reworded, changed.title) == (0, 0, 0, None)
    assert Piece(GONE, "3.2") in changed.pieces
    assert Piece(NEW, "3.9") in changed.pieces


def test_sentences_that_came_and_went_are_counted_and_marked():
    changed = change(
        "We study robots. It learns at night. Our policy gains 3.2 points over the best. It scales."
    )
    assert (changed.added, changed.removed) == (2, 1)
    assert changed.pieces == (
        Piece(SAME, "We study robots."),
        Piece(NEW, "It learns at night."),
        Piece(SAME, "Our policy gains 3.2 points over the best."),
        Piece(NEW, "It scales."),
        Piece(GONE, "Code will be released."),
    )


def test_a_title_and_a_sentence_with_other_words_are_told():
    changed = change(
        BASE.replace("Our policy gains", "Our policy steadily gains"),
        titles=("Robots", "Two robots"),
    )
    assert changed.title == ("Robots", "Two robots")
    assert (changed.wordings, changed.reworded) == ((), 1)


@pytest.mark.parametrize("after", [BASE, ""])
def test_the_same_text_has_no_change_and_an_abstract_that_went_is_all_gone(after):
    changed = change(after)
    assert changed.is_empty == (after == BASE)
    assert changed.removed == (0 if after else 3)


def test_punctuation_alone_is_no_new_wording():
    changed = change(BASE.replace("robots.", "robots!"))
    assert changed.wordings == ()
    assert not changed.is_empty


def test_more_replacements_than_are_told_are_counted():
    before = " ".join(f"Run {n} took long{n} hours here." for n in range(6))
    changed = change(before.replace("long", "few"), before)
    assert len(changed.wordings) == 3
    assert changed.reworded == 3


def test_both_texts_can_be_read_back_from_the_pieces():
    after = "Now we study robots. Our policy gains 4 points. Code and data are out. More follows."
    pieces = change(after).pieces
    assert " ".join(piece.text for piece in pieces if piece.kind != GONE) == after
    assert " ".join(piece.text for piece in pieces if piece.kind != NEW) == BASE


@pytest.mark.parametrize("unit", ["word ", "A b. ", "a", "A. B! (", "Number 1 is one. "])
def test_hostile_texts_are_compared_in_bounded_time(unit):
    before = (unit * LONGEST)[: LONGEST - 10]
    begin = time.process_time()
    change(before[7:] + " end", before)
    change(before * 20 + "x", before * 20)
    assert time.process_time() - begin < 1


def test_versions_stand_with_their_days_the_newest_first_and_not_without_end():
    paper = make_paper(version=25)
    PaperVersion.objects.bulk_create(
        PaperVersion(
            paper=paper,
            version=number,
            title=f"Title {number}",
            abstract=BASE,
            updated_at=datetime(2026, 3, number, tzinfo=UTC) if number > 5 else None,
        )
        for number in range(1, 26)
    )
    versions = versions_of(paper.pk)
    assert [version.number for version in versions] == list(range(25, 25 - MOST, -1))
    assert versions[0].day is not None
    assert versions[0].change is not None
    assert versions[0].change.title == ("Title 24", "Title 25")
    assert versions[-1].change is not None
    PaperVersion.objects.filter(version__gt=1).delete()
    assert [(version.number, version.day, version.change) for version in versions_of(paper.pk)] == [
        (1, None, None)
    ]
