"""``backfill --from D --to D``: take in a range of days; a day that is done is not asked for again."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter import stages
from newsletter.errors import InvalidInput
from newsletter.intake import FIRST_DAY, SOURCES, is_done, take_in
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport
from newsletter.set_aside import isolating

FAILURES_IN_A_ROW = 3


class Command(StageCommand):
    """Takes in past days one by one; what is done is skipped, and three failures in a row end it."""

    help = "Take in every day of a range. May be stopped at any time and started again."
    no_summary = "every day was there already"

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--from", type=day_argument, required=True, dest="first", metavar="DAY")
        parser.add_argument("--to", type=day_argument, required=True, dest="last", metavar="DAY")
        parser.add_argument("--source", choices=SOURCES, default=None, help="only this one; default: both")

    @override
    def run(self, *, first: date, last: date, source: str | None, **_: Any) -> StageReport:
        if first > last:
            raise InvalidInput(f"--from {first} is after --to {last}.")
        if last > timezone.now().date():
            raise InvalidInput(f"--to {last} has not come yet.")
        if first < FIRST_DAY:
            raise InvalidInput(f"--from {first} is before {FIRST_DAY}, when arXiv began.")
        sources = (source,) if source else SOURCES
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        counts: Counter[str] = Counter(days_done=0, days_skipped=0, days_failed=0)
        problems: list[str] = []
        failed_in_a_row = 0
        with isolating(stages.DAYS, now=timezone.now()) as run:
            for day in self.progress(days, total=len(days), label="backfill"):
                missing = [name for name in sources if not is_done(day, source=name)]
                if not missing:
                    counts["days_skipped"] += 1
                    continue
                act = partial(take_in, now=timezone.now(), sources=missing)
                report = run.one(day, act) or StageReport()
                counts.update(report.counts)
                problems.extend(report.problems)
                failed = not all(is_done(day, source=name) for name in missing)
                counts["days_failed" if failed else "days_done"] += 1
                failed_in_a_row = failed_in_a_row + 1 if failed else 0
                if failed_in_a_row >= FAILURES_IN_A_ROW:
                    problems.append(
                        f"Stopped after {day}: {failed_in_a_row} days in a row failed. Run it again later."
                    )
                    break
        return StageReport(counts=dict(counts), problems=(*problems, *run.set_aside))
