"""Cells of CSV files that no spreadsheet takes for a formula, whatever separator it opens the file with.

Pure. A spreadsheet that splits at another sign than ours begins a cell in the middle of ours, so a formula is
looked for after each of them. Excel of East Asia also computes the full-width forms (CWE-1236).
"""

import re
from collections.abc import Iterable

# Blanks that separate cells are no part of what stands before a formula: so no blank is looked at twice.
_BEGINNING = r"((?:^|[,;\t|\r\n])(?:[^\S\t\r\n]|\")*+)"
_BARE = re.compile(_BEGINNING + r"(?='*[=+\-@＝＋－＠])")
_GUARDED = re.compile(_BEGINNING + r"'(?='*[=+\-@＝＋－＠])")
_INDENTED = re.compile(r"'*[\t\r]")


def harmless(cell: str) -> str:
    """``cell`` with an apostrophe before each sign that would begin a formula; :func:`plain` undoes it."""
    guarded = _BARE.sub(r"\1'", cell)
    return f"'{guarded}" if _INDENTED.match(guarded) else guarded


def plain(cell: str) -> str:
    """``cell`` as it was before :func:`harmless`."""
    guarded = cell[1:] if cell.startswith("'") and _INDENTED.match(cell) else cell
    return _GUARDED.sub(r"\1", guarded)


def harmless_row(cells: Iterable[object]) -> list[str]:
    """The texts of ``cells``, each :func:`harmless`."""
    return [harmless(str(cell)) for cell in cells]
