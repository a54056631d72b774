"""A reader's digest as files, without sending it."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport
from subscriptions.messages.previews import preview
from subscriptions.models import Subscriber


class Command(StageCommand):
    """``preview_digest``: one reader's digest as files."""

    help = "Write a reader's digest as digest.html, digest.txt and digest.eml, without sending it."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--day", type=day_argument, metavar="YYYY-MM-DD", help="the reader's own date")
        parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the files go")

    @override
    def run(self, **options: Any) -> StageReport:
        address, folder = str(options["email"]), options["output"]
        reader = Subscriber.objects.filter(email__iexact=address).first()
        if reader is None:
            raise InvalidInput(f"There is no reader with the address {address!r}.")
        shown = preview(reader, day=options["day"], now=timezone.now())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "digest.html").write_text(shown.html, encoding="utf-8")
            (folder / "digest.txt").write_text(shown.text, encoding="utf-8")
            (folder / "digest.eml").write_bytes(shown.message.data)
        except OSError as error:
            raise InvalidInput(f"--output {folder}: {error.strerror or error}.") from error
        return StageReport({"files": 3})
