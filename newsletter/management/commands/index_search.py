"""Bring the search's index up to date."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.models import Paper
from newsletter.records import StageReport
from newsletter.search.index import all_papers, index_papers


class Command(StageCommand):
    """Does at once, for all papers, what the periodic task does by and by."""

    help = "Compare all papers with the search's index, and index those that changed. May run twice."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--anew", action="store_true", help="index also what has not changed")

    @override
    def run(self, *, anew: bool, **_: Any) -> StageReport:
        papers: Iterable[int] = self.progress(all_papers(), total=Paper.objects.count(), label="index search")
        return index_papers(papers, now=timezone.now(), anew=anew)
