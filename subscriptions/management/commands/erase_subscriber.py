"""Forget a subscriber."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.addresses import normalise
from subscriptions.models import Subscriber
from subscriptions.privacy.portability import erase, suppress_unknown


class Command(StageCommand):
    """``erase_subscriber``: forget one person."""

    help = (
        "Delete every row about a subscriber. A keyed hash stays, so that no import brings the person back."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", help="the address, in any case of letters")

    @override
    def run(self, **options: Any) -> StageReport:
        address = normalise(options["email"])
        subscriber = Subscriber.objects.filter(email__iexact=address).first()
        if subscriber is None:
            suppress_unknown(address, now=timezone.now())
            return StageReport({"erased": 0})
        erase(subscriber, now=timezone.now())
        return StageReport({"erased": 1})
