"""``export_archive DIR``: the public archive as Markdown, for a blog or a repository."""

from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter import stages
from newsletter.errors import InvalidInput
from newsletter.feeds.markdown import FORMS
from newsletter.feeds.static_copy import StaticCopy, languages_of
from newsletter.languages import LANGUAGES
from newsletter.management.base import StageCommand, day_argument
from newsletter.records import StageReport
from newsletter.set_aside import isolating


class Command(StageCommand):
    """Brings a copy of the archive up to date, day by day; a day that cannot be written stops no other."""

    help = (
        "Write the public archive as Markdown files. Run again it writes what changed and removes what is "
        "no longer public. May be stopped at any time and started again."
    )
    no_summary = "the archive is empty"

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, metavar="DIR", help="made if it is not there")
        parser.add_argument(
            "--from", type=day_argument, dest="first", metavar="DAY", help="not before this day"
        )
        parser.add_argument("--to", type=day_argument, dest="last", metavar="DAY", help="not after this day")
        parser.add_argument("--form", choices=[*FORMS], default="plain", help="default: plain")
        parser.add_argument(
            "--language",
            action="append",
            choices=[*LANGUAGES],
            dest="languages",
            help="may be repeated; default: those that summaries are in, or that of the form",
        )

    @override
    def run(
        self,
        *,
        folder: Path,
        first: date | None,
        last: date | None,
        form: str,
        languages: list[str] | None,
        **_: Any,
    ) -> StageReport:
        if first and last and first > last:
            raise InvalidInput(f"--from {first} is after --to {last}.")
        chosen_form = FORMS[form]
        counts: Counter[str] = Counter(days=0, written=0, unchanged=0, removed=0)
        with StaticCopy(folder) as copy, isolating(stages.EXPORTING, now=timezone.now(), keeps=False) as run:
            days = copy.days(first, last)
            act = partial(copy.write_day, form=chosen_form, languages=languages or languages_of(chosen_form))
            for day in self.progress(days, total=len(days), label="export"):
                files = run.one(day, act)
                if files is not None:
                    counts.update(days=1, **files)
        return StageReport(counts=dict(counts), problems=tuple(run.set_aside))
