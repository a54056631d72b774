"""Citations in four forms: what is written is read back as what the sources say, whatever they say."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from bibtexparser.entrypoint import parse_string
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text

from newsletter.rendering.citations import Citation, write_bibtex, write_csl, write_markdown, write_ris
from newsletter.rendering.citations.bibtex import protect_capitals
from newsletter.rendering.citations.names import Name, split_name
from newsletter.rendering.citations.records import doi_of

HOSTILE = [
    r"} @article{evil, title={x}} \input{/etc/passwd} {",
    '100% of A & B: {unbalanced _sub^sup #1 ~ $5 \\ "quoted" <b>bold</b> | [x](javascript:alert)',
    "TY  - JOUR\r\nER  - \nAU  - Mallory",
    "![img](http://evil.example/x) `code` *em* **strong** <script>alert(1)</script> &amp; www.evil.org",
    "1. A list - or a # heading ----- ===== > quote",
    "Étude de la fonction ζ: Łukasz, Gödel, Erdős, Çelik, İstanbul, Nguyễn, 王小明, 김, “quotes” – dash…",
    "\x00\x1b control \u202e turned \ue000 marked",
]


def cite(**fields: Any) -> Citation:
    row = {
        "arxiv_id": "1706.03762",
        "title": "Attention Is All You Need",
        "abstract": "We propose the Transformer.",
        "authors": ["Ashish Vaswani", "Noam Shazeer"],
        "primary_category": "cs.CL",
        "doi": "",
        "journal_ref": "",
        "published_at": datetime(2017, 6, 12, tzinfo=UTC),
    }
    note = fields.pop("note", "")
    return Citation.of(SimpleNamespace(**{**row, **fields}), note=note)


def entries(text: str) -> list[dict[str, str]]:
    library = parse_string(text)
    assert not library.failed_blocks
    assert len(library.blocks) == len(library.entries)
    return [
        {"key": entry.key, "type": entry.entry_type, **{field.key: field.value for field in entry.fields}}
        for entry in library.entries
    ]


SIGNS = {r"{\textbraceleft}": "⟨", r"{\textbraceright}": "⟩", r"{\textbar}": "¦", r"{\textbackslash}": "⧵"}
PRINTED = str.maketrans({"⟨": "{", "⟩": "}", "¦": "|", "⧵": "\\", "ˆ": "^", "⟪": '"', "⁃": "-"})


def printed(tex: str) -> str:
    """What TeX prints, by an independent reader of it, which does not know the commands for all signs."""
    for command, sign in {**SIGNS, "{''}": "⟪", "-{}": "⁃"}.items():
        tex = tex.replace(command, sign)
    return re.sub(r"\s+", " ", LatexNodes2Text().latex_to_text(tex)).strip().translate(PRINTED)


def ris(text: str) -> list[list[tuple[str, str]]]:
    """The records of a RIS file: every line must be ``XX  - value`` and end in CRLF."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    records: list[list[tuple[str, str]]] = []
    for line in text.split("\r\n")[:-1]:
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert match, line
        if match[1] == "TY":
            records.append([])
        records[-1].append((match[1], match[2]))
    assert all(record[0][0] == "TY" and record[-1] == ("ER", "") for record in records)
    assert all([tag for tag, _ in record].count("TY") == 1 for record in records)
    return records


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada Lovelace", Name("Lovelace", "Ada")),
        ("Laurens van der Maaten", Name("Maaten", "Laurens", "van der")),
        ("Luis de la Torre", Name("Torre", "Luis", "de la")),
        ("Yann LeCun", Name("LeCun", "Yann")),
        ("Sammy Davis Jr.", Name("Davis", "Sammy", suffix="Jr.")),
        ("Martin Luther King, Jr.", Name("King", "Martin Luther", suffix="Jr.")),
        ("Maaten, Laurens van der", Name("Maaten", "Laurens van der")),
        ("van der Maaten, Laurens", Name("Maaten", "Laurens", "van der")),
        ("J. R. R. Tolkien", Name("Tolkien", "J. R. R.")),
        ("Jean-Baptiste Mouret", Name("Mouret", "Jean-Baptiste")),
        ("Kaiming", Name(literal="Kaiming")),
        ("王小明", Name(literal="王小明")),
        ("김철수", Name(literal="김철수")),
        ("The ATLAS Collaboration", Name(literal="The ATLAS Collaboration")),
        ("Gemma Team, Google", Name(literal="Gemma Team, Google")),
        ("Barnes and Noble", Name(literal="Barnes and Noble")),
        ("others", Name(literal="others")),
        ("DeepSeek-AI", Name(literal="DeepSeek-AI")),
        (r"Paul Erd{\H{o}}s", Name("Erdős", "Paul")),
        (":", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_name_is_taken_apart_as_far_as_it_says(text: str, name: Name | None):
    assert split_name(text) == name


def test_bibtex_says_where_the_paper_is():
    text = write_bibtex([cite(doi="10.5555/3295222.3295349", journal_ref="NeurIPS 30 (2017)")])
    assert text.splitlines()[0] == "@misc{vaswani2017attention,"
    (entry,) = entries(text)
    assert entry == {
        "key": "vaswani2017attention",
        "type": "misc",
        "title": "Attention Is All You Need",
        "author": "Vaswani, Ashish and Shazeer, Noam",
        "year": "2017",
        "month": "jun",
        "eprint": "1706.03762",
        "archiveprefix": "arXiv",
        "primaryclass": "cs.CL",
        "doi": "10.5555/3295222.3295349",
        "url": "https://arxiv.org/abs/1706.03762",
        "note": "NeurIPS 30 (2017)",
    }


@pytest.mark.parametrize("title", HOSTILE)
def test_bibtex_keeps_a_hostile_title_inside_its_field(title: str):
    cited = cite(title=title, note=title, authors=["Paul Erdős", title])
    text = write_bibtex([cited, cite()])
    assert text.count("{") == text.count("}")
    first, second = entries(text)
    assert second["key"] == "vaswani2017attention"
    assert "\\input" not in text
    assert printed(first["title"]) == cited.title
    assert first["author"].startswith("Erd{\\H{o}}s, Paul and ")


def test_accents_are_tex_commands_and_letters_without_one_stay():
    (entry,) = entries(write_bibtex([cite(title="Über Gödel und 王小明", authors=["Łukasz Kaiser"])]))
    assert entry["title"] == r"{\"U}ber G{\"o}del und 王小明"
    assert entry["author"] == r"Kaiser, {\L}ukasz"


@pytest.mark.parametrize(
    ("title", "protected"),
    [
        ("Attention Is All You Need", "Attention Is All You Need"),
        ("BERT: Pre-training of Deep Transformers", "{BERT:} Pre-training of Deep Transformers"),
        ("Deep ResNet and GPT-4 with U-Net", "Deep {ResNet} and {GPT-4} with {U-Net}"),
        ("On the use of Gaussian processes", "On the use of {Gaussian} processes"),
        ("3D Gaussian Splatting", "{3D} Gaussian Splatting"),
    ],
)  # fmt: skip
def test_capitals_that_mean_something_stand_in_braces(title: str, protected: str):
    assert protect_capitals(title) == protected


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Sammy Davis Jr.", "Davis, Jr., Sammy"),
        ("The ATLAS Collaboration", "{The ATLAS Collaboration}"),
        ("Barnes and Noble", "{Barnes and Noble}"),
        ("others", "{others}"),
        ("Gemma Team, Google", "{Gemma Team, Google}"),
    ],
)
def test_bibtex_takes_no_name_apart_that_is_whole(author: str, written: str):
    (entry,) = entries(write_bibtex([cite(authors=[author])]))
    assert entry["author"] == written


