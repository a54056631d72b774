"""What lays a table out leaves nothing in its cells: a digit beside a result is another result."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from newsletter.sources.fulltext.cells import ERROR, without_layout
from newsletter.sources.fulltext.html import read_html
from newsletter.sources.fulltext.markup import rows_of
from tests.newsletter.sources.fulltext.test_markup import article


def unknown(command: str, arguments: str = "") -> str:
    """A command as LaTeXML leaves it that does not know it: an error, and its arguments without braces."""
    return f'<span class="ltx_ERROR undefined">\\{command}</span>{re.sub("[{}]", "", arguments)}'


def cells(*content: str) -> tuple[str, ...]:
    row = "".join(f'<td class="ltx_td">{cell}</td>' for cell in content)
    table = html.fromstring(f'<table class="ltx_tabular"><tr class="ltx_tr">{row}</tr></table>')
    return next(iter(rows_of(table)), ("",) * len(content))


LAYOUT = [
    *[
        ("cdashline", "{2-5}"),
        ("cdashline", "{2-5}[1pt/2pt]"),
        ("cline", "{1-12}"),
        ("cmidrule", "(lr){2-3}"),
    ],
    *[
        ("cmidrule", "[1pt](l{4pt}r){2-13}"),
        ("specialrule", "{1pt}{2pt}{2pt}"),
        ("specialrule", "{.1em}{.05em}{0pt}"),
    ],
    *[("addlinespace", "[2pt]"), ("Xhline", "{1.2pt}"), ("vspace", "{-2mm}"), ("midrule", "[0.5pt]")],
    *[
        ("rowcolor", "{gray!10}"),
        ("rowcolor", "[HTML]{C0C0C0}"),
        ("rowcolor", "{lightgray}"),
        ("rowcolor", "{mygray}"),
    ],
    *[
        ("arrayrulecolor", "{black}"),
        ("arrayrulecolor", "{gray!50!white}"),
        ("rowcolors", "{2}{gray!10}{white}"),
    ],
    *[("label", "{tab:res2}"), ("ref", "{sec:4.1}"), ("cite", "{smith2020deep}"), ("footnotemark", "[1]")],
    *[
        ("multicolumn", "{3}{c}"),
        ("multicolumn", "{2}{|l|}"),
        ("multirow", "{2}{*}"),
        ("multirow", "[t]{-3}{*}"),
    ],
    *[
        ("multirow", "{4}{1.5cm}"),
        ("textcolor", "{red}"),
        ("cellcolor", "[HTML]{EFEFEF}"),
        ("color", "{blue!60!black}"),
    ],
]


@pytest.mark.parametrize(("command", "arguments"), LAYOUT)
@pytest.mark.parametrize(
    "said", ["0.83", "BERT-2", "12", "(7.1)", "3-shot", "GPT-4 (5)", "-2.5", "91.2 ± 0.3", ""]
)
def test_what_lays_a_table_out_leaves_the_authors_words(command, arguments, said):
    assert cells(f"{unknown(command, arguments)} {said}", "4") == (said, "4")
    assert cells(f"<span>\\{command}{arguments}</span> {said}", "4") == (said, "4")


GLUED = [
    "[HTML]{EFEFEF}",
    "[HTML]{123456}",
    "{red}",
    "{gray!25}",
    "{blue!5}",
    "{green!100}",
    "{red!10!white}",
]


@pytest.mark.parametrize("arguments", GLUED)
@pytest.mark.parametrize("said", ["0.83", "92", "7.1", "0.5", "100", "BERT"])
def test_a_colour_that_touches_a_result_leaves_the_result_or_nothing(arguments, said):
    read = cells(unknown("cellcolor", arguments) + said, "4")
    assert read in {(said, "4"), ("", "4")}
    assert cells(f"\\cellcolor{arguments}{said}", "4") == (said, "4")


def test_where_a_number_cannot_be_told_the_cell_is_empty():
    assert cells(unknown("cellcolor", "[rgb]{0.9,0.9,0.9}") + "0.83", "4") == ("", "4")
    assert cells(unknown("cellcolor", "{blue!5}") + "583", "4") == ("", "4")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("0.83<sup class='ltx_sup'>1</sup>", "0.83¹"),
        ("0.83<sup class='ltx_note_mark'>1</sup>", "0.83"),
        (
            "0.83<span class='ltx_note'><sup class='ltx_note_mark'>1</sup><span><b>1</b>seed</span></span>",
            "0.83",
        ),
        ("BERT <cite>[<span class='ltx_ref ltx_missing_citation'>devlin2019</span>]</cite>", "BERT"),
        ("7 <span class='ltx_ref ltx_missing_label'>LABEL:tab:2</span>", "7"),
        ("BERT [<a class='ltx_ref'>12</a>]", "BERT [12]"),
        (unknown("foo", "{12}") + " 3", "12 3"),
        (unknown("makecell") + "mAP", "mAP"),
        (r"\textbf{0.5}", r"\textbf{0.5}"),
    ],
)
def test_notes_and_references_that_lead_nowhere_leave_nothing(cell, said):
    assert cells(cell, "4") == (said, "4")


NUMBERS = st.from_regex(r"-?(0|[1-9]\d{0,2})(\.\d{1,3})?", fullmatch=True)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(LAYOUT), max_size=3), NUMBERS, st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_the_digits_of_a_cell_are_the_authors(row):
    content = [
        " ".join([unknown(*each) if errs else f"\\{each[0]}{each[1]}" for each in layout] + [said])
        for layout, said, errs in row
    ]
    assert cells(*content) == tuple(said for _, said, _ in row)


@settings(deadline=None)
@given(st.sampled_from(GLUED), NUMBERS)
def test_digits_that_touch_an_argument_are_the_authors_or_none(arguments, said):
    assert cells(unknown("cellcolor", arguments) + said, "4")[0] in {said, ""}


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    assert isinstance(without_layout(f"{ERROR}\\cellcolor {text}"), str)
    assert without_layout(f"{ERROR}{text}").count(ERROR) <= text.count(ERROR)


def test_a_table_of_a_page_has_the_authors_cells():
    rows = "".join(
        f"<tr class='ltx_tr'><td class='ltx_td'>{first}</td><td class='ltx_td'>{second}</td></tr>"
        for first, second in [
            ("Method", "Accuracy"),
            (unknown("cdashline", "{1-2}") + "\nBERT", unknown("cellcolor", "[HTML]{EFEFEF}") + "91.2"),
            (unknown("rowcolor", "{gray!15}") + " Ours", "93.4<sup>2</sup>"),
            (unknown("specialrule", "{1pt}{2pt}{2pt}"), ""),
        ]
    )
    body = (
        "<figure class='ltx_table' id='S1.T1'><figcaption class='ltx_caption'>Table 1: Results.</figcaption>"
        f"<table class='ltx_tabular'>{rows}</table></figure>"
    )
    (table,) = read_html(article(body)).tables
    assert table.rows == (("Method", "Accuracy"), ("BERT", "91.2"), ("Ours", "93.4²"))
