"""Past digests chosen again, with and without taste."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from subscriptions.digests import replay
from subscriptions.models import RankingReplay

MOST_DAYS, MOST_READERS = 60, 5000


def _up_to(most: int) -> Any:
    def read(text: str) -> int:
        if not (text.isdecimal() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r}: use a whole number from 1 to {most}")
        return int(text)

    return read


class Command(StageCommand):
    """``replay_ranking``: at which place would papers voted up later have stood?"""

    help = (
        "Choose the digests of the last N days again, with and without their readers' tastes as they were "
        "then, for readers who voted later, and say at which place what they voted up would have stood. "
        'Stores the result for the desk\'s page "Does ranking help?" and changes nothing else.'
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--days", type=_up_to(MOST_DAYS), default=14, help="14 unless given, at most 60")
        parser.add_argument(
            "--readers", type=_up_to(MOST_READERS), default=200, help="200 unless given, at most 5,000"
        )

    @override
    def run(self, **options: Any) -> StageReport:
        now = timezone.now()
        since = now - timedelta(days=options["days"])
        digests = replay.past_digests(since, now, readers=options["readers"])
        steps = self.progress(range(len(digests)), total=len(digests), label="digests")
        outcomes, problems = replay.choose_again(digests, now=now, advance=lambda: next(steps, None))
        next(steps, None)
        measures = replay.measures_of(outcomes)
        readers = len({outcome.reader for outcome in outcomes})
        RankingReplay.objects.create(
            made_at=now, days=options["days"], readers=readers, digests=len(outcomes), measures=measures
        )
        notes = tuple(
            f"{row['name']}: {row['with']:.3f} with taste, {row['without']:.3f} without, difference "
            f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
            for row in measures
        )
        counts = {"readers": readers, "digests": len(outcomes), "not_compared": len(digests) - len(outcomes)}
        return StageReport(counts, tuple(problems), notes)
