"""Send a test mail by the connection that digests take, instead of through Django's own backend."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.addresses import normalise
from subscriptions.delivery.dispatch import dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.messages.single import SingleMail, build_single


class Command(StageCommand):
    """``sendtestemail``: one mail to see whether mail leaves."""

    help = "Send a short mail, signed and by the same connection as digests, to see that mail leaves."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", help="the address it goes to")

    @override
    def run(self, *, email: str, **_: Any) -> StageReport:
        now = timezone.now()
        message = build_single(
            SingleMail(
                recipient=normalise(email),
                subject=f"A test from {settings.SITE_NAME}",
                text="This mail took the road that digests take: it can leave.\n",
                auto_submitted="auto-generated",
            ),
            now=now,
        )
        dispatch(MailKind.TEST, message, reader=None, now=now)
        return StageReport({"sent": 1})
