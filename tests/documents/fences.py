"""What stands between fences in a document, and the commands among it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")})
)
KINDS = ("sh", "cron", "ini", "text")  # commands, a crontab's lines, settings, and what nobody types
# A block that a document opens: its indentation, its kind, and what it holds.
_FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_FIVE_TIMES = re.compile(r"^(?:\S+\s+){5}")


@dataclass(frozen=True)
class Block:
    """``line``: of the document, on which the text begins."""

    document: str
    line: int
    kind: str
    text: str

    @property
    def script(self) -> str:
        """What a shell is given: of a crontab the commands, without times and with "%" as it is meant."""
        if self.kind != "cron":
            return self.text
        return "\n".join(_FIVE_TIMES.sub("", line).replace("\\%", "%") for line in self.text.splitlines())

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks_of(document: str, text: str) -> Iterator[Block]:
    """Every block of ``text`` that fences enclose."""
    for match in _FENCE.finditer(text):
        indent, kind, inside = match.groups()
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(document, line, kind, re.sub(rf"^{indent}", "", inside, flags=re.MULTILINE))


def all_blocks() -> list[Block]:
    """The blocks of all documents but the changelog, which tells of what was."""
    return [
        block
        for name in DOCUMENTS
        if name != "CHANGELOG.md"
        for block in blocks_of(name, (ROOT / name).read_text(encoding="utf-8"))
    ]


def spans_of(text: str) -> list[str]:
    """What stands in backticks outside of fences, on one line or over two."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", _FENCE.sub("", text))]
