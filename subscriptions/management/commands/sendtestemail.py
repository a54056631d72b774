"""Send a test mail by the connection that digests take, instead of through Django's own backend."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.delivery.trial import send_trial


class Command(StageCommand):
    """``sendtestemail``: one mail to see whether mail leaves."""

    help = "Send a short mail, signed and by the same connection as digests, to see that mail leaves."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", help="the address it goes to")

    @override
    def run(self, *, email: str, **_: Any) -> StageReport:
        send_trial(email, now=timezone.now())
        return StageReport({"sent": 1})
