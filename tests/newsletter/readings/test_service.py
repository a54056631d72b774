"""A paper is read once, every language says the same, and nothing that is invented gets to the page."""

import json
import re
from datetime import timedelta

import pytest

from newsletter.llm.capabilities import Memory
from newsletter.llm.client import LanguageModel, ModelEndpoint
from newsletter.models import Demand, Figure, Paper, Reading, ReadingCall, ReadingText
from newsletter.readings import ledger, selection, service
from newsletter.readings.facts import Facts
from newsletter.readings.tools import NO_MODEL, ReadingTools
from newsletter.sources.fulltext.fetch import FullTexts
from tests.factories import DAY, NOW, make_edition, make_paper, make_topic
from tests.model_server import ModelServer
from tests.newsletter.readings import paper as invented
from tests.newsletter.readings import writers

pytestmark = [pytest.mark.django_db, pytest.mark.processes]


@pytest.fixture
def readers(db: None) -> None:
    for code in ("ko", "de", "ar", "en"):
        Demand.objects.create(topic=None, language=code, readers=3)


def tools_for(server: ModelServer, source: FullTexts) -> ReadingTools:
    model = LanguageModel(ModelEndpoint(server.url, "", "writer", timeout=20), memory=Memory())
    return ReadingTools(source, model)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def test_a_full_reading_in_four_languages_whose_numbers_agree(paper: Paper, source: FullTexts, readers: None):
    with ModelServer(answer=writers.truthful) as server:
        report = service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    assert (report.counts["ready"], report.counts["languages"], report.problems) == (1, 3, ())
    reading = Reading.objects.get(paper=paper)
    facts = Facts.from_json(reading.facts)
    assert [each.text for each in facts.statements] == [text for _, _, text in invented.CLAIMS]
    assert [(each.method, each.metric, each.value) for each in facts.results] == list(invented.NUMBERS)
    texts = {text.language: text for text in reading.texts.all()}
    assert set(texts) == {"ko", "de", "ar"}
    for code, text in texts.items():
        assert text.state == ReadingText.State.READY, text.reason
        assert text.dropped == [], code
        for statement in facts.statements:
            assert numbers(text.texts[statement.id]) == numbers(statement.text), (code, statement.text)
        assert set(text.captions) == {"Figure 1", "Figure 2"}


def test_every_statement_carries_the_papers_own_words_and_their_place(paper: Paper, source: FullTexts):
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    facts = Facts.from_json(Reading.objects.get().facts)
    document = source.read(paper.arxiv_id, 1, title="", abstract="")
    passages = {each.anchor: each.text for each in document.passages()}
    for each in facts.statements:
        assert passages[each.anchor][each.start : each.end] == each.evidence
    assert {each.section for each in facts.of("limitations")} == {"4 Limitations"}
    assert {each.anchor for each in facts.results} == {"T1"}


def test_inventions_never_reach_the_facts(paper: Paper, source: FullTexts, readers: None):
    with ModelServer(answer=writers.inventing) as server:
        report = service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    reading = Reading.objects.get()
    assert report.counts["held"] == 1
    assert reading.state == Reading.State.HELD
    assert "stands in the paper" in reading.reason
    assert Facts.from_json(reading.facts) == Facts()
    refused = [each["text"] for call in ReadingCall.objects.all() for each in call.findings]
    assert len(refused) >= len(writers.INVENTIONS) + len(writers.WRONG_NUMBERS)
    assert not ReadingText.objects.exists()


