"""Lists of subscribers as CSV: taken in from any service or by hand, and written out again.

1. :mod:`~subscriptions.csv_import.tables` finds out how the file was saved.
2. :mod:`~subscriptions.csv_import.survey` reads it once: every line must be understood (an allow-list).
3. :mod:`~subscriptions.csv_import.intake` reads it again and stores it.
"""

from subscriptions.csv_import.export import export_rows
from subscriptions.csv_import.intake import LineVerdict, import_rows
from subscriptions.csv_import.rows import read_slugs
from subscriptions.csv_import.standings import Answers, read_answer
from subscriptions.csv_import.survey import Plan, Question, UnknownMeaning, survey
from subscriptions.csv_import.tables import Table, open_table

KINDS = ("imported", "known", "suppressed", "left", "refused")

__all__ = [
    "KINDS",
    "Answers",
    "LineVerdict",
    "Plan",
    "Question",
    "Table",
    "UnknownMeaning",
    "export_rows",
    "import_rows",
    "open_table",
    "read_answer",
    "read_slugs",
    "survey",
]
