"""``read_papers`` by hand."""

import json

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import Paper, Reading
from newsletter.readings import tools
from newsletter.sources.fulltext.fetch import FullTexts
from tests.model_server import ModelServer
from tests.newsletter.readings import writers

pytestmark = [pytest.mark.django_db, pytest.mark.processes]


def test_one_paper_is_read_with_the_settings_model(
    paper: Paper, source: FullTexts, settings, capsys, monkeypatch
):
    with ModelServer(answer=writers.truthful) as server:
        settings.OPENAI_BASE_URL = server.url
        monkeypatch.setattr(tools, "FullTexts", lambda: source)
        call_command("read_papers", paper=f"arXiv:{paper.arxiv_id}v1", json=True)
    counts = json.loads(capsys.readouterr().out)
    assert (counts["ready"], counts["problems"]) == (1, [])
    assert Reading.objects.get().state == Reading.State.READY


def test_an_unknown_paper_is_a_bad_argument(db: None):
    with pytest.raises(CommandError) as raised:
        call_command("read_papers", paper="2403.99999")
    assert raised.value.returncode == 2


def test_a_day_without_chosen_papers_has_nothing_to_do(paper: Paper, source: FullTexts, monkeypatch, capsys):
    monkeypatch.setattr(tools, "FullTexts", lambda: source)
    call_command("read_papers", day=None, json=True)
    assert json.loads(capsys.readouterr().out)["chosen"] == 0
