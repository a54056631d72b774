"""Everything that is due at a moment: queue it and send it."""

import sys
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm
from typing_extensions import override

from newsletter.management.base import StageCommand, moment_argument
from newsletter.records import StageReport
from subscriptions import delivery
from subscriptions.delivery.checkpoints import default_checkpoints
from subscriptions.delivery.promise import Promise
from subscriptions.models import Delivery

ONE_SHIFT = 3600.0  # seconds


class Command(StageCommand):
    """``send_digests``: one run of choosing and sending."""

    help = "Queue a digest for every reader who is due, and send what is queued."
    no_summary = "nobody is due"

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--at", type=moment_argument, metavar="ISO8601", help="whoever is due at this moment, not now"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    @override
    def run(self, **options: Any) -> StageReport:
        at: datetime = options["at"] or timezone.now()
        if options["dry_run"]:
            counts = delivery.enqueue(at, dry_run=True)
            waiting = Delivery.objects.claimable(timezone.now()).count()
            return StageReport({"would_queue": counts["queued"], "queued_before": waiting, **_rest(counts)})
        delivery.sweep(
            now=timezone.now(),
            checkpoints=default_checkpoints(patience=2),
            promise=Promise(settings.DELIVERY_PROMISE),
        )
        queued = delivery.enqueue(at)
        run = self._send()
        settled = {state: run.counts[state] for state in ("sent", "deferred", "failed", "uncertain")}
        problems = _problems(run)
        if queued["set_aside"]:
            problems.append(f"{queued['set_aside']} readers are set aside; the desk says which, and why.")
        return StageReport({"queued": queued["queued"], **_rest(queued), **settled}, tuple(problems))

    def _send(self) -> delivery.SendRun:
        total = Delivery.objects.claimable(timezone.now()).count()
        quiet = self.as_json or not sys.stderr.isatty()
        with tqdm(total=total, desc="digests", unit="mail", disable=quiet, leave=False) as bar:
            while True:
                run = delivery.send(seconds=ONE_SHIFT, progress=bar.update)
                if run.counts["sent"]:
                    delivery.clear_drafting_alarm()
                if run.exhausted or run.problem:
                    return run


def _rest(counts: Any) -> dict[str, int]:
    rest = {"known": counts["known"], "nothing": counts["nothing"]}
    return rest | ({"set_aside": counts["set_aside"]} if counts["set_aside"] else {})


def _problems(run: delivery.SendRun) -> list[str]:
    problems = [run.problem] if run.problem else []
    for state, label in (
        ("failed", "could not be delivered"),
        ("uncertain", "may or may not have arrived"),
    ):
        if run.counts[state]:
            problems.append(f"{run.counts[state]} digests {label}; the deliveries' reasons say why.")
    return problems
