"""Release the editions of one day to readers, by hand."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.arxiv import calendar
from newsletter.editions import composition
from newsletter.management.base import StageCommand, day_argument
from newsletter.models import Edition
from newsletter.records import StageReport


class Command(StageCommand):
    """Approves by hand what the clock would approve later."""

    help = "Approve the drafts of a day; what an editor holds stays held."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=day_argument, help="YYYY-MM-DD; the latest announced day if left out"
        )

    @override
    def run(self, *, day: date | None, **_: Any) -> StageReport:
        now = timezone.now()
        of_day = Edition.objects.filter(day=day or calendar.latest_day(now))
        approved = composition.approve_all(of_day.waiting().values_list("pk", flat=True), at=now)
        held_count = of_day.filter(state=Edition.State.HELD).count()
        return StageReport({"approved": approved, "held": held_count, "ready": of_day.ready().count()})
