"""Cells of CSV files that no spreadsheet computes as a formula, whatever separator it opens the file with.

Pure. A spreadsheet that splits at another separator than ours begins a cell in the middle of ours, so a
formula is looked for after each of them. Excel in East Asia also computes the full-width signs (CWE-1236).
"""

import re
from collections.abc import Iterable

# Separators are not among the blanks, so that no blank is looked at twice.
_CELL_START = r"((?:^|[,;\t|\r\n])(?:[^\S\t\r\n]|\")*+)"
_FORMULA = re.compile(_CELL_START + r"(?='*[=+\-@＝＋－＠])")
_ESCAPED_FORMULA = re.compile(_CELL_START + r"'(?='*[=+\-@＝＋－＠])")
_INDENTED = re.compile(r"'*[\t\r]")


def escape_cell(cell: str) -> str:
    """``cell`` with an apostrophe before each sign that would begin a formula."""
    escaped = _FORMULA.sub(r"\1'", cell)
    return f"'{escaped}" if _INDENTED.match(escaped) else escaped


def unescape_cell(cell: str) -> str:
    """``cell`` as it was before :func:`escape_cell`."""
    escaped = cell[1:] if cell.startswith("'") and _INDENTED.match(cell) else cell
    return _ESCAPED_FORMULA.sub(r"\1", escaped)


def escape_row(cells: Iterable[object]) -> list[str]:
    """The texts of ``cells``, each as :func:`escape_cell` gives it."""
    return [escape_cell(str(cell)) for cell in cells]
