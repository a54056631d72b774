"""Lists of subscribers as CSV: taken in from any service or by hand, and written out again.

1. :mod:`~subscriptions.rosters.tables` finds out how the file was saved.
2. :mod:`~subscriptions.rosters.survey` reads it once: every line must be understood (an allow-list).
3. :mod:`~subscriptions.rosters.intake` reads it again and stores it.
"""

from subscriptions.rosters.export import export_rows
from subscriptions.rosters.intake import Verdict, import_rows
from subscriptions.rosters.rows import read_slugs
from subscriptions.rosters.standings import Answers, read_answer
from subscriptions.rosters.survey import Plan, Question, UnknownMeaning, survey
from subscriptions.rosters.tables import Table, open_table

KINDS = ("imported", "known", "suppressed", "left", "refused")

__all__ = [
    "KINDS",
    "Answers",
    "Plan",
    "Question",
    "Table",
    "UnknownMeaning",
    "Verdict",
    "export_rows",
    "import_rows",
    "open_table",
    "read_answer",
    "read_slugs",
    "survey",
]
