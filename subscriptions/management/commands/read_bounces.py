"""Read the mailbox that bounces, complaints and replies come to."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from lib.locks import only_run
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.mailbox.inbox import MailboxReport, Maildir, configured_box, read_box
from subscriptions.tasks import send_unsubscribe_notice


class Command(StageCommand):
    help = "Read bounces, complaints and replies: from BOUNCE_IMAP_URL or BOUNCE_MAILDIR."
    no_summary = "no mail is waiting"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--maildir", type=Path, metavar="DIR", help="a maildir instead of the mailbox of the settings"
        )

    def run(self, **options: Any) -> StageReport:
        # Two readers of one mailbox would pass the same words on twice.
        with only_run("read_bounces", wait=True):
            return _report(self._read(options["maildir"], now=timezone.now()))

    def _read(self, folder: Path | None, *, now: datetime) -> MailboxReport:
        if folder is not None:
            return read_box(Maildir(folder), now=now, on_unsubscribe=send_unsubscribe_notice)
        with configured_box() as box:
            return read_box(box, now=now, on_unsubscribe=send_unsubscribe_notice)


def _report(report: MailboxReport) -> StageReport:
    return StageReport(dict(sorted(report.counts.items())), report.problems)
