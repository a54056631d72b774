import json

import pytest

from newsletter.summaries.grounding import Neighbours, Source
from newsletter.summaries.judgement import Case, Hold, Ready, Repair, decide
from newsletter.summaries.judging import Judge, JudgeProcess
from newsletter.summaries.prompts import Term
from tests.truthful_writer import invent, truth

PAPER = invent(7)
SOURCE = Source(PAPER.title, PAPER.abstract, "2603.00001")


def answer(code="en", **changes):
    return json.dumps(truth(PAPER, code) | changes, ensure_ascii=False)


def with_takeaway(position, text, code="en"):
    found = truth(PAPER, code)
    found["takeaways"][position]["text"] = text
    return json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("code", ["en", "ko", "ja", "zh-Hans"])
def test_the_truth_is_ready_at_once(code):
    decision = decide([answer(code)], Case(SOURCE, code))
    assert isinstance(decision.verdict, Ready), decision.judgements[0].faults


def test_a_first_fault_asks_for_a_repair_that_names_it():
    decision = decide([with_takeaway(2, "Accuracy rises to 99.9%.")], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Repair)
    assert any("99.9" in fault for fault in decision.verdict.faults)


def test_a_second_good_answer_is_ready():
    decision = decide(["no JSON", answer()], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Ready)
    assert len(decision.judgements) == 2


def test_the_faulty_takeaway_goes_where_three_good_ones_remain():
    wrong = with_takeaway(2, "Accuracy rises to 99.9%.")
    decision = decide([wrong, wrong], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Ready)
    assert (decision.verdict.dropped, len(decision.verdict.draft.takeaways)) == (1, 4)


def test_a_good_first_half_is_not_lost_to_a_worse_repair():
    wrong = with_takeaway(2, "Accuracy rises to 99.9%.")
    assert isinstance(decide([wrong, "{"], Case(SOURCE, "en")).verdict, Ready)


def test_faulty_title_and_keywords_go_without_the_summary():
    wrong = answer("ko", title="Visit https://evil.example", keywords=["<b>x</b>", "희소 어텐션", "긴 문서"])
    decision = decide([wrong, wrong], Case(SOURCE, "ko"))
    assert isinstance(decision.verdict, Ready), decision.judgements[1].faults
    assert decision.verdict.draft.title == ""
    assert decision.verdict.draft.keywords == ("희소 어텐션", "긴 문서")


def test_too_few_good_takeaways_are_held():
    few = answer(takeaways=truth(PAPER, "en")["takeaways"][:2])
    decision = decide([few, few], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.reason


def test_a_wrong_sentence_is_held_whatever_the_takeaways():
    wrong = answer(sentence="The accuracy is 3.1% on the OtherSet benchmark with TurboNet.")
    assert isinstance(decide([wrong, wrong], Case(SOURCE, "en")).verdict, Hold)


def test_a_glossary_term_left_in_english_is_a_fault():
    english = answer("ko").replace("희소 어텐션", "sparse attention")
    case = Case(SOURCE, "ko", glossary=[Term("sparse attention", "희소 어텐션")])
    verdict = decide([english], case).verdict
    assert isinstance(verdict, Repair)
    assert any("희소 어텐션" in fault for fault in verdict.faults)


def test_a_process_of_its_own_says_the_same():
    other = Source("Other", "Something else entirely about corals.")
    judge = Judge(day=Neighbours([other]), others={1: frozenset({0})})
    process = JudgeProcess(judge)
    try:
        for answers in ([answer()], ["{"], ["{", "{"]):
            asked = {"paper_id": 1, "source": SOURCE, "language": "en"}
            assert process.decide(answers, **asked) == judge.decide(answers, **asked)
    finally:
        process.close()


def test_a_dead_process_is_done_without():
    process = JudgeProcess(Judge())
    process._process.kill()
    process._process.wait()
    try:
        decision = process.decide([answer()], paper_id=1, source=SOURCE, language="en")
    finally:
        process.close()
    assert isinstance(decision.verdict, Ready)
