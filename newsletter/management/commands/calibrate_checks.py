"""``calibrate_checks [--model M] [--days N] [--pairs FILE | --statements FILE [--language L]]``.

A model's own thresholds, of the checks of its summaries or of its second look.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.grounding import calibrate
from newsletter.grounding.calibration import FEWEST
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from newsletter.summaries.judge_model import calibrate_judge
from newsletter.summaries.thresholds import keep_thresholds, own_pairs, pairs_in, statements_in


class Command(StageCommand):
    """Fits a model's thresholds and stores them; too few examples change nothing."""

    help = (
        "Find a model's thresholds from its own summaries, of the last days or of a file of pairs; or how "
        "sure its second look has to be, from statements that are known to be true or false."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--model", default="", help="default: SUMMARY_MODEL, for statements JUDGE_MODEL")
        parser.add_argument("--days", type=int, default=60, help="how far back, 60 unless told")
        parser.add_argument(
            "--pairs", type=Path, default=None, help="JSON lines with title, abstract and summary, in English"
        )
        parser.add_argument(
            "--statements", type=Path, default=None, help="JSON lines with passage, statement and is_true"
        )
        parser.add_argument("--language", default="en", help="of the statements: en unless told")
        parser.add_argument(
            "--share", type=float, default=0.6, help="percent of good summaries that may be refused: 0.6"
        )

    @override
    def run(
        self,
        *,
        model: str,
        days: int,
        pairs: Path | None,
        statements: Path | None,
        language: str,
        share: float,
        **_: Any,
    ) -> StageReport:
        if statements is not None:
            if pairs is not None:
                raise InvalidInput("Give either --pairs or --statements.")
            return calibrate_judge(statements_in(statements), code=language, model=model)
        if days < 1 or not 0 < share < 100:
            raise InvalidInput("--days is at least 1, --share more than 0 and less than 100.")
        model = model or settings.SUMMARY_MODEL
        since = timezone.now() - timedelta(days=days)
        examples = list(pairs_in(pairs) if pairs else own_pairs(model, since=since))
        if len(examples) < FEWEST:
            reason = f"Only {len(examples)} summaries of {model} in English are at hand; {FEWEST} are needed."
            return StageReport({"pairs": len(examples)}, (f"{reason} Its thresholds stay as they are.",))
        keep_thresholds(model, calibrate(examples, false_alarms=share / 100))
        return StageReport({"pairs": len(examples), "calibrated": 1})
