"""An installation of the first migrations with many rows, written by the database itself."""

import json
from pathlib import Path
from string import Template

FIRST = [("newsletter", "0001_initial"), ("subscriptions", "0001_initial")]
LARGE = (
    *("newsletter_paper", "newsletter_entry", "newsletter_summary"),
    *("subscriptions_subscriber", "subscriptions_delivery", "subscriptions_deliveryevent"),
    *("subscriptions_consentevent", "subscriptions_vote"),
)
_WORDS = "half the memory is enough for training large models "
_PICKS = {
    "papers": [[paper, [["topic", 1 + paper % 5], ["pinned"]]] for paper in range(1, 11)],
    "also": list(range(11, 31)),
    "day": "2026-03-18",
    "new": 3,
    "topics": [1, 2],
    "editions": [1],
}
_STATEMENTS = Template((Path(__file__).parent / "_migration_rows.sql").read_text(encoding="utf-8"))


def fill(rows: int) -> None:
    """So many rows in each table of :data:`LARGE`."""
    from django.db import connection

    is_postgres = connection.vendor == "postgresql"
    numbers = f"SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows}"
    statements = _STATEMENTS.substitute(
        words=_WORDS,
        abstract=_WORDS * 25,
        takeaway=json.dumps({"text": _WORDS * 3, "evidence": _WORDS * 2}),
        picks=json.dumps(_PICKS),
        uuid="gen_random_uuid()" if is_postgres else "lower(hex(randomblob(16)))",
        numbers=f"(WITH RECURSIVE numbers AS ({numbers}) SELECT n FROM numbers) AS numbers",
    )
    with connection.cursor() as cursor:
        # The rows fit each other: no key has to be looked up.
        cursor.execute(
            "SET session_replication_role = replica" if is_postgres else "PRAGMA foreign_keys = OFF"
        )
        for statement in statements.split(";\n"):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
        cursor.execute("RESET session_replication_role" if is_postgres else "PRAGMA foreign_keys = ON")
