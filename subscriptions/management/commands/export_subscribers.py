"""All subscribers as a CSV file that import_subscribers reads."""

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.csv_import import export_rows
from subscriptions.models import Subscriber


class Command(StageCommand):
    """``export_subscribers``: all readers as CSV."""

    help = "Write all subscribers to a CSV file that only its owner can read."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="the CSV file to write; it must not exist")

    @override
    def run(self, **options: Any) -> StageReport:
        path: Path = options["file"]
        quiet = self.as_json or not sys.stderr.isatty()
        try:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise InvalidInput(f"{path}: {error.strerror}") from error
        total = Subscriber.objects.count()
        with (
            os.fdopen(opened, "w", encoding="utf-8", newline="") as file,
            tqdm(total=total, disable=quiet, leave=False) as bar,
        ):
            exported = export_rows(file, progress=bar.update)
        missing = total - exported
        problem = f"{missing} readers could not be written; the desk says which, and why."
        return StageReport({"exported": exported}, (problem,) if missing > 0 else ())
