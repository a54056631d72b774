"""The line of a paper's authors: short, and true to what the source says."""

import pytest

from newsletter.languages import LANGUAGES, language
from newsletter.rendering.bylines import ALL_NAMED, byline
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import is_same_place

NAMES = [f"Ada Author{chr(65 + n)}" for n in range(26)]


def line(authors, code="en"):
    return byline(authors, language=language(code))


@pytest.mark.parametrize("count", range(ALL_NAMED + 1))
def test_a_few_are_all_named(count):
    assert line(NAMES[:count]) == (", ".join(NAMES[:count]), 0)


@pytest.mark.parametrize(("count", "more"), [(6, 2), (7, 3), (26, 22)])
def test_of_many_the_first_three_and_the_last(count, more):
    assert line(NAMES[:count]) == (f"{', '.join(NAMES[:3])} … {NAMES[count - 1]}", more)


def test_thousands_are_counted():
    assert line([f"Author {chr(65 + n % 26)}{n}" for n in range(3303)]).more == 3299


@pytest.mark.parametrize(
    "entry", [":", "", " ", "1", "-", "...", "et al.", "et al", "and others", "Others", "\u202e"]
)
def test_what_is_no_name_is_left_out(entry):
    names, more = line([NAMES[0], entry, NAMES[1]])
    assert names.removesuffix(" et al.") == ", ".join(NAMES[:2])
    assert more == 0
    assert line([*NAMES[:6], entry]).more == 2
    assert line([entry]).names == ""


def test_and_before_the_last_name_is_no_part_of_it():
    assert line(["Ada Author", "and Bea Author"]).names == "Ada Author, Bea Author"
    assert line(["Andy Author", "Andrea Author"]).names == "Andy Author, Andrea Author"


def test_of_a_collaboration_the_last_by_the_alphabet_is_not_named():
    members = ["ATLAS Collaboration", "G. Aad", "B. Abbott", *NAMES]
    assert line(members) == ("ATLAS Collaboration, G. Aad, B. Abbott", 26)
    two = ["The LIGO Scientific Collaboration", "the Virgo Collaboration"]
    assert line(two) == (", ".join(two), 0)
    assert line([*NAMES[:8], "the KAGRA Collaboration"]).names.endswith(" … the KAGRA Collaboration")


@pytest.mark.parametrize(
    ("code", "separator"),
    [("zh-Hans", "、"), ("zh-Hant", "、"), ("ja", "、"), ("ko", ", "), ("ar", ", "), ("hi", ", ")],
)
def test_names_are_parted_as_the_language_parts_them(code, separator):
    assert line(NAMES[:3], code).names == separator.join(NAMES[:3])
    assert line(["王小明", "محمد علي", "Ærø Ø"], code).names == separator.join(
        ["王小明", "محمد علي", "Ærø Ø"]
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_how_many_more_is_said_in_every_language(code):
    for more in (2, 3, 11, 22, 3299):
        words = phrases(code)
        said = words.count("digest.authors_more", more)
        assert words.number(more) in said or (code in {"ar", "he"} and more == 2)


@pytest.mark.parametrize(
    ("project", "code", "is_same"),
    [
        ("https://github.com/Harbour/Tide", "http://www.github.com/harbour/tide/", True),
        ("https://github.com/harbour/tide.git", "https://github.com/harbour/tide", True),
        ("https://github.com/harbour/tide/tree/main", "https://github.com/harbour/tide", True),
        ("https://github.com/harbour/tide#readme", "https://github.com/harbour/tide", True),
        ("https://github.com/harbour/tide/tree/main/site", "https://github.com/harbour/tide", False),
        ("https://harbour.github.io/tide", "https://github.com/harbour/tide", False),
        ("https://harbour.example/tide", "", False),
    ],
)
def test_a_project_page_that_is_the_code_is_no_second_link(project, code, is_same):
    assert is_same_place(project, code) is is_same
