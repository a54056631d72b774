"""From the needs of readers to what they are shown, with a real server behind the real SDK."""

import fcntl
import json
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from lib.locks import lock_key
from newsletter.grounding import count_compared
from newsletter.llm.budget import costs, spent_tokens
from newsletter.models import Demand, Entry, GlossaryTerm, Paper, Summary, SummaryAttempt, SummaryDemand
from newsletter.rendering import base_context, papers, render_mjml, render_part
from newsletter.rendering.card_content import CardContent, Grade
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.rendering.provenance import Checked
from newsletter.summaries import calls as paid_calls
from newsletter.summaries import jobs, ledger, service
from newsletter.summaries.needs import needed, plan_of, want
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic
from tests.model_server import Said, paper_of, question_of
from tests.truthful_writer import invent, read_invention, truth, write_truth

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("model_settings"), pytest.mark.slow]

State, Author = Summary.State, Summary.Author


@pytest.fixture
def direct(settings, model_settings):
    """Each language is asked for by itself: for what an answer in that form, changed, leads to."""
    settings.SUMMARY_MODE = "direct"


def invented_paper(number=1, **fields):
    paper = invent(number)
    return make_paper(title=paper.title, abstract=paper.abstract, **fields)


def truth_of(request, *, change=None):
    """The truthful answer with one change, as the model's text."""
    title, abstract, language = paper_of(request)
    code = {"English": "en", "Korean": "ko"}[language]
    answer = truth(read_invention(title, abstract), code)
    if change:
        change(answer)
    return json.dumps(answer, ensure_ascii=False)


def card_of(paper, language="en"):
    """The paper as it stands in a mail, HTML and text, with what may be shown of its summary."""
    rows = Summary.objects.shown_or_titled().filter(paper=paper, language=language)
    row = rows.values_list(*papers.SUMMARY).first()
    summary = papers.SummaryText.from_row(row) if row else None
    facts = papers.PaperFacts.from_row(Paper.objects.values_list(*papers.FACTS).get(pk=paper.pk))
    site = "https://paperpost.example"
    view = papers.view_of(facts, summary, language=language, site_url=site)
    card = CardContent(view, Grade.WHOLE)
    context = base_context(language) | {"card": card, "cards": [card], "links": {}}
    html = render_mjml("emails/digest/body.mjml", context)
    text = render_part("text", "emails/digest/card.txt", context)
    return " ".join(f"{unescape(html)} {text}".split())


# -- what is needed ----------------------------------------------------------------------------------------


def show(paper, language, *, readers=1, place=1):
    """The dry choice has said that so many digests show the paper."""
    return SummaryDemand.objects.create(paper=paper, language=language, readers=readers, place=place)


def test_needed_is_what_digests_show_pinned_papers_first_then_what_most_readers_get():
    few, many, pinned, withdrawn = make_paper(), make_paper(), make_paper(), make_paper(is_withdrawn=True)
    show(few, "ko", readers=1)
    show(few, "tlh", readers=9)
    show(many, "ko", readers=7, place=2)
    show(many, "en", readers=7)
    show(pinned, "fr", readers=2, place=0)
    show(withdrawn, "ko", readers=9)
    assert needed() == [(pinned.pk, "fr"), (many.pk, "en"), (many.pk, "ko"), (few.pk, "ko")]
    assert needed([few.pk, withdrawn.pk]) == [(few.pk, "ko")]


def test_of_a_day_is_written_what_its_digests_show():
    shown, lower, other = make_paper(), make_paper(), make_paper(day=DAY - timedelta(days=1))
    make_edition(make_topic(), [shown, lower])
    show(shown, "ko")
    show(other, "ko")
    plan = plan_of(DAY)
    assert (plan.pairs, plan.is_request) == (((shown.pk, "ko"),), False)
    assert "1 summaries that digests are to show" in plan.note


def test_of_a_day_that_no_digest_comes_from_as_much_as_its_readers_had_room_for():
    vision, robots = make_topic("vision"), make_topic("robots")
    first, second, third, hidden, other = (make_paper() for _ in range(5))
    make_edition(vision, [hidden, first, second, third])
    make_edition(robots, [other])
    Entry.objects.filter(paper=hidden).update(is_hidden=True)
    Entry.objects.filter(paper=third).update(is_pinned=True)
    Demand.objects.create(topic=vision, language="ko", readers=3, size=2)
    Demand.objects.create(topic=vision, language="fr", readers=0, size=2)
    Demand.objects.create(topic=None, language="en", readers=1, size=2)
    plan = plan_of(DAY)
    assert (plan.pairs, plan.is_request) == (((third.pk, "ko"), (first.pk, "ko")), True)


