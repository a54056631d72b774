"""No cell that we write is a formula, whatever separator a spreadsheet opens the file with."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.csv_cells import escape_cell, escape_row, unescape_cell

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
texts = st.text(st.sampled_from([*"=+-@＝＋－＠,;|\t\r\n\"' ax1"]), max_size=12)


def begins_formula(cell: str) -> bool:
    """Also behind white space and a quotation mark, which some programs take away."""
    return cell.lstrip(' "\t\r\n').startswith(SIGNS)


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_cell_begins_a_formula_under_any_separator(cells):
    written = io.StringIO()
    csv.writer(written).writerow(escape_row(cells))
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=separator):
            assert not [cell for cell in row if begins_formula(cell)]


@given(texts | st.text(max_size=40))
def test_what_was_made_harmless_can_be_read_back(cell):
    assert unescape_cell(escape_cell(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ("a\t@x", "a\t'@x"),
        ("a, -b", "a, '-b"),
        ("'=1", "''=1"),
        ("\tx", "'\tx"),
        ("a-b", "a-b"),
        ("ada@example.org", "ada@example.org"),
        ("2026-03-18", "2026-03-18"),
    ],
)
def test_an_apostrophe_stands_where_a_formula_would_begin(cell, written):
    assert escape_cell(cell) == written
