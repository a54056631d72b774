"""Make or complete the editions of one day."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.arxiv import calendar
from newsletter.editions import composition
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport


class Command(StageCommand):
    """Composes by hand what the periodic task composes by itself."""

    help = "Put the papers of a day into the editions of the topics they match."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, help="YYYY-MM-DD; the latest announced day if left out"
        )

    @override
    def run(self, *, day: date | None, **_: Any) -> StageReport:
        now = timezone.now()
        return composition.compose(day or calendar.latest_day(now), now=now)
