"""From SQLite to PostgreSQL."""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.backups.moving import MovedTable, move


class Command(StageCommand):
    """``move_database``: every row of DATABASE_URL into a PostgreSQL database."""

    help = (
        "Copy every table into a PostgreSQL database that was migrated and not used, and compare counts and "
        "checksums. Stop Paperpost first. The old database is only read; set DATABASE_URL to URL afterwards."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("url", help="postgres://user:password@host/name")

    @override
    def run(self, **options: Any) -> StageReport:
        with tqdm(unit=" rows", disable=self.as_json or not sys.stderr.isatty(), leave=False) as bar:

            def show(rows: int, total: int) -> None:
                bar.total = total
                bar.update(rows)

            self._moved = move(options["url"], progress=show)
        return StageReport(
            {"tables": len(self._moved), "rows": sum(table.rows for table in self._moved)},
            notes=tuple(map(_line, self._moved)),
        )

    @override
    def report(self, report: StageReport) -> None:
        if not self.as_json:
            super().report(report)
            self.stdout.write("All tables are the same on both sides. Now set DATABASE_URL to the new one.")
            return
        moved = {table.label: {"rows": table.rows, "checksum": table.checksum} for table in self._moved}
        self.stdout.write(json.dumps({**report.counts, "problems": [], "moved": moved}))


def _line(table: MovedTable) -> str:
    return f"{table.label:<36} {table.rows:>12,}  {table.checksum[:16]}  the same"
