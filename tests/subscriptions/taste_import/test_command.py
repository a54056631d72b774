"""``import_taste``: the same reading and matching as the page's, from a terminal."""

import json

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import WantedPaper
from subscriptions.models import ImportedLike, Vote
from tests.factories import make_paper, make_subscriber

pytestmark = pytest.mark.django_db

LIST = r"""
@misc{a, title={One {\'e}tude of many}, author={Lovelace, Ada}}
@misc{b, title={Two}, eprint={2403.03163}}
@misc{broken, title={
@misc{c, title={Nobody knows this title}}
"""


@pytest.fixture
def bib(tmp_path):
    path = tmp_path / "mine.bib"
    path.write_text(LIST)
    return path


@pytest.fixture
def reader():
    make_paper(title="One étude of many", arxiv_id="2603.77777")
    return make_subscriber("ada@example.org")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        call_command("import_taste", *arguments)
    printed = capsys.readouterr()
    return left.value.code, printed.out, printed.err


def test_what_is_found_counts_and_a_broken_entry_is_named(reader, bib, capsys):
    status, out, err = run(capsys, "ADA@example.org", str(bib), "--json")
    assert status == 1
    assert json.loads(out) | {"problems": []} == {
        "counted": 1,
        "waiting": 1,
        "found": 1,
        "to_fetch": 1,
        "voted_before": 0,
        "repeated": 0,
        "not_found": 1,
        "unreadable": 1,
        "problems": [],
    }
    assert f"{bib}:4: Its braces" in err
    assert list(Vote.objects.values_list("subscriber", "paper__arxiv_id", "value")) == [
        (reader.pk, "2603.77777", 1)
    ]
    assert WantedPaper.objects.get().arxiv_id == "2403.03163"


def test_a_rehearsal_shows_what_each_entry_means_and_changes_nothing(reader, bib, capsys):
    status, out, _ = run(capsys, "ada@example.org", str(bib), "--dry-run")
    assert status == 1
    assert "line 2: 2603.77777 One étude of many: Found" in out
    assert "line 3: 2403.03163 Two: Will be fetched from arXiv" in out
    assert "line 5: - Nobody knows this title: Not found here" in out
    assert not any(model.objects.exists() for model in (Vote, ImportedLike, WantedPaper))


def test_what_is_not_found_is_named(reader, bib, capsys):
    _, out, _ = run(capsys, "ada@example.org", str(bib))
    assert "line 5: - Nobody knows this title: Not found here; add its arXiv id." in out


def test_a_second_run_counts_nothing_again(reader, bib, capsys):
    run(capsys, "ada@example.org", str(bib))
    _, out, _ = run(capsys, "ada@example.org", str(bib), "--json")
    assert (json.loads(out)["counted"], json.loads(out)["voted_before"]) == (0, 1)


@pytest.mark.parametrize(
    ("address", "content", "sentence"),
    [
        ("eve@example.org", b"2403.03163", "There is no reader with this address"),
        ("ada@example.org", b"%PDF-1.4", "This is a PDF"),
        ("ada@example.org", b"", "The list is empty."),
        ("ada@example.org", None, "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(reader, tmp_path, address, content, sentence):
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence) as raised:
        call_command("import_taste", address, str(path))
    assert raised.value.returncode == 2
