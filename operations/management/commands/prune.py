"""What the documented periods let go, at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from lib.locks import run_lock
from newsletter.errors import StateError
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.pruning.run import count_old, prune


class Command(StageCommand):
    """``prune``: lets go of what is older than its period, a little at a time."""

    help = "Let go of rows and files that are older than their periods (docs/privacy.md)."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    @override
    def run(self, *, dry_run: bool, **_: Any) -> StageReport:
        now = timezone.now()
        if dry_run:
            return count_old(now, progress=self._parts)
        with run_lock("prune") as acquired:
            if not acquired:
                raise StateError("Another process is pruning already; it goes on by itself.")
            return prune(now, progress=self._parts)

    def _parts(self, parts: Sequence[Any]) -> Iterable[Any]:
        return self.progress(parts, total=len(parts), label="prune")
