"""Read once, say many: one call a paper in English, one more a language, and what each depends on."""

import contextlib
import json
import threading
from collections import Counter

import pytest
from django.utils import timezone

from newsletter.models import GlossaryTerm, Paper, Summary, SummaryAttempt
from newsletter.summaries import calls as paid_calls
from newsletter.summaries import ledger, service
from newsletter.summaries.originals import NO_ORIGINAL
from tests.batch_server import BatchServer
from tests.factories import DAY, make_paper, make_summary
from tests.model_server import Said, paper_of, statements_of
from tests.truthful_writer import invent, write_truth

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("model_settings"), pytest.mark.slow]

State, Author = Summary.State, Summary.Author
FOUR = ["en", "ko", "zh-Hans", "ja"]


def papers(count, start=0):
    return [
        make_paper(title=invent(number).title, abstract=invent(number).abstract)
        for number in range(start, start + count)
    ]


def changed(request, change, *, language=None):
    """The truthful answer with one change: to facts, or with ``language`` to a rendering in it."""
    answer = json.loads(write_truth(request))
    spoken = paper_of(request)[2] if statements_of(request) else None
    if spoken == language:
        change(answer)
    return json.dumps(answer, ensure_ascii=False)


def row_of(paper, language):
    return Summary.objects.get(paper=paper, language=language)


# -- the good day ------------------------------------------------------------------------------------------


def test_twelve_papers_in_english_are_twelve_calls(serve):
    server = serve()
    twelve = papers(12)
    report = service.summarise_day(DAY, ["en"])
    assert (report.counts["ready"], server.started) == (12, 12)
    for paper in twelve:
        row = row_of(paper, "en")
        assert row.title == ""
        assert row.sentence_evidence
        assert all(part in paper.abstract for part in row.sentence_evidence.split(" … "))
        assert all(part in paper.abstract for each in row.takeaways for part in each["evidence"].split(" … "))
        assert [each["text"] for each in row.takeaways][-1].startswith("Attention makes"), "background last"


@pytest.mark.processes
def test_each_further_language_is_one_call_more(serve):
    server = serve()
    twelve = papers(12)
    report = service.summarise_day(DAY, FOUR)
    assert (report.problems, report.counts["ready"], server.started) == ((), 48, 48)
    assert set(server.keys.values()) == {1}
    for paper in twelve:
        english, korean = row_of(paper, "en"), row_of(paper, "ko")
        assert "합니다" in korean.sentence
        assert [each["evidence"] for each in korean.takeaways] == [
            each["evidence"] for each in english.takeaways
        ]
        assert korean.sentence_evidence == english.sentence_evidence
        assert korean.title.partition(":")[0] == paper.title.partition(":")[0]
    versions = Counter(SummaryAttempt.objects.values_list("prompt_version", flat=True))
    assert versions == {"facts-1": 12, "rendering-1": 36}
    assert service.summarise_day(DAY, FOUR).counts == {}
    assert server.started == 48


def test_where_nobody_reads_english_it_is_written_all_the_same_and_first(serve):
    server = serve()
    papers(3)
    report = service.summarise_day(DAY, ["ko"])
    assert (report.counts["ready"], server.started) == (6, 6)
    asked = [bool(statements_of(each)) for each in server.requests]
    assert asked.count(False) == 3
    seen = set()
    for each in server.requests:
        title = paper_of(each)[0]
        assert (title in seen) == bool(statements_of(each)), "English first"
        seen.add(title)


def test_a_rendering_is_asked_for_in_its_language_and_its_statements_are_data(serve):
    server = serve()
    papers(1)
    service.summarise_day(DAY, ["ko"])
    system, user = (each["content"] for each in server.requests[1]["messages"])
    mark = user[1 : user.index(">")]
    assert "합니다체" in system
    assert f"<{mark}>와 </{mark}>" in system
    assert json.loads(user.split(f"<{mark}>\n")[1].split(f"\n</{mark}>")[0]) == statements_of(
        server.requests[1]
    )
    schema = server.requests[1]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == list(statements_of(server.requests[1]))
    assert "Abstract" not in user


def test_the_glossary_and_the_editors_wish_reach_the_language_they_are_for(serve):
    GlossaryTerm.objects.create(language="ko", term="sparse attention", translation="희소 어텐션")
    server = serve()
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    service.ask_again(row_of(paper, "ko").pk, hint="더 짧게.")
    service.summarise_day(DAY, ["ko"])
    facts, first, again = (each["messages"][0]["content"] for each in server.requests)
    assert "희소 어텐션" not in facts
    assert "sparse attention → 희소 어텐션" in first
    assert "더 짧게." in again
    assert "더 짧게." not in first
    assert row_of(paper, "ko").state == State.READY


