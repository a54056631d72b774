"""Papers that a reader liked elsewhere, from a file of a reference manager."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from newsletter.references import MOST_BYTES, UnreadableList
from subscriptions import taste_import
from subscriptions.addresses import normalise
from subscriptions.models import Subscriber
from subscriptions.taste_import import Survey, SurveyRow
from subscriptions.taste_import.wording import FAULTS, STANDINGS

SHOWN = 20  # entries on the terminal that cannot be read


class Command(StageCommand):
    """``import_taste``: a reader's list counts as liked."""

    help = (
        "Count the papers of FILE (BibTeX, RIS, CSL-JSON, Zotero's CSV, or ids, addresses, DOIs or titles, "
        "one a line) as liked by the reader EMAIL. Papers that are not here are fetched from arXiv, and "
        "counted once they have come. What the reader voted on stays as it is."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", help="the reader's address, in any case of letters")
        parser.add_argument("file", type=Path, help="at most 5 MB and 5,000 entries")
        parser.add_argument("--dry-run", action="store_true", help="show what each entry means")

    @override
    def run(self, **options: Any) -> StageReport:
        reader = Subscriber.objects.filter(email__iexact=normalise(options["email"])).first()
        if reader is None:
            raise InvalidInput("There is no reader with this address; see the list of readers at the desk.")
        path: Path = options["file"]
        steps = self.progress(("reading", "counting"), total=2, label=path.name)
        next(steps)
        survey = self._survey(reader, path)
        next(steps)
        counts = survey.counts()
        if not options["dry_run"]:
            ids = [row.arxiv_id for row in survey.offered]
            counts.update(taste_import.count(reader, ids, now=timezone.now()))
        next(steps, None)
        return StageReport(
            {name: sum(counts[kind] for kind in kinds) for name, kinds in _COUNTS.items()},
            tuple(_problems(path, survey)),
            tuple(_notes(survey.rows)) if options["dry_run"] else tuple(_not_found(survey)),
        )

    def _survey(self, reader: Subscriber, path: Path) -> Survey:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise InvalidInput(f"{path}: {error.strerror or error}") from error
        try:
            return taste_import.survey(reader, data)
        except UnreadableList as error:
            raise InvalidInput(f"{path}: {error.message}") from error


def _problems(path: Path, survey: Survey) -> Iterator[str]:
    """A line for each entry that could not be read; of many, the first."""
    for fault in survey.faults[:SHOWN]:
        yield f"{path}:{fault.line}: {FAULTS[fault.kind]}"
    if len(survey.faults) > SHOWN:
        yield f"… and {len(survey.faults) - SHOWN} more entries that cannot be read."


def _not_found(survey: Survey) -> Iterator[str]:
    """What the entries mean that name a paper and find none; of many, the first."""
    rows = [row for row in survey.rows if row.standing in _NOT_FOUND]
    yield from _notes(rows[:SHOWN])
    if len(rows) > SHOWN:
        yield f"… and {len(rows) - SHOWN} more that are not found; --dry-run names them all."


def _notes(rows: Iterable[SurveyRow]) -> Iterator[str]:
    """What each entry means."""
    for row in rows:
        meaning = "The reader has voted on it" if row.vote else STANDINGS[row.standing]
        yield f"line {row.line}: {row.arxiv_id or '-'} {row.title or ''}".rstrip() + f": {meaning}"


_NOT_FOUND = ("missing", "no-match", "ambiguous", "others", "withdrawn")
# What is printed, and the standings of entries that it sums up.
_COUNTS = {
    "counted": ("counted",),
    "waiting": ("waiting",),
    "found": ("known",),
    "to_fetch": ("to-fetch",),
    "voted_before": ("voted",),
    "repeated": ("repeated",),
    "not_found": _NOT_FOUND,
    "unreadable": ("unreadable",),
}