def test_a_day_without_editions_needs_nothing_yet_and_says_so():
    make_paper()
    Demand.objects.create(topic=make_topic(), language="en", readers=1)
    plan = plan_of(DAY)
    assert plan.pairs == ()
    assert "no editions yet" in plan.note


def test_in_a_language_that_an_operator_names_all_papers_of_the_day_are_written(serve, capsys):
    serve()
    few, many = invented_paper(1, votes=1), invented_paper(2, votes=9)
    make_paper(kind="replace")
    assert plan_of(DAY, ["en"]).pairs == ((many.pk, "en"), (few.pk, "en"))
    call_command("summarise_papers", day=DAY, language=["en"])
    said = capsys.readouterr().out
    assert "no editions yet: all 2 papers that it announced" in said
    assert "ready 2" in said
    make_edition(make_topic(), [few])
    assert plan_of(DAY, ["en", "ko"]).pairs == ((few.pk, "en"), (few.pk, "ko"))


def test_wanting_adds_only_what_is_not_there(django_assert_num_queries):
    paper, other = make_paper(), make_paper()
    written = make_summary(paper, "ko")
    pairs = [(paper.pk, "ko"), (paper.pk, "en"), (other.pk, "en"), (other.pk, "tlh"), (10**9, "en")]
    assert want(pairs) == 2
    with django_assert_num_queries(2):
        assert want(pairs) == 0
    written.refresh_from_db()
    assert written.state == State.READY


# -- the good day ------------------------------------------------------------------------------------------


def test_a_day_is_summarised_in_each_language_once(serve):
    server = serve()
    papers = [invented_paper(number) for number in range(6)]
    report = service.summarise_day(DAY, ["en", "ko", "zh-Hans", "ja"])
    assert report.problems == ()
    assert report.counts["ready"] == 24
    assert set(server.keys.values()) == {1}
    assert len(server.keys) == server.started == 24
    for paper in papers:
        row = Summary.objects.get(paper=paper, language="ko")
        assert (row.state, row.author, row.lease) == (State.READY, Author.MODEL, None)
        assert "합니다" in row.sentence
        assert len(row.takeaways) == 5
        attempt = row.attempts.get()
        assert (attempt.prompt_tokens, attempt.completion_tokens, attempt.model) == (800, 300, "test-model")
        assert {each["verdict"] for each in attempt.findings} <= {"passed", "warned"}
    again = service.summarise_day(DAY, ["en", "ko", "zh-Hans", "ja"])
    assert again.counts == {}
    assert server.started == 24


@pytest.mark.usefixtures("direct")
def test_a_prompt_holds_the_paper_as_data_and_asks_for_no_facts(serve):
    server = serve()
    invented_paper(3)
    service.summarise_day(DAY, ["ko"])
    system, user = (each["content"] for each in server.requests[0]["messages"])
    assert "Ada Lovelace" not in system + user
    assert "합니다체" in system
    assert "is data" in system
    schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]) == {"title", "sentence", "takeaways", "keywords"}


def test_without_a_model_there_are_labelled_extracts(settings):
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    paper = invented_paper()
    assert service.summarise_day(DAY, ["en", "ko"]).counts == {"extracts": 2}
    row = Summary.objects.get(paper=paper, language="ko")
    assert (row.state, row.author) == (State.READY, Author.EXTRACT)
    assert row.sentence in paper.abstract
    assert all(point["text"] in paper.abstract for point in row.takeaways)


def test_a_model_replaces_extracts_once_there_is_one(settings, serve):
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    paper = invented_paper()
    service.summarise_day(DAY, ["en"])
    serve()
    service.summarise_day(DAY, ["en"])
    assert Summary.objects.get(paper=paper).author == Author.MODEL


@pytest.mark.usefixtures("direct")
def test_the_periodic_run_writes_what_digests_show_and_what_somebody_asked_for(serve):
    server = serve()
    asked_for, shown, unneeded = (invented_paper(number) for number in (1, 2, 3))
    show(shown, "en")
    want([(asked_for.pk, "ko")], is_request=True)
    want([(unneeded.pk, "ko")])
    report = service.summarise_wanted(now=timezone.now())
    assert report.counts["ready"] == server.started == 2
    assert {(row.paper_id, row.language, row.state) for row in Summary.objects.all()} == {
        (asked_for.pk, "ko", State.READY),
        (shown.pk, "en", State.READY),
    }


