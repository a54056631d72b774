"""Subscribers from a CSV file of Mailchimp, of listmonk or of one's own."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from newsletter.errors import InvalidInput
from newsletter.languages import language
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.clock import zone_named
from subscriptions.rosters import LONGEST_CELL, Verdict, import_rows, read_slugs
from subscriptions.wishes import Wishes

KINDS = ("imported", "known", "suppressed", "left", "refused")
SHOWN = 20  # refused lines on the terminal; --report has them all


class Command(StageCommand):
    help = (
        "Import subscribers who have agreed elsewhere. Nobody who is known here is changed, and no address "
        "that must not be written to comes back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="CSV in UTF-8 with a heading")
        parser.add_argument("--source", default="", help="where they agreed, kept as proof; else FILE")
        parser.add_argument("--topics", default="", help="slugs with commas between, for lines without")
        parser.add_argument("--language", default="en", help="for lines without a language")
        parser.add_argument("--time-zone", default="UTC", help="for lines without a time zone")
        parser.add_argument("--dry-run", action="store_true", help="report on each line and change nothing")
        parser.add_argument("--report", type=Path, help="write the verdict on each line to this CSV file")

    def run(self, **options: Any) -> StageReport:
        defaults = Wishes(
            topics=read_slugs(options["topics"]),
            language=language(options["language"]).code,
            time_zone=zone_named(options["time_zone"]).key,
        )
        path: Path = options["file"]
        counts: Counter[str] = Counter()
        refused: list[str] = []
        try:
            with ExitStack() as stack:
                if options["dry_run"]:
                    # A rehearsal is the real thing, taken back: it sees a line's doubles as the import would.
                    stack.enter_context(transaction.atomic())
                    stack.callback(transaction.set_rollback, True)
                report = None
                if options["report"]:
                    written = stack.enter_context(options["report"].open("w", encoding="utf-8", newline=""))
                    report = csv.writer(written)
                    report.writerow(("line", "verdict", "reason"))
                source = options["source"] or path.name
                for verdict in self._verdicts(path, source=source, defaults=defaults):
                    counts[verdict.kind] += 1
                    if report:
                        report.writerow((verdict.line, verdict.kind, verdict.reason))
                    if verdict.kind == "refused" and len(refused) < SHOWN:
                        refused.append(f"{path}:{verdict.line}: {verdict.reason}")
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidInput(f"{path}: {_reason(error)}") from error
        if counts["refused"] > len(refused):
            refused.append(f"… and {counts['refused'] - len(refused)} more; --report FILE names them all.")
        return StageReport({kind: counts[kind] for kind in KINDS}, tuple(refused))

    def _verdicts(self, path: Path, *, source: str, defaults: Wishes) -> Iterator[Verdict]:
        csv.field_size_limit(10 * LONGEST_CELL)
        quiet = self.as_json or not sys.stderr.isatty()
        with (
            path.open("r", encoding="utf-8-sig", newline="") as file,
            tqdm(total=path.stat().st_size, unit="B", unit_scale=True, disable=quiet, leave=False) as bar,
        ):

            def lines() -> Iterator[str]:
                for line in file:
                    bar.update(len(line.encode()))
                    yield line

            yield from import_rows(csv.reader(lines()), source=source, defaults=defaults, now=timezone.now())


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "this is not UTF-8; save the file as CSV UTF-8"
    return getattr(error, "strerror", None) or str(error)
