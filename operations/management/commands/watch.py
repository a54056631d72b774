"""The watch over everything else, as a process of its own."""

import json
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from typing_extensions import override

from operations.alarms.watch import Watch

EVERY = 60.0  # seconds


class Command(BaseCommand):
    """``watch``: look for alarms each minute, and tell the operator; needs no broker."""

    help = (
        "Look each minute for what needs a person, and tell by mail and ping; needs no broker and no worker."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=EVERY, metavar="SECONDS", help="default: 60")
        parser.add_argument("--once", action="store_true", help="look once, and print what needs a person")
        parser.add_argument("--json", action="store_true", help="with --once: print one JSON object")

    @override
    def handle(self, *_: Any, **options: Any) -> None:
        watch = Watch()
        if not options["once"]:
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            watch.run(every=max(options["every"], 1.0), stop=stop)
            return
        told = watch.look(timezone.now())
        if options["json"]:
            counts = {"open": list(told.open), "mailed": told.mailed, "pinged": told.pinged}
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write("\n".join(told.open) or "Nothing needs a person.")
