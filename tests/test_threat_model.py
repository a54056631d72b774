"""The threat model names a test for each of its lines, and each of these tests exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_the_threat_model_names_exists():
    sources = {
        file: (ROOT / file).read_text(encoding="utf-8") for file, _ in NAMED if (ROOT / file).is_file()
    }
    missing = [f"{file}::{name}" for file, name in NAMED if f"def {name}(" not in sources.get(file, "")]
    assert len(NAMED) > 30
    assert missing == []


def test_every_line_of_its_tables_names_one():
    tables = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    for section in tables:
        heading, *lines = section.splitlines()
        if not any(line.startswith("|") and line.rstrip().endswith("| test |") for line in lines):
            continue
        rows = [line for line in lines if line.startswith("|")][2:]
        assert rows
        assert [line for line in rows if "::test_" not in line] == [], heading
