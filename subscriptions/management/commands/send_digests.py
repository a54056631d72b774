"""Everything that is due at a moment: queue it and send it."""

import sys
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm

from newsletter.management.base import StageCommand, moment_argument
from newsletter.records import StageReport
from subscriptions import delivery
from subscriptions.delivery.checkpoints import default_marks
from subscriptions.delivery.promise import Promise
from subscriptions.models import Delivery

ONE_SHIFT = 3600.0  # seconds


class Command(StageCommand):
    help = "Queue a digest for every reader who is due, and send what is queued."
    no_summary = "nobody is due"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--at", type=moment_argument, metavar="ISO8601", help="whoever is due at this moment, not now"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def run(self, **options: Any) -> StageReport:
        at: datetime = options["at"] or timezone.now()
        if options["dry_run"]:
            counts = delivery.enqueue(at, dry_run=True)
            waiting = Delivery.objects.claimable(timezone.now()).count()
            return StageReport({"would_queue": counts["queued"], "queued_before": waiting, **_rest(counts)})
        delivery.sweep(
            now=timezone.now(), marks=default_marks(patience=2), promise=Promise(settings.DELIVERY_PROMISE)
        )
        queued = delivery.enqueue(at)
        shift = self._send()
        settled = {state: shift.counts[state] for state in ("sent", "deferred", "failed", "uncertain")}
        problems = _problems(shift)
        if queued["set_aside"]:
            problems.append(f"{queued['set_aside']} readers are set aside; the desk says which, and why.")
        return StageReport({"queued": queued["queued"], **_rest(queued), **settled}, tuple(problems))

    def _send(self) -> delivery.Shift:
        total = Delivery.objects.claimable(timezone.now()).count()
        quiet = self.as_json or not sys.stderr.isatty()
        with tqdm(total=total, desc="digests", unit="mail", disable=quiet, leave=False) as bar:
            while True:
                shift = delivery.send(seconds=ONE_SHIFT, progress=bar.update)
                if shift.counts["sent"]:
                    delivery.tell_that_messages_are_made()
                if shift.exhausted or shift.problem:
                    return shift


def _rest(counts: Any) -> dict[str, int]:
    rest = {"known": counts["known"], "nothing": counts["nothing"]}
    return rest | ({"set_aside": counts["set_aside"]} if counts["set_aside"] else {})


def _problems(shift: delivery.Shift) -> list[str]:
    problems = [shift.problem] if shift.problem else []
    for state, what in (
        ("failed", "could not be delivered"),
        ("uncertain", "may or may not have arrived"),
    ):
        if shift.counts[state]:
            problems.append(f"{shift.counts[state]} digests {what}; the deliveries' reasons say why.")
    return problems
