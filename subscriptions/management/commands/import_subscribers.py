"""Subscribers from a CSV file of any newsletter service, or of one's own."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm
from typing_extensions import override

from lib.csv_cells import escape_row
from newsletter.errors import InvalidInput
from newsletter.languages import language
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.csv_import import (
    KINDS,
    LineVerdict,
    import_rows,
    open_table,
    read_answer,
    read_slugs,
    survey,
)
from subscriptions.readers.clock import zone_named
from subscriptions.readers.wishes import Wishes

SHOWN = 20  # refused lines on the terminal; --report has them all
READINGS = 2


class Command(StageCommand):
    """``import_subscribers``: readers from a CSV list."""

    help = (
        "Import subscribers who have agreed elsewhere. Nobody who is known here is changed, nobody who left "
        "there becomes a reader, and no address that must not be written to comes back."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="CSV with a heading, in UTF-8 or UTF-16")
        parser.add_argument("--source", default="", help="where they agreed, kept as proof; else FILE")
        parser.add_argument("--topics", default="", help="slugs with commas between, for lines without")
        parser.add_argument("--language", default="en", help="for lines without a language")
        parser.add_argument("--time-zone", default="UTC", help="for lines without a time zone")
        parser.add_argument(
            "--treat",
            action="append",
            default=[],
            metavar="COLUMN=VALUE:active|left",
            help="what a value means that the import does not know; * is any other value; may be repeated",
        )
        parser.add_argument(
            "--as",
            dest="taken_as",
            choices=["left"],
            help="left: everybody in the list has left, and no later import brings them in",
        )
        parser.add_argument("--dry-run", action="store_true", help="report on each line and change nothing")
        parser.add_argument("--report", type=Path, help="write the verdict on each line to this CSV file")

    @override
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
                verdicts = self._verdicts(path, defaults, options)
                for verdict in _reported(verdicts, options["report"], stack):
                    counts[verdict.kind] += 1
                    if verdict.kind == "refused" and len(refused) < SHOWN:
                        refused.append(f"{path}:{verdict.line}: {verdict.reason}")
        except OSError as error:
            raise InvalidInput(f"{path}: {error.strerror or error}") from error
        if counts["refused"] > len(refused):
            refused.append(f"… and {counts['refused'] - len(refused)} more; --report FILE names them all.")
        return StageReport({kind: counts[kind] for kind in KINDS}, tuple(refused))

    def _verdicts(self, path: Path, defaults: Wishes, options: dict[str, Any]) -> Iterator[LineVerdict]:
        answers = dict(read_answer(text) for text in options["treat"])
        quiet = self.as_json or not sys.stderr.isatty()
        with (
            path.open("rb") as file,
            tqdm(
                total=READINGS * path.stat().st_size, unit="B", unit_scale=True, disable=quiet, leave=False
            ) as bar,
        ):
            try:
                table = replace(open_table(file), progress=bar.update)
                plan = survey(
                    table,
                    answers=answers,
                    all_left=options["taken_as"] == "left",
                    name=path.name,
                )
            except InvalidInput as error:
                raise InvalidInput(f"{path}: {error.message}") from error
            yield from import_rows(
                table,
                plan,
                source=options["source"] or path.name,
                defaults=defaults,
                now=timezone.now(),
            )


def _reported(verdicts: Iterator[LineVerdict], path: Path | None, stack: ExitStack) -> Iterator[LineVerdict]:
    """``verdicts``, each written to the CSV file at ``path`` as it passes."""
    if path is None:
        yield from verdicts
        return
    report = csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")))
    report.writerow(("line", "verdict", "reason"))
    for verdict in verdicts:
        report.writerow(escape_row((verdict.line, verdict.kind, verdict.reason)))
        yield verdict