@pytest.mark.usefixtures("direct")
def test_what_is_wanted_and_not_needed_any_more_goes_unless_it_was_paid_for(serve):
    server = serve()
    unpaid, paid, ready, hinted, english = (invented_paper(number) for number in range(5))
    want([(each.pk, "ko") for each in (unpaid, paid)])
    want([(english.pk, "en"), (english.pk, "ja")])
    show(english, "ja")
    attempt = {"prompt_version": "1", "model": "m", "at": timezone.now(), "error": "malformed answer: x"}
    SummaryAttempt.objects.create(summary=Summary.objects.get(paper=paid), **attempt)
    make_summary(ready, "ko")
    service.ask_again(make_summary(hinted, "ko").pk, hint="Shorter.")
    service.summarise_wanted(now=timezone.now())
    rows = {(row.paper_id, row.language): row.state for row in Summary.objects.all()}
    assert rows == {
        (paid.pk, "ko"): State.WANTED,
        (ready.pk, "ko"): State.READY,
        (hinted.pk, "ko"): State.READY,
        (english.pk, "en"): State.WANTED,
        (english.pk, "ja"): State.READY,
    }
    assert server.started == 2


def test_a_summary_of_an_earlier_version_is_shown_as_that_until_a_digest_needs_it(serve):
    server = serve()
    paper = invented_paper()
    row = make_summary(paper, "en", state=State.WANTED, is_outdated=True)
    service.summarise_wanted(now=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.is_outdated, server.started) == (State.READY, True, 0)
    assert "About an earlier version" in card_of(paper)
    show(paper, "en")
    service.summarise_wanted(now=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.is_outdated, server.started) == (State.READY, False, 1)


@pytest.mark.parametrize("changed", ["prompt", "model", "demand"])
def test_an_upgrade_asks_for_no_summary_again_that_is_ready(serve, settings, monkeypatch, changed):
    server = serve()
    show(invented_paper(), "en")
    service.summarise_wanted(now=timezone.now())
    if changed == "prompt":
        monkeypatch.setattr(jobs.Job, "fingerprint", "another")
    elif changed == "model":
        settings.SUMMARY_MODEL = "another-model"
    else:
        SummaryDemand.objects.all().delete()
        show(Paper.objects.get(), "en", readers=5)
    service.summarise_wanted(now=timezone.now())
    assert server.started == 1
    assert Summary.objects.get().state == State.READY


@pytest.mark.usefixtures("direct")
def test_the_glossary_is_sent_where_its_terms_occur_and_checked(serve):
    GlossaryTerm.objects.create(language="ko", term="sparse attention", translation="희소 어텐션")
    GlossaryTerm.objects.create(language="ko", term="diffusion", translation="확산")

    def stubborn(request):
        def anglicise(answer):
            answer["sentence"] = answer["sentence"].replace("희소 어텐션", "sparse attention")
            for point in answer["takeaways"]:
                point["text"] = point["text"].replace("희소 어텐션", "sparse attention")

        first = len(request["messages"]) == 2
        return truth_of(request, change=anglicise if first else None)

    server = serve(stubborn)
    invented_paper()
    assert service.summarise_day(DAY, ["ko"]).counts["ready"] == 1
    system = server.requests[0]["messages"][0]["content"]
    assert "sparse attention → 희소 어텐션" in system
    assert "확산" not in system.replace("확산 모델(diffusion model)", "")
    assert "희소 어텐션" in server.requests[1]["messages"][-1]["content"]


# -- what follows a failed check ---------------------------------------------------------------------------


@pytest.mark.usefixtures("direct")
def test_one_repair_names_the_faults_and_everything_is_kept(serve):
    def wrong_first(request):
        def overstate(answer):
            answer["sentence"] = "Accuracy rises to 99.9%, a new record for long documents."

        return truth_of(request, change=overstate if len(request["messages"]) == 2 else None)

    server = serve(wrong_first)
    paper = invented_paper()
    report = service.summarise_day(DAY, ["en"])
    assert (report.counts["ready"], report.counts["repairs"], server.started) == (1, 1, 2)
    assert "99.9" in server.requests[1]["messages"][-1]["content"]
    first, repair = SummaryAttempt.objects.filter(summary__paper=paper).order_by("pk")
    assert (first.purpose, repair.purpose) == ("first", "repair")
    assert any(each["verdict"] == "failed" and each["check"] == "number" for each in first.findings)
    assert "99.9" in first.answer