def test_inventions_among_the_truth_are_dropped_and_the_truth_stays(paper: Paper, source: FullTexts):
    with ModelServer(answer=writers.half_true) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    reading = Reading.objects.get()
    facts = Facts.from_json(reading.facts)
    assert reading.state == Reading.State.READY
    assert [each.text for each in facts.statements] == [text for _, _, text in invented.CLAIMS]
    assert [(each.method, each.metric, each.value) for each in facts.results] == list(invented.NUMBERS)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: re.sub(r"\d", "7", text), id="other numbers"),
        pytest.param(lambda text: re.sub(r"\d+(\.\d+)?", "", text), id="numbers left out"),
        pytest.param(lambda text: text.replace("TideNet", "OceanGPT"), id="another name"),
        pytest.param(lambda text: "The water rises and the gauges tell everybody about it.", id="English"),
        pytest.param(lambda text: f"{text} <img src=x onerror=alert(1)>", id="markup"),
        pytest.param(lambda text: "죄송합니다. AI 언어 모델로서 번역할 수 없습니다.", id="apology"),
    ],
)
def test_a_language_never_says_another_number_or_name(paper: Paper, source: FullTexts, change):
    Demand.objects.create(topic=None, language="ko", readers=1)
    with ModelServer(answer=writers.mistranslating(change)) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    facts = Facts.from_json(Reading.objects.get().facts)
    text = ReadingText.objects.get(language="ko")
    english = {each.id: each.text for each in facts.statements}
    for name, said in text.texts.items():
        assert numbers(said) == numbers(english[name])
        assert said == invented.TRANSLATIONS["ko"][english[name]]
    assert text.dropped
    assert text.state == (ReadingText.State.READY if len(text.texts) >= 9 else ReadingText.State.HELD)


def test_what_was_answered_is_not_asked_again(paper: Paper, source: FullTexts, readers: None):
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
        asked = len(server.requests)
        # A worker that was killed before it could settle: the row is claimed, the answers are there.
        Reading.objects.update(state=Reading.State.WANTED, facts={})
        ReadingText.objects.all().delete()
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
        assert len(server.requests) == asked
    assert Reading.objects.get().state == Reading.State.READY
    assert ReadingText.objects.count() == 3


def test_who_wants_a_held_paper_read_again_gets_new_answers(paper: Paper, source: FullTexts):
    with ModelServer(answer=writers.inventing) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    assert Reading.objects.get().state == Reading.State.HELD
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW + timedelta(minutes=1), tools=tools_for(server, source))
    assert Reading.objects.get().state == Reading.State.READY


def test_a_claim_ends_with_its_lease(paper: Paper):
    selection.want(paper, now=NOW)
    assert ledger.claim(NOW) is not None
    assert ledger.claim(NOW) is None
    assert ledger.claim(NOW + ledger.LEASE + timedelta(seconds=1)) is not None


def test_without_a_model_nothing_is_read_but_the_figures_are_there(paper: Paper, source: FullTexts):
    report = service.read_paper(paper, now=NOW, tools=ReadingTools(source, None))
    reading = Reading.objects.get()
    assert report.counts["later"] == 1
    assert reading.state == Reading.State.WANTED
    assert reading.reason == NO_MODEL
    assert reading.affiliations == ["Institute of Coastal Studies, University of Nordhaven"]
    assert reading.code_links == ["https://github.com/nordhaven/tidenet"]
    assert [(row.label, row.state) for row in Figure.objects.all()] == [
        ("Figure 1", "shown"),
        ("Figure 2", "shown"),
    ]


def test_a_paper_costs_no_more_than_its_ceiling(paper: Paper, source: FullTexts, readers: None, settings):
    settings.READING_TOKENS = 4000
    with ModelServer(answer=writers.truthful) as server:
        report = service.read_paper(paper, now=NOW, tools=tools_for(server, source))
        spent = sum(call.prompt_tokens + call.completion_tokens for call in ReadingCall.objects.all())
    assert spent <= 4000
    assert report.problems
    assert "ceiling" in report.problems[0]


def test_the_days_budget_puts_readings_off_to_tomorrow(paper: Paper, source: FullTexts, settings):
    settings.DAILY_TOKEN_BUDGET = 100
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
        assert server.requests == []
    reading = Reading.objects.get()
    assert reading.state == Reading.State.WANTED
    assert reading.retry_at is not None
    assert reading.retry_at.date() == (NOW + timedelta(days=1)).date()


def test_a_long_paper_is_read_in_pieces_within_the_context(paper: Paper, source: FullTexts, settings):
    settings.READING_CONTEXT = 5600  # leaves some 600 tokens for the paper's text
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
        pieces = [each for each in server.requests if writers.kind_of(each) == "facts"]
    assert len(pieces) >= 2
    facts = Facts.from_json(Reading.objects.get().facts)
    assert {text for _, _, text in invented.CLAIMS} == {each.text for each in facts.statements}


