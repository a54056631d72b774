"""arXiv, Hugging Face and the model: dead, wrong or mute, and the doctor says which."""

import pytest

from newsletter.models import Demand
from operations.doctor import sources
from operations.findings import State
from services.sources import Response, SourceServer
from tests.model_server import ModelServer, Said

pytestmark = pytest.mark.any_database
OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
KOREAN = "학술지는 연구자들이 동료 심사를 거친 연구 결과를 발표하는 정기 간행물이다."
GERMAN = "Eine wissenschaftliche Zeitschrift veröffentlicht regelmäßig begutachtete Forschungsergebnisse."
ENGLISH = "A scientific journal is a periodical in which researchers publish their peer-reviewed findings."
PAGE = Response(body=b"<html><body>Log in to the hotel's network</body></html>", content_type="text/html")


@pytest.fixture(autouse=True)
def _alone(settings, tmp_path):
    settings.VAR_DIR, settings.ARXIV_INTERVAL = tmp_path, 0.0


def states(*findings):
    return {finding.name: finding.state for finding in findings}


def test_sources_that_answer_are_ok_and_those_that_show_a_page_are_failed(settings):
    with SourceServer() as server:
        settings.ARXIV_API_URL = settings.ARXIV_FEED_URL = settings.HUGGINGFACE_URL = server.url
        assert states(*sources.arxiv(), sources.huggingface()) == {
            "arxiv API": OK,
            "arxiv feed": OK,
            "huggingface": OK,
        }
        server.before = lambda _: PAGE
        assert set(states(*sources.arxiv(), sources.huggingface()).values()) == {FAILED}
        server.before = lambda _: Response(status=503)
        assert set(states(*sources.arxiv(), sources.huggingface()).values()) == {FAILED}


def test_sources_that_cannot_be_reached_are_failed(settings):
    settings.ARXIV_API_URL = settings.ARXIV_FEED_URL = settings.HUGGINGFACE_URL = "http://127.0.0.1:9"
    findings = [*sources.arxiv(), sources.huggingface()]
    assert set(states(*findings).values()) == {FAILED}
    assert all(finding.remedy and "127.0.0.1" in finding.sentence for finding in findings)


@pytest.fixture
def model(settings, db):
    with ModelServer(lambda _: Said(KOREAN)) as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.url, "key"
        settings.SUMMARY_MODEL = settings.READING_MODEL = "tiny"
        yield server


def test_a_model_that_answers_in_the_language_of_most_readers_is_ok(model):
    (finding,) = sources.model()
    assert (finding.name, finding.state) == ("model tiny", OK)
    Demand.objects.create(language="de", readers=50)
    Demand.objects.create(language="en", readers=500)
    assert sources.model()[0].state is FAILED
    model.answer = lambda _: Said(GERMAN)
    assert sources.model()[0].state is OK
    assert model.finished <= 6


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Said(ENGLISH), "was asked for Korean and answered in English"),
        (Said(GERMAN), "was asked for Korean and answered in"),
        (
            Said(status=401, body=b'{"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}'),
            "answer",
        ),
        (
            Said(status=404, body=b'{"error": {"message": "no such model", "code": "model_not_found"}}'),
            "answer",
        ),
        (Said(hang_up=True), "does not answer"),
        (Said(text=""), "does not answer"),
    ],
)
def test_a_model_that_answers_wrongly_or_not_at_all_is_failed(model, answer, words):
    model.answer = lambda _: answer
    (finding,) = sources.model()
    assert (finding.state, words in finding.sentence) == (FAILED, True), finding
    assert finding.remedy


def test_a_model_that_is_mute_is_waited_for_a_bounded_time(model, monkeypatch):
    monkeypatch.setattr(sources, "MODEL_SECONDS", 0.3)
    model.answer = lambda _: Said(KOREAN, delay=30)
    (finding,) = sources.model()
    assert (finding.state, "No answer within" in finding.sentence) == (FAILED, True)


def test_each_model_in_use_is_asked_once(model, settings):
    settings.READING_MODEL, settings.JUDGE_MODEL = "large", "tiny"
    assert [finding.name for finding in sources.model()] == ["model tiny", "model large"]


def test_no_model_is_a_warning(settings, db):
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    (finding,) = sources.model()
    assert finding.state is WARNING
    assert "extracts" in finding.sentence
