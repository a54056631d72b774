"""Backfills through the Batch API: half the price, nothing lost, nothing paid twice."""

import json
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.errors import ModelError
from newsletter.llm.answers import Answer
from newsletter.llm.budget import spent_tokens
from newsletter.llm.client import LanguageModel, ModelEndpoint
from newsletter.models import Paper, Summary, SummaryAttempt, SummaryBatch
from newsletter.summaries import batches, service
from tests.batch_server import BatchServer
from tests.factories import DAY, make_paper
from tests.truthful_writer import invent, write_truth

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

State = Summary.State


@pytest.fixture(autouse=True)
def _model_settings(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.DAILY_TOKEN_BUDGET = 10_000_000
    settings.MODEL_PRICE_PROMPT, settings.MODEL_PRICE_ANSWER = 2, 8
    settings.SUMMARY_MODEL = "test-model"
    settings.SUMMARY_MODE = "direct"  # all of a day's questions are known at once


@pytest.fixture
def server(settings):
    with BatchServer(write_truth) as running:
        settings.OPENAI_BASE_URL = running.url
        yield running


@pytest.fixture
def papers(db):
    return [make_paper(title=invent(n).title, abstract=invent(n).abstract) for n in range(1, 4)]


def backfill():
    return service.summarise_by_batch([DAY], ["en", "ko"]).counts


def test_a_day_is_handed_in_and_taken_in_at_half_the_price(server, papers):
    counts = backfill()
    # One question was asked directly: it finds out what the model understands.
    assert (counts["handed_in"], counts["batches_waiting"], server.asked) == (5, 1, 1)
    assert backfill()["handed_in"] == 0
    assert service.summarise_wanted(now=timezone.now()).counts.get("calls", 0) == 0
    server.finish()
    assert backfill()["collected"] == 5
    assert Summary.objects.filter(state=State.READY, author="model").count() == 6
    assert server.asked == 1
    direct, *batched = SummaryAttempt.objects.order_by("pk").values_list("cost", flat=True)
    assert set(batched) == {direct / 2}
    assert direct == Decimal("0.004000")
    assert spent_tokens(timezone.now().date()) == 6 * 1100


def test_the_questions_are_those_of_direct_calls(server, papers):
    backfill()
    assert {(line["method"], line["url"]) for line in server.lines} == {("POST", "/v1/chat/completions")}
    names = [line["custom_id"] for line in server.lines]
    assert len(set(names)) == 5
    assert all(len(name) <= 64 for name in names)
    assert server.requests[0].keys() == server.lines[0]["body"].keys()


def test_the_periodic_run_takes_answers_in(server, papers):
    backfill()
    server.finish()
    assert service.summarise_wanted(now=timezone.now()).counts["ready"] == 5


def test_what_a_batch_does_not_answer_is_asked_directly(server, papers):
    backfill()
    server.finish(status="expired", answered=2)
    report = service.summarise_by_batch([], ["en"])
    assert (report.counts["collected"], report.counts["ready"]) == (2, 5)
    assert "expired" in report.problems[0]
    assert server.asked == 1 + 3


def test_a_failed_line_is_asked_directly_and_a_refused_one_is_held(server, papers):
    backfill()
    said = iter([500, 400, *[""] * 3])
    server.answer = lambda body: next(said) or write_truth(body)
    server.finish()
    server.answer = write_truth
    assert backfill()["ready"] == 5
    assert server.asked == 1 + 2


@pytest.mark.parametrize("lost", ["POST /files", "POST /batches"])
def test_a_process_that_dies_at_the_provider_leaves_nothing_twice(server, papers, monkeypatch, lost):
    """The provider has worked on the request; who sent it never learned what came of it."""

    def die(*_, **__):
        raise KeyboardInterrupt

    server.fails = {lost}
    with monkeypatch.context() as patch:
        patch.setattr(batches, "_give_up", die)
        with pytest.raises((KeyboardInterrupt, ModelError)):
            backfill()
    server.fails = set()
    backfill()
    server.finish()
    backfill()
    assert Summary.objects.filter(state=State.READY, author="model").count() == 6
    assert len(server.lines) == 5


def test_a_crash_while_answers_are_stored_stores_them_once(server, papers, monkeypatch):
    backfill()
    server.finish()
    with monkeypatch.context() as patch:
        patch.setattr(batches, "_free", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backfill()
    assert SummaryAttempt.objects.count() == 1
    assert backfill()["collected"] == 5
    assert SummaryAttempt.objects.count() == 6


def test_answers_that_nobody_judged_are_judged_by_the_next_call(server, papers, settings, monkeypatch):
    url, settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL, ""
    service.summarise_day(DAY, ["en", "ko"])
    settings.OPENAI_BASE_URL = url
    backfill()
    server.finish()
    with monkeypatch.context() as patch:
        patch.setattr(service, "_summarise", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backfill()
    assert backfill()["ready"] == 5
    assert Summary.objects.filter(author="model").count() == 6
    assert server.asked == 1


def test_an_answer_about_an_older_version_is_kept_and_not_shown(server, papers):
    backfill()
    changed = invent(9)
    Paper.objects.filter(pk=papers[2].pk).update(title=changed.title, abstract=changed.abstract, version=2)
    server.finish()
    backfill()
    row = Summary.objects.get(paper=papers[2], language="en")
    assert changed.name in row.sentence
    assert sorted(row.attempts.values_list("paper_version", flat=True)) == [1, 2]


def test_the_budget_counts_what_is_handed_in(server, papers, settings):
    settings.DAILY_TOKEN_BUDGET = 7_000
    handed = backfill()["handed_in"]
    assert 0 < handed < 5
    assert backfill()["handed_in"] == 0


def test_an_endpoint_without_batches_says_so_and_everything_can_be_asked_directly(server, papers):
    server._answer = lambda method, path, handler, body: (
        BatchServer._answer(server, method, path, handler, body) if "chat" in path else (404, {"error": "no"})
    )
    with pytest.raises(ModelError, match="not found"):
        backfill()
    assert SummaryBatch.objects.get().state == "failed"
    assert service.summarise_day(DAY, ["en", "ko"]).counts["ready"] == 5


def test_a_batch_that_is_gone_is_given_up(server, papers):
    backfill()
    server.batches.clear()
    report = service.summarise_by_batch([], ["en"])
    assert "not found" in report.problems[0]
    assert not Summary.objects.filter(retry_at__gt=timezone.now()).exists()


def test_extracts_that_are_handed_in_stay_shown_and_are_not_asked_meanwhile(server, papers, settings):
    url, settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL, ""
    service.summarise_day(DAY, ["en", "ko"])
    settings.OPENAI_BASE_URL = url
    assert backfill()["handed_in"] == 5
    assert Summary.objects.shown().count() == 6
    assert service.summarise_day(DAY, ["en", "ko"]).counts.get("calls", 0) == 0
    server.finish()
    backfill()
    assert Summary.objects.filter(author="model").count() == 6


def test_the_command_hands_in_and_refuses_half_a_range(server, papers, capsys):
    last = DAY + timedelta(days=1)
    days = ("--from", str(DAY), "--to", str(last))
    call_command("summarise_papers", *days, "--language", "en", "--batch", "--json")
    assert json.loads(capsys.readouterr().out)["handed_in"] == 2
    call_command("summarise_papers", *days, "--language", "ko", "--json")
    assert json.loads(capsys.readouterr().out)["ready"] == 3
    for wrong in (("--from", str(DAY)), ("--from", str(last), "--to", str(DAY)), ("--day", str(DAY), *days)):
        with pytest.raises(CommandError) as caught:
            call_command("summarise_papers", *wrong)
        assert caught.value.returncode == 2


def test_the_recorded_answers_of_a_batch_are_read(recorded):
    """A real cycle: the file that OpenAI gave back, through the adapter's own reading."""
    folder = recorded / "openai/cassettes/crmne__ruby_llm"
    (cassette,) = folder.glob("*batch_with_openai*.yml")
    exchanges = yaml.safe_load(cassette.read_text(encoding="utf-8"))["http_interactions"]
    replies = {each["request"]["uri"]: each["response"]["body"]["string"] for each in exchanges}

    def replay(request):
        body = replies[str(request.url)]
        return httpx2.Response(200, content=body.encode() if isinstance(body, str) else body)

    endpoint = ModelEndpoint("https://api.openai.com/v1", "x", "gpt")
    with LanguageModel(endpoint, transport=httpx2.MockTransport(replay)) as model:
        batch = model.batch("batch_6a85c08a63188190982c56b42faa4ff5")
        assert batch.is_over
        assert batch.problem == ""
        assert len(batch.answers) == 1
        found = dict(model.answers(batch.answers[0]))
    assert found.keys() == {"0", "1"}
    assert all(isinstance(each, Answer) and each.prompt_tokens for each in found.values())
    assert isinstance(found["0"], Answer)
    assert found["0"].text.strip() == "4"
