"""``fetch_papers [--day D] [--source arxiv|huggingface]``: take in one announcement day."""

import sys
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm
from typing_extensions import override

from newsletter.arxiv import calendar
from newsletter.intake import SOURCES, take_in
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport

STEPS = 5  # Hugging Face, announcements, arXiv, papers by id, storing


class Command(StageCommand):
    """Takes in one day by hand, with a progress bar on a terminal."""

    help = "Take in one announcement day of arXiv and Hugging Face."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, default=None, help="such as 2026-03-18; default: the latest"
        )
        parser.add_argument("--source", choices=SOURCES, default=None, help="only this one; default: both")

    @override
    def run(self, *, day: date | None, source: str | None, **_: Any) -> StageReport:
        now = timezone.now()
        day = day or calendar.latest_day(now)
        with tqdm(total=STEPS, leave=False, disable=self.as_json or not sys.stderr.isatty()) as bar:

            def tell(step: str) -> None:
                bar.set_description(f"{day}: {step}")
                bar.update()

            return take_in(day, now=now, sources=(source,) if source else SOURCES, progress=tell)
