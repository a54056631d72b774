"""The bundled sample is complete, passes the checks of production, and is served in true formats."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import arxiv
import httpx
import pytest
from PIL import Image

from newsletter.grounding import Source
from newsletter.languages import LANGUAGES as MAILED
from newsletter.readings import verification
from newsletter.readings.answers import Claim, ClaimedResult
from newsletter.readings.chunks import chunks
from newsletter.readings.translation import check_translation
from newsletter.rendering.phrases import phrases
from newsletter.sources.fulltext.html import read_html
from newsletter.summaries.forms import PromptInput, SummaryForm, request
from newsletter.summaries.judgement import Case, Hold, Ready, decide
from newsletter.topics.catalogue import load_topics
from services.demo_day import day_note
from services.sample import LANGUAGES, load_sample
from services.sample.figures import draw_figure
from services.sample.loading import FIRST, SECOND
from services.sample.model import SampleModel
from services.sample.pages import page_of
from services.sources import SourceServer
from services.sources.papers import submission_window

SAMPLE = load_sample()
PAPERS = {paper["id"]: paper for paper in SAMPLE.papers}
INVENTED = set(SAMPLE.readings)
SOURCES = {arxiv_id: Source(paper["title"], paper["abstract"]) for arxiv_id, paper in PAPERS.items()}
MODEL = SampleModel(SAMPLE)


def test_there_are_two_days_of_papers_with_true_ids_and_two_invented_ones_that_say_so():
    assert len(PAPERS) == len(SAMPLE.papers) == 22
    assert all(re.fullmatch(r"2604\.\d{5}", arxiv_id) for arxiv_id in PAPERS)
    assert len(SAMPLE.listed(FIRST)) == 13
    assert len(SAMPLE.listed(SECOND)) == 9
    assert len(INVENTED & set(SAMPLE.listed(FIRST))) == len(INVENTED & set(SAMPLE.listed(SECOND))) == 1
    for arxiv_id in INVENTED:
        paper = PAPERS[arxiv_id]
        assert "[invented for the demo]" in paper["title"]
        assert paper["abstract"].startswith("This paper was invented for a demonstration;")
        assert paper["comment"].startswith("Invented for the demonstration: not on arXiv")


@pytest.mark.parametrize("paper", SAMPLE.papers, ids=lambda paper: paper["id"])
def test_a_paper_has_every_field_and_a_retold_abstract(paper):
    said = "invented" if paper["id"] in INVENTED else "retold"
    assert paper["abstract_note"] == f"{said} for the sample"
    assert 4 <= len(re.findall(r"[.!?](?:\s|$)", paper["abstract"])) <= 7
    assert paper["title"].strip() == paper["title"]
    assert len(set(paper["authors"])) == len(paper["authors"]) > 0
    assert all(re.fullmatch(r"cs\.[A-Z]{2}", category) for category in paper["categories"])
    published = datetime.fromisoformat(paper["published"])
    assert (
        datetime(2026, 4, 7, tzinfo=UTC) < published < datetime.combine(SAMPLE.day, datetime.min.time(), UTC)
    )


def accepted(arxiv_id, language):
    """What production makes of the stand-in's answer: the questions, checks and repairs are its own."""
    form = SummaryForm.of(mode="shared", language=language)
    english = None if language == "en" else SAMPLE.summaries[arxiv_id, "en"]
    question = request(form, PromptInput(SOURCES[arxiv_id], language, english=english))
    answer = json.dumps(MODEL.answer(*(each.content for each in question.messages)), ensure_ascii=False)
    others = [source for other, source in SOURCES.items() if other != arxiv_id]
    case = Case(SOURCES[arxiv_id], language, others=others, form=form, english=english)
    return decide([answer, answer], case)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_summary_passes_the_checks_whole_with_evidence_from_the_abstract(language):
    for arxiv_id, paper in PAPERS.items():
        if (arxiv_id, language) in SAMPLE.wrong:
            continue
        draft = SAMPLE.summaries[arxiv_id, language]
        verdict = accepted(arxiv_id, language).verdict
        assert isinstance(verdict, Ready), (arxiv_id, verdict)
        assert (verdict.draft, verdict.dropped, verdict.faults) == (draft, 0, ()), arxiv_id
        assert len(draft.takeaways) >= 3
        passages = [draft.sentence_evidence, *(point.evidence for point in draft.takeaways)]
        assert all(part in paper["abstract"] for passage in passages for part in passage.split(" … "))


def test_two_answers_are_wrong_and_no_check_lets_them_pass():
    assert len(SAMPLE.wrong) == 2
    for arxiv_id, language in SAMPLE.wrong:
        assert arxiv_id in SAMPLE.listed(SECOND)
        verdict = accepted(arxiv_id, language).verdict
        assert isinstance(verdict, Hold), (arxiv_id, language)
        assert "%" in verdict.reason or "German" in verdict.reason


def test_the_stand_in_says_nothing_of_what_it_does_not_know():
    stranger = Source("A Paper of Which Nobody Heard", "It says this. It says that.")
    question = request(SummaryForm.FACTS, PromptInput(stranger, "en"))
    assert MODEL.answer(*(each.content for each in question.messages)) == {}


