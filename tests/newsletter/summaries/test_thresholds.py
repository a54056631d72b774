import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.grounding import DEFAULT
from newsletter.models import KnownModel, SummaryAttempt
from newsletter.summaries.thresholds import keep_thresholds, own_pairs, thresholds_of
from tests.factories import make_paper, make_summary
from tests.truthful_writer import invent, truth


@pytest.fixture(autouse=True)
def _place(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.SUMMARY_MODEL = "small"


def pairs_file(path, count):
    papers = [invent(number) for number in range(count)]
    rows = [
        {"title": each.title, "abstract": each.abstract, "summary": truth(each, "en")["sentence"]}
        for each in papers
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def attempt(
    *, language="en", age=timedelta(days=1), findings=({"check": "number", "verdict": "passed"},), **fields
):
    invented = invent(3)
    paper = make_paper(title=invented.title, abstract=invented.abstract)
    values = {"model": "small-2026-01-01", "answer": json.dumps(truth(invented, "en"))} | fields
    return SummaryAttempt.objects.create(
        summary=make_summary(paper, language), at=timezone.now() - age, findings=list(findings), **values
    )


@pytest.mark.django_db
def test_a_model_has_thresholds_of_its_own_once_they_are_kept():
    assert thresholds_of("small") == DEFAULT
    keep_thresholds("small", replace(DEFAULT, direction=0.5, habits={"enhanc": 0.1}))
    keep_thresholds("large", replace(DEFAULT, direction=0.7))
    assert (thresholds_of("small").direction, thresholds_of("large").direction) == (0.5, 0.7)
    assert thresholds_of("small").habits == {"enhanc": 0.1}
    assert thresholds_of("another") == DEFAULT


@pytest.mark.django_db
@pytest.mark.parametrize("kept", [{}, [], 3, {"direction": []}, {"habits": 3}])
def test_broken_thresholds_mean_the_first_ones(kept):
    KnownModel.objects.create(endpoint="", model="small", thresholds=kept, learned_at=timezone.now())
    assert thresholds_of("small") == DEFAULT


@pytest.mark.django_db
def test_examples_are_the_models_own_recent_english_answers_without_a_sure_fault():
    wanted = attempt()
    doubted = attempt(findings=[{"check": "direction", "verdict": "failed"}])
    attempt(findings=[{"check": "name", "verdict": "failed"}])
    attempt(findings=[])
    attempt(language="ko")
    attempt(model="other")
    attempt(age=timedelta(days=90))
    attempt(answer="{")
    attempt(error="refusal: No.")
    attempt(purpose="repair")
    attempt(paper_version=9)
    found = list(own_pairs("small", since=timezone.now() - timedelta(days=60)))
    assert [source.arxiv_id for _, source in found] == [
        each.summary.paper.arxiv_id for each in (wanted, doubted)
    ]
    assert found[0][0].startswith(json.loads(wanted.answer)["sentence"])


@pytest.mark.django_db
def test_the_command_calibrates_from_a_file(tmp_path, capsys):
    file = pairs_file(tmp_path / "pairs.jsonl", 200)
    call_command("calibrate_checks", "--pairs", str(file), "--model", "mine", "--json")
    assert json.loads(capsys.readouterr().out)["calibrated"] == 1
    assert thresholds_of("mine") != DEFAULT
    assert thresholds_of("small") == DEFAULT


@pytest.mark.django_db
def test_too_few_examples_change_nothing(capsys):
    attempt()
    with pytest.raises(SystemExit) as left:
        call_command("calibrate_checks")
    assert left.value.code == 1
    assert "Only 1 summaries of small" in capsys.readouterr().err
    assert thresholds_of("small") == DEFAULT


@pytest.mark.parametrize("line", ["{", "[]", '{"title": "x"}', '{"title": 1, "abstract": "", "summary": ""}'])
def test_a_wrong_line_is_named(tmp_path, line):
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"title": "a", "abstract": "b", "summary": "c"}\n' + line, encoding="utf-8")
    with pytest.raises(CommandError, match="Line 2") as refused:
        call_command("calibrate_checks", "--pairs", str(file))
    assert refused.value.returncode == 2
