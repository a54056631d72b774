"""Lists of references as programs write them, and as they break."""

import time
from contextlib import suppress

import pytest

from newsletter.references.csv_items import LONGEST_VALUE
from newsletter.references.files import read_references
from newsletter.references.records import MOST_BYTES, MOST_REFERENCES, FaultKind, UnreadableList

BIBTEX = r"""
% exported
@string{arx = "arXiv"}
@article{a, title={{BERT}: {M\"obius} {\'e}t{\'e}}, author={G{\"o}del, Kurt and {\'E}mile Borel and others},
  year={2024}, eprint={2403.03163v2}, archivePrefix={arXiv}, primaryClass={cs.CL}}
@article{broken, title={It never closes, author={B}

@misc{b, title="In the name of the journal", journal={arXiv preprint arXiv:2403.03164}, year=2024}
@article{c, title={Old}, eprint={0112017}, archivePrefix={arXiv}, primaryClass={cs.AI}}
@article{d, title={Old, with a class}, eprint={math.GT/0309136}}
@article{DBLP:journals/corr/x, title={As DBLP has it}, journal={CoRR}, volume={abs/1706.03762}}
@misc{e, title={By DOI}, doi={10.48550/ARXIV.2403.03165}}
@misc{f, title={By address}, url={https://arxiv.org/pdf/2403.03166v3.pdf}}
@misc{g, title={By note}, note={\url{http://arxiv.org/abs/hep-th/9901001}}}
@misc{g, title={The same key}, title={a field twice}, howpublished={arXiv:2403.03167 [cs]}}
@article{h, title={Elsewhere}, doi={https://doi.org/10.1145/12.34\_5}, author={Ada Lovelace}}
@article{i, title={Of another archive}, eprint={2403.03168}, eprinttype={jstor}}
@misc{nothing, author={X}}
@comment{jabref-meta: saveActions}
"""

RIS = """TY  - JOUR
TI  - Attention Is All You
  Need
AU  - Vaswani, Ashish
PY  - 2017/06/12/
DO  - 10.48550/arXiv.1706.03762
ER  -

lines of nobody
and another
TY  - UNPB
T1  - By number
M1  - arXiv:2403.03170
ER  -
TY  - GEN
TI  - By accession number
AN  - 2403.03171
TY  - GEN
TI  - Never ended
UR  - http://arxiv.org/abs/cs/0112017v1
"""

CSL = """[
  {"id": "a", "title": "<i>T</i> one", "author": [{"family": "Gogh", "given": "Vincent",
    "non-dropping-particle": "van"}], "issued": {"date-parts": [["2024", 3]]}, "number": "arXiv:2403.03163"},
  {"id": "b", "title": "B", "note": "arXiv:cs/0112017 [cs]"},
  {"id": "c", "title": oops},
  {"id": "d", "title": ["D"], "DOI": "10.1145/ABC"},
  5
]"""

BETTER_BIBTEX = """{"config": {"id": "36a3"}, "version": {"zotero": "7"}, "items": [
  {"itemType": "preprint", "title": "A", "archiveID": "arXiv:2403.03163",
   "creators": [{"firstName": "Ada", "lastName": "Lovelace", "creatorType": "author"}], "date": "2024-03-05"},
  {"itemType": "note", "note": "<p>arXiv:2403.99999</p>"}
]}"""

ZOTERO_CSV = (
    '\ufeff"Key","Item Type","Publication Year","Author","Title","DOI","Url","Extra"\r\n'
    '"A","preprint","2024","Lovelace, Ada; Noether, Emmy","Title, one","","http://arxiv.org/abs/2403.03163",'
    '"arXiv:2403.03163 [cs]\nand more"\r\n'
    '"B","note","","","","","",""\r\n'
    '"C","journalArticle","2020","","","","",""\r\n'
)

PLAIN = """2403.03163
- https://arxiv.org/abs/2403.03164v2
[3] 10.48550/arXiv.2403.03165
4. Attention is all you need
arXiv:cs/0112017, 2403.03166v1
2024
https://example.org/x
# a comment
doi:10.1145/3.4
"""


def ids(text):
    return [reference.arxiv_id for reference in read_references(text.encode()).references]


def faults(text):
    return [(fault.line, fault.kind) for fault in read_references(text.encode()).faults]


def test_bibtex_keeps_arxiv_ids_in_a_dozen_places():
    assert ids(BIBTEX) == [
        *("2403.03163", "2403.03164", "cs/0112017", "math/0309136", "1706.03762", "2403.03165"),
        *("2403.03166", "hep-th/9901001", "2403.03167", "", ""),
    ]


