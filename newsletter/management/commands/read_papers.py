"""``read_papers [--day D] [--paper ID] [--limit N]``: read the chosen papers in depth."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.arxiv.identifiers import split_id
from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand, day_argument
from newsletter.models import Paper
from newsletter.readings.service import read_in_depth, read_paper
from newsletter.records import StageReport


class Command(StageCommand):
    """Reads papers in depth by hand, the chosen ones or a named one."""

    help = "Read papers in depth: those that editors or votes chose, or one that is named."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, default=None, help="such as 2026-03-18; default: the last days"
        )
        parser.add_argument("--paper", default="", help="an arXiv id, such as 2403.03206; whoever chose it")
        parser.add_argument("--limit", type=int, default=50, help="at most so many papers; default: 50")

    @override
    def run(self, *, day: date | None, paper: str, limit: int, **_: Any) -> StageReport:
        now = timezone.now()
        if not paper:
            return read_in_depth(limit, now=now, day=day)
        id_and_version = split_id(paper)
        row = Paper.objects.filter(arxiv_id=id_and_version[0]).first() if id_and_version else None
        if row is None:
            raise InvalidInput(f"{paper!r} is not an arXiv id of a paper that was taken in.")
        return read_paper(row, now=now)
