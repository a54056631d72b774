"""The recorded pages and PDFs, against what a person wrote down and what a browser would show."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks._visible_words import share_found, words_of_html, words_of_pdf
from newsletter.errors import Unreadable
from newsletter.sources.fulltext.document import Document, DocumentFigure, DocumentTable
from newsletter.sources.fulltext.html import read_html
from newsletter.sources.fulltext.pdf import read_pdf
from tests.newsletter.sources.fulltext.by_hand import HTML, PDF, TWO_COLUMNS, Look

pytestmark = pytest.mark.slow

COVERAGE = 0.97


def html_of(recorded: Path, name: str) -> bytes:
    return (recorded / "html/latexml_from_arxiv_source" / name / "index.html").read_bytes()


def pdf_of(recorded: Path, name: str) -> bytes:
    return (recorded / "pdf" / name).read_bytes()


def assert_looks(document: Document, look: Look) -> None:
    assert document.title == look.title
    assert tuple(f"{each.number} {each.title}".strip() for each in document.sections) == look.sections
    assert_floats(document.figures, look.figures)
    assert_floats(document.tables, look.tables)
    assert len(document.references) == look.references


def assert_floats(
    found: Sequence[DocumentFigure | DocumentTable], wanted: tuple[tuple[str, str], ...]
) -> None:
    assert [each.label for each in found] == [label for label, _ in wanted]
    for each, (_, caption) in zip(found, wanted, strict=True):
        assert each.caption.startswith(caption)


@pytest.mark.parametrize("name", HTML)
def test_a_page_is_what_a_person_saw(recorded: Path, name: str):
    assert_looks(read_html(html_of(recorded, name)), HTML[name])


def test_the_four_pages_have_eighteen_pictures_each_in_a_section(recorded: Path):
    documents = [read_html(html_of(recorded, name)) for name in HTML]
    pictures = [figure for document in documents for figure in document.figures]
    assert len(pictures) == 18
    assert all(figure.image and figure.section for figure in pictures)
    for document in documents:
        anchors = {section.anchor for section in document.sections}
        assert {figure.section for figure in document.figures} <= anchors


@pytest.mark.parametrize("name", PDF)
def test_a_pdf_is_what_a_person_saw(recorded: Path, name: str):
    assert_looks(read_pdf(pdf_of(recorded, name)), PDF[name])


@pytest.mark.parametrize("name", HTML)
def test_a_page_keeps_the_words_that_are_seen(recorded: Path, name: str):
    data = html_of(recorded, name)
    assert share_found(words_of_html(data), read_html(data).text) >= COVERAGE


@pytest.mark.parametrize("name", PDF)
def test_a_pdf_keeps_the_words_that_are_seen(recorded: Path, name: str):
    data = pdf_of(recorded, name)
    assert share_found(words_of_pdf(data), read_pdf(data).text) >= COVERAGE


def test_two_columns_are_read_down_and_then_down_again(recorded: Path):
    name = "hf2024-11-10_M3DocRAG_Multi-modal_Retrieval_is_What.pdf"
    text = " ".join(read_pdf(pdf_of(recorded, name)).text.split())
    places = [text.find(words) for words in TWO_COLUMNS]
    assert -1 not in places
    assert places == sorted(places)


def test_a_word_that_a_line_parts_is_put_together_and_a_compound_stays_one(recorded: Path):
    name = "hf2024-11-10_M3DocRAG_Multi-modal_Retrieval_is_What.pdf"
    text = read_pdf(pdf_of(recorded, name)).text
    assert "broad applications" in text
    assert "retrieval-augmented generation" in text
    assert "\ufffe" not in text
    assert "applica tions" not in text


def test_running_heads_page_numbers_and_the_stamp_are_left_out(recorded: Path):
    spin = read_pdf(pdf_of(recorded, "1912.11497v1.pdf")).text
    assert "SPIN CHAINS" in spin  # the title
    assert spin.count("NESTED ALGEBRAIC BETHE ANSATZ") == 1
    assert "arXiv:1912.11497v1" not in spin
    assert "WSPC Proceedings" not in read_pdf(pdf_of(recorded, "1912.11624v1.pdf")).text


def test_ligatures_are_letters(recorded: Path):
    for name in PDF:
        assert not set(read_pdf(pdf_of(recorded, name)).text) & set("ﬀﬁﬂﬃﬄ"), name


def test_a_tables_number_stands_in_its_row_under_its_heading(recorded: Path):
    table = next(
        each for each in read_html(html_of(recorded, "1706.03762")).tables if each.label == "Table 2"
    )
    row = next(row for row in table.rows if row[0] == "Transformer (big)")
    assert row == ("Transformer (big)", "28.4", "41.8", "2.3⋅10¹⁹", "2.3⋅10¹⁹")
    assert table.rows[0][1:] == ("BLEU", "BLEU", "Training Cost (FLOPs)", "Training Cost (FLOPs)")
    assert table.rows[1][1:] == ("EN-DE", "EN-FR", "EN-DE", "EN-FR")


def test_what_the_title_page_says_is_extracted(recorded: Path):
    attention = read_html(html_of(recorded, "1706.03762"))
    assert attention.affiliations == ("Google Brain", "Google Research", "University of Toronto")
    assert attention.code_links == ("https://github.com/tensorflow/tensor2tensor",)
    assert read_html(html_of(recorded, "2310.06825")).affiliations == ()


def test_the_same_file_gives_the_same_anchors_and_survives_json(recorded: Path):
    for data, read in (
        (html_of(recorded, "2305.03393"), read_html),
        (pdf_of(recorded, "1912.11624v1.pdf"), read_pdf),
    ):
        first, second = read(data, url="u"), read(data, url="u")
        assert first == second == Document.from_json(first.to_json())


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("html/latexml_fatal_page/2412.19437_index.html", "conversion failed"),
        ("html/arxiv_org/abstract-2508.16190.html", "not a paper"),
    ],
)
def test_a_page_that_is_no_paper_ends_with_its_reason(recorded: Path, path: str, reason: str):
    with pytest.raises(Unreadable) as raised:
        read_html((recorded / path).read_bytes())
    assert raised.value.reason == reason


def test_a_password_ends_with_its_reason(recorded: Path):
    with pytest.raises(Unreadable) as raised:
        read_pdf(pdf_of(recorded, "2206.01062_pg3_password.pdf"))
    assert raised.value.reason == "password"
