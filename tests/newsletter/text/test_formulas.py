"""Formulas are read whole or not at all, and what is printed says what TeX said."""

import gzip
import json
from pathlib import Path

import pytest

from newsletter.text.readable import readable
from newsletter.text.tex import NoReading, formula
from newsletter.text.tex.parser import Parser
from tests.newsletter.text.formula_grammar import NotCovered, read_printed, read_tex

SHARED = Path(__file__).parents[4] / "shared"


def read_math(source):
    """The inside of a formula in Unicode."""
    return " ".join(Parser(source, math=True).whole().split())


def recorded_formulas():
    """Every different formula of the recorded titles and abstracts."""
    seen = set()
    for path in sorted((SHARED / "data" / "arxiv_meta").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                for text in (row["title"], row["abstract"]):
                    seen |= set(formulas_in(" ".join(text.split())))
    return sorted(seen)


def formulas_in(text):
    at = text.find("$")
    while at >= 0:
        found = formula(text, at)
        if found is not None:
            yield found[0].strip()
        at = text.find("$", found[1] if found else at + 1)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (r"\frac{1}{2\sqrt{2}}\frac{n}{N^{1/d}}", "(1/(2√2))(n/N^(1/d))"),
        (r"2\sin{\frac{2π}{k}}", "2 sin(2π/k)"),
        (r"\frac{\log n}{n}", "(log n)/n"),
        (r"Ω(\sqrt{dT})", "Ω(√(dT))"),
        (r"A\xrightarrow{+1}B", "A →⁺¹ B"),
        (r"500\,\textrm{km~s}^{-1}", "500 km s⁻¹"),
        (r"\lfloor \frac n2 \rfloor", "⌊n/2⌋"),
    ],
)
def test_layout_becomes_brackets_and_spaces(source, printed):
    assert "".join(read_math(source).split()) == "".join(printed.split())


def test_the_grammar_tells_one_meaning_from_another():
    for source, wrong in (
        (r"\frac{1}{2n}", "1/2n"),
        (r"\sqrt{xy}z", "√xyz"),
        (r"{a+b}^2", "a+b²"),
        (r"x\frac{a}{b}", "xa/b"),
        (r"x^{y^z}", "x^yz"),
    ):
        assert read_tex(source) == read_printed(read_math(source))
        assert read_tex(source) != read_printed(wrong)


@pytest.mark.slow
def test_what_is_printed_is_the_same_formula_in_all_recorded_papers():
    if not (SHARED / "data").is_dir():
        pytest.skip("the recorded metadata in ../shared/data is not here")
    formulas = recorded_formulas()
    unread, uncovered = [], []
    same: list[tuple[str, str]] = []
    other: list[tuple[str, str]] = []
    for source in formulas:
        try:
            printed = read_math(source)
        except NoReading:
            unread.append(source)
            continue
        try:
            meant = read_tex(source)
        except NotCovered:
            uncovered.append(source)
            continue
        try:
            (same if read_printed(printed) == meant else other).append((source, printed))
        except NotCovered:
            other.append((source, printed))
    assert len(formulas) > 17_000
    assert len(unread) <= 0.005 * len(formulas), "these stay as they were"
    assert len(uncovered) <= 0.025 * len(formulas), "these the grammar leaves out"
    assert len(other) <= 0.002 * len(formulas), other


def test_the_cases_come_out_in_one_of_their_right_forms():
    path = SHARED / "cases" / "tex.json"
    if not path.is_file():
        pytest.skip("the cases (../shared/cases) are not here")
    for case in json.loads(path.read_text(encoding="utf-8")):
        assert readable(case["input"]) in case["right"], case["input"]