@pytest.mark.usefixtures("direct")
def test_a_wrong_takeaway_is_dropped_and_not_asked_for_again_where_three_good_ones_remain(serve):
    def overstate(answer):
        answer["takeaways"][2]["text"] = "Accuracy rises to 99.9%, a new record."

    server = serve(lambda request: truth_of(request, change=overstate))
    paper = invented_paper()
    report = service.summarise_day(DAY, ["en"])
    row = Summary.objects.get(paper=paper)
    assert (row.state, len(row.takeaways), report.counts["takeaways_dropped"]) == (State.READY, 4, 1)
    assert "99.9" not in str(row.takeaways)
    assert server.started == 1
    assert "takeaways[2].text" in row.reason, "the desk is told what was left out"


PARTIAL = {
    "wrong numbers": (lambda a: [p.update(text="It is 77.7% better.") for p in a["takeaways"][:3]], 2),
    "evidence not in source": (
        lambda a: [
            p.update(evidence="Our quantum annealer composed three operas about cheese.")
            for p in a["takeaways"]
        ],
        0,
    ),
    "too few": (lambda a: a.update(takeaways=a["takeaways"][:1]), 1),
    "no takeaways": (lambda a: a.update(takeaways=[]), 0),
}


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize("kind", PARTIAL)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_sentence_that_stands_is_mailed_labelled_with_the_takeaways_that_stand(serve, kind, language):
    change, left = PARTIAL[kind]
    server = serve(lambda request: truth_of(request, change=change))
    paper = invented_paper()
    report = service.summarise_day(DAY, [language])
    row = Summary.objects.get(paper=paper)
    assert (row.state, row.author, len(row.takeaways)) == (State.READY, Author.MODEL, left)
    assert (report.counts["ready"], report.counts["ready_in_part"], server.started) == (1, 1, 2)
    if kind != "too few" and kind != "no takeaways":
        assert row.reason.startswith("Left out: takeaways[")
    mailed = card_of(paper, language)
    assert row.sentence in mailed
    assert phrases(language).say("digest.in_part") in mailed
    assert phrases(language).say("digest.extract") not in mailed
    assert (language == "ko") == (truth(invent(1), "ko")["title"] in mailed)
    assert not any(poison in mailed for poison in POISON)
    page = load_views({paper.pk}, language)[paper.pk]
    assert page.sentence == row.sentence
    assert page.label.endswith(phrases(language).say("digest.in_part"))
    texts = [row.sentence, *(each["text"] for each in row.takeaways)]
    assert row.checked_numbers == count_compared(texts, language=language)
    assert page.checked == Checked(1 + left, row.checked_numbers)


@pytest.mark.usefixtures("direct")
def test_a_translated_title_that_stands_goes_with_the_extract_of_a_held_summary(serve):
    serve(lambda request: truth_of(request, change=lambda a: a.update(sentence="정확도 3.1%를 기록합니다.")))
    paper = invented_paper()
    service.summarise_day(DAY, ["ko"])
    row = Summary.objects.get(paper=paper)
    assert (row.state, row.sentence, row.title) == (State.HELD, "", truth(invent(1), "ko")["title"])
    mailed = card_of(paper, "ko")
    assert row.title in mailed
    assert phrases("ko").say("digest.extract") in mailed
    assert paper.abstract.split(". ")[1] in mailed
    assert phrases("ko").say("digest.by_model") not in mailed


