"""Fetch the pictures of one day's editions, so that no mail has to wait for them."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.arxiv import calendar
from newsletter.images import pictures
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport


class Command(StageCommand):
    """Fetches a day's pictures by hand."""

    help = "Copy, check and shrink the pictures of a day's papers; those that are here already stay."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--day", type=day_argument, help="YYYY-MM-DD; else the latest announced day")

    @override
    def run(self, *, day: date | None, **_: Any) -> StageReport:
        return pictures.fetch_missing(day or calendar.latest_day(timezone.now()))
