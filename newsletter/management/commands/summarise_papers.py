"""``summarise_papers [--day D] [--language L]``: write the summaries that readers in use need."""

import sys
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm

from newsletter import calendar
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport
from newsletter.summaries.service import summarise_day


class Command(StageCommand):
    help = "Write the summaries of one day, in the languages that readers use."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, default=None, help="such as 2026-03-18; default: the latest"
        )
        parser.add_argument(
            "--language", action="append", default=None, help="such as ko; may be repeated; default: readers'"
        )

    def run(self, *, day: date | None, language: list[str] | None, **_: Any) -> StageReport:
        day = day or calendar.latest_day(timezone.now())
        with tqdm(leave=False, disable=self.as_json or not sys.stderr.isatty()) as bar:
            bar.set_description(f"{day}: summaries")
            return summarise_day(day, language, progress=bar.update)
