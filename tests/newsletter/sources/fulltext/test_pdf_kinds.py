"""PDFs of every kind: each is read, or refused with its reason; none becomes an empty document."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import Unreadable
from newsletter.readings.chunks import chunks
from newsletter.sources.fulltext.document import Document
from newsletter.sources.fulltext.pdf import read_pdf
from tests.newsletter.sources.fulltext.pdf_writer import Text, assemble, flow, pdf

pytestmark = pytest.mark.slow

LEFT = (
    "Sparse layers need less memory than dense ones, and the loss that they reach is the same after ten "
    "epochs of training on the data that are described in this letter. "
)
RIGHT = LEFT.replace("Sparse layers", "Wide networks")
TITLE = [Text("A study of sparse layers", size=16)]
NAMES = [Text("Jane Doe, John Roe, Kim Li", top=100), Text("University of Nowhere, Town", top=114)]


def texts(document: Document) -> list[list[str]]:
    return [[each.text for each in section.paragraphs] for section in document.sections]


def reason_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as raised:
        read_pdf(data)
    assert raised.value.message.endswith(".")
    return raised.value.reason


def test_without_headings_the_text_is_one_section():
    document = read_pdf(pdf([[*TITLE, *NAMES, *flow(LEFT * 5, top=150)], flow(RIGHT * 6)]))
    assert document.title == "A study of sparse layers"
    (section,) = document.sections
    assert (section.anchor, section.title, section.kind) == ("p1.b0", "", "main")
    assert [each.text for each in section.paragraphs] == [(LEFT * 5).strip(), (RIGHT * 6).strip()]
    assert [each.text for each in document.front] == [
        "Jane Doe, John Roe, Kim Li University of Nowhere, Town"
    ]
    assert document.place(section.anchor).endswith("#page=1")
    (chunk,) = chunks(document, size=4_000, ceiling=40_000)
    assert len(chunk.passages) == 2
    assert Document.from_json(document.to_json()) == document


def test_after_an_abstract_without_other_headings_the_rest_is_one_section():
    heading = [Text("Abstract", top=110, is_bold=True)]
    document = read_pdf(pdf([[*TITLE, *heading, *flow(LEFT * 3, top=130), *flow(RIGHT * 4, top=300)]]))
    assert [each.text for each in document.abstract] == [(LEFT * 3).strip()]
    assert texts(document) == [[(RIGHT * 4).strip()]]


def test_headings_at_the_end_only_leave_the_text_before_them_in_a_section():
    end = [
        Text("Acknowledgements", top=400, size=13, is_bold=True),
        *flow("We thank all.", top=420),
        Text("References", top=460, size=13, is_bold=True),
        *(
            Text(f"[{n}] A. Author: A paper on layers. Journal {n}, 2020.", top=480 + 14 * n)
            for n in range(1, 9)
        ),
    ]
    document = read_pdf(pdf([[*TITLE, *flow(LEFT * 5, top=110), *flow(RIGHT * 5, top=260), *end]]))
    assert texts(document)[0] == [(LEFT * 5).strip(), (RIGHT * 5).strip()]
    assert [section.kind for section in document.sections] == ["main", "acknowledgements"]
    assert len(document.references) == 8


@pytest.mark.parametrize("order", ["columns", "rows", "backwards", "shuffled"])
def test_two_columns_without_headings_are_read_down_whatever_order_the_file_draws(order):
    left, right = flow(LEFT * 6, left=50, width=50, top=80), flow(RIGHT * 6, left=320, width=50, top=80)
    lines = {
        "columns": left + right,
        "rows": [line for pair in zip(left, right, strict=False) for line in pair] + left[len(right) :],
        "backwards": [*reversed(left + right)],
        "shuffled": random.Random(1).sample(left + right, len(left + right)),
    }[order]
    assert texts(read_pdf(pdf([lines, lines]))) == [[(LEFT * 6).strip(), (RIGHT * 6).strip()] * 2]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_page_that_is_shown_turned_is_read(angle):
    assert texts(read_pdf(pdf([flow(LEFT * 6)], rotate=angle))) == [[(LEFT * 6).strip()]]


def test_headings_that_are_known_are_kept():
    page = [Text("1 Introduction", size=13, is_bold=True), *flow(LEFT * 4, top=100)]
    page += [Text("2 Methods", top=220, size=13, is_bold=True), *flow(RIGHT * 4, top=250)]
    document = read_pdf(pdf([page]))
    assert [section.title for section in document.sections] == ["Introduction", "Methods"]
    assert texts(document) == [[(LEFT * 4).strip()], [(RIGHT * 4).strip()]]


IMAGE = b"q 400 0 0 600 100 100 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\xff\xff\x00 EI Q"
HEADINGS = [
    Text(f"{at} {title}", top=60 + 40 * at, size=14, is_bold=True)
    for at, title in enumerate(
        ["Introduction", "Related work and its limits", "Methods of the study", "Results", "Discussion"], 1
    )
]
ENTRIES = [
    Text(f"[{n}] A. Author: A paper on layers. Journal {n}, 2020.", top=90 + 14 * n) for n in range(1, 30)
]
ROWS = [Text("  ".join(str(n * k) for k in range(1, 14)), top=80 + 14 * n) for n in range(1, 40)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf([[]] * 4, extra=IMAGE), "scanned"),
        (pdf([flow(LEFT * 8), *[[]] * 9], extra=IMAGE), "scanned"),  # a cover of a library before a scan
        (pdf([[*TITLE, *NAMES, *flow("Submitted to the Faculty of Science, Nowhere, 2026. " * 2)]]), "empty"),
        (pdf([HEADINGS + [Text(line.text, 320, line.top, 14, True) for line in HEADINGS]]), "empty"),
        (pdf([[Text("References", size=13, is_bold=True), *ENTRIES]]), "empty"),
        (pdf([[Text("Table 1: Results"), *ROWS]]), "empty"),
        (pdf([flow("0.123 4.5 67 89 " * 80)]), "empty"),
        (pdf([flow("\x8f\x90\x91 \x9d\x9e " * 150)]), "empty"),  # glyphs without a meaning
        (pdf([]), "broken"),
        (pdf([flow(LEFT)] * 151), "too many pages"),
        (assemble([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]), "broken"),
        (
            assemble(
                [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"],
                trailer=b"/Encrypt << /Filter /Unheard /V 9 >> /ID [<00> <00>]",
            ),
            "password",
        ),
        (b"%PDF-1.7" + b"\0" * (48 * 2**20), "too large"),
        (pdf([flow(LEFT * 6)])[:700], "broken"),
    ],
    ids=[
        *("scan", "cover and scan", "cover", "headings", "references", "table", "numbers", "glyphs"),
        *("no pages", "many pages", "no kids", "encrypted", "huge", "cut off"),
    ],
)
def test_what_is_no_paper_is_refused_with_its_reason(data, reason):
    assert reason_of(data) == reason


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.builds(
                Text,
                st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=120),
                st.floats(0, 600),
                st.floats(0, 790),
                st.sampled_from([4, 8, 10, 14, 24]),
                st.booleans(),
            ),
            max_size=12,
        ),
        max_size=4,
    )
)
def test_no_document_is_empty(pages):
    try:
        passages = list(read_pdf(pdf(pages)).passages())
    except Unreadable:
        return
    assert any(len(each.text.split()) > 5 for each in passages)


def test_every_recorded_pdf_has_text_or_a_reason(recorded):
    reasons = {}
    for path in sorted((recorded / "pdf").glob("*.pdf")):
        try:
            document = read_pdf(path.read_bytes())
        except Unreadable as error:
            reasons[path.name] = error.reason
        else:
            assert sum(len(each.text.split()) for each in document.passages()) > 150, path.name
            assert all(section.title for section in document.sections), path.name
    assert reasons == {"2206.01062_pg3_password.pdf": "password"}
