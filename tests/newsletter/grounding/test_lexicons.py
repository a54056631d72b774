"""The words that checks know lie in files, and a file that cannot be used is named with the key at fault."""

import shutil
from pathlib import Path

import pytest

from newsletter.grounding.lexicons import FOLDER, FaultyLexicon, common, lexicons, read_lexicons
from newsletter.languages import LANGUAGES


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__")))


def change(folder, code, old, new):
    path = folder / f"{code}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder):
    with pytest.raises(FaultyLexicon) as caught:
        read_lexicons(folder)
    return str(caught.value)


def test_every_language_has_its_words():
    assert list(lexicons()) == list(LANGUAGES)
    assert all(each.direction for each in lexicons().values())
    assert common().dimensions["hours"].factor == 3600


@pytest.mark.parametrize(
    ("code", "old", "new", "expected"),
    [
        ("de", "open_words", "open_wörds = []\nopen_words", "this is no TOML"),
        ("de", "open_words", "closed_words", "[writing] closed_words: there is no such key"),
        ("de", "[numerals]", "[numerels]", "[numerels]: there is no such key"),
        ("fr", "decimal_comma = true", "", "[numbers] decimal_comma: this is required."),
        ("es", "decimal_comma = true", 'decimal_comma = "yes"', "'yes' is neither true nor false"),
        ("ko", 'days = ["일간"]', "days = []", "[units] days: this must be a list that is not empty."),
        ("ko", 'days = ["일간"]', 'days = ["일간", "일간"]', "[units] days: “일간” stands there twice."),
        (
            "ko",
            'days = ["일간"]',
            'dayz = ["일간"]',
            "[units] dayz: common.toml [dimensions] has no such unit.",
        ),
        ("ko", 'days = ["일간"]', 'days = [" "]', "[units] days: ' ' is no text."),
        ("it", "due = 2", 'due = "2"', "[numerals] due: '2' is no number."),
        ("ru", "denials = '", "denials = '(", "[direction] denials: the pattern"),
    ],
)
def test_a_fault_is_named_with_file_and_key(folder, code, old, new, expected):
    change(folder, code, old, new)
    message = refusal(folder)
    assert f"{folder / code}.toml: " in message
    assert expected in message


def test_a_section_that_is_required_is_missed_by_name(folder):
    path = folder / "hi.toml"
    text = path.read_text(encoding="utf-8")
    begin = text.index("[availability]")
    path.write_text(text[:begin] + text[text.index("\n[", begin) + 1 :], encoding="utf-8")
    assert refusal(folder) == f"{path}: [availability]: this is required."


def test_a_language_without_a_file_is_named(folder):
    (folder / "he.toml").unlink()
    assert refusal(folder) == f"{folder / 'he.toml'}: this file is missing."


def test_a_file_of_no_language_is_named(folder):
    shutil.copy(folder / "de.toml", folder / "xx.toml")
    assert refusal(folder).startswith(f"{folder / 'xx.toml'}: ")