def test_a_context_that_overflows_is_asked_for_in_halves(paper: Paper, source: FullTexts):
    def narrow(request):
        if writers.kind_of(request) == "facts" and len(request["messages"][1]["content"]) > 1900:
            error = {"error": {"message": "This model's maximum context length is 1024 tokens."}}
            from tests.model_server import Said

            return Said(status=400, body=json.dumps(error).encode())
        return writers.truthful(request)

    with ModelServer(answer=narrow) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    facts = Facts.from_json(Reading.objects.get().facts)
    assert len(facts.statements) == len(invented.CLAIMS)


def test_trouble_that_passes_is_tried_again_later_and_not_for_ever(paper: Paper, source: FullTexts):
    source.base_url = "http://127.0.0.1:1"  # nobody listens there
    now = NOW
    for attempt in range(ledger.MOST_ATTEMPTS):
        service.read_paper(paper, now=now, tools=ReadingTools(source, None))
        reading = Reading.objects.get()
        if attempt + 1 < ledger.MOST_ATTEMPTS:
            assert reading.state == Reading.State.WANTED
            assert reading.retry_at is not None
            assert reading.retry_at > now
    assert reading.state == Reading.State.FAILED
    assert "connection" in reading.reason


def test_a_page_that_stays_cut_off_is_given_up_at_last(paper: Paper, source: FullTexts, arxiv):
    arxiv.files = {f"/html/{invented.ARXIV_ID}v1": b"<html>cut off"}
    selection.want(paper, now=NOW)
    Reading.objects.update(attempts_count=ledger.MOST_ATTEMPTS - 1)
    service.read_paper(paper, now=NOW, tools=ReadingTools(source, None))
    reading = Reading.objects.get()
    assert reading.origin == Reading.Origin.ABSTRACT
    assert "cut off" in reading.notes[0]


def test_without_html_and_pdf_the_abstract_is_read_and_the_page_says_so(
    paper: Paper, source: FullTexts, arxiv
):
    arxiv.files = {}
    with ModelServer(answer=writers.truthful) as server:
        service.read_paper(paper, now=NOW, tools=tools_for(server, source))
    reading = Reading.objects.get()
    assert reading.origin == Reading.Origin.ABSTRACT
    assert len(reading.notes) == 2


def test_a_paper_in_another_language_is_refused_with_the_reason(paper: Paper, source: FullTexts, arxiv):
    french = (
        "Nous présentons une méthode nouvelle pour prévoir les inondations le long des côtes, avec peu de "
        "capteurs. Les résultats montrent que les erreurs diminuent fortement quand le réseau suit la "
        "physique des marées. "
    )
    text = "".join(f'<div class="ltx_para"><p class="ltx_p">{french}</p></div>' for _ in range(6))
    page = (
        '<html><head><meta charset="utf-8"></head><body><article class="ltx_document">'
        '<h1 class="ltx_title ltx_title_document">Prévoir</h1>'
        f'<section class="ltx_section" id="S1"><h2 class="ltx_title">Un</h2>{text}'
        "</section></article></body></html>"
    )
    arxiv.files = {f"/html/{invented.ARXIV_ID}v1": page.encode()}
    service.read_paper(paper, now=NOW, tools=ReadingTools(source, None))
    reading = Reading.objects.get()
    assert reading.state == Reading.State.FAILED
    assert "French" in reading.reason


def test_editors_and_votes_choose_and_the_day_has_a_limit(settings):
    settings.READINGS_PER_DAY, settings.READING_MIN_VOTES = 2, 50
    popular = [make_paper(votes=votes) for votes in (60, 90, 49)]
    pinned = make_paper(votes=0)
    edition = make_edition(make_topic(), [*popular, pinned])
    edition.entries.filter(paper=pinned).update(is_pinned=True)
    assert selection.choose(DAY, now=NOW) == 2
    chosen = {row.paper_id: row.chosen for row in Reading.objects.all()}
    assert chosen == {pinned.pk: Reading.Chosen.EDITOR, popular[1].pk: Reading.Chosen.VOTES}
    assert selection.choose(DAY, now=NOW + timedelta(minutes=5)) == 0


def test_a_new_version_is_read_anew(paper: Paper):
    Reading.objects.create(
        paper=paper, state=Reading.State.READY, origin="html", paper_version=1, wanted_at=NOW, read_at=NOW
    )
    assert selection.renew(NOW) == 0
    Paper.objects.filter(pk=paper.pk).update(version=2)
    assert selection.renew(NOW) == 1
    assert Reading.objects.get().state == Reading.State.WANTED