def test_a_broken_entry_is_named_with_its_line_and_the_next_one_is_read():
    assert faults(BIBTEX) == [(6, FaultKind.UNCLOSED), (18, FaultKind.NAMELESS)]
    assert read_references(BIBTEX.encode()).faults[0].start.startswith("@article{broken")


def test_tex_in_titles_and_names_becomes_letters():
    first = read_references(BIBTEX.encode()).references[0]
    assert (first.title, first.authors, first.year) == (
        "BERT: Möbius été",
        ("Gödel, Kurt", "Émile Borel"),
        2024,
    )


def test_a_doi_is_found_in_its_address_and_in_lower_case():
    read = read_references(BIBTEX.encode())
    assert [reference.doi for reference in read.references if reference.doi] == ["10.1145/12.34_5"]


def test_ris_values_go_on_in_the_next_line_and_records_may_lack_their_end():
    read = read_references(RIS.encode())
    assert [(reference.line, reference.title, reference.arxiv_id) for reference in read.references] == [
        (1, "Attention Is All You Need", "1706.03762"),
        (11, "By number", "2403.03170"),
        (15, "By accession number", "2403.03171"),
        (18, "Never ended", "cs/0112017"),
    ]
    assert faults(RIS) == [(9, FaultKind.UNREADABLE)]


def test_csl_json_is_read_item_by_item():
    read = read_references(CSL.encode())
    assert [(each.line, each.title, each.arxiv_id, each.doi) for each in read.references] == [
        (2, "T one", "2403.03163", ""),
        (4, "B", "cs/0112017", ""),
        (6, "D", "", "10.1145/abc"),
    ]
    assert read.references[0].authors == ("van Gogh, Vincent",)
    assert faults(CSL) == [(5, FaultKind.UNREADABLE), (7, FaultKind.UNREADABLE)]


def test_better_bibtex_json_and_zoteros_csv():
    for text in (BETTER_BIBTEX, ZOTERO_CSV):
        read = read_references(text.encode())
        assert [(each.arxiv_id, each.authors[0]) for each in read.references] == [
            ("2403.03163", "Lovelace, Ada")
        ]
    assert faults(ZOTERO_CSV) == [(5, FaultKind.NAMELESS)]


@pytest.mark.parametrize(
    ("text", "arxiv_id"),
    [
        ("0704.0001", "0704.0001"),
        ("1412.9999v12", "1412.9999"),
        ("arXiv: 2403.03163 [cs.CL]", "2403.03163"),
        ("ARXIV:2403.03163", "2403.03163"),
        ("https://www.arxiv.org/abs/2403.03163?context=cs", "2403.03163"),
        ("http://export.arxiv.org/pdf/2403.03163v1.pdf", "2403.03163"),
        ("https://ar5iv.labs.arxiv.org/html/2403.03163", "2403.03163"),
        ("https://huggingface.co/papers/2403.03163", "2403.03163"),
        ("https://www.alphaxiv.org/abs/2403.03163", "2403.03163"),
        ("https://doi.org/10.48550/arXiv.2403.03163", "2403.03163"),
        ("10.48550/arXiv.cs/0112017", "cs/0112017"),
        ("https://arxiv.org/abs/cond-mat%2F0112017", "cond-mat/0112017"),
        ("hep‑th/9901001v2", "hep-th/9901001"),
        ("arXiv:math.GT/0309136", "math/0309136"),
        ("cs.AI/0112017", "cs/0112017"),
        ("q-alg/9601001", "q-alg/9601001"),
        # What arXiv would refuse
        ("2403.0316", ""),
        ("1412.12345", ""),
        ("2413.03163", ""),
        ("foo-bar/0112017", ""),
        ("cs/0113017", ""),
        ("12.3456", ""),
    ],
)
def test_an_arxiv_id_is_known_by_its_form_and_its_time(text, arxiv_id):
    references = read_references(text.encode()).references
    assert [each.arxiv_id for each in references if each.arxiv_id] == ([arxiv_id] if arxiv_id else [])