def test_a_glossary_term_left_in_english_loses_the_statements_that_hold_it(serve):
    GlossaryTerm.objects.create(language="ko", term="sparse attention", translation="희소 어텐션")

    def anglicise(answer):
        answer.update({key: said.replace("희소 어텐션", "sparse attention") for key, said in answer.items()})

    server = serve(lambda request: changed(request, anglicise, language="Korean"))
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    row = row_of(paper, "ko")
    assert (row.state, server.started) == (State.READY, 2)
    assert "sparse attention" not in str([row.sentence, row.takeaways])


# -- what is refused ---------------------------------------------------------------------------------------


def test_a_claim_that_is_false_is_left_out_without_a_repair(serve):
    def overstate(answer):
        answer["c3"] = "Accuracy rises to 99.9%, a new record."

    server = serve(lambda request: changed(request, overstate))
    [paper] = papers(1)
    report = service.summarise_day(DAY, ["en", "ko"])
    assert (report.counts["ready"], server.started, report.counts.get("repairs", 0)) == (2, 2, 0)
    for code in ("en", "ko"):
        row = row_of(paper, code)
        assert len(row.takeaways) == 4
        assert "99.9" not in str(row.takeaways)


def test_a_headline_that_its_own_evidence_does_not_bear_gives_way_to_the_first_claim(serve):
    def turn_round(answer):
        answer["headline"] = f"Ablations show that {invent(0).name} needs 3.7% less memory."

    server = serve(lambda request: changed(request, turn_round))
    [paper] = papers(1)
    service.summarise_day(DAY, ["en", "ja"])
    row = row_of(paper, "en")
    assert (row.state, server.started) == (State.READY, 2)
    assert "3.7" not in row.sentence
    assert row.sentence_evidence in paper.abstract
    assert row.sentence not in {each["text"] for each in row.takeaways}
    assert row_of(paper, "ja").state == State.READY


def test_repeats_are_left_out_and_empty_claims_are_none(serve):
    def pad(answer):
        answer["c2"] = answer["headline"]
        answer["c4"] = answer["c3"].replace("Accuracy on", "The accuracy on")
        answer["c5"] = ""

    serve(lambda request: changed(request, pad))
    [paper] = papers(1)
    service.summarise_day(DAY, ["en"])
    row = row_of(paper, "en")
    assert (row.state, len(row.takeaways)) == (State.READY, 2)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda a, p: a.update(t1=a["t1"].replace(p.name, "솔포머")), "솔포머"),
        (lambda a, p: a.update(t2=a["t2"].replace(f" {p.accuracy}%", "")), "기준보다"),
        (lambda a, p: a.update(t2=a["t2"].replace(p.bench, "벤치마크")), "벤치마크"),
        (lambda a, p: a.update(t4="Most of the gain comes from the selection step."), "Most of"),
        (lambda a, p: a.update(t4="성능 향상의 대부분은 선택 단계에서 나온다."), "나온다"),
        (lambda a, p: a.update(t4="https://evil.example 에서 코드를 받습니다."), "evil"),
        (lambda a, p: a.update(t4=""), "\0"),
        (lambda a, p: a.pop("t4"), "\0"),
    ],
    ids=[
        "translated name",
        "lost number",
        "translated data set",
        "language",
        "register",
        "link",
        "empty",
        "gone",
    ],
)
def test_a_refused_rendering_loses_that_claim_in_that_language_and_nothing_else(serve, change, lost):
    server = serve(lambda asked: changed(asked, lambda answer: change(answer, invent(0)), language="Korean"))
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko", "ja"])
    korean, japanese = row_of(paper, "ko"), row_of(paper, "ja")
    assert (korean.state, japanese.state, server.started) == (State.READY, State.READY, 3)
    assert (len(korean.takeaways), len(japanese.takeaways)) == (4, 5)
    assert lost not in str([korean.sentence, korean.takeaways])


def test_a_sentence_whose_rendering_is_refused_gives_way_to_the_first_claim(serve):
    def lose(answer):
        answer["sentence"] = "유용한 토큰만 남기는 희소 어텐션으로 높은 정확도를 기록합니다."

    serve(lambda request: changed(request, lose, language="Korean"))
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    row = row_of(paper, "ko")
    assert row.state == State.READY
    assert invent(0).name in row.sentence
    assert len(row.takeaways) == 4


def test_a_rendering_of_which_nothing_stands_is_repaired_once_and_then_held(serve):
    def anglicise(answer):
        answer.update(dict.fromkeys(answer, "The layer keeps useful tokens."))

    server = serve(lambda request: changed(request, anglicise, language="Korean"))
    [paper] = papers(1)
    report = service.summarise_day(DAY, ["ko", "ja"])
    assert (row_of(paper, "ko").state, row_of(paper, "ja").state) == (State.HELD, State.READY)
    assert (report.counts["repairs"], server.started) == (1, 4)
    repair = next(each for each in server.requests if len(each["messages"]) == 4)
    assert "검토에서" in repair["messages"][-1]["content"]


