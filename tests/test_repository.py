"""The project's own files agree with each other: documents, settings, containers, walls."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.supervisor import procfile_commands

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED = "\n".join(
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/settings.md")
)
PACKAGES = ("config", "lib", "newsletter", "operations", "subscriptions", "services", "benchmarks")
LONGEST_MODULE = 400  # lines
# "Pure" as a claim of its own; "Pure but for ..." names what the module also does.
SAYS_PURE = re.compile(r"\bPure\b(?! but for)")


def table(heading: str) -> str:
    """What the README or docs/settings.md has under ``heading``."""
    (_, rest) = re.split(rf"^#+ {re.escape(heading)}$", DOCUMENTED, flags=re.MULTILINE)
    return re.split(r"^#{1,3} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def code_names(text: str) -> set[str]:
    """What stands in backticks in the first column of a table."""
    firsts = (re.split(r"(?<!\\)\|", line)[1] for line in text.splitlines() if line.startswith("| `"))
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def test_every_setting_is_documented_and_every_documented_setting_exists():
    files = (ROOT / "config" / "settings").glob("*.py")
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    read = set(
        re.findall(r"(?:env\.\w+|secret|whole_number|number|share|one_of|day)\(\s*\"([A-Z_]+)\"", source)
    )
    read |= {f"{name}_FILE" for name in re.findall(r"\bsecret\(\"([A-Z_]+)\"", source)}
    assert code_names(table("Settings")) == read


def test_every_command_is_documented_and_every_documented_command_exists():
    files = [*ROOT.glob("*/management/commands/*.py")]
    commands = {file.stem for file in files if file.stem != "__init__"}
    documented = {name.split()[0] for name in code_names(table("manage.py"))}
    assert documented == commands


def test_every_documented_make_target_exists():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in code_names(table("Make")):
        target = name.split()[1]
        assert re.search(rf"^  make {target} ", said, re.MULTILINE), target


def test_only_settings_reads_the_environment():
    readers = {
        str(file.relative_to(ROOT))
        for app in ("config", "newsletter", "operations", "subscriptions")
        for file in (ROOT / app).rglob("*.py")
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|os\.getenv", file.read_text())
    }
    assert readers <= {"config/settings/environment.py"}


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_the_compose_files_keep_the_specification():
    subprocess.run(
        [
            str(Path(sys.executable).parent / "check-jsonschema"),
            *("--builtin-schema", "vendor.compose-spec"),
            *("docker-compose.yml", "docker-compose.production.yml"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def test_containers_run_the_procfiles_commands_and_so_does_make():
    services = compose()["services"]
    for name, command in procfile_commands().items():
        listening = ["--bind", "0.0.0.0:8000"] if name == "web" else []
        assert shlex.split(services[name]["command"]) == [command[0], *listening, *command[1:]], name
    assert "Procfile" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_no_lock_file_or_document_names_a_host_of_packages_or_a_path_of_a_machine():
    for name in ("requirements.lock", "requirements-dev.lock", "README.md", "pyproject.toml", "Makefile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://\S*(?:pypi|pythonhosted|simple)\b", text), name
        assert "/root/" not in text, name
        assert "/work/" not in text, name


def modules() -> Iterator[tuple[str, str]]:
    """The dotted name and the source of each module of ours, without migrations and tests."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            path = file.relative_to(ROOT).with_suffix("")
            if "migrations" not in path.parts:
                yield ".".join(path.parts), file.read_text(encoding="utf-8")


def pure_heart() -> dict[str, Any]:
    """The contract on the pure modules in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["name"].startswith("the pure heart")]
    return contract


def test_every_module_that_says_it_is_pure_is_in_the_contract_of_the_pure_heart():
    covered = set(pure_heart()["source_modules"])
    outside = []
    for name, source in modules():
        parts = name.removesuffix(".__init__").split(".")
        packages = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        if SAYS_PURE.search(ast.get_docstring(ast.parse(source)) or "") and not packages & covered:
            outside.append(name)
    assert outside == []


def test_the_pure_heart_asks_no_clock_and_no_dice():
    contract = pure_heart()
    assert contract["allow_indirect_imports"] is False
    impure = re.compile(r"(?:^|\.)(?:now|today|utcnow|monotonic|perf_counter|sleep)$|^time\.|^random\.")
    covered = tuple(contract["source_modules"])
    calls = [
        f"{name}: {ast.unparse(node)}"
        for name, source in modules()
        if name in covered or name.startswith(tuple(f"{each}." for each in covered))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and impure.search(ast.unparse(node.func))
    ]
    assert calls == []


def test_no_module_is_longer_than_a_person_reads_at_once():
    lengths = {name: len(source.splitlines()) for name, source in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_a_packages_init_says_what_it_is_and_holds_no_code_but_exports():
    wrong = []
    for name, source in modules():
        if not name.endswith(".__init__"):
            continue
        tree = ast.parse(source)
        if not ast.get_docstring(tree):
            wrong.append(f"{name} has no docstring")
        wrong += [
            f"{name} holds {each.name}"
            for each in tree.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
    assert wrong == []


def test_every_switched_off_rule_has_its_reason_and_line_lengths_are_switched_off_nowhere():
    switched_off = re.compile(r"#\s*(?:ruff:\s*)?noqa\b.*")
    with_reason = re.compile(r"# noqa: [A-Z]+\d+(?:, [A-Z]+\d+)* - \w.*")
    files = [ROOT / "gunicorn.conf.py", ROOT / "manage.py"]
    files += [file for package in (*PACKAGES, "tests") for file in sorted((ROOT / package).rglob("*.py"))]
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {comment[0]}"
        for file in files
        if "migrations" not in file.parts and file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (comment := switched_off.search(line))
        and (not with_reason.fullmatch(comment[0]) or "E501" in comment[0])
    ]
    assert wrong == []


def test_the_walls_between_the_rooms_stand():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
