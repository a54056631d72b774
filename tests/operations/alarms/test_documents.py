"""The table of alarms that operators read is the one that the code has."""

import re
from pathlib import Path

from operations.alarms.kinds import KINDS

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_of_alarms_is_the_codes():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert {kind: (meaning, remedy) for kind, meaning, remedy in rows} == {
        name: (kind.meaning, kind.remedy) for name, kind in KINDS.items()
    }