@pytest.mark.parametrize(
    "answer", ["Sure! Here it is.", "[1, 2]", '{"c1": "cut', "null", '{"headline": "x"}']
)
def test_facts_that_cannot_be_read_are_asked_for_once_more_and_held(serve, answer):
    server = serve(lambda _: answer)
    [paper] = papers(1)
    report = service.summarise_day(DAY, ["en", "ko"])
    assert (server.started, report.counts["held"]) == (2, 2)
    assert row_of(paper, "en").attempts.count() == 2
    assert row_of(paper, "ko").reason.startswith(NO_ORIGINAL)


@pytest.mark.parametrize("language", [None, "Korean"])
def test_half_an_emoji_in_an_answer_is_cleaned_and_nothing_else_is_lost(serve, language):
    def half(answer):
        key = "c4" if language is None else "t4"
        answer[key] += " \ud83d"

    def write(request):
        answer = json.loads(write_truth(request))
        if (paper_of(request)[2] if statements_of(request) else None) == language:
            half(answer)
        return json.dumps(answer)

    server = serve(write)
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    assert set(Summary.objects.values_list("state", flat=True)) == {State.READY}
    assert server.started == 2
    assert len(row_of(paper, "ko").takeaways) >= 4


# -- English first -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state"),
    [(Said(refusal="No."), State.HELD), (Said("x", finish_reason="content_filter"), State.HELD)],
)
def test_languages_share_the_lot_of_an_english_summary_that_is_held_until_it_is_ready(serve, said, state):
    server = serve(lambda _: said)
    [paper] = papers(1)
    service.summarise_day(DAY, FOUR)
    assert set(Summary.objects.values_list("state", flat=True)) == {state}
    assert server.started == 1
    assert (
        "No." in row_of(paper, "ko").reason
        or "refusal" in row_of(paper, "ko").reason
        or "filter" in str(row_of(paper, "ko").reason)
    )
    server.answer = write_truth
    service.summarise_day(DAY, FOUR)
    assert server.started == 1, "what is held waits for an editor"
    service.ask_again(row_of(paper, "en").pk)
    service.summarise_day(DAY, FOUR)
    assert set(Summary.objects.values_list("state", flat=True)) == {State.READY}
    assert server.started == 1 + 4


def test_what_an_editor_wrote_in_english_is_rendered(serve):
    server = serve(lambda request: write_truth(request) if statements_of(request) else Said(refusal="No."))
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    assert row_of(paper, "ko").state == State.HELD
    invention = invent(0)
    text = f"{invention.name} is a sparse attention layer that keeps just the tokens that are most useful."
    sentence = (
        f"Keeping only useful tokens lets {invention.name} reach an accuracy of {invention.accuracy}% on "
        f"{invention.bench}."
    )
    english = row_of(paper, "en")
    english.state, english.author, english.sentence = State.READY, Author.EDITOR, sentence
    english.takeaways, english.reason = [{"text": text, "evidence": ""}], ""
    english.save()
    service.summarise_day(DAY, ["ko"])
    korean = row_of(paper, "ko")
    assert (korean.state, korean.author, server.started) == (State.READY, Author.MODEL, 2)
    assert row_of(paper, "en").sentence == sentence


def test_an_editors_english_of_an_earlier_version_is_rendered_no_more(serve):
    server = serve()
    [paper] = papers(1)
    make_summary(paper, "en", author=Author.EDITOR, is_outdated=True)
    service.summarise_day(DAY, ["ko"])
    assert (row_of(paper, "ko").state, server.started) == (State.HELD, 0)
    assert "editor" in row_of(paper, "ko").reason
    Summary.objects.filter(language="en").delete()
    service.summarise_day(DAY, ["ko"])
    assert (row_of(paper, "ko").state, server.started) == (State.READY, 2)


def test_after_the_budget_all_languages_get_the_extract(serve, settings):
    settings.DAILY_TOKEN_BUDGET = 6_000
    settings.MODEL_CONCURRENCY = 1
    server = serve()
    papers(4)
    report = service.summarise_day(DAY, ["en", "ko"])
    authors = Counter(Summary.objects.values_list("author", flat=True))
    assert authors[Author.MODEL] == server.started >= 1
    assert authors[Author.EXTRACT] + authors[Author.MODEL] == 8
    assert "budget" in report.problems[0]
    settings.DAILY_TOKEN_BUDGET = 10_000_000
    service.summarise_day(DAY, ["en", "ko"])
    assert set(Summary.objects.values_list("author", "state")) == {(Author.MODEL, State.READY)}
    assert server.started == 8


