"""The facts call: what goes in, and what is made of what comes out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import ModelError
from newsletter.grounding import Source, failed
from newsletter.summaries.facts import (
    claim_keys,
    facts_messages,
    facts_schema,
    is_repetition,
    numbered,
    read_facts,
)
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.judgement import Case, Ready, decide, judge
from newsletter.summaries.passages import evidence_for
from newsletter.text.readable import sentences
from tests.truthful_writer import facts, invent

PAPER = invent(7)
SOURCE = Source(PAPER.title, PAPER.abstract, "2603.00001")
ABSTRACT = (
    "Reading long documents is slow. Existing layers attend to every token. We propose SieveNet, which drops "
    "tokens early. On LongBench it is 2.4x faster than FlashLine. It narrows the gap to humans from 9 to 4 "
    "points. Memory falls by 31%."
)


def answer(**changes):
    return json.dumps(facts(PAPER) | changes)


def test_the_sentences_go_in_with_numbers_and_every_key_is_required():
    _, user = facts_messages(title="SieveNet: x", abstract=ABSTRACT)
    assert "[1] Reading long documents is slow.\n[2] Existing" in user.content
    schema = facts_schema(ABSTRACT)
    assert schema["required"] == ["c1", "c2", "c3", "c4", "c5", "c6", "headline", "keywords"]
    assert schema["properties"]["keywords"]["maxItems"] == 6
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("count", "keys"), [(1, 1), (3, 3), (7, 7), (20, 7)])
def test_no_more_claims_are_asked_for_than_there_are_sentences_and_seven_at_most(count, keys):
    assert len(claim_keys(" ".join(f"We count sheep number {n}." for n in range(count)))) == keys


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_paper_can_close_its_own_marks(title, abstract):
    _, user = facts_messages(title=title, abstract=abstract)
    mark = user.content[1 : user.content.index(">")]
    assert user.content.count(mark) == 2


@given(st.text(max_size=200))
def test_an_empty_or_odd_abstract_has_one_sentence_at_least(abstract):
    assert len(numbered(abstract)) >= 1
    assert claim_keys(abstract)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("SieveNet discards tokens early.", [2]),
        ("SieveNet is 2.4x faster than FlashLine on LongBench.", [3]),
        ("The distance to humans shrinks from 9 to 4 points.", [4]),
        ("SieveNet runs 2.4x faster and needs 31% less memory.", [3, 5]),
        ("Long documents are slow to read.", [0]),
    ],
)
def test_a_claim_rests_on_the_sentences_that_say_it(claim, expected):
    found = sentences(ABSTRACT)
    between = " " if len(expected) == 2 and expected[1] - expected[0] == 1 else " … "
    assert evidence_for(claim, found) == between.join(found[at] for at in expected)


def test_what_shares_nothing_rests_on_nothing_and_is_refused():
    assert evidence_for("Cats purr.", sentences(ABSTRACT)) == ""
    judged = judge(
        answer(headline="Cats purr at night whenever somebody strokes them."),
        Case(SOURCE, "en", form=SummaryForm.FACTS),
    )
    assert {"evidence", "overlap"} & {
        each.check for each in failed(judged.findings) if each.field == "sentence"
    }


@given(st.lists(st.sampled_from(sentences(ABSTRACT)), min_size=1, max_size=6, unique=True))
def test_evidence_stands_word_for_word_in_the_abstract(chosen):
    evidence = evidence_for(" ".join(chosen), sentences(ABSTRACT))
    assert evidence
    assert all(part in ABSTRACT for part in evidence.split(" … "))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It is faster by 12% on LongBench.", "On LongBench it is faster by 12%.", True),
        ("It is faster by 12% on LongBench.", "It is faster by 14% on LongBench.", False),
        ("The layer keeps useful tokens.", "The layer keeps the useful tokens.", True),
        ("The layer keeps useful tokens.", "Ablations credit the selection step.", False),
    ],
)
def test_repeats_are_known_and_numbers_tell_facts_apart(one, other, same):
    assert is_repetition(one, [other]) == same


def test_background_comes_last():
    text = json.dumps(
        {
            "c1": "Reading long documents is slow.",
            "c2": "SieveNet drops tokens early.",
            "c3": "Memory use falls by 31%.",
            "headline": "SieveNet drops tokens early and is 2.4x faster on LongBench.",
            "keywords": ["attention"],
        }
    )
    draft = read_facts(text, abstract=ABSTRACT)
    assert [each.text[:8] for each in draft.takeaways] == ["SieveNet", "Memory u", "Reading "]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "[]",
        "{}",
        '{"headline": "x"}',
        '{"c1": "x"}',
        '{"headline": 3, "c1": "x"}',
        '{"headline": "x", "c1": {}}',
    ],
)
def test_other_forms_are_malformed(text):
    with pytest.raises(ModelError):
        read_facts(text, abstract=ABSTRACT)


def test_lists_of_one_and_null_are_read():
    draft = read_facts(
        '{"headline": ["We do x."], "c1": null, "C2": ["We do y."]}', abstract="We do x. We do y."
    )
    assert (draft.sentence, [each.text for each in draft.takeaways]) == ("We do x.", ["We do y."])


def test_the_truth_is_ready_at_once():
    decision = decide([answer()], Case(SOURCE, "en", form=SummaryForm.FACTS))
    assert isinstance(decision.verdict, Ready), decision.judgements[0].faults
    assert (decision.verdict.dropped, len(decision.verdict.draft.takeaways)) == (0, 5)


def test_the_headline_is_held_against_its_own_evidence_not_the_whole_abstract():
    """All of it stands in the abstract, but in more than the two sentences that a headline may rest on."""
    headline = "SieveNet is 2.4x faster, narrows the gap from 9 to 4 points and needs 31% less memory."
    text = json.dumps({"headline": headline, "c1": "SieveNet drops tokens early.", "keywords": []})
    judged = judge(text, Case(Source("x", ABSTRACT), "en", form=SummaryForm.FACTS))
    assert {each.check for each in failed(judged.findings) if each.field == "sentence"} == {"number"}


def test_two_claims_are_enough():
    few = json.dumps({"headline": facts(PAPER)["headline"], "c1": facts(PAPER)["c3"], "keywords": ["x"]})
    assert isinstance(decide([few], Case(SOURCE, "en", form=SummaryForm.FACTS)).verdict, Ready)