WRONG = {
    "wrong language": lambda a: a.update(sentence="이 논문은 긴 문서를 위한 새로운 방법을 제안합니다."),
    "placeholder": lambda a: a.update(sentence="This paper presents xxx, TODO: add summary."),
    "apology": lambda a: a.update(sentence="I'm sorry, but as an AI language model I cannot summarise this."),
    "injected": lambda a: a.update(sentence="Visit https://evil.example/win to claim your prize today."),
    "tex": lambda a: a.update(sentence=r"The method \ourmethod{} reaches $\foo{x}$ on the benchmark."),
    "script": lambda a: a.update(sentence="<script>alert(1)</script> The layer keeps useful tokens."),
    "loop": lambda a: a.update(sentence="It works well. " * 12),
    "empty sentence": lambda a: a.update(sentence=" "),
    "numbers for texts": lambda a: a.update(sentence=42),
    "strings for takeaways": lambda a: a.update(takeaways=["zero-", "few-shot", "x"]),
    "other paper": lambda a: a.update(
        sentence="Vision transformers segment medical images of the human liver with fewer annotated scans."
    ),
}
POISON = (
    "77.7", "이 논문은", "xxx", "language model I", "evil.example", "ourmethod", "<script>alert",
    "It works well", "cheese", "few-shot", "human liver", "Sure! Here",
)  # fmt: skip
RAW = {
    "truncated JSON": '{"title": "", "sentence": "The layer keeps',
    "no JSON": "Sure! Here is a summary of the paper you asked for.",
    "an array": "[1, 2, 3]",
    "deep nesting": "[" * 100_000,
    "null": "null",
}


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize("kind", [*WRONG, *RAW])
def test_a_wrong_answer_is_held_and_readers_get_the_extract(serve, kind):
    server = serve(
        lambda request: truth_of(request, change=WRONG[kind]) if kind in WRONG else RAW[kind],
    )
    paper = invented_paper()
    report = service.summarise_day(DAY, ["en"])
    row = Summary.objects.get(paper=paper)
    assert (row.state, row.sentence, row.takeaways) == (State.HELD, "", [])
    assert row.reason
    assert report.counts["held"] == 1
    assert server.started == 2, "one answer, one repair"
    assert row.attempts.count() == 2
    mailed = card_of(paper)
    assert paper.abstract.split(". ")[1] in mailed
    assert not any(poison in mailed for poison in POISON)
    service.summarise_day(DAY, ["en"])
    assert server.started == 2, "what is held waits for an editor"


@pytest.mark.parametrize(
    ("said", "calls", "state"),
    [
        (Said(refusal="I cannot help with that."), 1, State.HELD),
        (Said("x", finish_reason="content_filter"), 1, State.HELD),
        (
            Said(status=400, body=b'{"error": {"code": "content_filter", "message": "filtered"}}'),
            1,
            State.HELD,
        ),
        (Said(""), 2, State.HELD),
        (Said(body=b"<html>"), 3, State.WANTED),
    ],
    ids=["refusal", "filtered answer", "filtered question", "empty", "an endpoint that is none"],
)
def test_refusals_and_empty_answers_are_held_and_a_wrong_address_is_no_fault_of_a_paper(
    serve, said, calls, state
):
    server = serve(lambda request: said)
    paper = invented_paper()
    service.summarise_day(DAY, ["en"])
    assert Summary.objects.get(paper=paper).state == state
    assert server.started == calls


@pytest.mark.usefixtures("direct")
def test_too_long_a_context_is_asked_for_with_less(serve):
    def small(request):
        if len(paper_of(request)[1]) > 300:
            words = "This model's maximum context length is 100 tokens. Please reduce the length."
            return Said(status=400, body=json.dumps({"error": {"message": words}}).encode())
        return Said(refusal="enough for the test")

    server = serve(small)
    paper = invented_paper()
    service.summarise_day(DAY, ["en"])
    assert [len(paper_of(each)[1]) <= 300 for each in server.requests] == [False, True]
    assert "context overflow" in paper.summaries.get().attempts.order_by("pk")[0].error


# -- limits and failures -----------------------------------------------------------------------------------


def test_rate_limits_and_faults_are_waited_out_and_nothing_is_asked_twice(serve):
    seen: Counter[str] = Counter()

    def troubled(request):
        question = question_of(request)
        seen[question] += 1
        number = sum(seen.values())
        if seen[question] == 1 and number % 3 == 0:
            return Said(status=429, headers={"retry-after-ms": "20"}, body=b"{}")
        if seen[question] == 1 and number % 7 == 0:
            return Said(status=503, headers={"retry-after": "0"}, body=b"busy")
        if seen[question] == 1 and number % 11 == 0:
            return Said(hang_up=True)
        return write_truth(request)

    server = serve(troubled)
    for number in range(20):
        invented_paper(number)
    report = service.summarise_day(DAY, ["en"])
    assert report.counts["ready"] == 20
    assert report.counts["retries"] >= 6
    assert set(server.keys.values()) == {1}


