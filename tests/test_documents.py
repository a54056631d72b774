"""What the documents name exists: links, files, and the classes that the tour of the house tells of."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")} - {ROOT / "CHANGELOG.md"})
FOLDERS = (
    *("benchmarks", "config", "deploy", "docs", "lib", "newsletter", "operations", "services"),
    *("subscriptions", "tests"),
)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=relative
)
def test_a_document_names_only_what_exists(document: Path):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if not (document.parent / link).exists()]
    names = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text)
    missing += [name for name in names if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()]
    assert not [name for name in missing if "pl" not in Path(name).parts and "/pl." not in name]


def test_the_tour_names_each_shape_where_it_is_made():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d+ \|.*\| `(\w+)` \| `([\w/.]+)` \|$", text, re.MULTILINE)
    assert 5 < len(rows) <= 10
    for name, path in rows:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}, (
            f"{name} in {path}"
        )


def test_the_tour_is_short():
    lines = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150


def test_every_room_is_on_the_plan():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    plan = text.split("## The rooms", 1)[1].split("\n## ", 1)[0]
    for app in ("newsletter", "operations", "subscriptions"):
        folders = {path.parent.name for path in (ROOT / app).glob("*/__init__.py")}
        named = set(re.findall(r"`(?:\w+/)?(\w+)/`", plan))
        assert folders - named <= {"migrations", "templatetags"}, app


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    pages = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))) == pages