def test_keys_are_ascii_each_once_and_stay_while_the_list_grows():
    old, new = cite(), cite(arxiv_id="1712.00001", published_at=datetime(2017, 12, 1, tzinfo=UTC))
    foreign = cite(authors=["王小明"], title="学习")
    keys = [entry["key"] for entry in entries(write_bibtex([new, foreign, old]))]
    assert keys == ["vaswani2017attention-1712.00001", "arxiv170603762", "vaswani2017attention"]
    assert [entry["key"] for entry in entries(write_bibtex([old]))] == ["vaswani2017attention"]


def test_a_paper_of_the_old_numbering_and_without_a_date_is_cited():
    cited = cite(arxiv_id="hep-th/9901001", published_at=None, primary_category="hep-th", authors=[])
    (entry,) = entries(write_bibtex([cited]))
    assert (entry["key"], entry["eprint"]) == ("arxivhepth9901001", "hep-th/9901001")
    assert "year" not in entry
    assert ("UR", "https://arxiv.org/abs/hep-th/9901001") in ris(write_ris([cited]))[0]
    assert "issued" not in json.loads(write_csl([cited]))[0]
    assert "(https://arxiv.org/abs/hep-th/9901001)" in write_markdown([cited])


def test_ris_has_a_line_for_each_fact():
    (record,) = ris(
        write_ris(
            [cite(doi="10.5555/3295222.3295349", authors=["Laurens van der Maaten", "Gemma Team, Google"])]
        )
    )
    assert record == [
        ("TY", "UNPB"),
        ("AU", "van der Maaten, Laurens"),
        ("AU", "Gemma Team Google"),
        ("TI", "Attention Is All You Need"),
        ("PY", "2017"),
        ("DA", "2017/06/12/"),
        ("AB", "We propose the Transformer."),
        ("DO", "10.5555/3295222.3295349"),
        ("UR", "https://arxiv.org/abs/1706.03762"),
        ("AN", "arXiv:1706.03762"),
        ("PB", "arXiv"),
        ("KW", "cs.CL"),
        ("ER", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE)
def test_ris_keeps_a_hostile_title_on_its_line(title: str):
    cited = cite(title=title, abstract=title, authors=[title], note=title)
    hostile, normal = ris(write_ris([cited, cite()]))
    assert ("TI", cited.title) in hostile
    assert ("N1", cited.note) in hostile
    assert ("TI", "Attention Is All You Need") in normal


def test_csl_json_has_the_shape_of_its_schema():
    (item,) = json.loads(
        write_csl([cite(authors=["Laurens van der Maaten", "The ATLAS Collaboration"], note="read this")])
    )
    assert item == {
        "id": "maaten2017attention",
        "type": "article",
        "title": "Attention Is All You Need",
        "author": [
            {"family": "Maaten", "given": "Laurens", "non-dropping-particle": "van der"},
            {"literal": "The ATLAS Collaboration"},
        ],
        "issued": {"date-parts": [[2017, 6, 12]]},
        "number": "arXiv:1706.03762",
        "archive": "arXiv",
        "publisher": "arXiv",
        "keyword": "cs.CL",
        "URL": "https://arxiv.org/abs/1706.03762",
        "abstract": "We propose the Transformer.",
        "annote": "read this",
    }  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE)