def test_no_more_at_once_than_the_operator_allows(serve, settings):
    settings.MODEL_CONCURRENCY = 3
    server = serve(latency=0.03)
    for number in range(12):
        invented_paper(number)
    service.summarise_day(DAY, ["en"])
    assert 2 <= server.most_at_once <= 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Incorrect API key provided"),
        (404, "The model `x` does not exist"),
        (402, "Insufficient credits"),
    ],
)
def test_what_only_the_operator_can_mend_stops_the_run(serve, status, words):
    body = json.dumps({"error": {"message": words}}).encode()
    server = serve(lambda request: Said(status=status, body=body))
    for number in range(20):
        invented_paper(number)
    report = service.summarise_day(DAY, ["en"])
    assert server.started <= 16
    assert len(report.problems) == 1
    assert words in report.problems[0]
    assert not Summary.objects.exclude(state=State.WANTED).exists()


def test_a_dead_endpoint_ends_the_run_and_everything_waits(settings):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.MODEL_CONCURRENCY = 2
    for number in range(30):
        invented_paper(number)
    report = service.summarise_day(DAY, ["en"])
    assert "connection" in report.problems[0]
    assert set(Summary.objects.values_list("state", flat=True)) == {State.WANTED}
    assert not Summary.objects.filter(lease__isnull=False).exists()


def test_the_budget_stops_cleanly_and_the_rest_become_extracts(serve, settings):
    settings.DAILY_TOKEN_BUDGET = 10_000
    settings.MODEL_CONCURRENCY = 2
    server = serve()
    for number in range(30):
        invented_paper(number)
    report = service.summarise_day(DAY, ["en"])
    authors = Counter(Summary.objects.values_list("author", flat=True))
    assert authors[Author.MODEL] == server.started
    assert 1 <= server.started <= 9
    assert authors[Author.MODEL] + authors[Author.EXTRACT] == 30
    assert "budget" in report.problems[0]
    for _ in range(4):
        service.summarise_day(DAY, ["en"])
    assert spent_tokens(timezone.now().date()) <= 10_000
    assert server.started <= 9


def test_costs_are_counted_by_day_language_and_model(serve, settings):
    settings.MODEL_PRICE_PROMPT, settings.MODEL_PRICE_ANSWER = 0.5, 2
    serve()
    invented_paper()
    service.summarise_day(DAY, ["en", "ko"])
    today = timezone.now().date()
    rows = list(costs(today, today))
    assert [(row.language, row.model, row.calls, row.prompt_tokens) for row in rows] == [
        ("en", "test-model", 1, 800),
        ("ko", "test-model", 1, 800),
    ]
    assert float(rows[0].dollars) == pytest.approx((800 * 0.5 + 300 * 2) / 1e6)


# -- editors, versions and other runs ----------------------------------------------------------------------


def test_a_model_never_overwrites_an_editor(serve):
    server = serve()
    paper = invented_paper()
    written = make_summary(paper, author=Author.EDITOR, sentence="As the editor wrote it.")
    service.summarise_day(DAY, ["en"])
    Summary.objects.filter(pk=written.pk).update(state=State.WANTED)
    service.summarise_day(DAY, ["en"])
    written.refresh_from_db()
    assert (written.sentence, server.started) == ("As the editor wrote it.", 0)


def test_an_editor_who_is_faster_than_the_model_wins(serve):
    asked, written = threading.Event(), threading.Event()

    def slow(request):
        asked.set()
        return Said(write_truth(request), delay=0.3)

    serve(slow)
    paper = invented_paper()
    real = paid_calls.store_calls

    def editor_first(*arguments, **named):
        Summary.objects.filter(paper=paper).update(
            state=State.READY, author=Author.EDITOR, sentence="Mine.", lease=None
        )
        written.set()
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paid_calls, "store_calls", editor_first)
        report = service.summarise_day(DAY, ["en"])
    row = Summary.objects.get(paper=paper)
    assert (row.sentence, row.author) == ("Mine.", Author.EDITOR)
    assert report.counts["overtaken"] == 1


def test_asking_again_asks_anew_with_the_editors_hint(serve):
    server = serve()
    paper = invented_paper()
    service.summarise_day(DAY, ["en"])
    row = Summary.objects.get(paper=paper)
    service.ask_again(row.pk, hint="Mention the speed first.")
    service.summarise_day(DAY, ["en"])
    row.refresh_from_db()
    assert (row.state, server.started) == (State.READY, 2)
    assert "Mention the speed first." in server.requests[1]["messages"][0]["content"]
    assert [each.purpose for each in row.attempts.order_by("pk")] == ["first", "hint"]


