"""Every command that a document shows is run here, by a test that it names, or judged as far as can be.

On a machine of its own (``machine.py``) each block is run by a shell, as it stands. What has no place there,
a program that the machine has not, or a call that nobody judges, fails.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from benchmarks.__main__ import NAMES
from tests.documents import elsewhere, fences
from tests.documents.calls import environment_of_units, judge
from tests.documents.fences import ROOT, Block, all_blocks, spans_of
from tests.documents.installation import READER
from tests.documents.machine import REAL, STAND_INS, Machine

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

BLOCKS = all_blocks()
WITH_COMMANDS = sorted({block.document for block in BLOCKS if block.kind in ("sh", "cron")})
QUICK_START = "docs/quick-start.md"
# What stands in documents for a reader who has to have a digest before the command.
AFTER_A_DAY = {"docs/curation.md"}
OURS = {name for name, app in get_commands().items() if app in ("newsletter", "operations", "subscriptions")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("m")) as machine:
        yield machine


@pytest.fixture
def machine(running: Machine) -> Machine:
    running.begin_anew()
    return running


def blocks_in(document: str) -> list[Block]:
    return [block for block in BLOCKS if block.document == document and block.kind in ("sh", "cron")]


def run_all(document: str, machine: Machine) -> None:
    for block in blocks_in(document):
        machine.run(block.script)
    for call in machine.calls():
        judge(call)
        by_units = {name: value for name, value in call.environment.items() if name != "DATABASE_URL"}
        assert by_units in ({}, environment_of_units()), call


def take_in_a_day(machine: Machine) -> None:
    for command in ("fetch_papers", "compose_editions", "approve_editions"):
        machine.manage(command)


def test_blocks_say_what_they_hold_and_none_hides_a_command():
    programs = {*REAL, *STAND_INS, "celery", "pip", "psql", "python", "python3", "manage.py"} - {"test"}
    for block in BLOCKS:
        assert block.kind in fences.KINDS, block
        if block.kind not in ("sh", "cron"):
            firsts = {line.split()[0].rpartition("/")[2] for line in block.text.splitlines() if line.strip()}
            assert not firsts & programs, block
    opened = [
        line
        for name in fences.DOCUMENTS
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if name != "CHANGELOG.md" and line.lstrip().startswith(("```", "~~~"))
    ]
    assert len(opened) == 2 * len(BLOCKS)


@pytest.mark.parametrize("document", [name for name in WITH_COMMANDS if name != QUICK_START])
def test_the_commands_of_a_document_run(document: str, machine: Machine):
    if document in AFTER_A_DAY:
        take_in_a_day(machine)
    run_all(document, machine)


def test_the_quick_start_ends_with_a_digest(machine: Machine):
    before = len(machine.mails())
    run_all(QUICK_START, machine)
    machine.manage("send_digests")
    trial, digest = machine.mails()[before:]
    assert f"To: {READER}".encode() in trial
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in digest
    assert b"arxiv.org/abs/" in digest


def test_what_runs_elsewhere_is_shown_and_run_there():
    commands = [line for block in BLOCKS for line in block.text.splitlines()]
    for name, node in (elsewhere.COMMANDS | elsewhere.TARGETS).items():
        assert any(name in line for line in commands), name
        path, _, function = node.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert function in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}, node


def test_settings_in_blocks_exist():
    settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    shown = [line for block in BLOCKS for line in block.text.splitlines()]
    for line in shown:
        if match := re.match(r"([A-Z][A-Z_]+)=", line):
            assert f"`{match[1]}`" in settings, line


@cache
def options_of(command: str) -> frozenset[str]:
    app: Any = get_commands()[command]
    known = app if not isinstance(app, str) else load_command_class(app, command)
    parser = known.create_parser("manage.py", command)
    return frozenset(option for action in parser._actions for option in action.option_strings)


@pytest.mark.parametrize("document", [name for name in fences.DOCUMENTS if name != "CHANGELOG.md"])
def test_commands_in_the_text_of_a_document_exist_with_their_options(document: str):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for span in spans_of((ROOT / document).read_text(encoding="utf-8")):
        words = [word for word in span.split() if not re.match(r"[A-Z_]+=", word)]
        names = re.findall(r"\bNAME=([\w-]+)", span)
        if words[:1] == ["make"]:
            targets = [word for word in words[1:] if not word.startswith("-")]
            assert all(re.search(rf"^(?:.* )?{name}(?: .*)?:", makefile, re.MULTILINE) for name in targets), (
                span
            )
            assert set(names) <= set(NAMES), span
        if words and Path(words[0]).name in ("python", "manage.py"):
            words = words[words.index("manage.py") + 1 :] if "manage.py" in words else words[:0]
            assert not words or words[0] in get_commands(), span
        if words and words[0] in OURS:
            assert set(re.findall(r"--[a-z][a-z-]+", span)) <= options_of(words[0]), span
