"""``summarise_papers [--day D | --from D --to D] [--language L] [--batch]``: what readers in use need."""

import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm
from typing_extensions import override

from newsletter.arxiv import calendar
from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport
from newsletter.summaries.service import summarise_by_batch, summarise_day


class Command(StageCommand):
    """Writes summaries by hand, one by one or as a batch at the provider."""

    help = "Write the summaries that digests of one day or several need; with --language those of all papers."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, default=None, help="such as 2026-03-18; default: the latest"
        )
        parser.add_argument(
            "--from", type=day_argument, default=None, dest="first", help="the first of several days"
        )
        parser.add_argument("--to", type=day_argument, default=None, dest="last", help="the last of them")
        parser.add_argument(
            "--batch", action="store_true", help="at half the price, within a day; call again to collect"
        )
        parser.add_argument(
            "--language",
            action="append",
            default=None,
            help="such as ko; may be repeated: for all papers of the day, whoever reads them; "
            "default: what the digests need",
        )

    @override
    def run(
        self,
        *,
        day: date | None,
        first: date | None,
        last: date | None,
        language: list[str] | None,
        batch: bool,
        **_: Any,
    ) -> StageReport:
        days = self._days(day, first, last)
        with tqdm(leave=False, disable=self.as_json or not sys.stderr.isatty()) as bar:
            if batch:
                return summarise_by_batch(days, language, progress=bar.update)
            counts: Counter[str] = Counter()
            problems: list[str] = []
            notes: list[str] = []
            for each in days:
                bar.set_description(f"{each}: summaries")
                report = summarise_day(each, language, progress=bar.update)
                counts.update(report.counts)
                problems += report.problems
                notes += report.notes
            return StageReport(dict(counts), tuple(problems), tuple(notes))

    def _days(self, day: date | None, first: date | None, last: date | None) -> list[date]:
        if first is None and last is None:
            return [day or calendar.latest_day(timezone.now())]
        if day is not None or first is None or last is None or last < first:
            raise InvalidInput("Give either --day, or --from and a --to that is not before it.")
        return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