def test_markdown_prints_a_hostile_title_as_its_letters(title: str):
    cited = cite(title=title, note=title, authors=[title], journal_ref=title)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(write_markdown([cited, cite()]))
    assert {token.type for token in tokens} <= {
        "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
        "paragraph_open", "paragraph_close", "inline", "blockquote_open", "blockquote_close",
    }  # fmt: skip
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} <= {
        "text",
        "text_special",
        "link_open",
        "link_close",
        "softbreak",
        "hardbreak",
    }
    assert {child.attrs["href"] for child in inner if child.type == "link_open"} == {
        "https://arxiv.org/abs/1706.03762"
    }
    printed = "".join(child.content for child in inner if child.type in ("text", "text_special"))
    assert printed.count(cited.title) == 4
    assert [token.type for token in tokens].count("list_item_open") == 2


def test_an_empty_list_is_an_empty_file():
    assert (write_bibtex([]), write_ris([]), json.loads(write_csl([])), write_markdown([])) == (
        "",
        "",
        [],
        "",
    )


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1103/PhysRevD.76.013009", "10.1103/PhysRevD.76.013009"),
        ("https://doi.org/10.1000/182 10.1000/183", "10.1000/182"),
        ("10.1000/1}evil{", "10.1000/1"),
        ("not one", ""),
    ],
)
def test_a_doi_is_one_doi(text: str, doi: str):
    assert doi_of(text) == doi