@pytest.mark.parametrize("arxiv_id", sorted(INVENTED))
def test_a_reading_stands_in_the_invented_paper_and_its_languages_say_the_same(arxiv_id):
    reading, paper = SAMPLE.readings[arxiv_id], PAPERS[arxiv_id]
    page = page_of(f"/html/{arxiv_id}v1")
    assert page is not None
    body, kind = page
    document = read_html(body, url=f"https://arxiv.org/html/{arxiv_id}v1")
    assert kind.startswith("text/html")
    assert [figure.label for figure in document.figures] == ["Figure 1", "Figure 2"]
    (chunk,) = chunks(document, size=20_000, ceiling=40_000)
    verified = verification.verify(
        [Claim(each["field"], "", each["evidence"], each["text"]) for each in reading["statements"]],
        [ClaimedResult(passage="", evidence="", **each) for each in reading["results"]],
        chunk,
        SOURCES[arxiv_id],
    )
    assert [(each.text, each.reason) for each in verified.refused] == []
    assert verified.facts.is_enough
    said = [(each["text"], each["translations"]) for each in reading["statements"]]
    said += [(each["caption"], each["translations"]) for each in reading["figures"]]
    for english, translations in said:
        assert set(translations) == set(LANGUAGES) - {"en"}
        for code, text in translations.items():
            faults = check_translation(text, english, code=code, title=paper["title"], source=document.text)
            assert faults == (), (code, english)


@pytest.mark.slow
def test_figures_and_pictures_are_drawn_here_small_and_different():
    named = [
        (arxiv_id, each["name"]) for arxiv_id in INVENTED for each in SAMPLE.readings[arxiv_id]["figures"]
    ]
    figures = [draw_figure(*name) for name in named]
    with SourceServer.from_sample(SAMPLE) as server:
        rows = httpx.get(f"{server.url}/api/daily_papers?date={SAMPLE.day:%F}").json()
        bodies = [httpx.get(row["thumbnail"]).content for row in rows]
        assert httpx.get(f"{server.url}/pictures/2403.02419.png").status_code == 404
        assert httpx.get(f"{server.url}/html/2604.08377v1").status_code == 404
    assert len(set(bodies)) == 13
    assert len(set(figures)) == len(named) == 4
    for body in (*bodies, *figures):
        assert body is not None
        assert len(body) <= 60_000
        assert Image.open(BytesIO(body)).size == (1200, 648)


def test_the_daily_lists_are_ordered_by_votes():
    for part in (FIRST, SECOND):
        votes = [row["paper"]["upvotes"] for row in SAMPLE.daily(part)]
        assert votes == sorted(votes, reverse=True)
    assert SAMPLE.daily()[0]["paper"]["title"].startswith("SkillClaw")


def fetched(server, window):
    client = arxiv.Client(page_size=50, delay_seconds=0)
    client.query_url_format = server.url + "/api/query?{}"
    start, end = (f"{moment.astimezone(UTC):%Y%m%d%H%M}" for moment in window)
    query = f"cat:cs.* AND submittedDate:[{start} TO {end}]"
    return {
        result.get_short_id()[:-2]: result for result in client.results(arxiv.Search(query, max_results=None))
    }


@pytest.mark.parametrize("day", [SAMPLE.day, date(2031, 7, 16)])
def test_the_real_client_fetches_a_day_field_by_field_and_papers_keep_their_true_dates(day):
    with SourceServer.from_sample(SAMPLE, day=day) as server:
        results = fetched(server, submission_window(day))
        rows = httpx.get(f"{server.url}/api/daily_papers?date={day + timedelta(days=1):%F}").json()
    assert set(results) == set(SAMPLE.listed(FIRST))
    assert {row["paper"]["id"] for row in rows} == set(SAMPLE.listed(SECOND))
    for arxiv_id, result in results.items():
        paper = PAPERS[arxiv_id]
        assert (result.title, result.summary) == (paper["title"], paper["abstract"])
        assert [author.name for author in result.authors] == paper["authors"]
        assert result.categories == paper["categories"]
        assert result.comment == paper.get("comment")
        assert result.published == datetime.fromisoformat(paper["published"])


def test_readers_are_invented_and_want_what_there_is():
    assert {reader.language for reader in SAMPLE.readers} == set(LANGUAGES)
    topics = {topic.slug for topic in load_topics()}
    for reader in SAMPLE.readers:
        assert reader.email.endswith("@example.org")
        assert set(reader.topics) <= topics
        assert set(reader.likes) <= set(SAMPLE.listed(FIRST))
        assert 0 <= reader.hour < 24
        assert ZoneInfo(reader.time_zone)
    assert any(reader.likes for reader in SAMPLE.readers)


@pytest.mark.parametrize("language", MAILED)
def test_every_language_of_mails_says_of_which_day_the_sample_is(language):
    for part in (FIRST, SECOND):
        note = day_note(SAMPLE, part)[language]
        assert phrases(language).day(SAMPLE.day) in note.splitlines()[-1]
        assert (len(note.splitlines()) == 2) == (language in LANGUAGES)