def test_a_list_of_ids_addresses_dois_and_titles():
    read = read_references(PLAIN.encode())
    assert [each.arxiv_id or each.doi or each.title for each in read.references] == [
        *("2403.03163", "2403.03164", "2403.03165", "Attention is all you need", "cs/0112017", "2403.03166"),
        "10.1145/3.4",
    ]
    assert faults(PLAIN) == [(6, FaultKind.NAMELESS), (7, FaultKind.NAMELESS)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_list_may_be_saved_in_any_common_encoding(encoding, line_end):
    text = "@misc{a, title={Café Möbius}, year=2024}\n@misc{b, title={Zwölf}}\n".replace("\n", line_end)
    read = read_references(text.encode(encoding))
    assert [(each.line, each.title) for each in read.references] == [(1, "Café Möbius"), (2, "Zwölf")]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", FaultKind.EMPTY),
        (b"\xef\xbb\xbf \n", FaultKind.EMPTY),
        (b"[]", FaultKind.EMPTY),
        (b"@comment{x}", FaultKind.EMPTY),
        (b"PK\x03\x04word/document.xml", FaultKind.NO_TEXT),
        (b"%PDF-1.7", FaultKind.NO_TEXT),
        (b"\x00\x01\x02" * 50, FaultKind.NO_TEXT),
        (b"<!DOCTYPE html><title>x</title>", FaultKind.NO_TEXT),
        (b"x" * (MOST_BYTES + 1), FaultKind.TOO_LARGE),
        (b"2403.03163\n" * (MOST_REFERENCES + 1), FaultKind.TOO_MANY),
        (b"@a {" * 900_000, FaultKind.TOO_LARGE),
        (b"[" + b'{"a":[\n' * 5_000, FaultKind.UNREADABLE),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(data, kind):
    with pytest.raises(UnreadableList) as raised:
        read_references(data)
    assert raised.value.kind == kind
    assert raised.value.message.endswith((".", "one after the other.", "CSL-JSON."))


@pytest.mark.parametrize(
    "before",
    [
        "",
        '"config": {"id": "x", "options": {"export notes": false, "items": []}}, "version": {"zotero": "7"},',
        '"collections": {"A": {"items": [1, 2], "name": "a \\"items\\": [ {"}}, "more": [{"items": [5]}],',
        '"label": "items", "oops": broken,',
    ],
)
def test_the_items_of_an_object_are_read_whatever_stands_before_them(before):
    text = f'{{{before} "items" : [{{"title": "One"}}, {{"title": "Two", "items": []}}]}}'
    assert [each.title for each in read_references(text.encode()).references] == ["One", "Two"]


@pytest.mark.parametrize(
    "more", ["", ', "author": [{"family": "Lovelace"}], "issued": {"date-parts": [[2024]]}']
)
def test_one_item_alone_is_read(more):
    title = "A title that is as long as the titles of papers often are, and a little longer than that"
    read = read_references(f'{{"type": "article", "title": "{title}"{more}}}'.encode())
    assert [each.title for each in read.references] == [title]


def test_a_table_whose_heading_is_broken_is_refused_with_a_sentence():
    data = b'title,author,"' + b"x" * (LONGEST_VALUE + 1) + b'"\nA,B,C\n'
    with pytest.raises(UnreadableList, match="The heading of the table cannot be read") as raised:
        read_references(data)
    assert raised.value.kind == FaultKind.UNREADABLE


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "@misc{a, title={" + "{" * 400_000,
        "@misc{a, title={" + "{" * 200_000 + "x" + "}" * 200_000 + "}}",
        "@article{" * 60_000,
        "@misc{a, note={" + "arxiv " * 600_000 + "}}",
        "@misc{a, title={x}, author={" + " and " * 600_000 + "}}",
        (" " * 1_000 + "@a{") * 1_000,
        "TY  - " * 100_000,
        '"Title","Author"\n"' + "x" * 300_000,
        '[{"a":' * 3_000,
        "\n".join(f'[{{"t": "{"y" * 3_000}' for _ in range(1_000)),
        "10.1234/" + "/" * 1_000_000,
        "https://arxiv.org/abs/" * 100_000,
        '{"' + "a" * 60,
        '{"title": "Attention Is All You Need now"}',
        '{"type": "article", "title": "' + "A long title, " * 200 + '", "DOI": "10.1145/ABC"}',
        '{"' + '\\"' * 1_000_000,
        '{"' + "\\" * 2_000_001,
        '{"a": ' + "{}," * 1_500_000,
        '{"items": ' * 300_000,
        "@misc{a, title={x}, author={" + " " * 2_000_000 + "}}",
        "- " + " " * 2_000_000 + "x",
    ],
    ids=lambda text: text[:14],
)
def test_hostile_text_is_read_in_bounded_time(text):
    started = time.process_time()
    with suppress(UnreadableList):
        read_references(text.encode())
    assert time.process_time() - started < 10
