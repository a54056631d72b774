"""Who may have missed a digest since a restored backup was taken, and what is done about it."""

import getpass
import json
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.errors import StateError
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.management.doubts import as_json, as_line
from subscriptions.delivery import doubts, holds
from subscriptions.models import SendingHold


class Command(StageCommand):
    """``missed_digests``: list them, send them, or count them as sent; and let sending go on."""

    help = (
        "List who may have missed a digest since the backup that was restored. It is unknown whether these "
        "digests were sent; --send sends them all, --count-as-sent none. --release lets sending go on."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--send", action="store_true", help="send all of them: they never left")
        what.add_argument("--count-as-sent", action="store_true", help="send none of them: they have left")
        parser.add_argument("--release", action="store_true", help="let sending go on after the restore")

    @override
    def run(self, **options: Any) -> StageReport:
        by, now = f"{getpass.getuser()} (missed_digests)", timezone.now()
        counts: dict[str, int] = {}
        self._missed: list[doubts.Doubt] = []
        if options["send"]:
            counts["sent_again"] = doubts.send_missed(by=by, now=now)
        elif options["count_as_sent"]:
            counts["counted_as_sent"] = doubts.count_as_sent(by=by, now=now)
        else:
            self._missed = list(doubts.doubts())
            counts["may_have_missed"] = len(self._missed)
        if options["release"]:
            counts["released"] = self._release(by)
        held = [] if options["release"] else holds.current_holds()
        notes = [*map(as_line, self._missed), *(f"Sending is held: {hold.sentence}" for hold in held)]
        return StageReport(counts, notes=tuple(notes))

    @staticmethod
    def _release(by: str) -> int:
        try:
            holds.release(SendingHold.Kind.RESTORED, by=by)
        except StateError:  # it was released before
            return 0
        return 1

    @override
    def report(self, report: StageReport) -> None:
        if self.as_json:
            missed = [as_json(doubt) for doubt in self._missed]
            self.stdout.write(json.dumps({**report.counts, "problems": [], "missed": missed}))
            return
        super().report(report)
