import json

import pytest

from newsletter.grounding import Neighbours, Source
from newsletter.summaries.judgement import Case, Hold, Ready, Repair, decide
from newsletter.summaries.judging import Judge, JudgeProcess, Submission
from newsletter.summaries.prompts import read_draft
from newsletter.text.glossary import TermTranslation
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


def only(*positions, code="en", **changes):
    """The truth with these takeaways alone."""
    return answer(code, takeaways=[truth(PAPER, code)["takeaways"][at] for at in positions], **changes)


def test_what_cannot_stand_asks_for_a_repair_that_names_it():
    wrong = answer(sentence="Accuracy rises to 99.9% by keeping only what is useful.")
    decision = decide([wrong], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Repair)
    assert any("99.9" in fault for fault in decision.verdict.faults)


def test_a_fault_is_dropped_and_not_repaired_where_three_good_takeaways_remain():
    decision = decide([with_takeaway(2, "Accuracy rises to 99.9%.")], Case(SOURCE, "en"))
    assert isinstance(decision.verdict, Ready)
    assert (decision.verdict.dropped, len(decision.verdict.draft.takeaways)) == (1, 4)
    assert any("99.9" in fault for fault in decision.verdict.faults)


def test_an_answer_of_twelve_takeaways_is_cut_and_not_asked_for_again():
    points = truth(PAPER, "en")["takeaways"]
    many = answer(takeaways=[points[number % 5] for number in range(12)])
    verdict = decide([many], Case(SOURCE, "en")).verdict
    assert isinstance(verdict, Ready)
    assert len(verdict.draft.takeaways) == 5


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


@pytest.mark.parametrize("left", [(), (3,), (1, 3)])
def test_a_sentence_that_stands_is_shown_with_the_takeaways_that_stand(left):
    few = only(*left)
    assert isinstance(decide([few], Case(SOURCE, "en")).verdict, Repair)
    verdict = decide([few, few], Case(SOURCE, "en")).verdict
    assert isinstance(verdict, Ready)
    assert verdict.is_partial
    assert verdict.draft == read_draft(few)


def test_of_two_answers_the_one_with_more_that_stands_is_shown():
    verdict = decide([only(1, 3), only(3)], Case(SOURCE, "en")).verdict
    assert isinstance(verdict, Ready)
    assert len(verdict.draft.takeaways) == 2


def test_a_partial_summary_keeps_its_title_and_loses_what_is_wrong():
    wrong = json.loads(only(1, 3, code="ko"))
    wrong["takeaways"][0]["text"] = "정확도가 99.9%로 올라갑니다."
    verdict = decide([json.dumps(wrong)] * 2, Case(SOURCE, "ko")).verdict
    assert isinstance(verdict, Ready), verdict
    assert (len(verdict.draft.takeaways), verdict.dropped) == (1, 1)
    assert verdict.draft.title == truth(PAPER, "ko")["title"]
    assert any("99.9" in fault for fault in verdict.faults)


def test_a_translated_title_stands_where_the_sentence_does_not():
    wrong = answer("ko", sentence="정확도 3.1%를 OtherSet에서 기록합니다.")
    verdict = decide([wrong, wrong], Case(SOURCE, "ko")).verdict
    assert isinstance(verdict, Hold)
    assert verdict.title == truth(PAPER, "ko")["title"]
    worse = answer(
        "ko", sentence="정확도 3.1%를 OtherSet에서 기록합니다.", title="Visit https://evil.example"
    )
    verdict = decide([worse, worse], Case(SOURCE, "ko")).verdict
    assert isinstance(verdict, Hold)
    assert verdict.title == ""


def test_a_wrong_sentence_is_held_whatever_the_takeaways():
    wrong = answer(sentence="The accuracy is 3.1% on the OtherSet benchmark with TurboNet.")
    assert isinstance(decide([wrong, wrong], Case(SOURCE, "en")).verdict, Hold)


def test_a_glossary_term_left_in_english_is_a_fault():
    english = answer("ko").replace("희소 어텐션", "sparse attention")
    case = Case(SOURCE, "ko", glossary=[TermTranslation("sparse attention", "희소 어텐션")])
    verdict = decide([english], case).verdict
    assert isinstance(verdict, Repair)
    assert any("희소 어텐션" in fault for fault in verdict.faults)


@pytest.mark.processes
def test_a_process_of_its_own_says_the_same():
    other = Source("Other", "Something else entirely about corals.")
    judge = Judge(day=Neighbours([other]), others={1: frozenset({0})})
    process = JudgeProcess(judge)
    try:
        for answers in ([answer()], ["{"], ["{", "{"]):
            submission = Submission(tuple(answers), 1, SOURCE, "en")
            assert process.decide(submission) == judge.decide(submission)
    finally:
        process.close()


@pytest.mark.processes
def test_a_dead_process_is_done_without():
    process = JudgeProcess(Judge())
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    try:
        decision = process.decide(Submission((answer(),), 1, SOURCE, "en"))
    finally:
        process.close()
    assert isinstance(decision.verdict, Ready)