def test_a_changed_paper_is_read_anew_and_then_said_anew(serve):
    server = serve()
    [paper] = papers(1, start=1)
    service.summarise_day(DAY, ["ko"])
    other = invent(2)
    Paper.objects.filter(pk=paper.pk).update(title=other.title, abstract=other.abstract, version=2)
    Summary.objects.update(state=State.WANTED, is_outdated=True)
    service.summarise_day(DAY, ["ko"])
    assert server.started == 4
    assert other.name in row_of(paper, "ko").sentence


def test_direct_and_shared_answers_are_no_answers_to_each_other(serve, settings):
    server = serve()
    papers(1)
    settings.SUMMARY_MODE = "direct"
    service.summarise_day(DAY, ["ko"])
    settings.SUMMARY_MODE = "shared"
    service.summarise_day(DAY, ["ko"])
    assert server.started == 1, "what is ready stays"
    Summary.objects.update(state=State.WANTED)
    service.summarise_day(DAY, ["ko"])
    assert server.started == 3


def test_what_waits_for_english_in_shared_mode_is_asked_for_in_direct_mode(serve, settings):
    server = serve(lambda _: Said(refusal="No."))
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    settings.SUMMARY_MODE = "direct"
    server.answer = write_truth
    service.summarise_day(DAY, ["ko"])
    assert row_of(paper, "ko").state == State.READY


# -- nothing is paid twice ---------------------------------------------------------------------------------


class PowerCutError(BaseException):
    pass


@pytest.mark.parametrize("step", ["store_calls", "note_findings", "finish"])
@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_run_that_is_killed_goes_on_where_it_stood(serve, step, at):
    server = serve()
    papers(2)
    module = ledger if step == "finish" else paid_calls
    real = getattr(module, step)
    calls: Counter[str] = Counter()

    def cut(*arguments, **named):
        calls[step] += 1
        if calls[step] == at:
            raise PowerCutError
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, step, cut)
        patch.setattr("newsletter.summaries.worker_pool.MOMENT", 0.0)
        with contextlib.suppress(PowerCutError):
            service.summarise_day(DAY, ["en", "ko", "ja"])
    service.summarise_day(DAY, ["en", "ko", "ja"])
    assert set(Summary.objects.values_list("state", flat=True)) == {State.READY}
    assert set(server.keys.values()) == {1}
    assert server.started == SummaryAttempt.objects.count() == 6


def test_renderings_of_one_paper_do_not_wait_for_another_papers_english(serve):
    first_done = threading.Event()

    def answer(request):
        if statements_of(request):
            first_done.set()
        slow = not statements_of(request) and paper_of(request)[0] == invent(1).title
        return Said(write_truth(request), delay=1.0 if slow else 0.0)

    server = serve(answer)
    papers(2)
    service.summarise_day(DAY, ["ko"])
    assert first_done.is_set()
    kinds = [(paper_of(each)[0], bool(statements_of(each))) for each in server.requests]
    assert kinds.index((invent(0).title, True)) < kinds.index((invent(1).title, True))


def test_a_context_that_overflows_gets_fewer_claims(serve):
    def small(request):
        if len(statements_of(request)) > 7:
            words = "This model's maximum context length is 100 tokens. Please reduce the length."
            return Said(status=400, body=json.dumps({"error": {"message": words}}).encode())
        return write_truth(request)

    serve(small)
    [paper] = papers(1)
    service.summarise_day(DAY, ["ko"])
    row = row_of(paper, "ko")
    assert (row.state, len(row.takeaways)) == (State.READY, 2)


def test_batches_hand_in_english_first_and_renderings_after(settings):
    with BatchServer(write_truth) as server:
        settings.OPENAI_BASE_URL = server.url
        papers(3)

        def backfill():
            return service.summarise_by_batch([DAY], ["en", "ko"]).counts

        # One question is asked directly: it finds out what the model understands.
        assert (backfill()["handed_in"], server.asked) == (2, 1)
        assert Summary.objects.filter(state=State.READY, language="en").count() == 1
        server.finish()
        assert backfill()["handed_in"] == 3
        assert Summary.objects.filter(state=State.READY, language="en").count() == 3
        server.finish()
        backfill()
        assert Summary.objects.filter(state=State.READY, author=Author.MODEL).count() == 6
        assert server.asked == 1
        assert set(SummaryAttempt.objects.values_list("prompt_version", flat=True)) == {
            "facts-1",
            "rendering-1",
        }


def test_the_periodic_run_takes_renderings_answers_in(settings):
    with BatchServer(write_truth) as server:
        settings.OPENAI_BASE_URL = server.url
        papers(2)
        service.summarise_by_batch([DAY], ["ko"])
        server.finish()
        service.summarise_by_batch([DAY], ["ko"])
        server.finish()
        service.summarise_wanted(now=timezone.now())
        assert Summary.objects.filter(state=State.READY, language="ko").count() == 2
