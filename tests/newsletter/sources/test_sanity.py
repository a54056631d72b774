import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.arxiv.identifiers import squeeze
from newsletter.records import DailyPaperRecord, PaperRecord
from newsletter.sources.sanity import categories_of, fault_of, is_notable, is_withdrawn

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
GOOD = PaperRecord(
    arxiv_id="2603.00001",
    version=1,
    title="A title",
    abstract="An abstract.",
    authors=("Ada Lovelace",),
    categories=("cs.CL",),
    published_at=NOW,
    updated_at=NOW,
)
DAILY = DailyPaperRecord(arxiv_id="2603.00001", day=NOW.date(), title="A title")


def test_a_good_record_has_no_fault():
    assert fault_of(GOOD, now=NOW) == ""
    assert fault_of(DAILY, now=NOW) == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": ""}, "no title"),
        ({"title": "x" * 2001}, "2,001 characters"),
        ({"abstract": "x" * 50_001}, "50,001 characters"),
        ({"abstract": "NUL \x00 in it"}, "no database keeps"),
        ({"title": "half a pair \ud800"}, "no database keeps"),
        ({"authors": ("A\x00da",)}, "no database keeps"),
        ({"comment": "\x00"}, "no database keeps"),
        ({"authors": ("x" * 5001,)}, "more than 5,000"),
        ({"authors": ("x",) * 20_001}, "20,001 authors"),
        ({"published_at": NOW + timedelta(days=2)}, "submitted on 2026-03-20, a day to come"),
        ({"updated_at": NOW + timedelta(days=400)}, "updated on 2027-04-22, a day to come"),
        ({"published_at": datetime(1970, 1, 1, tzinfo=UTC)}, "before there was arXiv"),
    ],
)
def test_what_cannot_be_a_paper_is_refused_with_its_reason(change, fault):
    assert fault in fault_of(replace(GOOD, **change), now=NOW)


def test_a_listing_of_a_day_to_come_is_refused():
    assert "a day to come" in fault_of(replace(DAILY, day=date(2099, 1, 1)), now=NOW)


def test_three_thousand_authors_are_no_fault():
    assert fault_of(replace(GOOD, authors=("A. Author",) * 3303), now=NOW) == ""


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn",
        "This paper has been withdrawn by the author(s) due to a crucial error in equation 3",
        "Withdrawn by the authors. A revised version is under preparation",
        "Withdrawn due to a crucial mistake",
        "arXiv admin note: This submission has been withdrawn due to violation of arXiv policies",
        "The authors have decided to withdraw this manuscript because substantial improvements are needed",
        "Due to an authorship dispute among the co-authors, we request to withdraw this submission.",
        "The article contains content that requires significant revision, therefore it is being retracted",
        "12 pages; this article is withdrawn because the main result is incorrect",
        "We are withdrawing the paper to conduct further experiments",
    ],
)
def test_withdrawals_are_recognised(comment):
    assert is_withdrawn(comment=comment)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "This is a revised version",
        "17 pages; this is a revised version of the previously withdrawn manuscript, with new experiments",
        "An earlier version of this paper was withdrawn from NeurIPS",
        "Withdrawn from ICLR 2025; to appear in ACL",
        "Withdraw by ICML and prepare for NeurIPS or ICLR",
        "v2 was withdrawn by mistake; this is the corrected version",
        "Previous version has been withdrawn",
        "We study the withdrawal of drugs. 12 pages",
        "Retracted contractions in homotopy theory",
    ],
)
def test_false_alarms_are_not_raised(comment):
    assert not is_withdrawn(comment=comment)


def test_an_abstract_may_be_the_notice_or_speak_of_withdrawn_papers():
    assert is_withdrawn(comment="", abstract="This paper has been withdrawn by the author.")
    assert not is_withdrawn(comment="", abstract="We collect all papers that have been withdrawn from arXiv.")
    assert not is_withdrawn(comment="", abstract="We ask when money is withdrawn.")


@pytest.mark.slow
def test_every_recorded_comment_that_says_so_is_recognised_and_no_other(recorded):
    """The verdicts were given by hand: of 51 comments that mention it, 49 withdraw the paper."""
    mention, found = 0, 0
    for path in sorted((recorded / "arxiv_meta").glob("*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            for row in map(json.loads, lines):
                comment = row.get("comment") or ""
                says = is_withdrawn(comment=comment, abstract=row["abstract"] or "")
                if "withdr" in comment.lower() or "retract" in comment.lower():
                    mention += 1
                    found += says
                else:
                    assert not says, (row["id"], comment)
    assert (mention, found) == (51, 49)


@given(st.text(st.sampled_from(" \t\n\r\x0b\x1c\x85\xa0\u1680\u2003\u2028\u3000\u200b\ufeffaé論")))
def test_all_white_space_becomes_one_space_and_nothing_else_changes(text):
    assert squeeze(text) == " ".join(text.split())


def test_notable_is_what_differs_in_more_than_white_space():
    old = {"old_title": "A  title", "old_abstract": "One\ntwo."}
    assert not is_notable(**old, title="A title", abstract="One two. ")
    assert is_notable(**old, title="A title", abstract="One three.")
    assert is_notable(**old, title="Another title", abstract="One two.")


def test_subject_classes_are_no_categories():
    given = (
        "cs.CV",
        "68T45, 62H30",
        "I.2.10; I.4.8",
        "math.NA",
        "cs.NA",
        "astro-ph",
        "physics.ao-ph",
        "cs.XX",
        "na",
    )
    assert categories_of(given) == ["cs.CV", "math.NA", "cs.NA", "astro-ph", "physics.ao-ph", "cs.XX"]
    assert categories_of(("cs.CV, cs.MM",)) == ["cs.CV", "cs.MM"]