def test_a_changed_paper_is_asked_about_anew(serve):
    server = serve()
    paper = invented_paper(1)
    service.summarise_day(DAY, ["en"])
    changed = invent(2)
    Paper.objects.filter(pk=paper.pk).update(title=changed.title, abstract=changed.abstract, version=2)
    Summary.objects.update(state=State.WANTED, is_outdated=True)
    service.summarise_day(DAY, ["en"])
    row = Summary.objects.get(paper=paper)
    assert (row.state, row.paper_version, row.is_outdated, server.started) == (State.READY, 2, False, 2)
    assert changed.name in row.sentence


@pytest.mark.parametrize("step", ["store_calls", "note_findings", "finish"])
def test_an_answer_that_was_paid_is_used_after_a_crash(serve, step):
    server = serve()
    paper = invented_paper()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger if step == "finish" else paid_calls, step, _power_cut)
        with pytest.raises(PowerCutError):
            service.summarise_day(DAY, ["en"])
    assert Summary.objects.get(paper=paper).state == State.CLAIMED
    service.summarise_day(DAY, ["en"])
    assert Summary.objects.get(paper=paper).state == State.READY
    assert SummaryAttempt.objects.count() == 1
    assert server.started == 1


def test_a_refusal_that_was_paid_is_held_after_a_crash_and_asked_about_no_more(serve):
    server = serve(lambda _: Said(refusal="No."))
    paper = invented_paper()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "hold", _power_cut)
        with pytest.raises(PowerCutError):
            service.summarise_day(DAY, ["en"])
    report = service.summarise_day(DAY, ["en"])
    assert report.counts["held"] == 1
    assert Summary.objects.get(paper=paper).state == State.HELD
    assert SummaryAttempt.objects.get().error.startswith("refusal")
    assert server.started == 1


@pytest.mark.usefixtures("direct")
def test_a_repair_that_was_paid_is_used_after_a_crash(serve):
    def change(answer):
        answer["sentence"] = "Accuracy rises to 99.9%, a new record for long documents."

    server = serve(
        lambda request: (
            write_truth(request) if len(request["messages"]) > 2 else truth_of(request, change=change)
        )
    )
    paper = invented_paper()
    real = paid_calls.store_calls
    stored: list[Any] = []

    def keep(calls, **options):
        if stored:
            raise PowerCutError
        real(calls, **options)
        stored.extend(calls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paid_calls, "store_calls", keep)
        with pytest.raises(PowerCutError):
            service.summarise_day(DAY, ["en"])
    service.summarise_day(DAY, ["en"])
    assert Summary.objects.get(paper=paper).state == State.READY
    assert [each.purpose for each in SummaryAttempt.objects.order_by("pk")] == ["first", "repair"]
    assert server.started == 2


def test_an_answer_of_a_paper_that_is_gone_is_let_go(serve):
    serve()
    paper = invented_paper()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paid_calls, "store_calls", _power_cut)
        with pytest.raises(PowerCutError):
            service.summarise_day(DAY, ["en"])
    paper.delete()
    assert service.summarise_day(DAY, ["en"]).counts.get("ready", 0) == 0
    assert not SummaryAttempt.objects.exists()


class PowerCutError(BaseException):
    pass


def _power_cut(*_, **__):
    raise PowerCutError


@contextmanager
def another_run_at_work(var_dir):
    """Somebody else holds the run's lock, in the way of the database that is used."""
    if connection.vendor == "postgresql":
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock_key("summaries")])
        yield
        other.close()
        return
    with (Path(var_dir) / "summaries.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def test_a_second_run_says_that_one_is_at_work(serve, settings):
    server = serve()
    invented_paper()
    with another_run_at_work(settings.VAR_DIR):
        assert service.summarise_wanted(now=timezone.now()).counts["busy"] == 1
    assert server.started == 0


@pytest.mark.usefixtures("direct")
def test_the_command_tells_its_counts(serve, capsys):
    serve()
    invented_paper()
    call_command("summarise_papers", "--day", str(DAY), "--language", "ko", "--json")
    assert json.loads(capsys.readouterr().out)["ready"] == 1


def test_the_command_refuses_an_unknown_language():
    with pytest.raises(CommandError) as caught:
        call_command("summarise_papers", "--language", "tlh")
    assert caught.value.returncode == 2
