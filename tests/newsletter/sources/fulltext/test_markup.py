"""Small pieces of LaTeXML and of PDF geometry, one habit of real papers a test."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from newsletter.errors import Unreadable
from newsletter.sources.fulltext.headings import Heading, Numbering
from newsletter.sources.fulltext.html import read_html
from newsletter.sources.fulltext.layout import join_lines
from newsletter.sources.fulltext.mathml import formula
from newsletter.sources.fulltext.mentions import addresses, affiliations_in, sort_links
from newsletter.sources.fulltext.pages import TextLine

FILLER = "<div class='ltx_para' id='f'><p class='ltx_p'>" + "word " * 150 + "</p></div>"


def article(body: str) -> bytes:
    return (
        "<html><head><meta charset='utf-8'></head><body><article class='ltx_document'>"
        f"<section class='ltx_section' id='S1'><h2 class='ltx_title'><span class='ltx_tag'>1 </span>One</h2>"
        f"{FILLER}{body}</section></article></body></html>"
    ).encode()


def math(body: str) -> str:
    return formula(etree.fromstring(f"<math>{body}</math>"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msub><mi>y</mi><mn>1</mn></msub>", "x² + y₁"),
        ("<mn>10</mn><mo>×</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>", "10 × 10⁻³"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac>", "a/(b + c)"),
        ("<msqrt><mn>2</mn></msqrt>", "√2"),
        ("<semantics><mi>k</mi><annotation>\\kappa</annotation></semantics>", "k"),
        ("<mn>𝟏𝟎</mn>", "10"),
        ("<msub><mi>d</mi><mi>model</mi></msub>", "d_model"),
        ("<unknown><mi>z</mi></unknown>", "z"),
        ("", ""),
    ],
)
def test_a_formula_is_one_readable_line(body: str, said: str):
    assert math(body) == said


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.sampled_from(["<mi>x</mi>", "<mn>3</mn>", "<mo>=</mo>", "<mi/>"]),
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
            st.sampled_from(
                [
                    "msup",
                    "msub",
                    "msubsup",
                    "mfrac",
                    "mover",
                    "munder",
                    "munderover",
                    "mroot",
                    "mtable",
                    "mtr",
                    "mrow",
                ]
            ),
            st.lists(inner, max_size=4),
        ),
        max_leaves=20,
    )
)
def test_no_formula_is_too_odd_to_be_read(body: str):
    assert "\n" not in math(body)


def test_an_algorithm_is_text_and_no_figure():
    body = (
        "<figure class='ltx_float ltx_float_algorithm' id='alg1'><figcaption class='ltx_caption'>"
        "<span class='ltx_tag'>Algorithm 1 </span>Sorting.</figcaption>"
        "<div class='ltx_listing'>repeat until done</div></figure>"
    )
    document = read_html(article(body))
    assert document.figures == ()
    assert "Algorithm 1: Sorting. repeat until done" in document.text


def test_two_figures_side_by_side_are_two_and_panels_are_panels():
    one = (
        "<figure class='ltx_figure' id='F{0}'><img src='x{0}.png'>"
        "<figcaption><span class='ltx_tag'>Figure {0}: </span>C{0}.</figcaption></figure>"
    )
    side = f"<figure class='ltx_figure'>{one.format(1)}{one.format(2)}</figure>"
    found = read_html(article(side)).figures
    assert [(each.label, each.caption, each.image, each.panels) for each in found] == [
        ("Figure 1", "C1.", "x1.png", 1),
        ("Figure 2", "C2.", "x2.png", 1),
    ]
    panel = (
        "<figure class='ltx_figure ltx_figure_panel'><img src='{0}.png'>"
        "<figcaption>({0}) part</figcaption></figure>"
    )
    whole = (
        f"<figure class='ltx_figure' id='F3'>{panel.format('a')}{panel.format('b')}"
        "<figcaption><span class='ltx_tag'>Figure 3: </span>Both.</figcaption></figure>"
    )
    document = read_html(article(whole))
    assert [(each.label, each.image, each.panel, each.panels) for each in document.figures] == [
        ("Figure 3", "a.png", 1, 2),
        ("Figure 3", "b.png", 2, 2),
    ]
    assert "(a) part" in document.text


def test_a_footnote_stands_behind_its_paragraph_and_its_mark_is_gone():
    body = (
        "<div class='ltx_para' id='S1.p2'><p class='ltx_p'>A claim"
        "<span class='ltx_note ltx_role_footnote' id='fn1'>"
        "<sup class='ltx_note_mark'>1</sup><span class='ltx_note_outer'><span class='ltx_note_content'>"
        "<sup class='ltx_note_mark'>1</sup>With a reservation.</span></span></span> is made.</p></div>"
    )
    paragraphs = read_html(article(body)).sections[0].paragraphs
    assert [(each.text, each.kind, each.anchor) for each in paragraphs[1:]] == [
        ("A claim is made.", "text", "S1.p2"),
        ("With a reservation.", "footnote", "fn1"),
    ]


def test_a_sentence_goes_on_after_its_formula():
    body = (
        "<div class='ltx_para' id='S1.p2'><p class='ltx_p'>We set</p>"
        "<table class='ltx_equation ltx_eqn_table'><tr>"
        "<td><math><mi>a</mi><mo>=</mo><mn>2</mn></math></td>"
        "<td><span class='ltx_tag ltx_tag_equation'>(7)</span></td>"
        "</tr></table><p class='ltx_p'>and go on.</p></div>"
    )
    assert read_html(article(body)).sections[0].paragraphs[1].text == "We set a = 2 (7) and go on."


def test_too_few_words_are_a_failed_conversion():
    with pytest.raises(Unreadable) as raised:
        read_html(b"<html><body><article class='ltx_document'><p>Hello there.</p></article></body></html>")
    assert raised.value.reason == "empty"


def test_links_to_code_and_data_are_told_apart():
    text = (
        "Code: https://github.com/a/b, data at https://zenodo.org/records/1 and "
        "https://huggingface.co/datasets/a/c; "
        "see also https://example.org."
    )
    code, data = sort_links(list(addresses(text)))
    assert code == ("https://github.com/a/b",)
    assert data == ("https://zenodo.org/records/1", "https://huggingface.co/datasets/a/c")


def test_affiliations_are_lines_that_name_an_institution():
    lines = ["Ida Strand", "1 University of Nordhaven, Norway", "ida@uni.example", "IBM Research", "x" * 400]
    assert affiliations_in(lines) == ("University of Nordhaven, Norway", "IBM Research")


def lines(*texts: str) -> list[TextLine]:
    return [TextLine(text, 0, 0, 1, 1, 10) for text in texts]


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (("broad applica-", "tions of it"), "broad applications of it"),
        (("state-of-the-", "art"), "state-of-the-art"),
        (("the Anglo-", "Saxon"), "the Anglo-Saxon"),
        (("from 2010 -", "2020"), "from 2010 - 2020"),
        (("GPT-", "based"), "GPT-based"),
    ],
)
def test_a_hyphen_at_a_lines_end_goes_where_the_word_goes_on(texts: tuple[str, ...], whole: str):
    assert join_lines(lines(*texts)) == whole


@pytest.mark.parametrize("number", ["1.²", "①", "2.x"])
def test_what_only_looks_like_a_number_numbers_no_section(number: str):
    assert Numbering().parts(number) is None


def test_numbers_of_sections_follow_each_other():
    numbering = Numbering()
    for number, follows in (
        ("1", True), ("3.2", True), ("7", False), ("2", True), ("2.1", True), ("2.2", True), ("2.2.1", True),
        ("3", True), ("1", False), ("A", True), ("A.1", True), ("B", True), ("4", False),
    ):  # fmt: skip
        assert numbering.follows(number) is follows or number == "3.2", number
        if follows and number != "3.2":
            numbering.accept(Heading("T", number))
